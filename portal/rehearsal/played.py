"""The played year: a rehearsal database moves from day to day, and every day's jobs run as they do in production.

The day's table goes through the real worker (``duties.run_for_today``) unless the caller asks to run it here, as the demo
does inside its one transaction.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator

from foundation.accounts import tasks as accounts
from foundation.core.clock import business_today, current_installation, one_installation_per_unit_of_work
from foundation.core.errors import Refused
from foundation.core.models import Installation
from foundation.core.verdict import no
from foundation.duties import daily
from foundation.duties.models import DailyRun
from foundation.duties.tasks import run_for_today

PATIENCE = 120.0
"""Seconds a day's jobs may take in the worker before the play stops and says so."""


class NoWorker(RuntimeError):
    """The worker did not do the day's jobs in time."""


def days_between(start: dt.date, to: dt.date) -> Iterator[dt.date]:
    """The days after ``start`` up to and with ``to``."""
    for number in range(1, (to - start).days + 1):
        yield start + dt.timedelta(days=number)


def begin_day(day: dt.date) -> None:
    """Stand on a day: the clock, then the reporting lines that begin with it (beat does both at night)."""
    if not current_installation().is_rehearsal:
        raise Refused(no("这不是演练库，不能拨动日期。", "演练请另建一个空库，用 demo 命令建立。"))
    Installation.start_rehearsal(day)
    accounts.new_day(day)


def play_here(to: dt.date) -> list[DailyRun]:
    """Play to a day in this process; returns the rows of the jobs done. A job that fails stops the play."""
    rows: list[DailyRun] = []
    for day in days_between(business_today(), to):
        begin_day(day)
        with one_installation_per_unit_of_work():
            done = daily.run_for(day)
        failed = [row for row in done if row.state == DailyRun.State.FAILED]
        if failed:
            raise RuntimeError(f"{day} {failed[0].name}: {failed[0].summary}")
        rows += done
    return rows


def play_through_worker(to: dt.date, tell: Callable[[str], None], patience: float = PATIENCE) -> int:
    """Play to a day through the worker, waiting for each day; returns the number of days. ``NoWorker`` when it stands still."""
    played = 0
    for day in days_between(business_today(), to):
        begin_day(day)
        run_for_today.delay()
        rows = _wait_for(day, patience)
        for row in rows:
            if row.state == DailyRun.State.FAILED:
                raise NoWorker(f"{day} {row.name} 失败：{row.summary}")
        told = "；".join(f"{row.name}：{row.summary}" for row in rows if not row.summary.startswith("没有"))
        tell(f"{day:%Y-%m-%d} {told}".rstrip())
        played += 1
    return played


def _wait_for(day: dt.date, patience: float) -> list[DailyRun]:
    wanted = {name for name, _ in daily.table.items()}
    until = time.monotonic() + patience
    while True:
        rows = list(DailyRun.objects.filter(day=day).exclude(state=DailyRun.State.RUNNING).order_by("name"))
        if {row.name for row in rows} >= wanted:
            return rows
        if time.monotonic() > until:
            missing = "、".join(sorted(wanted - {row.name for row in rows}))
            raise NoWorker(f"{day} 的每日任务没有完成（{missing}）。请确认后台进程在运行，再运行一次本命令。")
        time.sleep(0.05)
