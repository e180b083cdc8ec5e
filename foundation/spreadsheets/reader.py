"""Workbook → rows and cell errors. Nothing is stored here.

Made by people with WPS, Excel or LibreOffice: title lines above the head, merged cells, blank rows, full-width digits,
thousands commas and 万元 behind figures are understood. The hidden identity is checked first when it is there; without
it the head row is looked for (HN-34). Each complaint names tab, cell, value, rule and how to mend it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import IO, Any

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from foundation.spreadsheets.columns import Column, Sheet
from foundation.spreadsheets.container import DEFAULT_LIMITS, Limits, SheetRefused, address, check_container
from foundation.spreadsheets.heads import Grid, Head, find_head, labelled_places, match_row
from foundation.spreadsheets.labels import plain, tidy
from foundation.spreadsheets.values import CellProblem, is_blank, parse, shown
from foundation.spreadsheets.workbook_meta import MARKER, META_TAB, WorkbookMeta

_END_WORDS = ("填报人", "填表人", "审核人", "制表人", "负责人", "注:", "备注:", "说明:", "(")
_TOTAL_WORDS = {"合计", "总计", "小计"}


@dataclass(frozen=True, slots=True)
class CellError:
    """One complaint about one cell."""

    sheet: str
    cell: str
    value: str
    rule: str
    how: str
    column: str = ""
    row: int = 0

    def __str__(self) -> str:
        return f"{self.sheet}!{self.cell}“{self.value}”：{self.rule}。{self.how}"


@dataclass(slots=True)
class ReadRow:
    """One data row: its number in the workbook, the values by column key, and the cell of each value."""

    number: int
    values: dict[str, Any]
    cells: dict[str, str]
    ok: bool = True


@dataclass(slots=True)
class Reading:
    """All that was found on the sheet. Rows with an error are in `rows` too, with `ok` False and None for bad cells."""

    tab: str
    rows: list[ReadRow] = field(default_factory=list)
    errors: list[CellError] = field(default_factory=list)
    heads: dict[str, str] = field(default_factory=dict)
    feet: dict[str, str] = field(default_factory=dict)
    meta: WorkbookMeta | None = None
    ignored: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """No complaint at all."""
        return not self.errors

    @property
    def good(self) -> list[dict[str, Any]]:
        """The values of the rows without an error."""
        return [row.values for row in self.rows if row.ok]


def read_xlsx(
    sheet: Sheet, file: IO[bytes], *, programme: str = "", round_: str = "", limits: Limits = DEFAULT_LIMITS
) -> Reading:
    """Read `file` (a seekable binary stream) as `sheet`.

    `programme`/`round_`, when given, must equal what the workbook says of itself. Raises :class:`SheetRefused` with a
    sentence where the file as a whole cannot be taken; everything about single cells is returned in the reading.
    """
    formula_errors = check_container(file, limits)
    try:
        book = CalamineWorkbook.from_filelike(file)
        meta = _identity(book)
        _check_identity(sheet, meta, programme, round_)
        tab, grid, merged = _find_tab(book, sheet)
        if formula_errors:
            _show_formula_errors(file, tab, grid)
    except (CalamineError, OSError, ValueError, IndexError) as error:
        raise SheetRefused(
            "工作簿内部有错，打不开。", "请在 WPS 或 Excel 中打开，另存为“Excel 工作簿（.xlsx）”后再上传。"
        ) from error
    head = find_head(sheet, grid)
    if head is None:
        titles = "、".join(column.title for column in sheet.columns if column.required) or sheet.columns[0].title
        raise SheetRefused(f"在“{tab}”里没有找到表头。", f"表头一行应有：{titles}。可以下载模板对照。")
    reading = Reading(tab, meta=meta)
    reading.heads = labelled_places(sheet.heads, grid[: head.row])
    _name_missing_columns(sheet, head, reading, grid)
    if not reading.errors:
        _fill_down(grid, merged, head.first_data_row)
        _read_rows(sheet, grid, head, reading)
    return reading


# --- identity --------------------------------------------------------------------------------------------------


def _identity(book: CalamineWorkbook) -> WorkbookMeta | None:
    if META_TAB not in book.sheet_names:
        return None
    rows = book.get_sheet_by_name(META_TAB).to_python(skip_empty_area=False, nrows=20)
    if not rows or not rows[0] or rows[0][0] != MARKER:
        return None
    return WorkbookMeta.from_pairs({str(row[0]): str(row[1]) for row in rows[1:] if len(row) > 1})


def _check_identity(sheet: Sheet, meta: WorkbookMeta | None, programme: str, round_: str) -> None:
    if meta is None:
        return
    if meta.code != sheet.code:
        raise SheetRefused(
            f"这不是《{sheet.title}》（工作簿标识为 {meta.code}）。", "请到对应的页面上传，或在本页下载模板。"
        )
    if meta.version != sheet.version:
        raise SheetRefused(
            f"这张表是旧版式（{meta.version}），现在用的是 {sheet.version}。", "请下载新模板，把内容复制过去再上传。"
        )
    if programme and meta.programme and meta.programme != programme:
        raise SheetRefused("这张表属于另一个培育计划。", "请在本计划的页面下载模板。")
    if round_ and meta.round and meta.round != round_:
        raise SheetRefused("这张表属于另一个批次。", "请在本批次的页面下载模板，把内容复制过去再上传。")


# --- finding the table -----------------------------------------------------------------------------------------


def _find_tab(book: CalamineWorkbook, sheet: Sheet) -> tuple[str, Grid, list[Any]]:
    """The tab that holds the table: the one with the spec's name, else the visible one whose head fits best."""
    tabs = [
        tab.name
        for tab in book.sheets_metadata
        if tab.typ == SheetTypeEnum.WorkSheet and tab.visible == SheetVisibleEnum.Visible and tab.name != META_TAB
    ]
    if not tabs:
        raise SheetRefused("工作簿里没有可见的工作表。", "请取消隐藏后再上传。")
    ordered = sorted(tabs, key=lambda name: name != sheet.tab_title)
    best: tuple[int, str, Grid, list[Any]] | None = None
    for name in ordered[:20]:
        page = book.get_sheet_by_name(name)
        grid = page.to_python(skip_empty_area=False)
        head = find_head(sheet, grid)
        score = len(head.places) if head else 0
        if best is None or score > best[0]:
            best = (score, name, grid, list(page.merged_cell_ranges or ()))
        if name == sheet.tab_title and head:
            break
    assert best is not None
    return best[1:]


