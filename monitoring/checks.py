"""What a month's figures are asked before they are taken (SC-39, P-06). Pure: values in, findings out.

*stop* must be mended, *explain* asks for a reason and lets pass. Officials read the reason beside the figure. How much a
figure may differ is a setting of the installation (:class:`Limits`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from foundation.core.money import format_pct, format_wan, growth_pct

MIN_REASON = 4
"""Signs a reason has at least."""
MONEY = ("revenue", "main_revenue", "main_revenue_prior", "profit_and_tax", "rd_expenditure")
LABELS = {
    "revenue": "营业收入",
    "main_revenue": "主营业务收入",
    "main_revenue_prior": "上年同月主营业务收入",
    "profit_and_tax": "利税",
    "rd_expenditure": "研发投入",
    "employees": "期末从业人员",
    "stopped_since": "停产停业起",
    "elsewhere_proof": "填报证明",
    "nature": "本月情况",
    "remark": "经营情况和困难",
}
REQUIRED = ("revenue", "main_revenue", "employees")
"""What a firm that works tells every month."""
WATCHED = ("revenue", "main_revenue")
"""Figures compared with last month and last year."""
NEVER_NEGATIVE = ("revenue", "main_revenue", "main_revenue_prior", "rd_expenditure")
EXPLAINED = (
    "main_above_revenue",
    "jump_employees",
    *(f"negative_{name}" for name in NEVER_NEGATIVE),
    *(f"{kind}_{when}_{name}" for kind in ("jump", "unit") for when in ("last_month", "last_year") for name in WATCHED),
)
"""Keys of every finding that asks for a reason."""
NORMAL, ZERO, STOPPED, ELSEWHERE = "normal", "zero", "stopped", "elsewhere"


@dataclass(frozen=True, slots=True)
class Limits:
    """Percent a figure may change without a reason, the change (万元, 人) below which nothing is asked, and the ratio from
    which a figure looks like one in another unit.
    """

    jump_pct: Decimal
    floor_wan: Decimal
    staff_pct: Decimal
    staff_floor: int
    unit_ratio: int


@dataclass(frozen=True, slots=True)
class Values:
    """One month as the rules see it; None is *not given*."""

    nature: str = NORMAL
    revenue: Decimal | None = None
    main_revenue: Decimal | None = None
    main_revenue_prior: Decimal | None = None
    profit_and_tax: Decimal | None = None
    rd_expenditure: Decimal | None = None
    employees: int | None = None
    stopped_since: dt.date | None = None
    has_proof: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found. ``key`` names it in the stored explanations, ``field`` is where it is mended."""

    key: str
    field: str
    severity: Literal["stop", "explain"]
    text: str

    @property
    def stops(self) -> bool:
        """Whether it must be mended before the month can be submitted."""
        return self.severity == "stop"


def findings(
    now: Values,
    *,
    month_end: dt.date,
    limits: Limits,
    last_month: Values | None = None,
    last_year: Values | None = None,
) -> list[Finding]:
    """Everything to mend or to explain, in the order of the page. ``last_month`` and ``last_year`` (same month) are what was
    submitted for them, None where nothing was: nothing is compared then.
    """
    found = [*_declared(now, month_end)]
    found += _negatives(now)
    if now.revenue is not None and now.main_revenue is not None and now.main_revenue > now.revenue:
        found.append(
            _explain(
                "main_above_revenue",
                "main_revenue",
                f"主营业务收入 {format_wan(now.main_revenue)} 大于营业收入 {format_wan(now.revenue)} 万元",
            )
        )
    if now.nature == NORMAL:
        found += _jumps(now, last_month, "last_month", "上月", limits)
        found += _jumps(now, _year_before(now, last_year), "last_year", "上年同月", limits)
        found += _staff(now, last_month, limits)
    return found


def unexplained(found: list[Finding], explanations: Mapping[str, str]) -> list[Finding]:
    """Findings that ask for a reason nobody gave."""
    return [item for item in found if not item.stops and len(explanations.get(item.key, "").strip()) < MIN_REASON]


def _stop(field: str, text: str) -> Finding:
    return Finding(f"stop_{field}", field, "stop", text)


def _explain(key: str, field: str, text: str) -> Finding:
    return Finding(key, field, "explain", text)


