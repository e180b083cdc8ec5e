"""One column spec → template, export, import with cell-level errors, diff, error copy. See docs/sheets.md."""

from foundation.spreadsheets.columns import Cell, Choice, Column, Field, Kind, Problem, Sheet, Tab, YearMode
from foundation.spreadsheets.container import Limits, SheetRefused, address
from foundation.spreadsheets.diffing import CellChange, SheetDiff, diff
from foundation.spreadsheets.error_copy import write_error_copy
from foundation.spreadsheets.reader import CellError, Reading, ReadRow, read_xlsx
from foundation.spreadsheets.values import cell_text
from foundation.spreadsheets.workbook_meta import WorkbookMeta
from foundation.spreadsheets.writer import WrittenSheet, write_template, write_xlsx

__all__ = [
    "Cell",
    "CellChange",
    "CellError",
    "Choice",
    "Column",
    "Field",
    "Kind",
    "Limits",
    "Problem",
    "ReadRow",
    "Reading",
    "Sheet",
    "SheetDiff",
    "SheetRefused",
    "Tab",
    "WorkbookMeta",
    "WrittenSheet",
    "YearMode",
    "address",
    "cell_text",
    "diff",
    "read_xlsx",
    "write_error_copy",
    "write_template",
    "write_xlsx",
]
