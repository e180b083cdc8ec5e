"""Where the table is: the head row among what people put above it, and the labelled places around the table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from foundation.spreadsheets.columns import Cell, Column, Field, Kind, Sheet
from foundation.spreadsheets.labels import head_key, plain
from foundation.spreadsheets.values import is_blank, shown

#: The head row is looked for among this many rows from the top.
HEAD_SEARCH_ROWS = 40

Grid = list[list[Any]]


@dataclass(slots=True)
class Head:
    """Where the table begins: 0-based row, physical column index → cell of the spec."""

    row: int
    first_data_row: int
    places: dict[int, Cell]


def find_head(sheet: Sheet, grid: Grid) -> Head | None:
    """The row with the most matching titles; at least two of them (or all, in a sheet of one)."""
    best: Head | None = None
    for index, row in enumerate(grid[:HEAD_SEARCH_ROWS]):
        places = match_row(sheet, row)
        if places and (best is None or len(places) > len(best.places)):
            best = Head(index, index + 1, places)
    if best is None or len({cell.column.key for cell in best.places.values()}) < min(2, len(sheet.columns)):
        return None
    _second_head_row(sheet, grid, best)
    return best


def match_row(sheet: Sheet, row: Sequence[Any]) -> dict[int, Cell]:
    places: dict[int, Cell] = {}
    taken: set[tuple[str, int | None]] = set()
    for index, raw in enumerate(row):
        if not isinstance(raw, str) or not raw.strip():
            continue
        cell = _match_title(sheet, raw)
        if cell is not None and (cell.column.key, cell.year) not in taken:
            taken.add((cell.column.key, cell.year))
            places[index] = cell
    return places


def _match_title(sheet: Sheet, raw: str) -> Cell | None:
    wanted, whole = head_key(raw), plain(raw)
    for column in sheet.columns:
        for name in (column.title, *column.aliases):
            known = head_key(name)
            if whole == plain(name) or (wanted and wanted == known):
                year = _year_in(column, raw)
                return Cell(column, year)
            if column.kind is Kind.YEARS and wanted.startswith(known):
                year = _year_in(column, wanted[len(known) :])
                if year is not None:
                    return Cell(column, year)
    return None


def _year_in(column: Column, text: str) -> int | None:
    """The single year a head names, None where it names none or several."""
    found = [int(year) for year in re.findall(r"(?:19|20)\d\d", text)]
    return found[0] if column.kind is Kind.YEARS and len(found) == 1 and found[0] in column.years else None


def _second_head_row(sheet: Sheet, grid: Grid, head: Head) -> None:
    """A head of two rows, as people draw it: the title merged over its years, the years below."""
    if head.row + 1 >= len(grid):
        return
    below = grid[head.row + 1]
    found: dict[int, Cell] = {}
    current: Column | None = None
    for index in range(len(below)):
        cell = head.places.get(index)
        if cell is not None:
            current = cell.column
        elif index < len(grid[head.row]) and not is_blank(grid[head.row][index]):
            current = None
        if current is not None and current.kind is Kind.YEARS:
            year = _year_in(current, shown(below[index]))
            if year is not None and re.fullmatch(r"(?:19|20)\d\d年?度?", plain(shown(below[index]))):
                found[index] = Cell(current, year)
    if found:
        head.places |= found
        head.first_data_row = head.row + 2


def labelled_places(fields: tuple[Field, ...], rows: Grid) -> dict[str, str]:
    """Labelled values: 「市州：株洲市」 in one cell, or the label in one cell and the value in the next."""
    found: dict[str, str] = {}
    labels = [(place.key, label) for place in fields for label in (place.label, *place.aliases)]
    if not labels:
        return found
    pattern = re.compile("(" + "|".join(re.escape(label) for _, label in labels) + r")\s*[:：]\s*")
    keys = {label: key for key, label in labels}
    for row in rows:
        texts = [shown(raw) for raw in row]
        line = "\u2003".join(text for text in texts if text)
        matches = list(pattern.finditer(line))
        for match, following in zip_longest(matches, matches[1:]):
            value = line[match.end() : following.start() if following else len(line)]
            value = value.strip(" \u3000\u2003\t\n_")
            found.setdefault(keys[match.group(1)], value.split("\u2003")[0].strip())
    return {key: value for key, value in found.items() if value}
