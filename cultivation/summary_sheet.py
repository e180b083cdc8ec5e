"""The summary table of a programme laid out for one round: real years in the head, one cell text per column. Pure.

Years are relative to the round: 近三年 = Y-3…Y-1, 近五年 = Y-5…Y-1 (HN-33). What is missing is a dash, never a zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from cultivation.eligibility.facts import FactSet
from cultivation.eligibility.labels import SRDI_LABELS
from cultivation.schema.programme import Programme
from cultivation.schema.sheets import FactColumn, ResultColumn, Window, WindowCountColumn, YearsColumn
from foundation.core.money import parse_wan

CellType = Literal["text", "money", "int"]


@dataclass(frozen=True)
class PlannedColumn:
    """One printed column. ``type`` says how a workbook stores it; several values in one cell are text."""

    code: str
    header: str
    base_header: str
    years: tuple[int, ...]
    type: CellType
    width: int
    spec: FactColumn | YearsColumn | WindowCountColumn | ResultColumn


@dataclass(frozen=True)
class SheetPlan:
    """A summary table ready to be filled: title, columns of the main sheet, columns of the year-by-year tab."""

    title: str
    own_making: bool
    columns: tuple[PlannedColumn, ...]
    split_tab: str
    split_columns: tuple[PlannedColumn, ...]
    head_labels: tuple[tuple[str, str], ...]
    note: str
    foot_labels: tuple[tuple[str, str], ...]
    missing: str
    paper: str


def plan(programme: Programme, year: int) -> SheetPlan:
    """The programme's sheet for the round of ``year`` (HN-30…33)."""
    sheet = programme.sheet
    columns = tuple(_planned(column, sheet.years_in_head, year) for column in sheet.columns)
    split: list[PlannedColumn] = []
    for column in columns:
        if isinstance(column.spec, YearsColumn):
            split += [
                PlannedColumn(
                    code=f"{column.code}_{y}",
                    header=_split_header(column.spec, y),
                    base_header=column.base_header,
                    years=(y,),
                    type="money",
                    width=16,
                    spec=column.spec,
                )
                for y in column.years
            ]
        else:
            split.append(column)
    return SheetPlan(
        title=sheet.title.format(year=year),
        own_making=sheet.own_making,
        columns=columns,
        split_tab=sheet.split_tab,
        split_columns=tuple(split),
        head_labels=tuple((cell.label, cell.source) for cell in sheet.head),
        note=sheet.note,
        foot_labels=tuple((cell.label, cell.source) for cell in sheet.foot),
        missing=sheet.missing,
        paper=sheet.paper,
    )


def _window(window: Window, year: int) -> tuple[int, ...]:
    return tuple(range(year + window[0], year + window[1] + 1))


def _split_header(spec: YearsColumn, year: int) -> str:
    base = spec.header.removesuffix(f"（{spec.unit}）").removeprefix("近三年").removeprefix("近五年")
    return f"{year}年{base}（{spec.unit}）"


def _planned(
    column: FactColumn | YearsColumn | WindowCountColumn | ResultColumn, years_in_head: str, year: int
) -> PlannedColumn:
    years: tuple[int, ...] = ()
    header = column.header
    kind: CellType = "text"
    if isinstance(column, YearsColumn):
        years = _window(column.window, year)
        header = f"{header}\n{years_in_head.format(years='/'.join(map(str, years)))}"
        kind = "money" if column.display == "total" else "text"
    elif isinstance(column, WindowCountColumn):
        years = _window(column.window, year)
        header = f"{header}\n{years_in_head.format(years=f'{years[0]}—{years[-1]}')}"
        kind = "int"
    elif isinstance(column, FactColumn):
        if column.year_offset is not None:
            years = (year + column.year_offset,)
            header = f"{header}\n{years_in_head.format(years=years[0])}"
        kind = "int" if column.type == "int" else "text"
    return PlannedColumn(column.code, header, column.header, years, kind, column.width, column)


Cell = str | int | Decimal


def cell(
    column: PlannedColumn,
    facts: FactSet,
    *,
    missing: str,
    categories: Mapping[str, str],
    tier: str = "",
    outcome: str = "",
) -> Cell:
    """Value of one cell: text, whole number or money (Decimal with two places); ``missing`` where nothing is known.

    ``categories`` turns activity codes into titles; ``tier`` and ``outcome`` fill a sheet's result columns.
    """
    spec = column.spec
    if isinstance(spec, ResultColumn):
        return (tier if spec.show == "tier" else outcome) or missing
    if isinstance(spec, YearsColumn):
        step = Decimal(1).scaleb(-spec.decimals)
        values = [facts.number(spec.fact, year) for year in column.years]
        if column.type == "money":
            known = [value for value in values if value is not None]
            if len(known) < len(values):
                return missing
            return sum(known, Decimal(0)).quantize(step, rounding=ROUND_HALF_UP)
        if all(value is None for value in values):
            return missing
        shown = [missing if v is None else f"{v.quantize(step, rounding=ROUND_HALF_UP):,f}" for v in values]
        return spec.joiner.join(shown)
    if isinstance(spec, WindowCountColumn):
        # The fact is kept under the last year of its window.
        count = facts.number(spec.fact, column.years[-1])
        return missing if count is None else int(count)
    if spec.type == "list":
        listed = facts.items(spec.fact)
        return "、".join(categories.get(str(i), SRDI_LABELS.get(str(i), str(i))) for i in listed) if listed else missing
    if spec.type == "int":
        number = facts.number(spec.fact, column.years[0] if column.years else None)
        return missing if number is None else int(number)
    return facts.text(spec.fact) or missing


def row(
    columns: tuple[PlannedColumn, ...],
    programme: Programme,
    facts: FactSet,
    *,
    tier: str = "",
    outcome: str = "",
) -> list[Cell]:
    """All cells of one firm, for the main sheet (``plan.columns``) or the year-by-year tab (``plan.split_columns``)."""
    categories = {item.code: item.title for item in programme.activity_categories}
    missing = programme.sheet.missing
    return [
        cell(column, facts, missing=missing, categories=categories, tier=tier, outcome=outcome) for column in columns
    ]


def split_years_cell(text: str, joiner: str = "/") -> list[Decimal | None]:
    """The values of a cell such as ``1,200.00 / — / 1,500.00`` as typed by a person; ValueError if unreadable."""
    return [parse_wan(part) for part in text.replace("／", "/").split(joiner.strip() or "/")]
