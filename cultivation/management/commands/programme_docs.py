"""Write docs/programmes.md and docs/requirements-coverage.md from the programme documents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from cultivation.coverage import coverage_page, programmes_page


class Command(BaseCommand):
    help = "Write the generated pages about programmes and requirement coverage into docs/."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        docs = Path(settings.BASE_DIR) / "docs"
        for name, page in (("programmes.md", programmes_page()), ("requirements-coverage.md", coverage_page())):
            (docs / name).write_text(page, encoding="utf-8")
            self.stdout.write(f"docs/{name}")
