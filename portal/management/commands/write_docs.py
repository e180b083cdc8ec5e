"""``manage.py write_docs``: the pages of docs/ that are made from the code; ``--check`` only says which are out of date."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal import documentation


class Command(BaseCommand):
    """Writes into the checkout; an installation without its sources has no use for it."""

    help = "Write the generated pages below docs/."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a page is out of date")

    def handle(self, *args: Any, **options: Any) -> None:
        if not documentation.TABLES.exists():
            raise CommandError("tests/permissions is missing: run this command in a checkout of the sources")
        if not options["check"]:
            for name in documentation.write():
                self.stdout.write(f"docs/{name}")
            return
        stale = documentation.outdated()
        if stale:
            raise CommandError(f"out of date: {', '.join('docs/' + name for name in stale)}; run manage.py write_docs")
        self.stdout.write(f"{len(documentation.PAGES)} pages are up to date")
