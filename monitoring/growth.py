"""Whether the growth indicator has fallen (SC-34, SC-36, point 5). Pure: figures in, answer with its figures out.

Audited annual figures go before flash ones, those before the sum of the months. A missing month or base leaves it
*undetermined*; nothing unknown counts as a fall.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from foundation.core.money import growth_pct


class Answer(StrEnum):
    """What the figures say."""

    FALLEN = "fallen"
    HELD = "held"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True, slots=True)
class Growth:
    """Growth of a year over the one before in percent points, from which figures (万元), against which bound."""

    answer: Answer
    year: int
    now: Decimal | None
    before: Decimal | None
    pct: Decimal | None
    below: Decimal
    source: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MonthFigure:
    """A month's figure and that of the same month a year before; None is missing, a declared zero is 0."""

    period: str
    now: Decimal | None
    before: Decimal | None


def from_years(year: int, figures: Mapping[tuple[int, str], Decimal | None], below: Decimal) -> Growth | None:
    """From annual figures keyed by (year, basis): audited over flash for each year; None unless both years are there."""

    def of(wanted: int) -> tuple[Decimal | None, str]:
        for basis in ("audited", "flash"):
            value = figures.get((wanted, basis))
            if value is not None:
                return value, basis
        return None, ""

    (now, basis_now), (before, basis_before) = of(year), of(year - 1)
    if now is None or before is None:
        return None
    words = {"audited": "审定数", "flash": "快报数"}
    return _answer(
        year, now, before, below, f"年度数据（{year}年{words[basis_now]}，{year - 1}年{words[basis_before]}）"
    )


def from_months(year: int, months: Sequence[MonthFigure], expected: Sequence[str], below: Decimal) -> Growth:
    """From the returns of the months the firm owed in the year, each against the same month a year before."""
    known = {month.period: month for month in months}
    missing = [
        period
        for period in expected
        if period not in known or known[period].now is None or known[period].before is None
    ]
    source = f"月报（{year}年{len(expected)}个月）"
    if missing or not expected:
        return Growth(Answer.UNDETERMINED, year, None, None, None, below, source, tuple(missing))
    now = sum((known[period].now or Decimal(0) for period in expected), Decimal(0))
    before = sum((known[period].before or Decimal(0) for period in expected), Decimal(0))
    return _answer(year, now, before, below, source)


def _answer(year: int, now: Decimal, before: Decimal, below: Decimal, source: str) -> Growth:
    pct = growth_pct(before, now)
    if pct is None:
        return Growth(Answer.UNDETERMINED, year, now, before, None, below, source, (f"{year - 1}年基数不为正数",))
    return Growth(Answer.FALLEN if pct < below else Answer.HELD, year, now, before, pct, below, source)
