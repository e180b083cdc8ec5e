"""What the acts on a dispatch share: the programme's rule, the reported files, the locked row, the note in the journal."""

from __future__ import annotations

from typing import Any

from cultivation.schema.base import Level
from cultivation.schema.programme import DispatchRule
from foundation.accounts.actor import Actor
from foundation.accounts.transition import record_act, require
from foundation.core.errors import Refused
from foundation.core.verdict import no
from foundation.journal.models import Decision
from reviews.models import Application, Dispatch


def with_relations(dispatch: Dispatch) -> Dispatch:
    """Everything the acts ask of a locked dispatch, read in one statement instead of one each."""
    names = ("round", "from_bureau", "to_bureau", "document")
    known = Dispatch.objects.select_related("round__version", "from_bureau__region", "to_bureau__region", "document")
    found = known.get(pk=dispatch.pk)
    for name in names:
        setattr(dispatch, name, getattr(found, name))
    return dispatch


def dispatch_rule(dispatch: Dispatch) -> DispatchRule:
    """What the programme asks of a dispatch between these two levels; Refused when it knows none."""
    rule = dispatch.round.programme.dispatch_rule(Level(dispatch.from_bureau.level), Level(dispatch.to_bureau.level))
    if rule is None:
        raise Refused(
            no(
                f"本轮没有{dispatch.from_bureau.get_level_display()}向{dispatch.to_bureau.get_level_display()}报送的环节。"
            )
        )
    return rule


def reported(dispatch: Dispatch) -> list[Application]:
    """Files on the list in order, those held back left out."""
    return [
        item.application
        for item in dispatch.items.filter(held=False)
        .select_related("application__round__version", "application__programme_version")
        .order_by("rank")
    ]


def locked_dispatch(pk: int, actor: Actor, action: str) -> Dispatch:
    """The dispatch under lock, after asking ``may``; raises Refused. Must run inside a transaction."""
    dispatch = Dispatch.objects.select_for_update(of=("self",)).filter(pk=pk).first()
    if dispatch is None:
        raise Refused(no("没有这份报送，或它不在您的职责范围内。"))
    require(actor, action, dispatch)
    return dispatch


def note_dispatch(dispatch: Dispatch, action: str, actor: Actor, data: dict[str, Any] | None = None) -> Decision:
    """Record an act that leaves the state as it is."""
    return record_act(
        subject_kind=dispatch.subject_kind,
        subject_id=dispatch.pk,
        subject_label=str(dispatch),
        action=action,
        actor=actor,
        from_state=dispatch.state,
        to_state=dispatch.state,
        data=data,
    )
