"""What the acts on a file share: the locked row and the note in the journal."""

from __future__ import annotations

from typing import Any

from foundation.accounts.actor import Actor
from foundation.accounts.transition import record_act, require
from foundation.core.errors import Refused
from foundation.core.verdict import no
from foundation.journal.models import Decision
from foundation.journal.record import Message
from reviews.models import Application


def locked(pk: int, actor: Actor, action: str) -> Application:
    """The file under lock, after asking ``may``; raises Refused. Must run inside a transaction."""
    file = Application.objects.select_for_update(of=("self",)).filter(pk=pk).first()
    if file is None:
        raise Refused(no("没有这份材料，或它不在您的职责范围内。"))
    require(actor, action, file)
    return file


def note(file: Application, action: str, actor: Actor, data: dict[str, Any]) -> Decision:
    """Record an act that leaves the state as it is."""
    return record_act(
        subject_kind=file.subject_kind,
        subject_id=file.pk,
        subject_label=str(file),
        action=action,
        actor=actor,
        from_state=file.state,
        to_state=file.state,
        data=data,
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
