"""Spec + rows → workbook, written row by row in constant memory.

The sheet is laid out from the top in code: a table of any length pushes its foot down, nothing is ever inserted into
a template. Printed it is A4 landscape, one page wide, with the head repeated. Codes and phones are text cells; a text
that begins like a formula stays the same text and carries the quote prefix, so that no program computes it (HN-30…32).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import IO, Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_range_abs
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from foundation.core.clock import real_now
from foundation.spreadsheets.columns import Cell, Choice, Field, Kind, Sheet, YearMode
from foundation.spreadsheets.values import texts_of
from foundation.spreadsheets.workbook_meta import MARKER, META_TAB, NAME_PREFIX, WorkbookMeta

_PAPER = {"A4": 9, "A3": 8}
_DANGEROUS_SIGNS = frozenset("=+-@\t\r")
"""A text that begins so would be taken for a formula."""
#: Empty rows a template offers, already in the right formats.
TEMPLATE_ROWS = 50


@dataclass(slots=True)
class WrittenSheet:
    """What was written: number of rows, and where the table begins (1-based row of the first data row)."""

    rows: int
    first_row: int
    tabs: tuple[str, ...]


@dataclass(slots=True)
class _Open:
    """One tab being written."""

    page: Worksheet
    cells: tuple[Cell, ...]
    row: int = 0
    first_row: int = 0
    writers: list[Callable[[int, Mapping[str, Any]], object]] = field(default_factory=list)
    """One per column: writes the cell of a row (0-based number, values by key)."""


def write_xlsx(
    sheet: Sheet,
    rows: Iterable[Mapping[str, Any]],
    out: str | IO[bytes],
    *,
    heads: Mapping[str, str] | None = None,
    feet: Mapping[str, str] | None = None,
    programme: str = "",
    round_: str = "",
    mark: str = "",
    template_rows: int = 0,
    help_tab: bool = False,
    lists_in_rows: bool = False,
    created: dt.datetime | None = None,
) -> WrittenSheet:
    """Write `rows` (mappings column key → value) to `out`, a path or binary stream.

    `heads`/`feet` fill the labelled places around the table, `programme`/`round_` go into the hidden identity, `mark`
    (演练) stands in the title and in the page header of the print. Rows are consumed once, also with further tabs.
    ``lists_in_rows``: the rows are to be filled in further, so that drop-down lists and hints are put on them as well.
    Raises ValueError where a value does not fit its column.
    """
    book = xlsxwriter.Workbook(
        out,
        {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
    )
    styles = _Styles(book)
    book.set_properties(
        {"title": sheet.title, "subject": sheet.code, "keywords": f"{sheet.code} {sheet.version}",
         "created": (created or real_now()).replace(tzinfo=None)}
    )  # fmt: skip
    tabs = [_begin(book, styles, sheet, sheet.tab_title, sheet.cells(), heads or {}, mark)]
    for further in sheet.tabs:
        cells = sheet.cells(further.mode, further.columns)
        tabs.append(_begin(book, styles, sheet, further.title, cells, heads or {}, mark))
    count = 0
    for row in rows:
        count += 1
        for tab in tabs:
            _write_row(tab, row)
    if lists_in_rows and count:
        _rules(sheet, tabs[0], tabs[0].first_row, tabs[0].row - 1)
    if template_rows:
        _blank_rows(sheet, tabs[0], template_rows)
    for tab in tabs:
        _end(sheet, styles, tab, feet or {}, count)
    if help_tab:
        _help(book, styles, sheet)
    _identity(book, sheet, WorkbookMeta(sheet.code, sheet.version, programme, round_, str(YearMode(sheet.mode))))
    book.close()
    return WrittenSheet(count, tabs[0].first_row + 1, tuple(tab.page.get_name() for tab in tabs))


def write_template(sheet: Sheet, out: str | IO[bytes], **places: Any) -> WrittenSheet:
    """An empty sheet to fill in: formatted rows, drop-down lists and a tab that explains every column."""
    return write_xlsx(sheet, (), out, template_rows=TEMPLATE_ROWS, help_tab=True, **places)


class _Styles:
    """The handful of formats; 宋体 because every office machine has it."""

    def __init__(self, book: Workbook) -> None:
        base = {"font_name": "宋体", "font_size": 10.5, "valign": "vcenter"}
        box = {**base, "border": 1, "text_wrap": True}
        add = book.add_format
        self.title = add({**base, "font_size": 18, "bold": True, "align": "center"})
        self.line = add({**base, "font_size": 11, "num_format": "@"})
        self.head = add({**box, "bold": True, "align": "center", "bg_color": "#F2F2F2"})
        self.note = add({**base, "font_size": 9, "text_wrap": True, "valign": "top"})
        self.text = add({**box, "num_format": "@"})
        self.centred = add({**box, "num_format": "@", "align": "center"})
        self.quoted = add({**box, "num_format": "@", "quote_prefix": True})
        self.integer = add({**box, "num_format": "0", "align": "right"})
        self.wan = add({**box, "num_format": "#,##0.00", "align": "right"})
        self.years = add({**box, "num_format": "@", "align": "right"})
        self.date = add({**box, "num_format": "yyyy-mm-dd", "align": "center"})

    def of(self, kind: Kind) -> Format:
        """The format of cells of this kind."""
        return {
            Kind.WAN: self.wan,
            Kind.INTEGER: self.integer,
            Kind.DATE: self.date,
            Kind.YEARS: self.years,
            Kind.CODE: self.centred,
            Kind.PHONE: self.centred,
        }.get(kind, self.text)


def _begin(
    book: Workbook,
    styles: _Styles,
    sheet: Sheet,
    title: str,
    cells: tuple[Cell, ...],
    heads: Mapping[str, str],
    mark: str,
) -> _Open:
    """Open a tab: page set-up, title, labelled lines, head row."""
    page = book.add_worksheet(title)
    tab = _Open(page, cells, writers=[_writer(styles, page, index, cell) for index, cell in enumerate(cells)])
    for index, cell in enumerate(cells):
        page.set_column(index, index, cell.width)
    last = len(cells) - 1
    page.set_row(tab.row, 34)
    full_title = f"{sheet.title}（{mark}）" if mark else sheet.title
    _across(page, tab.row, 0, last, full_title, styles.title)
    tab.row += 1
    for place in sheet.heads:
        page.set_row(tab.row, 20)
        _across(page, tab.row, 0, last, f"{place.label}：{heads.get(place.key, '')}", styles.line)
        tab.row += 1
    lines = max(_lines(cell.head, cell.width) for cell in cells)
    page.set_row(tab.row, 16 * lines + 8)
    for index, cell in enumerate(cells):
        page.write_string(tab.row, index, cell.head, styles.head)
    page.repeat_rows(tab.row)
    tab.row += 1
    tab.first_row = tab.row
    page.freeze_panes(tab.row, min(2, last))
    if sheet.landscape:
        page.set_landscape()
    page.set_paper(_PAPER[sheet.paper])
    page.fit_to_pages(1, 0)
    page.set_margins(left=0.5, right=0.5, top=0.75, bottom=0.7)
    page.center_horizontally()
    if mark:
        page.set_header(f'&C&"宋体,Bold"&12{mark}')
    page.set_footer("&C第 &P 页　共 &N 页")
    return tab


def _lines(text: str, width: float) -> int:
    """How many lines a head needs: a Chinese character is two characters wide."""
    return sum(
        max(1, -(-sum(2 if ord(c) > 0x2E7F else 1 for c in line) // max(1, int(width)))) for line in text.split("\n")
    )


def _across(page: Worksheet, row: int, first: int, last: int, text: str, style: Format) -> None:
    """A text over several columns (one row: merging down is not possible in constant memory)."""
    if last > first:
        page.merge_range(row, first, row, last, "", style)
    page.write_string(row, first, text, style)


def _write_row(tab: _Open, row: Mapping[str, Any]) -> None:
    number = tab.row
    for write in tab.writers:
        write(number, row)
    tab.row += 1


def _writer(styles: _Styles, page: Worksheet, index: int, cell: Cell) -> Callable[[int, Mapping[str, Any]], object]:
    """How cells of one column are written, decided once: a table of ten thousand rows asks nothing of the column again."""
    kind, style, words_of, key = cell.kind, styles.of(cell.kind), texts_of(cell.column, cell.kind), cell.column.key
    write_blank, write_number, write_string = (_by_numbers(page, name) for name in ("blank", "number", "string"))
    quoted = styles.quoted
    year, date = cell.year, page.write_datetime

    def of(values: Mapping[str, Any]) -> Any:
        value = values.get(key)
        if year is None:
            return value
        return value.get(year) if value else None

    def number(row: int, values: Mapping[str, Any]) -> object:
        value = of(values)
        if value is None or value == "":
            return write_blank(row, index, None, style)
        return write_number(row, index, float(value) if kind is Kind.WAN else int(value), style)

    def day(row: int, values: Mapping[str, Any]) -> object:
        value = of(values)
        return date(row, index, value, style) if value else write_blank(row, index, None, style)

    def text(row: int, values: Mapping[str, Any]) -> object:
        value = values.get(key)
        if value is None or value == "":
            return write_blank(row, index, None, style)
        words = words_of(value)
        return write_string(row, index, words, quoted if words[:1] in _DANGEROUS_SIGNS else style)

    return {Kind.WAN: number, Kind.INTEGER: number, Kind.DATE: day}.get(kind, text)


def _by_numbers(page: Worksheet, what: str) -> Callable[..., object]:
    """The library's function for rows and columns by number, without its wrapper that looks for addresses like ``A1`` in every
    cell; the public one where a version has no such function.
    """
    found: Callable[..., object] = getattr(page, f"_write_{what}", None) or getattr(page, f"write_{what}")
    return found


def _blank_rows(sheet: Sheet, tab: _Open, count: int) -> None:
    """Rows to fill in, with drop-down lists and the hint of each column shown while its cell is active."""
    first, last = tab.row, tab.row + count - 1
    for _ in range(count):
        _write_row(tab, {})
    _rules(sheet, tab, first, last)


def _rules(sheet: Sheet, tab: _Open, first: int, last: int) -> None:
    """Drop-down lists and hints on the rows from ``first`` to ``last``."""
    for index, cell in enumerate(tab.cells):
        rule: dict[str, Any] = {"validate": "any"}
        if cell.kind is Kind.CHOICE:
            rule = {"validate": "list", "source": f"={META_TAB}!{_choice_range(sheet, cell)}", "error_title": "不在可选范围内",
                    "error_message": "请从下拉列表中选择"}  # fmt: skip
        rule |= {"input_title": cell.column.title[:32], "input_message": cell.column.hint[:255], "ignore_blank": True}
        tab.page.data_validation(first, index, last, index, rule)


def _choice_columns(sheet: Sheet) -> list[tuple[str, tuple[Choice, ...]]]:
    return [(column.key, column.choices) for column in sheet.columns if column.kind is Kind.CHOICE]


def _choice_range(sheet: Sheet, cell: Cell) -> str:
    keys = [key for key, _ in _choice_columns(sheet)]
    place = 3 + keys.index(cell.column.key)
    return xl_range_abs(0, place, len(cell.column.choices) - 1, place)


def _end(sheet: Sheet, styles: _Styles, tab: _Open, feet: Mapping[str, str], count: int) -> None:
    """Notes and labelled foot places under the table."""
    last = len(tab.cells) - 1
    for note in sheet.notes:
        width = sum(cell.width for cell in tab.cells)
        tab.page.set_row(tab.row, 13 * _lines(note, width) + 3)
        _across(tab.page, tab.row, 0, last, note, styles.note)
        tab.row += 1
    if sheet.feet:
        tab.page.set_row(tab.row, 24)
        for place, (first, to) in zip(sheet.feet, _shares(sheet.feet, last + 1), strict=True):
            _across(tab.page, tab.row, first, to, f"{place.label}：{feet.get(place.key, '')}", styles.line)
        tab.row += 1


def _shares(feet: tuple[Field, ...], columns: int) -> list[tuple[int, int]]:
    """The columns each foot place spans: equal shares of the width."""
    step = max(1, columns // len(feet))
    spans = [(index * step, (index + 1) * step - 1) for index in range(len(feet))]
    spans[-1] = (spans[-1][0], max(columns - 1, spans[-1][0]))
    return spans


def _help(book: Workbook, styles: _Styles, sheet: Sheet) -> None:
    """The tab that explains every column, made from the same spec."""
    page = book.add_worksheet("填表说明")
    for index, (title, width) in enumerate((("列", 22), ("单位", 8), ("是否必填", 10), ("怎样填", 60), ("依据", 24))):
        page.set_column(index, index, width)
        page.write_string(0, index, title, styles.head)
    for number, row in enumerate(sheet.help_rows(), start=1):
        for index, name in enumerate(("title", "unit", "required", "how", "clause")):
            if row[name]:
                page.write_string(number, index, row[name], styles.text)
            else:
                page.write_blank(number, index, None, styles.text)
    page.set_landscape()
    page.set_paper(_PAPER[sheet.paper])
    page.fit_to_pages(1, 0)


def _identity(book: Workbook, sheet: Sheet, meta: WorkbookMeta) -> None:
    """The hidden tab and the defined names; the hidden tab also holds the lists of the drop-downs."""
    page = book.add_worksheet(META_TAB)
    page.hide()
    left = [(MARKER, "1"), *meta.pairs()]
    lists = _choice_columns(sheet)
    height = max(len(left), *(len(choices) for _, choices in lists), 0) if lists else len(left)
    for row in range(height):
        if row < len(left):
            for column, text in enumerate(left[row]):
                if text:
                    page.write_string(row, column, text)
        for offset, (_, choices) in enumerate(lists):
            if row < len(choices):
                page.write_string(row, 3 + offset, choices[row].label)
    for row, (name, _) in enumerate(left[1:], start=1):
        book.define_name(f"{NAME_PREFIX}{name}", f"={META_TAB}!$B${row + 1}")
