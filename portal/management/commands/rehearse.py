"""``manage.py rehearse --to 2018-12-31``: play a rehearsal database day after day through the real worker."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from foundation.core.clock import business_today, current_installation
from foundation.duties.locks import only_one
from portal.rehearsal import played


class Command(BaseCommand):
    """Moves the business day forward; each day's jobs are done by the worker before the next day begins."""

    help = "Play a rehearsal database day after day up to a date; the worker does each day's jobs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", type=dt.date.fromisoformat, required=True, help="last day, YYYY-MM-DD")
        parser.add_argument("--quiet", action="store_true", help="one line at the end only")

    def handle(self, *args: Any, **options: Any) -> None:
        if not current_installation().is_rehearsal:
            raise CommandError("这不是演练库。演练请另建一个空库，用 demo 命令建立。")
        start, to = business_today(), options["to"]
        if to <= start:
            raise CommandError(f"演练已在 {start}，只能向后演练；要回到从前，请另建一个空库。")
        tell = (lambda line: None) if options["quiet"] else self.stdout.write
        with only_one("portal.rehearse") as free:
            if not free:
                raise CommandError("另一个 rehearse 命令正在运行，请等它结束。")
            try:
                days = played.play_through_worker(to, tell)
            except played.NoWorker as error:
                raise CommandError(str(error)) from error
        self.stdout.write(f"演练到 {to}：{days} 天。")
