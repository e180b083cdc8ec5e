"""``manage.py invariants``: every sentence that must always be true, with the number of rows that break it; exit 1 unless all are 0."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from portal import invariants


class Command(BaseCommand):
    help = "核对全库不变式：逐条打印不符的行数，有不符时退出码为 1"

    def handle(self, *args: Any, **options: Any) -> None:
        total = 0
        for invariant, count in invariants.check():
            total += count
            self.stdout.write(f"{count:>8}  {invariant.name:<26}{invariant.label}")
        self.stdout.write(f"{total:>8}  {'合计' if total else '合计，全部相符'}")
        if total:
            sys.exit(1)
