"""``manage.py run_for --date 2018-03-12``: the day's jobs of one business day."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from foundation.core.clock import business_today, one_installation_per_unit_of_work
from foundation.duties import daily
from foundation.duties.models import DailyRun


class Command(BaseCommand):
    """Does what was not done yet for the day; exit code 1 when a job failed."""

    help = "Run the jobs of one business day (default: today)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--date", type=dt.date.fromisoformat, help="business day, YYYY-MM-DD")
        parser.add_argument("--again", action="store_true", help="also repeat the jobs already done for that day")

    def handle(self, *args: Any, **options: Any) -> None:
        with one_installation_per_unit_of_work():
            day = options["date"] or business_today()
            rows = daily.run_for(day, again=options["again"])
        for row in rows:
            self.stdout.write(f"{row.day} {row.name}: {row.get_state_display()} {row.summary}".rstrip())
        if not rows:
            self.stdout.write(f"{day}: 没有待办的每日任务。")
        if any(row.state == DailyRun.State.FAILED for row in rows):
            raise CommandError("有每日任务失败，见上。")