def _show_formula_errors(file: IO[bytes], tab: str, grid: Grid) -> None:
    """Put #REF! and its like into the grid: calamine gives empty cells there, and a figure would vanish silently."""
    from openpyxl import load_workbook

    file.seek(0)
    page = load_workbook(file, data_only=True)[tab]
    for values, cells in zip(grid, page.iter_rows(max_row=len(grid)), strict=False):
        for place, cell in enumerate(cells[: len(values)]):
            if cell.data_type == "e":
                values[place] = str(cell.value)


def _name_missing_columns(sheet: Sheet, head: Head, reading: Reading, grid: Grid) -> None:
    for column in sheet.columns:
        cells = [cell for cell in head.places.values() if cell.column.key == column.key]
        place = address(head.row + 1, min(head.places) + 1)
        if not cells and column.required:
            reading.errors.append(
                CellError(
                    reading.tab,
                    place,
                    "",
                    f"表头里没有“{column.title}”这一列",
                    "请补上这一列，或下载模板对照",
                    column.title,
                    head.row + 1,
                )
            )
        missing = set(column.years) - {cell.year for cell in cells}
        if cells and cells[0].year is not None and missing:
            years = "、".join(str(year) for year in sorted(missing))
            reading.errors.append(
                CellError(
                    reading.tab,
                    place,
                    "",
                    f"“{column.title}”缺少 {years} 年",
                    f"本表年度是 {column.years_text}",
                    column.title,
                    head.row + 1,
                )
            )
    for index, raw in enumerate(grid[head.row]):
        if index not in head.places and isinstance(raw, str) and tidy(raw):
            reading.ignored.append(tidy(raw).replace("\n", ""))


