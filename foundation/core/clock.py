"""The two clocks (design idea 6).

``business_now`` is the time the law and the notices speak of: deadlines, years of a round, ages of a credit check. In a rehearsal
database it stands where the rehearsal was set (10 March 2018, say). ``real_now`` is the time of the machine: sign-in, sessions,
expiry of files. Everything else in the project asks one of these two, so that a rehearsal never leaks into security.
"""

from __future__ import annotations

import datetime as dt
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from django.utils import timezone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from foundation.core.models import Installation


class _Unit:
    """One unit of work: a request, a task, one decision. Holds the installation row once somebody has asked for it."""

    __slots__ = ("installation",)

    def __init__(self) -> None:
        self.installation: Installation | None = None


_unit: ContextVar[_Unit | None] = ContextVar("unit of work", default=None)


def real_now() -> dt.datetime:
    """Aware time of the machine in the project's time zone."""
    return timezone.localtime(timezone.now())  # noqa: TID251 - the one place that asks the machine


def business_now() -> dt.datetime:
    """Aware business time: the rehearsal's day with the machine's time of day, else the machine's time."""
    now = real_now()
    day = current_installation().business_date
    if day is None:
        return now
    return now.replace(year=day.year, month=day.month, day=day.day)


def business_today() -> dt.date:
    """The business day."""
    return business_now().date()


def current_installation() -> Installation:
    """The one row that says whether this database is a rehearsal; read once per request or task, when first asked for."""
    unit = _unit.get()
    if unit is not None and unit.installation is not None:
        return unit.installation
    from foundation.core.models import Installation

    found = Installation.load()
    if unit is not None:
        unit.installation = found
    return found


@contextmanager
def one_installation_per_unit_of_work() -> Iterator[None]:
    """Read the installation row at most once for everything inside; an outer unit's reading holds."""
    if _unit.get() is not None:
        yield
        return
    token = _unit.set(_Unit())
    try:
        yield
    finally:
        _unit.reset(token)


def installation_in_hand() -> Installation | None:
    """The row as this unit of work has read it, None when nobody has asked for it yet (or outside of any)."""
    unit = _unit.get()
    return unit.installation if unit is not None else None


def adopt_installation(row: Installation) -> None:
    """The row came along with another statement of this unit of work and need not be read by itself."""
    unit = _unit.get()
    if unit is not None and unit.installation is None:
        unit.installation = row


def forget_installation() -> None:
    """Drop the value read earlier; called when the row is changed."""
    unit = _unit.get()
    if unit is not None:
        unit.installation = None
