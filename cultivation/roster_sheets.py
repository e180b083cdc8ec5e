"""Sheets of the roster: the officials' list, the published list, the changes of a period; and the same rows as CSV."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cultivation.models import EntryEvent, RosterEntry
from cultivation.roster_page import standing_words
from foundation.core.clock import current_installation
from foundation.reference import regions
from foundation.spreadsheets import Column, Kind, Sheet, cell_text, write_xlsx

_FIRM = (
    Column("number", "序号", Kind.INTEGER, width=6),
    Column("name", "企业名称", width=34),
    Column("uscc", "统一社会信用代码", Kind.CODE, width=21),
    Column("region", "所在地", width=22),
    Column("tier", "层级", width=20),
    Column("batch", "批次", width=14),
)
ENTRIES = Sheet(
    code="cultivation.roster",
    version="1",
    title="培育名单",
    tab_title="名单",
    columns=(
        *_FIRM,
        Column("since", "列入日期", Kind.DATE, width=12),
        Column("standing", "状态", width=14),
        Column("until", "离开日期", Kind.DATE, width=12),
        Column("list", "名单文件", width=30),
    ),
)
PUBLISHED = Sheet(
    code="cultivation.published_roster",
    version="1",
    title="培育企业名单",
    tab_title="名单",
    columns=(
        Column("number", "序号", Kind.INTEGER, width=6),
        Column("name", "企业名称", width=36),
        Column("region", "所在地", width=24),
        Column("tier", "层级", width=22),
        Column("batch", "批次", width=14),
    ),
)
"""Name, region, tier and batch, and never more (SC-43)."""
CHANGES = Sheet(
    code="cultivation.roster_changes",
    version="1",
    title="培育名单变动",
    tab_title="变动",
    columns=(
        *_FIRM,
        Column("on", "日期", Kind.DATE, width=12),
        Column("what", "变动", width=14),
        Column("cause", "原因", width=14),
        Column("text", "说明", width=40),
        Column("paper", "依据", width=34),
    ),
)


def batch_words(entry: RosterEntry) -> str:
    """2018年第1批."""
    return f"{entry.year}年第{entry.batch}批"


def _firm(number: int, entry: RosterEntry) -> dict[str, Any]:
    return {
        "number": number,
        "name": entry.name,
        "uscc": entry.enterprise.uscc,
        "region": regions.full_name(entry.region_id),
        "tier": entry.tier_title,
        "batch": batch_words(entry),
    }


def entry_rows(entries: Iterable[RosterEntry], day: dt.date) -> Iterator[dict[str, Any]]:
    """Rows of the officials' list as of a day; ``observed`` is annotated by the query."""
    for number, entry in enumerate(entries, start=1):
        yield {
            **_firm(number, entry),
            "since": entry.since,
            "standing": standing_words(entry, observed=bool(entry.observed), day=day)[1],  # type: ignore[attr-defined]
            "until": entry.until,
            "list": str(entry.roster_list) if entry.roster_list else "",
        }


def published_rows(entries: Iterable[RosterEntry]) -> Iterator[dict[str, Any]]:
    """Rows of the published list."""
    for number, entry in enumerate(entries, start=1):
        yield {
            "number": number,
            "name": entry.name,
            "region": regions.full_name(entry.region_id),
            "tier": entry.tier_title,
            "batch": batch_words(entry),
        }


def change_rows(events: Iterable[EntryEvent]) -> Iterator[dict[str, Any]]:
    """Rows of the changes of a period."""
    for number, event in enumerate(events, start=1):
        entry = event.entry
        left = event.kind == EntryEvent.Kind.LEFT
        paper = event.document
        listed = entry.roster_list if event.kind == EntryEvent.Kind.LISTED else None
        yield {
            **_firm(number, entry),
            "on": event.on,
            "what": event.get_kind_display(),
            "cause": entry.get_exit_display() if left else "",
            "text": event.text,
            "paper": str(listed)
            if listed
            else f"{paper.title} {paper.official_number or paper.reference}"
            if paper
            else "",
        }


def workbook(sheet: Sheet, rows: Iterable[Mapping[str, Any]]) -> bytes:
    """The rows as a workbook, marked 演练 in a rehearsal."""
    out = io.BytesIO()
    write_xlsx(sheet, rows, out, mark="演练" if current_installation().is_rehearsal else "")
    return out.getvalue()


def plain_csv(sheet: Sheet, rows: Iterable[Mapping[str, Any]]) -> bytes:
    """The rows as CSV with Chinese heads and a mark of the encoding; what a program would compute gets an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([column.title for column in sheet.columns])
    for row in rows:
        texts = [cell_text(column, row.get(column.key)) for column in sheet.columns]
        writer.writerow([f"'{text}" if text[:1] in tuple("=+-@\t\r") else text for text in texts])
    return out.getvalue().encode("utf-8-sig")