def _declared(now: Values, month_end: dt.date) -> list[Finding]:
    """What the declared situation asks for."""
    rule: Callable[[Values, dt.date], list[Finding]] = {
        NORMAL: _normal, ZERO: _zero, STOPPED: _stopped, ELSEWHERE: _elsewhere,
    }[now.nature]  # fmt: skip
    return rule(now, month_end)


def _normal(now: Values, month_end: dt.date) -> list[Finding]:
    return [_stop(name, f"请填写{LABELS[name]}；确实没有的填 0") for name in REQUIRED if getattr(now, name) is None]


def _zero(now: Values, month_end: dt.date) -> list[Finding]:
    return [
        _stop(name, f"零申报的{LABELS[name]}应为 0 或不填，现为 {format_wan(getattr(now, name))} 万元")
        for name in WATCHED
        if getattr(now, name)
    ]


def _stopped(now: Values, month_end: dt.date) -> list[Finding]:
    if now.stopped_since is None:
        return [_stop("stopped_since", "请填写从哪一天起停产停业")]
    if now.stopped_since > month_end:
        return [_stop("stopped_since", "停产停业的起始日期在本月以后，本月应按正常经营填报")]
    return []


def _elsewhere(now: Values, month_end: dt.date) -> list[Finding]:
    return [] if now.has_proof else [_stop("elsewhere_proof", "请上传在国家或省平台填报成功的截图或回执")]


def _negatives(now: Values) -> list[Finding]:
    return [
        _explain(f"negative_{name}", name, f"{LABELS[name]}为负数 {format_wan(value)} 万元")
        for name in NEVER_NEGATIVE
        if (value := getattr(now, name)) is not None and value < 0
    ]


def _year_before(now: Values, last_year: Values | None) -> Values | None:
    """Last year's month: as it was submitted, else what the firm itself gives as last year's main revenue."""
    if last_year is None and now.main_revenue_prior is not None:
        return Values(main_revenue=now.main_revenue_prior)
    return last_year


def _jumps(now: Values, before: Values | None, key: str, words: str, limits: Limits) -> list[Finding]:
    """Figures that changed too much to go without a word. One that is thousands of times another is asked as a slip of the
    unit instead.
    """
    found = []
    for name in WATCHED:
        old, new = (getattr(before, name) if before is not None else None), getattr(now, name)
        if old is None or new is None or abs(new - old) < limits.floor_wan:
            continue
        label = LABELS[name]
        told = f"{label} {format_wan(new)} 万元，{words} {format_wan(old)} 万元"
        small, large = sorted((abs(old), abs(new)))
        if small and large >= small * limits.unit_ratio:
            found.append(
                _explain(f"unit_{key}_{name}", name, f"{told}，相差 {large / small:,.0f} 倍，是否误把元填成了万元")
            )
            continue
        change = growth_pct(old, new)
        if change is None:
            found.append(_explain(f"jump_{key}_{name}", name, f"{told}，变动较大"))
        elif abs(change) > limits.jump_pct:
            word = "增长" if change > 0 else "下降"
            found.append(_explain(f"jump_{key}_{name}", name, f"{told}，{word} {format_pct(abs(change))}"))
    return found


def _staff(now: Values, before: Values | None, limits: Limits) -> list[Finding]:
    old, new = (before.employees if before is not None else None), now.employees
    if old is None or new is None or abs(new - old) < limits.staff_floor:
        return []
    change = growth_pct(Decimal(old), Decimal(new))
    if change is not None and abs(change) <= limits.staff_pct:
        return []
    return [
        _explain("jump_employees", "employees", f"期末从业人员 {new:,} 人，上月 {old:,} 人，变动 {new - old:+,} 人")
    ]


def values_of(row: Any) -> Values:
    """The values of a stored month (anything with the columns of a return)."""
    return Values(
        nature=row.nature,
        revenue=row.revenue,
        main_revenue=row.main_revenue,
        main_revenue_prior=row.main_revenue_prior,
        profit_and_tax=row.profit_and_tax,
        rd_expenditure=row.rd_expenditure,
        employees=row.employees,
        stopped_since=row.stopped_since,
        has_proof=row.elsewhere_proof_id is not None,
    )
