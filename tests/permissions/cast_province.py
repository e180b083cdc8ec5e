"""The province's decision and list, in every state: the deciding bureau, those below it, everybody else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reviews.models import Approval, Publishing
from reviews.states import ApprovalState, PublishingState


def _relation(cast: Any) -> Any:
    def relation(person: Any) -> str:
        actor = person.actor
        if not actor.is_official:
            return "-"
        if actor.bureau_id == cast.bureau("hn").pk:
            return "decider"
        return "below" if actor.hat.paths[0].startswith(cast.paths["hn"]) else "aside"

    return relation


def _rows(cast: Any, model: type[Approval] | type[Publishing], states: Any) -> Iterator[tuple[str, Any, Any]]:
    for state in states:
        row = model(pk=1, bureau_id=cast.bureau("hn").pk, path=cast.paths["hn"], state=state, title="演示")
        yield state, row, _relation(cast)


def approvals(cast: Any) -> Iterator[Any]:
    """Decisions on a list."""
    from tests.permissions.cast import Subject

    for state, row, relation in _rows(cast, Approval, ApprovalState):
        yield Subject(state, row, relation)


def publishings(cast: Any) -> Iterator[Any]:
    """Lists on their way and published."""
    from tests.permissions.cast import Subject

    for state, row, relation in _rows(cast, Publishing, PublishingState):
        yield Subject(state, row, relation)
