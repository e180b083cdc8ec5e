"""``may(actor, action, obj)`` and ``visible_to(actor)``: the only two questions about permission in the project.

A rule names its roles and a predicate on the object; a scope says which rows of a model exist for an actor, once as a
condition for querysets and once as a predicate on an object. A test proves both equal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from foundation.accounts.actor import Actor
from foundation.accounts.roles import Role
from foundation.accounts.scoping import Scope, ScopedQuerySet, scope, scopes, sees, visible
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


rules: Registry[Rule] = Registry("permission rule")
action_labels: Registry[str] = Registry("label of an act without a rule")
"""Acts that are recorded as part of another one, or done by somebody without a hat."""


def rule(action: str, *, label: str, roles: Iterable[str]) -> Callable[[Predicate], Predicate]:
    """Register the predicate of an action for a closed set of roles."""

    def register(predicate: Predicate) -> Predicate:
        rules.register(action, Rule(action, label, frozenset(roles), predicate))
        return predicate

    return register


def allowed(actor: Actor, obj: Any) -> Verdict:
    """A predicate for actions that depend on role and scope alone."""
    return ok()


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


def path_condition(actor: Actor, column: str) -> models.Q:
    """Rows whose responsibility path runs through the official's bureau; nothing for anybody else."""
    if not actor.hat.paths:
        return models.Q(pk__in=[])
    condition = models.Q()
    for own in actor.hat.paths:
        condition |= models.Q(**{f"{column}__startswith": own})
    return condition


def action_label(action: str) -> str:
    """Chinese name of an action for lists of decisions; its code where nobody named it."""
    known = rules.get(action)
    return known.label if known else action_labels.get(action) or action


__all__ = [
    "Rule",
    "Scope",
    "ScopedQuerySet",
    "Verdict",
    "action_label",
    "action_labels",
    "allowed",
    "may",
    "path_condition",
    "rule",
    "rules",
    "scope",
    "scopes",
    "sees",
    "visible",
]
