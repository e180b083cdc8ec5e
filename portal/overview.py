"""What a person has to do now, for the home page: each line says how much, by when, and where to go.

Rooms add lines through ``todo``; a source returns the lines for an actor (none for those it does not concern).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.urls import reverse

from foundation.accounts.actor import Actor
from foundation.core.clock import business_today
from foundation.core.registries import Registry
from foundation.duties import queries as duties

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Todo:
    """One line of the overview. ``tone``: late, waiting, calm or '' ; ``due`` is shown as days left."""

    title: str
    note: str
    url: str
    button: str
    order: int = 50
    due: dt.date | None = None
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number at the top of the overview."""

    label: str
    value: int
    unit: str
    url: str = ""
    late: bool = False


class Desk:
    """An actor's desk while one page is made: what two sources need is asked once."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self._known: dict[str, Any] = {}

    def once(self, name: str, ask: Callable[[], T]) -> T:
        """The answer of ``ask``, remembered under ``name``."""
        if name not in self._known:
            self._known[name] = ask()
        found: T = self._known[name]
        return found


todo: Registry[Callable[[Desk], list[Todo]]] = Registry("overview source")
figures: Registry[Callable[[Desk], list[Figure]]] = Registry("overview figures")


def todo_for(desk: Desk) -> list[Todo]:
    """All lines for the actor: late ones first, then by order and day."""
    rows = [row for _, source in todo.items() for row in source(desk)]
    return sorted(rows, key=lambda row: (row.tone != "late", row.order, row.due or dt.date.max, row.title))


def figures_for(desk: Desk) -> list[Figure]:
    """All figures for the actor, in the order the rooms stand."""
    return [row for _, source in figures.items() for row in source(desk)]


def running(desk: Desk) -> list[Todo]:
    """Background work that is not over."""
    count = duties.running_jobs(desk.actor).count()
    if not count:
        return []
    return [
        Todo(
            f"{count} 个后台任务正在进行",
            "完成后会发站内消息。",
            reverse("duties:jobs"),
            "看进度",
            order=90,
            tone="calm",
        )
    ]


todo.register("duties.jobs", running)


def late(day: dt.date | None) -> bool:
    """Whether a business day is over."""
    return day is not None and day < business_today()
