"""``manage.py demo --stage …`` or ``--scale province``: the rehearsal, built through the functions a user calls (A.3, B.3)."""

from __future__ import annotations

import time
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction

from cultivation.models import ProgrammeVersion
from enterprises.models import Enterprise
from foundation.accounts.models import User
from foundation.core.clock import current_installation
from foundation.core.errors import Refused
from foundation.core.models import Installation
from foundation.duties.locks import only_one
from foundation.reference import regions
from portal.rehearsal import calendar, scale, stages

PROVINCE = 100_000
"""Firms of a province."""


class Command(BaseCommand):
    """Builds once: a rehearsal that is there already is left alone, a database with real data refused."""

    help = "Build the demo: invented firms, notices, files of both provinces, in a rehearsal database."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--stage", choices=stages.STAGES, default="dispatch", help="how far the rehearsal has come")
        parser.add_argument("--seed", type=int, default=1, help="the same number builds the same firms")
        parser.add_argument("--scale", choices=["province"], help="a whole province instead of a stage")
        parser.add_argument(
            "--size",
            type=int,
            default=PROVINCE,
            help=f"firms of --scale; of {PROVINCE} firms 5000 file, 2000 are listed",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with only_one("portal.demo") as free:
            if not free:
                raise CommandError("另一个 demo 命令正在运行，请等它结束。")
            if options["scale"]:
                self._build_scale(options["seed"], options["size"])
            else:
                self._build(options["stage"], options["seed"])

    def _build(self, stage: str, seed: int) -> stages.Built | None:
        if current_installation().is_rehearsal and Enterprise.objects.exists():
            self.stdout.write("本库已有演示数据，保持不变。要换一个阶段，请另建一个空库。")
            return None
        if User.objects.filter(is_demo=False).exists():
            raise CommandError("本库已有正式账号，不能建演示数据。请另建一个空库。")
        began = time.monotonic()
        try:
            with transaction.atomic():
                Installation.start_rehearsal(calendar.ISSUED)
                self._foundations()
                built = stages.build(stage, seed, tell=lambda line: self.stdout.write(f"  {line} …"))
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        files = sum(1 for _ in built.firms)
        self.stdout.write(
            f"演示数据已建好（阶段 {stage}，种子 {seed}）：{files} 家虚构企业，{time.monotonic() - began:.0f} 秒。"
        )
        return built

    def _build_scale(self, seed: int, firms: int) -> None:
        """The stage ``filing``, then the province in many transactions: what one holds is limited by the database's locks.

        A run that breaks off leaves a database that is only good to be thrown away, and says so.
        """
        try:
            size = scale.Size.of(firms)
        except ValueError as error:
            raise CommandError(str(error)) from error
        began = time.monotonic()
        built = self._build("filing", seed)
        if built is None:
            return
        steps: list[tuple[float, str]] = []

        def tell(line: str) -> None:
            """The step before is over: say how long it took."""
            steps.append((time.monotonic(), line))
            if len(steps) > 1:
                since, before = steps[-2]
                self.stdout.write(f"  {before}：{steps[-1][0] - since:.0f} 秒")

        try:
            scale.prepare(built, seed, size, tell).run()
        except Exception:
            self.stderr.write("全省规模的演示数据没有建完，请删除本库后重建。")
            raise
        tell("")
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        self.stdout.write(
            f"全省规模的演示数据已建好（种子 {seed}）：{size.firms} 家企业，{size.files} 份申报，{size.listed} 家在名单，"
            f"{time.monotonic() - began:.0f} 秒。"
        )

    def _foundations(self) -> None:
        """Reference data, bureaus and programmes where they are missing."""
        if not len(regions.book()):
            call_command("load_reference", stdout=self.stdout)
        call_command("load_bureaus", on=calendar.ISSUED, demo=True, stdout=self.stdout)
        if not ProgrammeVersion.objects.exists():
            call_command("load_programmes", stdout=self.stdout)
        call_command("load_ladder", stdout=self.stdout)
