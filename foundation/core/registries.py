"""Registries that higher floors fill at start-up: navigation, panels, subject addresses, probes for real data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Registry(Generic[T]):
    """A named table filled at start-up; registering a name twice is a programming error."""

    def __init__(self, noun: str) -> None:
        self.noun = noun
        self._rows: dict[str, T] = {}

    def register(self, name: str, row: T) -> T:
        """Add ``row`` under ``name``."""
        if name in self._rows and self._rows[name] != row:
            raise ValueError(f"{self.noun} {name!r} is registered twice")
        self._rows[name] = row
        return row

    def __getitem__(self, name: str) -> T:
        return self._rows[name]

    def get(self, name: str) -> T | None:
        return self._rows.get(name)

    def items(self) -> list[tuple[str, T]]:
        return list(self._rows.items())

    def __contains__(self, name: str) -> bool:
        return name in self._rows


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry of the top bar. ``show`` decides by actor; ``count`` is the number of things waiting (None: no number), or the
    rows to be counted: all of them are counted in one statement (``foundation.core.counters``). ``only_counted``: the entry
    stands there only while its number is not 0, or one is on its page.
    """

    label: str
    url_name: str
    order: int
    show: Callable[[Any], bool]
    count: Callable[[Any], Any] | None = None
    prefix: str = ""
    only_counted: bool = False


@dataclass(frozen=True, slots=True)
class SubjectKind:
    """How a subject of decisions is called and where it is shown."""

    label: str
    url: Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of a page of a lower floor filled by a higher one: ``context`` returns None to stay away."""

    template: str
    order: int
    context: Callable[[Any, Any], dict | None] = field(repr=False)


nav: Registry[NavItem] = Registry("navigation item")
subjects: Registry[SubjectKind] = Registry("subject kind")
panels: Registry[Panel] = Registry("panel")
"""Panel names begin with the place they fill: ``enterprise_home.tiers``."""
real_data_probes: Registry[Callable[[], bool]] = Registry("probe for real data")


def panels_for(place: str, actor: Any, obj: Any) -> list[dict]:
    """Contexts of the panels of one place, in order; each carries its ``template``."""
    found = []
    for name, panel in sorted(panels.items(), key=lambda row: row[1].order):
        if name.startswith(f"{place}."):
            context = panel.context(actor, obj)
            if context is not None:
                found.append({"template": panel.template, **context})
    return found
