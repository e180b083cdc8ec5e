"""Public notices of the province and objections to them, in every state: the giving bureau, those below it, everybody else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from foundation.core.clock import real_now
from reviews.models import Objection, PublicNotice
from reviews.states import NoticeState, ObjectionState


def _relation(cast: Any) -> Any:
    def relation(person: Any) -> str:
        actor = person.actor
        if not actor.is_official:
            return "-"
        if actor.bureau_id == cast.bureau("hn").pk:
            return "giver"
        return "below" if actor.hat.paths[0].startswith(cast.paths["hn"]) else "aside"

    return relation


def _notice(cast: Any, state: str) -> PublicNotice:
    opened = None if state == NoticeState.DRAFT else real_now()
    return PublicNotice(
        pk=1, bureau_id=cast.bureau("hn").pk, path=cast.paths["hn"], state=state, title="演示", opened_at=opened
    )


def notices(cast: Any) -> Iterator[Any]:
    """A notice on its way; from posting on it is public."""
    from tests.permissions.cast import Subject

    for state in NoticeState:
        yield Subject(state, _notice(cast, state), _relation(cast))


def objections(cast: Any) -> Iterator[Any]:
    """An objection: the giving bureau's alone in every state."""
    from tests.permissions.cast import Subject

    for state in ObjectionState:
        row = Objection(
            pk=1, notice=_notice(cast, NoticeState.RUNNING), path=cast.paths["hn"], state=state, receipt="YY2018-演示"
        )
        yield Subject(state, row, _relation(cast))
