"""What happens in this room, for the rooms above."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from foundation.core.events import Event


@dataclass(frozen=True, kw_only=True)
class NoticePublished(Event):
    """A notice went out, founding or forwarding."""

    notice_id: int
    bureau_id: int
    source_id: int


@dataclass(frozen=True, kw_only=True)
class RoundOpened(Event):
    """A round began."""

    round_id: int
    programme: str
    year: int


@dataclass(frozen=True, kw_only=True)
class WindowChanged(Event):
    """A window of a round was set or moved; ``bureau_id`` None means for everybody."""

    round_id: int
    level: str
    bureau_id: int | None
    closes_on: dt.date | None


@dataclass(frozen=True, kw_only=True)
class EntryListed(Event):
    """A firm came onto the roster."""

    entry_id: int
    enterprise_id: int
    programme: str
    tier: str
    since: dt.date
    decision_id: int


@dataclass(frozen=True, kw_only=True)
class EntryLeft(Event):
    """A firm left the roster, with the cause."""

    entry_id: int
    enterprise_id: int
    programme: str
    cause: str
    until: dt.date
    decision_id: int


@dataclass(frozen=True, kw_only=True)
class EntryObserved(Event):
    """An entry's observation period began (SC-34)."""

    entry_id: int
    enterprise_id: int
    on: dt.date
    due_on: dt.date
    decision_id: int


@dataclass(frozen=True, kw_only=True)
class EntryRestored(Event):
    """An entry's observation period ended well (SC-36)."""

    entry_id: int
    enterprise_id: int
    on: dt.date
    decision_id: int
