"""Put the chasing ladder into the database: the one that comes with the product, or a bureau's own file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from foundation.accounts.actor import SYSTEM
from monitoring.actions.ladder import replace_ladder
from monitoring.chasing import LADDER, LadderError, read_ladder


class Command(BaseCommand):
    help = "Load the chasing ladder (monitoring/ladder.yaml, or --file); the same content again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--file", type=Path, default=LADDER, help="a ladder in the same form")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            ladder = read_ladder(options["file"])
        except (OSError, LadderError, KeyError, TypeError, ValueError) as error:
            raise CommandError(f"{options['file'].name}：{error}") from error
        for kind, changed in replace_ladder(ladder=ladder, actor=SYSTEM).items():
            self.stdout.write(f"{kind} {len(ladder[kind])} rungs {'replaced' if changed else 'unchanged'}")
