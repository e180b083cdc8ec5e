"""Lists made from the code for ``docs/``: addresses by role, permissions, switches, sheets, registries and events, commands.

Written by ``manage.py write_docs``; a test compares them with the code, so that a reader may trust them. The pages about
programmes are the cultivation room's own and only written along.
"""

from __future__ import annotations

from collections.abc import Callable

from cultivation.coverage import coverage_page, programmes_page
from portal.documentation.addresses import TABLES, permissions_page, routes, routes_page
from portal.documentation.lists import commands_page, events_page, sheets_page
from portal.documentation.switches import settings_page
from portal.documentation.text import ROOT

__all__ = ["PAGES", "TABLES", "outdated", "routes", "write"]

#: Page below docs/ → what writes it.
PAGES: dict[str, Callable[[], str]] = {
    "generated/routes.md": routes_page,
    "generated/permissions.md": permissions_page,
    "generated/settings.md": settings_page,
    "generated/sheets.md": sheets_page,
    "generated/events.md": events_page,
    "generated/commands.md": commands_page,
    "programmes.md": programmes_page,
    "requirements-coverage.md": coverage_page,
}


def outdated() -> list[str]:
    """Pages below docs/ that do not say what the code says."""
    docs = ROOT / "docs"
    return [
        name
        for name, make in PAGES.items()
        if not (docs / name).exists() or (docs / name).read_text(encoding="utf-8") != make()
    ]


def write() -> list[str]:
    """Write every page that is out of date; their names."""
    changed = outdated()
    for name in changed:
        path = ROOT / "docs" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(PAGES[name](), encoding="utf-8")
    return changed
