"""The column spec: one description of a sheet from which everything else is made.

A :class:`Sheet` says what a workbook of this portal looks like. The template, the export, the import with its
cell-level errors, the help tab and the paragraph in the manual all read the same spec, so they cannot disagree
(a template and its validator that are versioned apart is the oldest complaint about Excel intake).

Nothing here touches the database or a file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from foundation.spreadsheets.labels import plain


class Kind(StrEnum):
    """What a cell holds, and thereby how it is written, read and checked."""

    TEXT = "text"
    CODE = "code"  # 统一社会信用代码, 文号 …: text, never a number; read upper-cased without spaces
    PHONE = "phone"  # text; several numbers may stand in one cell
    INTEGER = "integer"
    WAN = "wan"  # 万元, Decimal
    DATE = "date"
    CHOICE = "choice"  # one of `choices`
    CHOICES = "choices"  # any of `choices`, joined by 、
    YEARS = "years"  # one value per year of `years`: {2015: Decimal, …}


class YearMode(StrEnum):
    """How a :attr:`Kind.YEARS` column is laid out (HN-31: three values in one cell, or one column each)."""

    CELL = "cell"
    EXPANDED = "expanded"


@dataclass(frozen=True, slots=True)
class Choice:
    """One permitted entry: the stored `value`, the printed `label`, and other wordings people type."""

    value: str
    label: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """What a validator found: the broken `rule` and `how` to mend it, both in plain Chinese."""

    rule: str
    how: str


Validator = Callable[[Any], "Problem | None"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    `width` is in characters of the body font. `unit` is printed behind the title in brackets. `aliases` are other
    head texts accepted on import. `minimum`/`maximum` are inclusive and apply to each value. `validator` gets the
    parsed value (for years: the dict) and returns a :class:`Problem` or None; it is not called for blanks.
    """

    key: str
    title: str
    kind: Kind | str = Kind.TEXT
    width: float = 12
    required: bool = False
    unit: str = ""
    choices: tuple[Choice, ...] = ()
    years: tuple[int, ...] = ()
    each: Kind | str = Kind.WAN
    clause: str = ""
    help: str = ""
    aliases: tuple[str, ...] = ()
    minimum: Decimal | int | None = None
    maximum: Decimal | int | None = None
    max_length: int = 2000
    validator: Validator | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", Kind(self.kind))
        object.__setattr__(self, "each", Kind(self.each))
        if self.kind is Kind.YEARS and (not self.years or self.each not in (Kind.WAN, Kind.INTEGER)):
            raise ValueError(f"column {self.key}: a years column needs years, and wan or integer values")
        if self.kind in (Kind.CHOICE, Kind.CHOICES) and not self.choices:
            raise ValueError(f"column {self.key}: a choice column needs choices")
        if len({plain(choice.label) for choice in self.choices}) != len(self.choices):
            raise ValueError(f"column {self.key}: two choices read the same")

    @property
    def years_text(self) -> str:
        """The real years as they are printed, "2015/2016/2017"; empty for other kinds (HN-33)."""
        return "/".join(str(year) for year in self.years)

    @property
    def head(self) -> str:
        """The text of the head cell: title, unit, and the real years on a line of their own."""
        unit = f"（{self.unit}）" if self.unit else ""
        years = f"\n{self.years_text}" if self.years else ""
        return f"{self.title}{unit}{years}"

    def year_head(self, year: int) -> str:
        """The head of one year's column in expanded mode, "近三年销售收入2015年（万元）"."""
        unit = f"（{self.unit}）" if self.unit else ""
        return f"{self.title}\n{year}年{unit}"

    @property
    def hint(self) -> str:
        """The sentence a person sees beside the column: how to fill it in."""
        if self.help:
            return self.help
        if self.kind is Kind.YEARS:
            return f"按 {self.years_text} 的次序填 {len(self.years)} 个数，用 / 分开；某年没有填 —"
        if self.kind is Kind.CHOICES:
            return "可多选，用“、”分开：" + "、".join(choice.label for choice in self.choices)
        if self.kind is Kind.CHOICE:
            return "选填其一：" + "、".join(choice.label for choice in self.choices)
        return {
            Kind.WAN: "填数字，单位万元，可带两位小数",
            Kind.INTEGER: "填整数",
            Kind.DATE: "填日期，如 2018-03-16",
            Kind.PHONE: "填电话，带区号，如 0731-12345678",
            Kind.CODE: "按文本填写，不要让表格软件改成数字",
        }.get(Kind(self.kind), "填文字")


