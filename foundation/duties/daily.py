"""The table of the day's jobs: each is done once per business day, whoever asks (beat, a command, the played year
of a rehearsal).

@daily.job("monitoring.open_month", label="打开本月应报事项", order=10)
def open_month(day: dt.date) -> str: ...
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import transaction

from foundation.core.clock import real_now
from foundation.core.registries import Registry
from foundation.duties.locks import only_one
from foundation.duties.models import DailyRun

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DailyJob:
    """One entry of the table; ``run`` returns a short Chinese summary and must be safe to repeat."""

    name: str
    label: str
    order: int
    run: Callable[[dt.date], str] = field(repr=False)


table: Registry[DailyJob] = Registry("daily job")


def job(name: str, *, label: str, order: int) -> Callable[[Callable[[dt.date], str]], Callable[[dt.date], str]]:
    """Register a job of the day."""

    def register(run: Callable[[dt.date], str]) -> Callable[[dt.date], str]:
        table.register(name, DailyJob(name, label, order, run))
        return run

    return register


def run_for(day: dt.date, *, again: bool = False) -> list[DailyRun]:
    """Do every job of the table for a business day that was not done for it yet; ``again`` repeats those done.

    A job that fails is written down with its error and does not hold up the others. Returns the rows touched by
    this call.
    """
    touched: list[DailyRun] = []
    for _, entry in sorted(table.items(), key=lambda row: (row[1].order, row[0])):
        with only_one(f"duties.daily.{entry.name}") as free:
            if free:
                row = _do(entry, day, again)
                if row is not None:
                    touched.append(row)
    return touched


def _do(entry: DailyJob, day: dt.date, again: bool) -> DailyRun | None:
    row, _ = DailyRun.objects.get_or_create(name=entry.name, day=day, defaults={"started_at": real_now()})
    if row.state == DailyRun.State.DONE and not again:
        return None
    row.state, row.started_at, row.finished_at = DailyRun.State.RUNNING, real_now(), None
    row.save(update_fields=["state", "started_at", "finished_at"])
    try:
        with transaction.atomic():
            row.summary = (entry.run(day) or "")[:300]
        row.state = DailyRun.State.DONE
    except Exception as error:
        log.exception("daily job %s for %s failed", entry.name, day)
        row.state, row.summary = DailyRun.State.FAILED, f"{type(error).__name__}: {error}"[:300]
    row.finished_at = real_now()
    row.save(update_fields=["state", "summary", "finished_at"])
    return row
