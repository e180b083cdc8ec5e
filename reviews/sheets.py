"""The summary table of a programme as a sheet spec, and its rows from what files froze (HN-30…33)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from cultivation.eligibility import FactSet
from cultivation.schema import Programme
from cultivation.schema.sheets import Column as ColumnRule
from cultivation.schema.sheets import ResultColumn, WindowCountColumn, YearsColumn
from foundation.spreadsheets import Choice, Column, Field, Kind, Sheet, Tab

SHEET_VERSION = "1"
_KINDS = {"text": Kind.TEXT, "int": Kind.INTEGER, "phone": Kind.PHONE}


def years_of(window: tuple[int, int], round_year: int) -> tuple[int, ...]:
    """Real years of a window relative to the round: 近三年 of 2018 is 2015, 2016, 2017 (HN-33)."""
    return tuple(range(round_year + window[0], round_year + window[1] + 1))


def summary_sheet(programme: Programme, round_year: int) -> Sheet:
    """The spec of the programme's 汇总表 for a round: the annex's columns in order, real years in the head, a tab by year."""
    rule = programme.sheet
    return Sheet(
        code=f"{programme.code}.{rule.code}",
        version=SHEET_VERSION,
        title=rule.title.format(year=round_year),
        tab_title="汇总表",
        heads=tuple(Field(head.source, head.label) for head in rule.head),
        columns=tuple(_column(column, programme, round_year) for column in rule.columns),
        feet=tuple(Field(foot.source, foot.label) for foot in rule.foot),
        notes=(f"（{rule.note}）",) if rule.note else (),
        tabs=(Tab(rule.split_tab),) if rule.split_tab else (),
        landscape=rule.paper == "A4 landscape",
    )


def _column(rule: ColumnRule, programme: Programme, round_year: int) -> Column:
    clause = "、".join(rule.requirements)
    if isinstance(rule, YearsColumn) and rule.display == "values":
        return Column(
            rule.code,
            _bare(rule.header, rule.unit),
            Kind.YEARS,
            width=rule.width,
            unit=rule.unit,
            years=years_of(rule.window, round_year),
            aliases=(rule.header,),
            clause=clause,
        )
    if isinstance(rule, YearsColumn):
        return Column(
            rule.code,
            _bare(rule.header, rule.unit),
            Kind.WAN,
            width=rule.width,
            unit=rule.unit,
            aliases=(rule.header,),
            clause=clause,
        )
    if isinstance(rule, WindowCountColumn):
        return Column(rule.code, rule.header, Kind.INTEGER, width=rule.width, clause=clause)
    if isinstance(rule, ResultColumn):
        return Column(rule.code, rule.header, Kind.TEXT, width=rule.width, clause=clause)
    if rule.type == "list":
        choices = tuple(Choice(item.code, item.title) for item in programme.activity_categories)
        return Column(rule.code, rule.header, Kind.CHOICES, width=rule.width, choices=choices, clause=clause)
    return Column(
        rule.code,
        rule.header,
        _KINDS[rule.type],
        width=rule.width,
        clause=clause,
        required=rule.fact in {"name", "county"},
    )


def _bare(header: str, unit: str) -> str:
    """The head without its unit, which the spec prints itself."""
    return header.replace(f"（{unit}）", "")


def summary_row(
    programme: Programme, round_year: int, facts: FactSet, evaluation: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Values of one firm by column key, in JSON form: amounts as text, years as text keys, missing left out."""
    row: dict[str, Any] = {}
    for rule in programme.sheet.columns:
        value = _value(rule, programme, round_year, facts, evaluation)
        if value not in (None, "", [], {}):
            row[rule.code] = value
    return row


def _value(
    rule: ColumnRule, programme: Programme, round_year: int, facts: FactSet, evaluation: Mapping[str, Any] | None
) -> Any:
    if isinstance(rule, YearsColumn):
        values = {year: facts.number(rule.fact, year) for year in years_of(rule.window, round_year)}
        if rule.display == "values":
            return {str(year): str(value) for year, value in values.items() if value is not None}
        known = [value for value in values.values() if value is not None]
        return str(sum(known)) if len(known) == len(values) else None
    if isinstance(rule, WindowCountColumn):
        count = facts.number(rule.fact, round_year + rule.window[1])
        return None if count is None else int(count)
    if isinstance(rule, ResultColumn):
        if evaluation is None:
            return None
        return evaluation["title"] if rule.show == "tier" else _OUTCOMES[evaluation["outcome"]]
    year = None if rule.year_offset is None else round_year + rule.year_offset
    if rule.type == "list":
        return facts.items(rule.fact)
    if rule.type == "int":
        number = facts.number(rule.fact, year)
        return None if number is None else int(number)
    value = facts.raw(rule.fact, year)
    return None if value is None else str(value)


_OUTCOMES = {"met": "符合", "not_met": "不符合", "undetermined": "待补数据", "needs_judgement": "待认定"}


def typed_rows(sheet: Sheet, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of a stored snapshot with the types the sheet writes: Decimal amounts, int years, tuples of choices."""
    return list(stream_typed(sheet, rows))


def stream_typed(sheet: Sheet, rows: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """The same one at a time, so that a table of any length needs the memory of one row."""
    stored_otherwise = {Kind.YEARS, Kind.WAN, Kind.CHOICES}
    columns = [(column.key, column if column.kind in stored_otherwise else None) for column in sheet.columns]
    for row in rows:
        yield {key: row.get(key) if column is None else _typed(column, row.get(key)) for key, column in columns}


def _typed(column: Column, value: Any) -> Any:
    if value is None:
        return None
    if column.kind is Kind.YEARS:
        return {int(year): Decimal(amount) for year, amount in value.items()}
    if column.kind is Kind.WAN:
        return Decimal(value)
    return tuple(value) if column.kind is Kind.CHOICES else value


def json_row(sheet: Sheet, row: Mapping[str, Any]) -> dict[str, Any]:
    """The opposite of ``typed_rows`` for one row read from a workbook."""
    found: dict[str, Any] = {}
    for column in sheet.columns:
        value = row.get(column.key)
        if value is None or value == ():
            continue
        if column.kind is Kind.YEARS:
            found[column.key] = {str(year): str(amount) for year, amount in value.items() if amount is not None}
        elif column.kind is Kind.WAN:
            found[column.key] = str(value)
        else:
            found[column.key] = list(value) if column.kind is Kind.CHOICES else value
    return found
