"""What of this room lies on an official's desk: duties of the person (B.1 8)."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from foundation.accounts import desk
from foundation.accounts.actor import Actor
from foundation.accounts.models import User
from foundation.duties.models import Obligation


def _owed(user_id: int, bureau_id: int) -> QuerySet[Obligation]:
    """Open duties of the person in this bureau; those without a path belong to no bureau and go along."""
    return Obligation.objects.filter(
        Q(path="") | Q(path__endswith=f"/{bureau_id}/"),
        owner_kind=Obligation.Owner.USER,
        owner_id=user_id,
        status=Obligation.Status.OPEN,
    )


def count_duties(user_id: int, bureau_id: int) -> int:
    """Open duties of the person."""
    return _owed(user_id, bureau_id).count()


def move_duties(user_id: int, successor: User, bureau_id: int, actor: Actor) -> int:
    """The colleague owes them now, with the same due day; what the colleague owes already stays as it is."""
    moved = 0
    for row in _owed(user_id, bureau_id).order_by("pk").select_for_update():
        same = Obligation.objects.filter(
            owner_kind=Obligation.Owner.USER,
            owner_id=successor.pk,
            kind=row.kind,
            period=row.period,
            subject_kind=row.subject_kind,
            subject_id=row.subject_id,
        )
        if not same.exists():
            row.owner_id = successor.pk
            row.save(update_fields=["owner_id"])
            moved += 1
    return moved


desk.register("duties.obligations", label="个人应办事项", count=count_duties, move=move_duties, unit="项")
