"""``manage.py load_bureaus``: bureaus and reporting lines of the portal's provinces, from the region table."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from foundation.accounts.actions.seeding import seed_bureaus
from foundation.core.clock import current_installation
from foundation.reference import regions


class Command(BaseCommand):
    help = "按行政区划建立两省各级主管部门和隶属关系；可重复执行，人工改过的名称不动"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--on", type=dt.date.fromisoformat, help="按哪一天的区划名称（默认业务日期）")
        parser.add_argument("--demo", action="store_true", help="另建一个虚构的省财政直管县（演练库自动带上）")

    def handle(self, *args: Any, **options: Any) -> None:
        if not len(regions.book()):
            raise CommandError("行政区划表是空的，请先执行 load_reference")
        done = seed_bureaus(options["on"], demo=options["demo"] or current_installation().is_rehearsal)
        self.stdout.write(f"主管部门：新建 {done.created} 个，更名 {done.renamed} 个，隶属关系新增 {done.lines} 条")
