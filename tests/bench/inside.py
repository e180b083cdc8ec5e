"""Measures taken inside a process of the portal: the export, the same cells written bare, a night's chasing.

python -m tests.bench.inside export|bare|openpyxl|chase …   -> one line of JSON
"""

from __future__ import annotations

import datetime as dt
import io
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

ROWS = 10_000


def _megabytes(name: str) -> float:
    """``VmRSS`` (now) or ``VmHWM`` (most so far) of this process."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    raise KeyError(name)


def _timed(act: Callable[[], Any]) -> dict[str, float]:
    """Seconds of the processor (they mind other people less than the clock's), of the clock, and megabytes above the idle process."""
    idle = _megabytes("VmRSS")
    clock, processor = time.perf_counter(), time.process_time()
    act()
    return {
        "cpu": time.process_time() - processor,
        "seconds": time.perf_counter() - clock,
        "megabytes": max(0.0, _megabytes("VmHWM") - idle),
        "idle": idle,
    }


def _officer(user: str) -> Any:
    from foundation.accounts.actor import actor_for
    from foundation.accounts.models import User

    return actor_for(User.objects.get(username=user))


def _table(user: str) -> tuple[Any, Any, Any]:
    """Round, sheet and the officer's rows of the queue, at most ``ROWS``."""
    from cultivation.models import Round
    from reviews.queries import queue_rows
    from reviews.sheets import summary_sheet

    actor = _officer(user)
    round_ = Round.objects.select_related("version").get(state="open", family__province="43")
    return round_, summary_sheet(round_.programme, round_.year), queue_rows(actor, round_, {"tab": "all"})[:ROWS]


def export(user: str) -> dict[str, float]:
    """The job's own loop from the database to the finished workbook; a warm-up of a few rows comes first, as in an old worker."""
    from foundation.spreadsheets import write_xlsx
    from reviews.sheets import stream_typed

    round_, sheet, rows = _table(user)

    def write(chosen: Any) -> int:
        out = io.BytesIO()
        cells = chosen.values_list("listing__cells", flat=True).iterator(chunk_size=500)
        write_xlsx(sheet, stream_typed(sheet, (row or {} for row in cells)), out, round_=str(round_.pk), mark="演练")
        return len(out.getvalue())

    write(rows[:50])
    return _timed(lambda: write(rows)) | {"rows": rows.count()}


def _flat(user: str) -> list[list[list[tuple[str, Any, str]]]]:
    """Tab, row, cell: (name of the writer's function, value, style), worked out beforehand."""
    from foundation.spreadsheets.columns import Kind
    from foundation.spreadsheets.values import cell_text
    from reviews.sheets import typed_rows

    _, sheet, rows = _table(user)
    styles = {
        Kind.WAN: "wan",
        Kind.INTEGER: "integer",
        Kind.YEARS: "years",
        Kind.CODE: "centred",
        Kind.PHONE: "centred",
    }
    found = []
    typed = typed_rows(sheet, [row or {} for row in rows.values_list("listing__cells", flat=True)])
    for cells in [sheet.cells(), *(sheet.cells(tab.mode, tab.columns) for tab in sheet.tabs)]:
        tab = []
        for row in typed:
            line: list[tuple[str, Any, str]] = []
            for cell in cells:
                value, style = cell.of(row), styles.get(cell.kind, "text")
                if value is None or value == "":
                    line.append(("write_blank", None, style))
                elif cell.kind in (Kind.WAN, Kind.INTEGER):
                    line.append(("write_number", float(value), style))
                else:
                    line.append(("write_string", cell_text(cell.column, value, kind=cell.kind), style))
            tab.append(line)
        found.append(tab)
    return found


def bare(user: str) -> dict[str, float]:
    """The same styled cells by the same library, row by row in constant memory, and nothing else."""
    import xlsxwriter

    from foundation.spreadsheets.writer import _Styles

    tabs = _flat(user)

    def write() -> None:
        book = xlsxwriter.Workbook(
            io.BytesIO(),
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        styles = _Styles(book)
        for tab in tabs:
            page = book.add_worksheet()
            for number, line in enumerate(tab):
                for place, (function, value, style) in enumerate(line):
                    getattr(page, function)(number, place, value, getattr(styles, style))
        book.close()

    return _timed(write)


def openpyxl(user: str) -> dict[str, float]:
    """The same cells with border and font by openpyxl's write-only mode."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Border, Font, Side

    tabs = _flat(user)
    line = Side(style="thin")
    border, font = Border(left=line, right=line, top=line, bottom=line), Font(name="宋体", size=10.5)

    def write() -> None:
        book = Workbook(write_only=True)
        for tab in tabs:
            page = book.create_sheet()
            for row in tab:
                cells = []
                for _, value, _ in row:
                    cell = WriteOnlyCell(page, value)
                    cell.border, cell.font = border, font
                    cells.append(cell)
                page.append(cells)
        book.save(io.BytesIO())

    return _timed(write)


def chase(day: str) -> dict[str, float]:
    """One night's chasing: the reminders of the day with their claims and messages, then everything put into the inboxes."""
    from django.db import connection, transaction

    from foundation.core.clock import one_installation_per_unit_of_work
    from foundation.journal.models import OutboxMessage
    from foundation.notifications import delivery
    from monitoring.actions.chasing import chase as night

    statements = 0

    def counted(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        nonlocal statements
        statements += 1
        return execute(sql, params, many, context)

    told: dict[str, int] = {}

    def run() -> None:
        # in one transaction, as the night's job runs (foundation/duties/daily.py)
        with one_installation_per_unit_of_work(), connection.execute_wrapper(counted), transaction.atomic():
            told.update(night(dt.date.fromisoformat(day)))

    found = _timed(run) | {"statements": statements, "reminders": sum(told.values())}
    begun = time.perf_counter()
    while delivery.open_batch():
        pass
    left = OutboxMessage.objects.filter(state="waiting").count()
    return found | {"opened": time.perf_counter() - begun, "left": left}


if __name__ == "__main__":
    django.setup()
    what, *arguments = sys.argv[1:]
    print(json.dumps({"export": export, "bare": bare, "openpyxl": openpyxl, "chase": chase}[what](*arguments)))