def _fill_down(grid: Grid, merged: list[Any], first_data_row: int) -> None:
    """Cells merged downwards hold their value in the first row only; people merge the county over its firms."""
    for (top, left), (bottom, right) in merged:
        if top < first_data_row or left != right or top >= len(grid):
            continue
        for row in range(top + 1, min(bottom + 1, len(grid))):
            if left < len(grid[row]) and left < len(grid[top]):
                grid[row][left] = grid[top][left]


# --- rows ------------------------------------------------------------------------------------------------------


def _read_rows(sheet: Sheet, grid: Grid, head: Head, reading: Reading) -> None:
    for index in range(head.first_data_row, len(grid)):
        raw = grid[index]
        texts = [shown(one) for one in raw]
        if not any(texts):
            continue
        if _is_foot(sheet, texts, after_foot=bool(reading.feet)):
            # Never the end of reading: who pastes two pages below each other has a foot in the middle.
            reading.feet = labelled_places(sheet.feet, [raw]) | reading.feet
            continue
        if plain(next(filter(None, texts))) in _TOTAL_WORDS or match_row(sheet, raw).keys() == head.places.keys():
            continue  # a total, or the head repeated by hand on the next page
        if all(is_blank(raw[place]) for place in head.places if place < len(raw)):
            continue
        if len(reading.rows) >= sheet.row_cap:
            raise SheetRefused(f"超过 {sheet.row_cap} 行。", "请分成几个文件上传。")
        reading.rows.append(_read_row(head, raw, index + 1, reading))


def _is_foot(sheet: Sheet, texts: list[str], *, after_foot: bool) -> bool:
    """Not data: a labelled place (填报人：…), or a remark that stands alone in its row."""
    filled = [text for text in texts if text]
    first = plain(filled[0])
    labels = [plain(label) for place in sheet.feet for label in (place.label, *place.aliases)]
    if any(first.startswith(label) and (first == label or first[len(label) :].startswith(":")) for label in labels):
        return True
    alone = len(filled) == 1
    return alone and (after_foot or first.startswith(_END_WORDS) or any(first == plain(note) for note in sheet.notes))


def _read_row(head: Head, raw: list[Any], number: int, reading: Reading) -> ReadRow:
    row = ReadRow(number, {}, {})
    for place, cell in sorted(head.places.items()):
        value = raw[place] if place < len(raw) else None
        name = address(number, place + 1)
        key = cell.column.key
        try:
            parsed = parse(cell.column, value, kind=cell.kind)
        except CellProblem as error:
            parsed = None
            _complain(reading, row, name, value, cell.column, error.problem.rule, error.problem.how)
        if cell.year is None:
            row.values[key], row.cells[key] = parsed, name
        else:
            row.values.setdefault(key, {})[cell.year] = parsed
            row.cells.setdefault(key, name)
    _check_columns(head, raw, row, reading)
    return row


def _check_columns(head: Head, raw: list[Any], row: ReadRow, reading: Reading) -> None:
    """Required and the spec's own validators, once per column; a cell already complained of is left alone."""
    bad = {error.cell for error in reading.errors if error.row == row.number}
    seen: set[str] = set()
    for place, cell in sorted(head.places.items()):
        column = cell.column
        if column.key in seen:
            continue
        seen.add(column.key)
        value = row.values[column.key]
        if isinstance(value, dict) and all(one is None for one in value.values()):
            value = row.values[column.key] = None
        name = row.cells[column.key]
        cells_of_column = {
            address(row.number, at + 1) for at, other in head.places.items() if other.column.key == column.key
        }
        if bad & cells_of_column:
            continue
        if value is None or value == ():
            if column.required:
                _complain(reading, row, name, None, column, "必填，不能空着", column.hint)
            continue
        problem = column.validator(value) if column.validator else None
        if problem is not None:
            _complain(reading, row, name, raw[place] if place < len(raw) else None, column, problem.rule, problem.how)


def _complain(reading: Reading, row: ReadRow, cell: str, value: Any, column: Column, rule: str, how: str) -> None:
    row.ok = False
    reading.errors.append(CellError(reading.tab, cell, shown(value), rule, how, column.title, row.number))
