"""Sheets with their columns, events with their handlers, registries with what is in them, commands."""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import fields
from importlib import import_module
from pathlib import Path

from django.conf import settings
from django.core.management import get_commands, load_command_class

from cultivation import schema
from cultivation.coverage import founding_documents
from enterprises.sheets import ENTERPRISE_LIST, figures_sheet
from foundation.core.events import Event, handlers
from foundation.core.registries import Registry
from foundation.spreadsheets import Sheet
from portal.documentation.text import NOTE, ROOT, first, line, page
from reviews.sheets import summary_sheet


def sheets() -> list[Sheet]:
    """Every sheet that goes out or comes in, the summary tables as their first round prints them."""
    programmes = [schema.parse(document) for _, document in founding_documents()]
    tables = [summary_sheet(one, one.founding_round.year) for one in programmes if one.founding_round is not None]
    return [*tables, figures_sheet((2015, 2016, 2017)), ENTERPRISE_LIST]


def sheets_page() -> str:
    """docs/generated/sheets.md: columns in order, with kind, hint and clause."""
    lines = ["# Sheets and their columns", "", NOTE, "", "How a sheet is described and read: [sheets](../sheets.md)."]
    for sheet in sheets():
        lines += ["", f"## {sheet.title} (`{sheet.code}`, version {sheet.version})", ""]
        if sheet.heads or sheet.feet:
            lines += [
                "Head: "
                + "、".join(f.label for f in sheet.heads)
                + ". Foot: "
                + "、".join(f.label for f in sheet.feet),
                "",
            ]
        lines += [line(["column", "kind", "required", "how to fill in", "clause"]), line(["---"] * 5)]
        lines += [
            line(
                [
                    column.head.replace("\n", " "),
                    column.kind,
                    "yes" if column.required else "",
                    column.hint,
                    column.clause,
                ]
            )
            for column in sheet.columns
        ]
    return page(lines)


def _house() -> list[str]:
    return [
        name for name in sorted(sys.modules) if name.split(".")[0] in {room.split(".")[0] for room in settings.ROOMS}
    ]


def registries() -> dict[str, Registry]:
    """Every registry of the house by the place where it is defined."""
    found: dict[int, tuple[str, Registry]] = {}
    for name in _house():
        for attribute, value in sorted(vars(sys.modules[name]).items()):
            if isinstance(value, Registry) and _defines(name, attribute):
                found.setdefault(id(value), (f"{name}.{attribute}", value))
    return dict(sorted(found.values()))


def _defines(module: str, attribute: str) -> bool:
    file = sys.modules[module].__file__
    return file is not None and bool(
        re.search(rf"^{attribute}\b.*= Registry\(", Path(file).read_text("utf-8"), re.MULTILINE)
    )


def event_kinds(base: type[Event] = Event) -> list[type[Event]]:
    """Every event of the house, by name."""
    found = {kind for kind in base.__subclasses__() if kind.__module__ in _house()}
    found |= {deeper for kind in base.__subclasses__() for deeper in event_kinds(kind)}
    return sorted(found, key=lambda kind: (kind.__module__, kind.__name__))


def events_page() -> str:
    """docs/generated/events.md: what lower floors announce, who listens, and what higher floors have registered."""
    for room in settings.ROOMS:
        if (ROOT / room.replace(".", "/") / "events.py").exists():
            import_module(f"{room}.events")
    heard = handlers()
    lines = [
        "# Events and registries",
        "",
        NOTE,
        "",
        "## Events",
        "",
        line(["event", "carries", "meaning", "handlers"]),
    ]
    lines.append(line(["---"] * 4))
    for kind in event_kinds():
        listeners = [f"`{one.__module__}.{one.__name__}`" for one in heard.get(kind, ()) if one.__module__ in _house()]
        carries = ", ".join(f"`{field.name}`" for field in fields(kind))
        name = f"`{kind.__module__.removesuffix('.events')}.{kind.__name__}`"
        lines.append(line([name, carries, first(kind.__doc__ or ""), ", ".join(listeners) or "—"]))
    lines += ["", "## Registries", ""]
    for place, registry in registries().items():
        names = sorted(name for name, _ in registry.items())
        lines += [f"### {registry.noun} (`{place}`)", "", ", ".join(f"`{name}`" for name in names) or "—", ""]
    return page(lines)


def commands_page() -> str:
    """docs/generated/commands.md: what ``manage.py`` offers besides Django's own."""
    lines = ["# Commands", "", NOTE, "", line(["command", "what it does", "options"]), line(["---"] * 3)]
    for name, app in sorted(get_commands().items()):
        if app not in settings.ROOMS:
            continue
        command = load_command_class(str(app), name)
        parser = argparse.ArgumentParser(add_help=False)
        command.add_arguments(parser)  # type: ignore[arg-type]
        options = "; ".join(
            f"`{'/'.join(action.option_strings) or action.dest}`" + (f" {action.help}" if action.help else "")
            for action in parser._actions
        )
        lines.append(
            line([f"`{name}`", first(command.help or sys.modules[type(command).__module__].__doc__ or ""), options])
        )
    return page(lines)
