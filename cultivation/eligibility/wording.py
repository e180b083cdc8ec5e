"""Numbers and figures in sentences. Rounding happens here only; rules compare exact values."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal

from cultivation.eligibility.facts import FactSet
from cultivation.eligibility.labels import UNITS, label
from cultivation.eligibility.results import Figure


def plain(value: Decimal, places: int = 2) -> str:
    """``12,345.67``; ROUND_HALF_UP."""
    return f"{value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP):,.{places}f}"


def amount(value: Decimal, unit: str, places: int = 2) -> str:
    """``12,345.67 万元``, ``120 人``: people and pieces have no decimals."""
    if unit in {"人", "件", "位", "天", "个月", "家", "项"}:
        return f"{value:,.0f} {unit}" if value == value.to_integral_value() else f"{value:,f} {unit}"
    return f"{plain(value, places)} {unit}".strip()


def short_of(value: Decimal, places: int = 2) -> str:
    """A gap; one that would round to nothing is rounded up: what is missing never reads as 0.00."""
    step = Decimal(1).scaleb(-places)
    shown = value.quantize(step, rounding=ROUND_HALF_UP) or value.quantize(step, rounding=ROUND_UP)
    return f"{shown:,.{places}f}"


def pct(value: Decimal, bar: Decimal | None = None, places: int = 2) -> str:
    """``12.40%``; when rounding would carry the value over ``bar``, more places are shown: 9.999% stays below 10%."""
    text = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    more = places
    while bar is not None and value < bar <= text and more < places + 6:
        more += 1
        text = value.quantize(Decimal(1).scaleb(-more), rounding=ROUND_DOWN)
    return f"{text:,f}%"


def year_label(name: str, year: int | None) -> str:
    """``2017年营业收入`` or ``成立日期``."""
    return f"{year}年{label(name)}" if year is not None else label(name)


def number_figure(facts: FactSet, name: str, year: int | None, value: Decimal, places: int = 2) -> Figure:
    """A number as it is read beside the criterion."""
    unit = UNITS.get(name, "")
    head = f"{year}年 {label(name)}" if year is not None else label(name)
    return Figure(
        fact=name,
        label=label(name),
        year=year,
        value=str(value),
        unit=unit,
        text=f"{head} {amount(value, unit, places)}".strip(),
        source=facts.source(name, year),
    )


def text_figure(facts: FactSet, name: str, shown: str, year: int | None = None) -> Figure:
    """Any other fact, already worded."""
    return Figure(name, label(name), year, shown, "", f"{label(name)} {shown}", facts.source(name, year))


def day(value: object) -> str:
    """``2018年3月16日``, without leading zeros."""
    return f"{value.year}年{value.month}月{value.day}日"  # type: ignore[attr-defined]
