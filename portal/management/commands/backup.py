"""``manage.py backup --to DIR``: one backup now; with ``--daily-at 02:30`` one every night until the process ends (B.3)."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from foundation.core.clock import real_now
from portal import backups

RETRY = 900
"""Seconds after which a nightly backup that failed is tried again."""
LATE = dt.timedelta(hours=26)
"""The latest backup may be this old before ``--check`` says so."""


class Command(BaseCommand):
    """See docs/operations.md for what a backup holds and how it is restored."""

    help = "备份数据库和文件；--daily-at 每夜一次，--check 核对最新一份"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", type=Path, required=True, help="存放备份的目录")
        parser.add_argument("--keep", type=int, default=14, help="保留最近几份；0 为全部保留")
        parser.add_argument("--daily-at", type=dt.time.fromisoformat, help="每夜几点备份，例如 02:30；一直运行")
        parser.add_argument("--check", action="store_true", help="只看最新一份是否在 26 小时以内（健康检查用）")

    def handle(self, *args: Any, **options: Any) -> None:
        target: Path = options["to"]
        if options["check"]:
            self._check(target)
        elif options["daily_at"]:
            self._every_night(target, options["keep"], options["daily_at"])
        else:
            self._once(target, options["keep"])

    def _once(self, target: Path, keep: int) -> None:
        try:
            made = backups.back_up(target, tell=lambda line: self.stdout.write(f"  {line} …"))
        except (backups.BackupFault, OSError) as fault:
            raise CommandError(f"备份没有完成：{fault}") from fault
        self.stdout.write(
            f"备份完成：{made.folder}，{made.tables} 张表 {made.rows} 行，{made.files} 个文件，{made.size / 1e6:.1f} MB"
        )
        for name in backups.forget_old(target, keep):
            self.stdout.write(f"已删除旧备份 {name}")
        self.stdout.flush()

    def _check(self, target: Path) -> None:
        latest = backups.newest(target)
        if latest is None or backups.age(latest) > LATE:
            raise CommandError(f"最近 26 小时内没有备份（{latest.name if latest else '一份也没有'}）。")
        self.stdout.write(f"最新备份 {latest.name}")

    def _every_night(self, target: Path, keep: int, at: dt.time) -> None:
        """At once where there is none of the last day, then every night; a failure is told and tried again."""
        while True:
            latest = backups.newest(target)
            if latest is not None and backups.age(latest) < dt.timedelta(hours=24):
                connection.close()
                time.sleep(seconds_until(at, real_now()))
            try:
                self._once(target, keep)
            except CommandError as fault:
                self.stderr.write(str(fault))
                self.stderr.flush()
                connection.close()
                time.sleep(RETRY)


def seconds_until(at: dt.time, now: dt.datetime) -> float:
    """From now to the next time the clock shows ``at``."""
    next_one = now.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    if next_one <= now:
        next_one += dt.timedelta(days=1)
    return (next_one - now).total_seconds()
