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

_installation: ContextVar[Installation | None] = ContextVar("installation", default=None)


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
    """The one row that says whether this database is a rehearsal; read once per request or task."""
    cached = _installation.get()
    if cached is not None:
        return cached
    from foundation.core.models import Installation

    return Installation.load()


@contextmanager
def one_installation_per_unit_of_work() -> Iterator[None]:
    """Read the installation row once for everything inside (a request, a task, one decision); an outer unit's reading holds."""
    if _installation.get() is not None:
        yield
        return
    from foundation.core.models import Installation

    token = _installation.set(Installation.load())
    try:
        yield
    finally:
        _installation.reset(token)


def forget_installation() -> None:
    """Drop the value read earlier; called when the row is changed."""
    if _installation.get() is not None:
        from foundation.core.models import Installation

        _installation.set(Installation.load())
