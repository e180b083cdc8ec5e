"""The person's own workbook back, with every wrong cell red and commented, and a list of all complaints in front."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import IO

from openpyxl import load_workbook
from openpyxl.cell.cell import Cell as OpenpyxlCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from foundation.spreadsheets.container import DEFAULT_LIMITS, Limits, check_container, column_letters
from foundation.spreadsheets.reader import CellError

ERROR_TAB = "错误清单"
_RED = PatternFill("solid", start_color="FFFFC7CE", end_color="FFFFC7CE")
_WORD = Font(color="FF9C0006")


def write_error_copy(
    source: IO[bytes], errors: Iterable[CellError], out: str | IO[bytes], limits: Limits = DEFAULT_LIMITS
) -> int:
    """Write a copy of `source` to `out` with the complaints in it; returns how many cells were marked.

    Raises :class:`SheetRefused` as reading does. Corrected and saved, the copy can be sent in again: the extra tab and
    the comments are ignored by the reader, a second error copy replaces them.
    """
    check_container(source, limits)
    book = load_workbook(source)
    by_cell: dict[tuple[str, str], list[CellError]] = defaultdict(list)
    every = list(errors)
    for error in every:
        by_cell[(error.sheet, error.cell)].append(error)
    for (tab, name), found in by_cell.items():
        if tab in book.sheetnames:
            _mark(book[tab], name, found)
    if ERROR_TAB in book.sheetnames:
        del book[ERROR_TAB]
    _list(book.create_sheet(ERROR_TAB), every)
    book.save(out)
    return len(by_cell)


def _mark(page: Worksheet, name: str, found: list[CellError]) -> None:
    cell = page[name]
    if not isinstance(cell, OpenpyxlCell):  # inside a merged area: the comment belongs to its first cell
        for area in page.merged_cells.ranges:
            if name in area:
                cell = page.cell(area.min_row, area.min_col)
    cell.fill = _RED
    comment = Comment("\n".join(f"{error.rule}。{error.how}" for error in found), "梯度")
    comment.width, comment.height = 320, 60 + 40 * len(found)
    cell.comment = comment


def _list(page: Worksheet, errors: list[CellError]) -> None:
    for index, (title, width) in enumerate(
        (("工作表", 14), ("单元格", 9), ("列", 18), ("填的内容", 24), ("问题", 40), ("怎样改", 56)), 1
    ):
        page.cell(1, index, title).font = Font(bold=True)
        page.column_dimensions[column_letters(index)].width = width
    for row, error in enumerate(errors, 2):
        for index, text in enumerate((error.sheet, error.cell, error.column, error.value, error.rule, error.how), 1):
            cell = page.cell(row, index)
            cell.value, cell.data_type = text, "s"  # as text, also when it begins like a formula
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        link = page.cell(row, 2)
        link.hyperlink = f"#'{error.sheet.replace(chr(39), chr(39) * 2)}'!{error.cell}"
        link.font = Font(color="FF0563C1", underline="single")
        page.cell(row, 5).font = _WORD
    page.freeze_panes = "A2"
