"""What of this room lies on an official's desk: drafts of notices (B.1 8)."""

from __future__ import annotations

from django.db.models import QuerySet

from cultivation.models import Notice
from foundation.accounts import desk
from foundation.accounts.actor import Actor
from foundation.accounts.models import User
from foundation.journal.record import Act, record


def _drafts(user_id: int, bureau_id: int) -> QuerySet[Notice]:
    return Notice.objects.filter(bureau_id=bureau_id, drafted_by_id=user_id, state=Notice.State.DRAFT)


def count_drafts(user_id: int, bureau_id: int) -> int:
    """Drafts of the bureau this person began."""
    return _drafts(user_id, bureau_id).count()


def move_drafts(user_id: int, successor: User, bureau_id: int, actor: Actor) -> int:
    """The colleague goes on with them, one act per draft; who began them still counts as their drafter beside the
    colleague, so that handing a desk over does not make one person two hands.
    """
    rows = list(_drafts(user_id, bureau_id).order_by("pk").select_for_update(of=("self",)))
    for row in rows:
        row.drafted_by_id, row.drafted_for_id = successor.pk, user_id
    Notice.objects.bulk_update(rows, ["drafted_by_id", "drafted_for_id"])
    record(
        [
            Act(
                subject_kind=Notice.subject_kind,
                subject_id=row.pk,
                subject_label=str(row),
                action="notice.hand_over",
                from_state=row.state,
                to_state=row.state,
                data={"from": user_id, "to": successor.pk},
            )
            for row in rows
        ],
        actor.label,
    )
    return len(rows)


desk.register("cultivation.drafts", label="通知草稿", count=count_drafts, move=move_drafts)
