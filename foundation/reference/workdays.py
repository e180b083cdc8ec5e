"""Working days with the State Council's yearly adjustments. Pure: built from rows, no ORM, never an exception.

Deadlines count in working days (公示 5 个工作日, forwarding dates; policy g). A year is *known* when its arrangement is
in the table; outside the known years Saturdays and Sundays are off and a :class:`CalendarNote` says so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

HOLIDAY = "holiday"
MAKEUP_WORKDAY = "makeup_workday"
_ONE = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CalendarNote:
    """Says that a count touched years whose arrangement is not in the table."""

    years: tuple[int, ...]
    known_until: int | None

    @property
    def text(self) -> str:
        """A sentence for the page that shows the deadline."""
        years = "、".join(str(year) for year in self.years)
        return f"{years} 年的节假日安排尚未录入，按周一至周五推算，公布后请复核。"


@dataclass(frozen=True, slots=True)
class Deadline:
    """A computed day and, where the table did not reach, the note."""

    day: dt.date
    note: CalendarNote | None


class WorkCalendar:
    """The adjustments of the known years. ``adjustments`` maps a day to ``holiday`` or ``makeup_workday``."""

    def __init__(self, adjustments: Mapping[dt.date, str]) -> None:
        self._adjustments = dict(adjustments)
        # The National Day is in every yearly arrangement: a year that lists it has been entered (1 January alone may
        # already stand in the arrangement of the year before).
        self.known_years = frozenset(
            day.year for day, kind in self._adjustments.items() if kind == HOLIDAY and (day.month, day.day) == (10, 1)
        )

    @property
    def known_until(self) -> int | None:
        """The last year entered."""
        return max(self.known_years, default=None)

    def is_workday(self, day: dt.date) -> bool:
        """Whether offices work on ``day``."""
        kind = self._adjustments.get(day)
        if kind is not None:
            return kind == MAKEUP_WORKDAY
        return day.weekday() < 5

    def next_working_day(self, day: dt.date) -> dt.date:
        """``day`` itself if it is a working day, else the first one after it."""
        while not self.is_workday(day):
            day += _ONE
        return day

    def add_working_days(self, start: dt.date, count: int, *, include_start: bool = False) -> dt.date:
        """The ``count``-th working day after ``start``; counting begins on ``start`` itself with ``include_start``.

        ``count`` 0 gives ``start``; a negative count goes back.
        """
        if count == 0:
            return start
        step = _ONE if count > 0 else -_ONE
        left, day = abs(count), start
        if include_start and self.is_workday(start):
            left -= 1
        while left:
            day += step
            left -= self.is_workday(day)
        return day

    def working_days_between(self, start: dt.date, end: dt.date, *, include_start: bool = False) -> int:
        """Working days after ``start`` up to and including ``end``; negative when ``end`` lies before ``start``."""
        if end < start:
            return -self.working_days_between(end, start, include_start=include_start)
        first = start if include_start else start + _ONE
        return sum(self.is_workday(first + dt.timedelta(days=offset)) for offset in range((end - first).days + 1))

    def note(self, *days: dt.date) -> CalendarNote | None:
        """A note when the span of ``days`` touches years that are not in the table, else None."""
        if not days:
            return None
        unknown = tuple(year for year in range(min(days).year, max(days).year + 1) if year not in self.known_years)
        return CalendarNote(unknown, self.known_until) if unknown else None

    def deadline(self, start: dt.date, count: int, *, include_start: bool = False) -> Deadline:
        """:meth:`add_working_days` together with its note."""
        day = self.add_working_days(start, count, include_start=include_start)
        return Deadline(day, self.note(start, day))


def from_rows(rows: Iterable[tuple[dt.date, str]]) -> WorkCalendar:
    """A calendar from (day, kind) pairs."""
    return WorkCalendar(dict(rows))
