"""What of this room lies on an official's desk: open files in their charge (B.1 8)."""

from __future__ import annotations

from django.db.models import QuerySet

from foundation.accounts import desk
from foundation.accounts.actor import Actor
from foundation.accounts.models import Post, User
from foundation.accounts.roles import CASE_ROLES
from foundation.core.errors import Refused
from foundation.core.verdict import no
from reviews.actions.county import put_in_charge
from reviews.models import Application
from reviews.states import OPEN_STATES


def _files(user_id: int, bureau_id: int) -> QuerySet[Application]:
    return Application.objects.filter(bureau_id=bureau_id, assignee_id=user_id, state__in=sorted(OPEN_STATES))


def count_files(user_id: int, bureau_id: int) -> int:
    """Open files of the bureau in the person's charge."""
    return _files(user_id, bureau_id).count()


def move_files(user_id: int, successor: User, bureau_id: int, actor: Actor) -> int:
    """Put them in the colleague's charge, one act per file. Raises Refused where the colleague works on no files."""
    rows = list(_files(user_id, bureau_id).order_by("pk").select_for_update(of=("self",)))
    if not rows:
        return 0
    works = Post.objects.held().filter(user=successor, bureau_id=bureau_id, role__in=sorted(CASE_ROLES))
    if not works.exists():
        raise Refused(
            no(f"{successor.name}没有经办、审核或签发岗位，不能接手申报材料。", "请选择其他人员，或先任命岗位。")
        )
    put_in_charge(rows, successor, actor)
    return len(rows)


desk.register("reviews.files", label="在办申报材料", count=count_files, move=move_files)
