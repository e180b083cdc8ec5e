"""Signals of a firm's months, of every kind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cultivation.models import RosterEntry
from monitoring.models import Signal


def signals(cast: Any) -> Iterator[Any]:
    """One of each kind, of the firm whose county is Tianyuan."""
    from tests.permissions.cast import Subject

    relation = cast._on_path("ty", firm=cast.one)
    entry = RosterEntry(pk=1, enterprise_id=cast.one.pk, path=cast.paths["ty"])
    for kind in Signal.Kind:
        yield Subject(kind, Signal(pk=1, entry=entry, path=cast.paths["ty"], kind=kind, title="演示"), relation)
