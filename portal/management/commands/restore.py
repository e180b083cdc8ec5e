"""``manage.py restore FOLDER``: a backup back into an empty database and empty folders, compared with its manifest (B.3)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal import backups


class Command(BaseCommand):
    """Never overwrites: whoever restores points DATABASE_URL and TIDU_VAR at an empty place first."""

    help = "把一份备份恢复到空库和空目录，并逐表、逐文件、逐条留痕核对"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="备份目录，例如 /backups/20260311-023000")
        parser.add_argument("--check", action="store_true", help="只核对备份本身，不恢复")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        try:
            if options["check"]:
                self.stdout.write(f"备份完好：{len(backups.verify(folder))} 个文件")
                return
            done = backups.restore(folder, tell=lambda line: self.stdout.write(f"  {line} …"))
        except (backups.BackupFault, OSError) as fault:
            raise CommandError(f"恢复没有完成：{fault}") from fault
        self.stdout.write(f"恢复完成并核对一致：{done.tables} 张表 {done.rows} 行，{done.files} 个文件，留痕完好。")
