"""What the acts on a file share: the locked row and the note in the journal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from foundation.accounts.actor import Actor
from foundation.accounts.transition import require
from foundation.core.errors import Refused
from foundation.core.verdict import no
from foundation.journal.models import Decision
from foundation.journal.record import Act as JournalAct
from foundation.journal.record import Message, record
from reviews.models import Application


def locked(pk: int, actor: Actor, action: str) -> Application:
    """The file under lock, after asking ``may``; raises Refused. Must run inside a transaction."""
    return locked_all([pk], actor, action)[0]


def locked_all(ids: Iterable[int], actor: Actor, action: str) -> list[Application]:
    """Files under lock in id order, after asking ``may`` for each; raises Refused for the first that may not be touched."""
    wanted = sorted(set(ids))
    files = list(Application.objects.select_for_update(of=("self",)).filter(pk__in=wanted).order_by("pk"))
    if len(files) != len(wanted):
        raise Refused(no("没有这份材料，或它不在您的职责范围内。"))
    for file in files:
        require(actor, action, file)
    return files


def note(file: Application, action: str, actor: Actor, data: dict[str, Any]) -> Decision:
    """Record an act that leaves the state as it is."""
    return notes([file], action, actor, data)[0]


def notes(files: Sequence[Application], action: str, actor: Actor, data: dict[str, Any]) -> list[Decision]:
    """The same act on each of a set of files."""
    return record(
        [
            JournalAct(
                subject_kind=file.subject_kind,
                subject_id=file.pk,
                subject_label=str(file),
                action=action,
                from_state=file.state,
                to_state=file.state,
                data=data,
            )
            for file in files
        ],
        actor.label,
    )


def to_firm(file: Application, decision: Decision, kind: str, payload: dict[str, Any]) -> Message:
    """A message about the file for everybody of the firm."""
    body = {"application": file.pk, "number": file.number or "", "name": file.enterprise_name, **payload}
    return Message(
        key=f"{kind}:{decision.pk}",
        kind=kind,
        recipient_kind="enterprise",
        recipient_id=file.enterprise_id,
        payload=body,
    )
