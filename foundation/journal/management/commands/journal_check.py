"""``manage.py journal_check``: exit 0 when nothing was altered, else 1 and the rows by name."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from foundation.journal import chain
from foundation.journal.models import JournalEntry


class Command(BaseCommand):
    help = "核对全部留痕：逐条重算摘要，走完整条链，对照库外账册"

    def handle(self, *args: Any, **options: Any) -> None:
        faults = 0
        for fault in chain.check():
            faults += 1
            self.stdout.write(fault)
        if faults:
            self.stdout.write(f"留痕核对未通过：{faults} 处")
            sys.exit(1)
        self.stdout.write(f"留痕核对通过：{JournalEntry.objects.count()} 条")
