"""Who sees which rows of a model, once as a condition for querysets and once as a predicate on an object.

Kept apart from ``may.py`` so that models may use :class:`ScopedQuerySet` as their manager without an import going in
a circle.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.db import models

if TYPE_CHECKING:
    from foundation.accounts.actor import Actor

M = TypeVar("M", bound=models.Model)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which rows of a model exist for an actor."""

    condition: Callable[[Actor], models.Q]
    sees: Callable[[Actor, Any], bool]


_scopes: dict[type[models.Model], Scope] = {}


def scope(
    model: type[models.Model], *, condition: Callable[[Actor], models.Q], sees: Callable[[Actor, Any], bool]
) -> None:
    """Register who sees which rows of a model."""
    _scopes[model] = Scope(condition, sees)


def scopes() -> dict[type[models.Model], Scope]:
    """All registered scopes, for the test that proves condition and predicate equal."""
    return dict(_scopes)


def sees(actor: Actor, obj: Any) -> bool:
    """Whether the object exists for the actor; objects without a scope exist for everybody."""
    found = _scopes.get(type(obj))
    return found is None or found.sees(actor, obj)


def visible(rows: models.QuerySet[M], actor: Actor) -> models.QuerySet[M]:
    """Rows that exist for the actor, for models of lower floors whose manager cannot know of actors (the journal)."""
    return rows.filter(_scopes[rows.model].condition(actor))


class ScopedQuerySet(models.QuerySet):
    """Queryset of a model with a scope."""

    def visible_to(self, actor: Actor) -> Self:
        """Rows that exist for the actor: used alike by list, page, search, export, API, counters and jobs."""
        return self.filter(_scopes[self.model].condition(actor))
