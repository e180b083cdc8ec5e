"""Snapshots of the three layouts: table (landscape), letter, form. Everything printed is text in the snapshot.

table: heads, columns (title, years, width, align), rows, total, notes, feet, seal
letter: to, body (kind: p/h2/h3, text), annexes, seal or signs
form: heads, sections (title, grid | table | text), signs
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from foundation.spreadsheets import Column, Kind, Sheet, cell_text

_CENTRED = {Kind.CODE, Kind.PHONE, Kind.DATE, Kind.INTEGER}
_RIGHT = {Kind.WAN, Kind.YEARS}
#: Half characters of 9 pt across an A4 landscape page, around a cell's text, in a head before it wraps, in a short text.
_TABLE_WIDTH, _PADDING, _HEAD_CAP, _SHORT = 166, 3, 8, 18
_NARROW = {",": 0.6, ".": 0.6, "/": 0.8, "-": 0.8}
_UNBROKEN = _CENTRED | _RIGHT


def table_snapshot(
    sheet: Sheet,
    rows: Iterable[Mapping[str, Any]],
    *,
    heads: Mapping[str, str] | None = None,
    feet: Mapping[str, str] | None = None,
    seal: bool = True,
    total: str = "",
) -> dict[str, Any]:
    """The rows of a sheet as a table layout: the same columns, the same texts as in the workbook.

    `seal` asks for the issuer, the date and a place for the stamp under the table; `total` is a line such as
    「共 38 户」.
    """
    cells = sheet.cells()
    heads, feet = heads or {}, feet or {}
    texts = [[cell_text(cell.column, cell.of(row), kind=cell.kind) for cell in cells] for row in rows]
    widths = fitted_widths(
        [cell.width for cell in cells],
        [_title(cell.column) if cell.year is None else cell.head for cell in cells],
        texts,
        [cell.kind in _UNBROKEN for cell in cells],
    )
    return {
        "heads": [{"label": place.label, "value": heads.get(place.key, "")} for place in sheet.heads],
        "columns": [
            {
                "title": _title(cell.column) if cell.year is None else cell.head,
                "years": cell.column.years_text if cell.year is None else "",
                "width": str(width),
                "align": _align(cell.kind),
            }
            for cell, width in zip(cells, widths, strict=True)
        ],
        "rows": texts,
        "total": total,
        "notes": list(sheet.notes),
        "feet": [{"label": place.label, "value": feet.get(place.key, "")} for place in sheet.feet],
        "seal": seal,
    }


def fitted_widths(
    wishes: Sequence[float], titles: Sequence[str], rows: Sequence[Sequence[str]], unbroken: Sequence[bool]
) -> list[int]:
    """Widths in tenths of a half character, for the width of the page.

    Figures, codes and phones (`unbroken`) and short texts get what their longest text needs; the other columns share
    what is left, each at most what it needs, in the proportion of the sheet's own widths (`wishes`).
    """
    needs = [max([text_width(row[index]) for row in rows], default=0) + _PADDING for index in range(len(wishes))]
    heads = [min(_HEAD_CAP, max(text_width(part) for part in title.split("\n"))) + _PADDING for title in titles]
    needs = [max(need, head) for need, head in zip(needs, heads, strict=True)]
    widths = {
        index: float(need) for index, need in enumerate(needs) if unbroken[index] or need <= _SHORT or not wishes[index]
    }
    left = _TABLE_WIDTH - sum(widths.values())
    open_columns = [index for index in range(len(wishes)) if index not in widths]
    while open_columns:
        unit = max(0.0, left) / sum(wishes[index] for index in open_columns)
        content = [index for index in open_columns if needs[index] <= wishes[index] * unit]
        if not content:
            widths |= {index: max(float(heads[index]), wishes[index] * unit) for index in open_columns}
            break
        for index in content:
            widths[index] = float(needs[index])
            left -= needs[index]
            open_columns.remove(index)
    return [round(widths[index] * 10) for index in range(len(wishes))]


def text_width(text: str) -> float:
    """Width in half characters: a Chinese character counts two, a comma or point about a half."""
    return sum(2 if unicodedata.east_asian_width(char) in "WFA" else _NARROW.get(char, 1.05) for char in text)


def _title(column: Column) -> str:
    return f"{column.title}（{column.unit}）" if column.unit else column.title


def _align(kind: Kind) -> str:
    return "center" if kind in _CENTRED else "right" if kind in _RIGHT else "left"


def letter_snapshot(
    *,
    to: str,
    body: Sequence[tuple[str, str]],
    annexes: Sequence[str] = (),
    seal: bool = True,
    signs: Sequence[str] = (),
) -> dict[str, Any]:
    """A letter: addressee, paragraphs as (p | h2 | h3, text), annexes, then a seal or lines to sign."""
    return {
        "to": to,
        "body": [{"kind": kind, "text": text} for kind, text in body],
        "annexes": list(annexes),
        "seal": seal,
        "signs": list(signs),
    }


def form_snapshot(
    *,
    sections: Sequence[Mapping[str, Any]],
    heads: Mapping[str, str] | None = None,
    signs: Sequence[Mapping[str, str]] = (),
) -> dict[str, Any]:
    """A form: sections with a title and one of

    - ``grid``: [(label, value) or (label, value, "wide") or (label, value, "tall")] laid out two pairs a line,
    - ``table``: {"head": […], "align": […], "rows": [[…]]},
    - ``text``: paragraphs;

    `signs` are boxes to sign or stamp: {"label": "企业盖章", "place": "盖章处", "name": "…"}.
    """
    return {
        "heads": [{"label": label, "value": value} for label, value in (heads or {}).items()],
        "sections": [
            {
                "title": section.get("title", ""),
                "grid": _grid_lines(section.get("grid", ())),
                "table": section.get("table"),
                "text": list(section.get("text", ())),
            }
            for section in sections
        ],
        "signs": [
            {"label": sign["label"], "place": sign.get("place", ""), "name": sign.get("name", "")} for sign in signs
        ],
    }


def _grid_lines(pairs: Iterable[Sequence[str]]) -> list[list[dict[str, str]]]:
    """Label–value pairs in lines: two narrow ones side by side, a wide or tall one alone."""
    lines: list[list[dict[str, str]]] = []
    for label, value, *form in pairs:
        shape = form[0] if form else ""
        cell = {"label": label, "value": value, "shape": shape}
        if shape or not lines or len(lines[-1]) == 2 or lines[-1][0]["shape"]:
            lines.append([cell])
        else:
            lines[-1].append(cell)
    for line in lines:
        if len(line) == 1 and not line[0]["shape"]:
            line[0]["shape"] = "wide"
    return lines


def cn_date(day: dt.date) -> str:
    """2018年3月16日: Arabic figures, no leading zeros (GB/T 9704)."""
    return f"{day.year}年{day.month}月{day.day}日"