@dataclass(frozen=True, slots=True)
class Field:
    """A labelled value outside the table: a line under the title (市州：…) or a place in the foot (填报人：…)."""

    key: str
    label: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tab:
    """A further tab with the same rows laid out another way; `columns` are keys, empty = all."""

    title: str
    mode: YearMode | str = YearMode.EXPANDED
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """One physical column of a tab: a column, or one year of a years column."""

    column: Column
    year: int | None = None

    @property
    def head(self) -> str:
        """The printed head text."""
        return self.column.head if self.year is None else self.column.year_head(self.year)

    @property
    def kind(self) -> Kind:
        """The kind of the single cell (a year of a years column has the kind of its values)."""
        return Kind(self.column.kind if self.year is None else self.column.each)

    @property
    def width(self) -> float:
        """Width in characters; a single year needs less than three values in one cell."""
        if self.year is None:
            return self.column.width
        return max(11.0, self.column.width / len(self.column.years))

    def of(self, row: Mapping[str, Any]) -> Any:
        """The value of this cell in `row` (None where the row has none)."""
        value = row.get(self.column.key)
        if self.year is None:
            return value
        return (value or {}).get(self.year)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of the portal.

    `code` and `version` name the spec: they travel in the workbook and are checked before anything is read.
    `heads` are labelled values under the title, `feet` under the table; `notes` are printed between the two.
    `merge_down` names columns whose merged cells are filled down on import (counties are merged by hand).
    """

    code: str
    version: str
    title: str
    columns: tuple[Column, ...]
    tab_title: str = "表"
    heads: tuple[Field, ...] = ()
    feet: tuple[Field, ...] = ()
    notes: tuple[str, ...] = ()
    tabs: tuple[Tab, ...] = ()
    mode: YearMode | str = YearMode.CELL
    landscape: bool = True
    paper: str = "A4"
    row_cap: int = 5000

    def __post_init__(self) -> None:
        object.__setattr__(self, "mode", YearMode(self.mode))
        keys = [column.key for column in self.columns]
        if len(set(keys)) != len(keys):
            raise ValueError(f"sheet {self.code}: a column key is used twice")
        for tab in self.tabs:
            unknown = set(tab.columns) - set(keys)
            if unknown:
                raise ValueError(f"sheet {self.code}: tab {tab.title} names unknown columns {sorted(unknown)}")

    def column(self, key: str) -> Column:
        """The column with this key; KeyError if there is none."""
        for column in self.columns:
            if column.key == key:
                return column
        raise KeyError(key)

    def cells(self, mode: YearMode | str | None = None, keys: tuple[str, ...] = ()) -> tuple[Cell, ...]:
        """The physical columns in order, in the sheet's own mode or the one given."""
        mode = YearMode(mode or self.mode)
        out: list[Cell] = []
        for column in self.columns:
            if keys and column.key not in keys:
                continue
            if column.kind is Kind.YEARS and mode is YearMode.EXPANDED:
                out.extend(Cell(column, year) for year in column.years)
            else:
                out.append(Cell(column))
        return tuple(out)

    def help_rows(self) -> list[dict[str, str]]:
        """Column title, unit, whether required, how to fill, clause: for the help tab, pages and the manual."""
        return [
            {
                "title": column.title,
                "unit": column.unit,
                "required": "必填" if column.required else "选填",
                "how": column.hint,
                "clause": column.clause,
            }
            for column in self.columns
        ]
