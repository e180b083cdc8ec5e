"""What happens to files and dispatches, announced to whoever listens."""

from __future__ import annotations

from dataclasses import dataclass

from foundation.core.events import Event


@dataclass(frozen=True, kw_only=True)
class FileEvent(Event):
    """Something happened to one file."""

    application_id: int
    enterprise_id: int
    round_id: int
    decision_id: int


@dataclass(frozen=True, kw_only=True)
class FileSubmitted(FileEvent):
    """A firm submitted or resubmitted its file."""

    revision: int


@dataclass(frozen=True, kw_only=True)
class FileReturned(FileEvent):
    """A bureau asked for a correction."""


@dataclass(frozen=True, kw_only=True)
class FileRecommended(FileEvent):
    """The handling bureau recommended, with all its hands."""


@dataclass(frozen=True, kw_only=True)
class FileRefused(FileEvent):
    """The handling bureau refused to recommend."""


@dataclass(frozen=True, kw_only=True)
class FileWithdrawn(FileEvent):
    """The firm withdrew."""


@dataclass(frozen=True, kw_only=True)
class DispatchSent(Event):
    """A bureau sent its list upward."""

    dispatch_id: int
    round_id: int
    decision_id: int


@dataclass(frozen=True, kw_only=True)
class DispatchReceived(Event):
    """The superior received a list; for Hunan's reserve the province's receipt begins the roster entries."""

    dispatch_id: int
    round_id: int
    decision_id: int
    application_ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class ApprovalDecided(Event):
    """The province decided on a list (审定); the outcome of each file is in the decision's items."""

    approval_id: int
    round_id: int
    decision_id: int


@dataclass(frozen=True, kw_only=True)
class ListPublished(Event):
    """A list (名单) was published; its firms stand on the roster from that day."""

    publishing_id: int
    round_id: int
    roster_list_id: int
    decision_id: int
