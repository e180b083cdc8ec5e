"""``manage.py load_reference``: bring the public table up to date with the data files."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from foundation.reference.loader import load


class Command(BaseCommand):
    help = "载入基础数据（区划、行业、划型标准、产业目录、工作日历）；可重复执行，未变的数据集跳过。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--force", action="store_true", help="不看内容摘要，全部重新载入")

    def handle(self, *args: Any, **options: Any) -> None:
        begun = time.monotonic()
        try:
            report = load(force=options["force"])
        except (ValueError, KeyError) as problem:
            raise CommandError(f"基础数据未载入，库未改动：{problem}") from problem
        for line in report:
            self.stdout.write(f"{line.title}：{line.rows} 行，{'已载入' if line.changed else '未变'}")
        self.stdout.write(f"用时 {time.monotonic() - begun:.2f} 秒")
