"""``may(actor, action, obj)`` and ``visible_to(actor)``: the only two questions about permission in the project.

A rule names its roles and a predicate on the object; a scope says which rows of a model exist for an actor, once as a condition for
querysets and once as a predicate on an object. A test proves both equal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Self

from django.db import models

from foundation.accounts.actor import Actor
from foundation.accounts.roles import Role
from foundation.core.registries import Registry
from foundation.core.verdict import Verdict, no, ok

Predicate = Callable[[Actor, Any], Verdict]


@dataclass(frozen=True, slots=True)
class Rule:
    """One action: its Chinese label, the roles that may at all, the predicate on the object."""

    action: str
    label: str
    roles: frozenset[str]
    predicate: Predicate = field(repr=False)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which rows of a model exist for an actor."""

    condition: Callable[[Actor], models.Q]
    sees: Callable[[Actor, Any], bool]


rules: Registry[Rule] = Registry("permission rule")
_scopes: dict[type[models.Model], Scope] = {}


def rule(action: str, *, label: str, roles: Iterable[str]) -> Callable[[Predicate], Predicate]:
    """Register the predicate of an action for a closed set of roles."""

    def register(predicate: Predicate) -> Predicate:
        rules.register(action, Rule(action, label, frozenset(roles), predicate))
        return predicate

    return register


def allowed(actor: Actor, obj: Any) -> Verdict:
    """A predicate for actions that depend on role and scope alone."""
    return ok()


def scope(model: type[models.Model], *, condition: Callable[[Actor], models.Q], sees: Callable[[Actor, Any], bool]) -> None:
    """Register who sees which rows of a model."""
    _scopes[model] = Scope(condition, sees)


def scopes() -> dict[type[models.Model], Scope]:
    """All registered scopes, for the test that proves condition and predicate equal."""
    return dict(_scopes)


def sees(actor: Actor, obj: Any) -> bool:
    """Whether the object exists for the actor; objects without a scope exist for everybody."""
    found = _scopes.get(type(obj))
    return found is None or found.sees(actor, obj)


def may(actor: Actor, action: str, obj: Any = None) -> Verdict:
    """Whether the actor may do this to the object; the reason is a sentence for that person.

    Unknown actions are a programming error. An object the actor does not see is reported as absent, never described.
    """
    known = rules[action]
    if actor.role not in known.roles:
        holders = "、".join(Role(role).label for role in Role if role in known.roles and role != Role.SYSTEM)
        return no(f"{known.label}由{holders}办理，您现在的身份是{actor.hat.label}。", "如您另有身份，请在右上角切换。")
    if obj is not None and not sees(actor, obj):
        return no("没有这份材料，或它不在您的职责范围内。")
    return known.predicate(actor, obj)


class ScopedQuerySet(models.QuerySet):
    """Queryset of a model with a scope."""

    def visible_to(self, actor: Actor) -> Self:
        """Rows that exist for the actor: used alike by list, page, search, export, API, counters and jobs."""
        return self.filter(_scopes[self.model].condition(actor))


def path_condition(actor: Actor, column: str) -> models.Q:
    """Rows whose responsibility path runs through the official's bureau; nothing for anybody else."""
    if not actor.hat.paths:
        return models.Q(pk__in=[])
    condition = models.Q()
    for own in actor.hat.paths:
        condition |= models.Q(**{f"{column}__startswith": own})
    return condition
