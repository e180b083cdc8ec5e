"""Files follow their bureau and their officers (design idea 2): who answers to whom changed, somebody left a post.

A later change of reporting lines rewrites open files only, one recorded act per file; closed files keep the path they had. A file
that travels with a list stays on the way it was sent, since the old superior still works on it; it takes the new way when its bureau
sends it again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q

from foundation.accounts.actor import SYSTEM, Actor
from foundation.accounts.events import PathsRebuilt, PostEnded, ReportingLineChanged
from foundation.accounts.may import action_labels
from foundation.accounts.models import BureauPath, Post
from foundation.accounts.roles import CASE_ROLES
from foundation.core.events import on
from foundation.duties import daily
from foundation.journal.record import Act, record
from reviews import desk, personal
from reviews.actions.county import put_in_charge
from reviews.events import DispatchSent
from reviews.models import Application, Dispatch
from reviews.states import OPEN_STATES, FileState

AT_HOME = frozenset({FileState.DRAFT, FileState.SUBMITTED, FileState.RETURNED, FileState.RECOMMENDED})
"""Open files that lie with their own bureau."""

action_labels.register("application.rerouted", "调整责任路径")
action_labels.register("application.unassign", "取消承办人")


@transaction.atomic
def reroute(*, actor: Actor, files: Q, states: Iterable[str] = AT_HOME) -> int:
    """Write the present path of their bureau into the open files of the condition; recorded per file. Returns how many changed."""
    rows = list(
        Application.objects.filter(files, state__in=sorted(states))
        .select_related("round")
        .order_by("pk")
        .select_for_update(of=("self",))
    )
    paths = {
        (row.bureau_id, row.stage): row.path
        for row in BureauPath.objects.filter(bureau_id__in={row.bureau_id for row in rows}, current=True)
    }
    moved, acts = [], []
    for row in rows:
        path = paths.get((row.bureau_id, row.round.stage)) or paths.get((row.bureau_id, ""))
        if path is None or path == row.path:
            continue
        acts.append(_act(row, "application.rerouted", {"from": row.path, "to": path}))
        row.path = path
        moved.append(row)
    Application.objects.bulk_update(moved, ["path"], batch_size=500)
    record(acts, actor.label)
    return len(moved)


@transaction.atomic
def release(*, actor: Actor, files: Q) -> int:
    """Take open files out of the charge of officers who hold no case post in their bureau any more; they show as 未分派."""
    rows = Application.objects.filter(files, state__in=sorted(OPEN_STATES), assignee_id__isnull=False)
    locked = list(rows.order_by("pk").select_for_update(of=("self",)))
    held = set(
        Post.objects.held()
        .filter(role__in=sorted(CASE_ROLES), user_id__in={row.assignee_id for row in locked})
        .values_list("user_id", "bureau_id")
    )
    freed = [row for row in locked if (row.assignee_id, row.bureau_id) not in held]
    put_in_charge(freed, None, actor)
    return len(freed)


def _act(file: Application, action: str, data: dict[str, object]) -> Act:
    return Act(
        subject_kind=file.subject_kind,
        subject_id=file.pk,
        subject_label=str(file),
        action=action,
        from_state=file.state,
        to_state=file.state,
        data=data,
    )


@on(ReportingLineChanged)
def follow_line(event: ReportingLineChanged) -> None:
    """The bureau's own files and those of every bureau below it, when the line is in force already."""
    if event.effective:
        reroute(actor=SYSTEM, files=Q(path__contains=f"/{event.bureau_id}/"))


@on(PathsRebuilt)
def follow_paths(event: PathsRebuilt) -> None:
    """The day has come on which lines entered earlier take effect."""
    reroute(actor=SYSTEM, files=Q(bureau_id__in=event.changed_bureau_ids))


@on(DispatchSent)
def follow_list(event: DispatchSent) -> None:
    """Files that came home after their bureau had moved go the new way with the next list."""
    dispatch = Dispatch.objects.get(pk=event.dispatch_id)
    sent = Q(dispatch_items__dispatch_id=dispatch.pk, dispatch_items__held=False, bureau_id=dispatch.from_bureau_id)
    ids = list(Application.objects.filter(sent).values_list("pk", flat=True))
    reroute(actor=SYSTEM, files=Q(pk__in=ids), states=OPEN_STATES)


@on(PostEnded)
def free_files(event: PostEnded) -> None:
    """Work of somebody who left wants another hand; with a last day still to come it stays until then."""
    if event.bureau_id is not None:
        release(actor=SYSTEM, files=Q(bureau_id=event.bureau_id, assignee_id=event.user_id))


@daily.job("reviews.release_files", label="收回离岗人员承办的材料", order=20)
def release_files(day: dt.date) -> str:
    """Posts whose last day was announced before have ended by now."""
    return f"收回 {release(actor=SYSTEM, files=Q())} 份"


__all__ = ["desk", "personal"]
