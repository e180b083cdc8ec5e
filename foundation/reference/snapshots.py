"""In-process copies of small tables that every page reads (regions, calendar, size standard): no query per row."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

#: Another process sees a change of the public table after this many seconds; the changing process sees it at once.
KEEP_SECONDS = 60.0


class Snapshot(Generic[T]):
    """A value built by one query and kept for a while; an empty table is asked again each time."""

    def __init__(self, build: Callable[[], T], is_empty: Callable[[T], bool]) -> None:
        self._build = build
        self._is_empty = is_empty
        self._value: T | None = None
        self._until = 0.0

    def get(self) -> T:
        """The value, rebuilt when it is too old."""
        if self._value is None or time.monotonic() >= self._until:
            value = self._build()
            if self._is_empty(value):
                return value
            self._value, self._until = value, time.monotonic() + KEEP_SECONDS
        return self._value

    def forget(self) -> None:
        """Rebuild at the next call."""
        self._value = None
