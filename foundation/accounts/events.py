"""What happened here that higher floors may want to hear."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from foundation.core.events import Event


@dataclass(frozen=True, kw_only=True)
class ReportingLineChanged(Event):
    """A bureau answers to somebody else from a day on. Paths of open files may have to be rewritten by a recorded act;
    ``effective`` says whether the paths of the bureaus themselves have changed already.
    """

    bureau_id: int
    stage: str
    superior_id: int | None
    valid_from: dt.date
    effective: bool


@dataclass(frozen=True, kw_only=True)
class PathsRebuilt(Event):
    """The day has come on which lines entered earlier take effect."""

    on: dt.date
    changed_bureau_ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class PostEnded(Event):
    """Somebody no longer holds a post; work assigned to them there wants another hand."""

    post_id: int
    user_id: int
    bureau_id: int | None
    role: str
