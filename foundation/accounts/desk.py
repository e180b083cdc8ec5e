"""The desk: everything that is assigned to one official in one bureau, moved to a colleague in one recorded act.

Higher floors say what lies on a desk of theirs:

    desk.register("reviews.files", label="在办申报材料", count=…, move=…)

``count(user_id, bureau_id)`` answers the preview; ``move(user_id, successor, bureau_id, actor)`` moves it inside the act's
transaction and says how many.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from foundation.accounts.actor import Actor
from foundation.accounts.models import Bureau, Post, User
from foundation.accounts.permissions_guard import Desk
from foundation.accounts.transition import record_act, require
from foundation.core.clock import real_now
from foundation.core.registries import Registry
from foundation.journal.record import Message


@dataclass(frozen=True, slots=True)
class Drawer:
    """One kind of thing that lies on desks."""

    label: str
    count: Callable[[int, int], int] = field(repr=False)
    move: Callable[[int, User, int, Actor], int] = field(repr=False)
    unit: str = "份"


drawers: Registry[Drawer] = Registry("drawer of a desk")


def register(
    name: str,
    *,
    label: str,
    count: Callable[[int, int], int],
    move: Callable[[int, User, int, Actor], int],
    unit: str = "份",
) -> Drawer:
    """Register one kind of assigned things (an app's handlers.py)."""
    return drawers.register(name, Drawer(label, count, move, unit))


@dataclass(frozen=True, slots=True)
class Pile:
    """How many of what."""

    label: str
    number: int
    unit: str


def piles(user_id: int, bureau_id: int) -> list[Pile]:
    """What lies on the desk, one line per kind, also the empty ones."""
    return [Pile(row.label, row.count(user_id, bureau_id), row.unit) for _, row in drawers.items()]


def colleagues(user_id: int, bureau_id: int) -> QuerySet[User]:
    """Who could take the desk over: people with a post in the bureau now, by name."""
    held = Post.objects.held().filter(bureau_id=bureau_id).exclude(user_id=user_id)
    return User.objects.filter(pk__in=held.values("user_id"), is_active=True).order_by("name", "pk")


@transaction.atomic
def hand_over(*, actor: Actor, user_id: int, successor_id: int, bureau_id: int, reason: str = "") -> list[Pile]:
    """Move everything on an official's desk to a colleague of the same bureau; returns what was moved.

    One act on the person with the numbers, beside the acts of the single files. Raises Refused, or ValidationError
    where the colleague holds no post there.
    """
    user = User.objects.select_for_update().filter(pk=user_id).first()
    require(actor, "desk.hand_over", Desk(user_id if user else 0, bureau_id))
    assert user is not None  # may() refuses
    successor = colleagues(user_id, bureau_id).filter(pk=successor_id).first()
    if successor is None:
        raise ValidationError({"successor": "只能移交给本单位在任的其他人员。"})
    moved, numbers = [], {}
    for name, drawer in drawers.items():
        number = drawer.move(user_id, successor, bureau_id, actor)
        moved.append(Pile(drawer.label, number, drawer.unit))
        numbers[name] = number
    bureau = Bureau.objects.get(pk=bureau_id)
    told = {"from": user.name, "to": successor.name, "what": told_in_words(moved), "bureau": bureau.short_name}
    record_act(
        subject_kind=User.subject_kind,
        subject_id=user.pk,
        subject_label=user.username,
        action="desk.hand_over",
        actor=actor,
        note=(reason or "").strip(),
        data={"to": successor.pk, "bureau": bureau_id, "moved": numbers},
        messages=[_message(person, told, user, successor) for person in {user.pk, successor.pk} - {actor.user_id}]
        if any(numbers.values())
        else [],
    )
    return moved


def _message(person_id: int, told: dict[str, str], user: User, successor: User) -> Message:
    key = f"desk:{user.pk}:{successor.pk}:{person_id}:{real_now().timestamp():.0f}"
    return Message(key, "accounts.desk_handed_over", "user", person_id, told)


def told_in_words(found: list[Pile]) -> str:
    """``在办申报材料 12 份、通知草稿 1 份``; 没有经办事项 for an empty desk."""
    return "、".join(f"{pile.label} {pile.number} {pile.unit}" for pile in found if pile.number) or "没有经办事项"
