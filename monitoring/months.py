"""Months as the returns name them, ``YYYY-MM``, and the duty counted in them. Pure."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator

from cultivation.schema import Programme
from cultivation.schema.programme import Duty
from foundation.reference.workdays import WorkCalendar

MONTHLY = "monitoring.monthly"
"""Kind of the obligation."""


def period_of(day: dt.date) -> str:
    """The month a day lies in."""
    return f"{day.year:04d}-{day.month:02d}"


def shift(period: str, months: int) -> str:
    """So many months later (earlier where negative)."""
    place = int(period[:4]) * 12 + int(period[5:]) - 1 + months
    return f"{place // 12:04d}-{place % 12 + 1:02d}"


def first_day(period: str) -> dt.date:
    """Its first day."""
    return dt.date(int(period[:4]), int(period[5:]), 1)


def last_day(period: str) -> dt.date:
    """Its last day."""
    return first_day(shift(period, 1)) - dt.timedelta(days=1)


def between(first: str, last: str) -> Iterator[str]:
    """All months from ``first`` to ``last``, both included; none where ``last`` comes before."""
    while first <= last:
        yield first
        first = shift(first, 1)


def same_month_last_year(period: str) -> str:
    """The month one compares with."""
    return shift(period, -12)


def year_to(period: str) -> list[str]:
    """January to this month."""
    return list(between(f"{period[:4]}-01", period))


def label(period: str) -> str:
    """``2018年7月``."""
    return f"{int(period[:4])}年{int(period[5:])}月"


def short_label(period: str) -> str:
    """``7月``."""
    return f"{int(period[5:])}月"


def is_period(text: str) -> bool:
    """Whether a text names a month."""
    return (
        len(text) == 7 and text[4] == "-" and text[:4].isdecimal() and text[5:].isdecimal() and 1 <= int(text[5:]) <= 12
    )


def latest_open(day: dt.date) -> str:
    """The last month that has opened on a day: a month opens when it is over, on the first of the next one."""
    return shift(period_of(day), -1)


def monthly_duty(programme: Programme) -> Duty | None:
    """The programme's monthly duty of enterprises, None where it has none."""
    return next((duty for duty in programme.duties if duty.owner == "enterprise" and duty.period == "month"), None)


def due_on(duty: Duty, period: str, workdays: WorkCalendar) -> dt.date:
    """The due day of a month: the duty's day of the following month (its last day where the month is shorter or no day is
    set), or the next working day where the duty says so (SC-39, HN-23).
    """
    following = shift(period, 1)
    length = calendar.monthrange(int(following[:4]), int(following[5:]))[1]
    day = first_day(following).replace(day=min(duty.due_day or length, length))
    return workdays.next_working_day(day) if duty.next_working_day else day


def owed(duty: Duty, *, since: dt.date, known_from: dt.date, until: dt.date | None, day: dt.date) -> Iterator[str]:
    """Months an entry owes that have opened on ``day``.

    A month is owed when the firm stands on the roster on its last day: the month of listing counts, the month of leaving
    does not. ``months`` of the duty are counted from the month of listing. Nothing is owed for months before the entry was
    written down (``known_from``): a list of 2017 imported in April 2018 owes from April on (HN-22).
    """
    first = period_of(max(since, known_from))
    last = latest_open(day)
    if until is not None:
        last = min(last, shift(period_of(until), -1))
    if duty.months is not None:
        last = min(last, shift(period_of(since), duty.months - 1))
    return between(first, last)
