"""What a month's figures are asked: each rule by example, and properties that hold for all figures (P-06, SC-39). No database."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.checks import EXPLAINED, Limits, Values, findings, unexplained

END = dt.date(2018, 7, 31)
LIMITS = Limits(Decimal(50), Decimal(10), Decimal(30), 10, 1000)
WORKS = Values(revenue=Decimal(500), main_revenue=Decimal(400), employees=120)


def found(now: Values = WORKS, **others: Any) -> dict[str, str]:
    return {item.key: item.severity for item in findings(now, month_end=END, limits=LIMITS, **others)}


def values(**changes: Any) -> Values:
    base = {"revenue": Decimal(500), "main_revenue": Decimal(400), "employees": 120}
    return Values(**{**base, **changes})


def test_a_plain_month_is_taken_as_it_is() -> None:
    assert found() == {}
    assert found(last_month=WORKS, last_year=WORKS) == {}


@pytest.mark.parametrize(
    ("now", "keys"),
    [
        (Values(), ["stop_revenue", "stop_main_revenue", "stop_employees"]),
        (values(revenue=None), ["stop_revenue"]),
        (Values(nature="zero"), []),
        (Values(nature="zero", revenue=Decimal(1)), ["stop_revenue"]),
        (Values(nature="stopped"), ["stop_stopped_since"]),
        (Values(nature="stopped", stopped_since=END), []),
        (Values(nature="stopped", stopped_since=END + dt.timedelta(days=1)), ["stop_stopped_since"]),
        (Values(nature="elsewhere"), ["stop_elsewhere_proof"]),
        (Values(nature="elsewhere", has_proof=True), []),
    ],
)
def test_what_is_declared_asks_for_its_own(now: Values, keys: list[str]) -> None:
    assert found(now) == dict.fromkeys(keys, "stop")


@pytest.mark.parametrize(
    ("now", "keys"),
    [
        (values(main_revenue=Decimal("500.01")), {"main_above_revenue"}),
        (values(main_revenue=Decimal(500)), set()),
        (values(revenue=Decimal(-1), main_revenue=Decimal(-2)), {"negative_revenue", "negative_main_revenue"}),
        (values(rd_expenditure=Decimal("-0.01")), {"negative_rd_expenditure"}),
        (values(profit_and_tax=Decimal(-90)), set()),
    ],
)
def test_figures_that_do_not_fit_ask_for_a_reason(now: Values, keys: set[str]) -> None:
    assert found(now) == dict.fromkeys(keys, "explain")


@pytest.mark.parametrize(
    ("before", "now", "key"),
    [
        ("100", "150", None),
        ("100", "150.01", "jump_last_month_revenue"),
        ("100", "50", None),
        ("100", "49.99", "jump_last_month_revenue"),
        ("4", "13.99", None),  # under ten 万元 nobody asks
        ("0", "20", "jump_last_month_revenue"),
        ("0", "9", None),
        ("500", "5000000", "unit_last_month_revenue"),
        ("5000000", "500", "unit_last_month_revenue"),
    ],
)
def test_a_jump_or_a_slip_of_the_unit(before: str, now: str, key: str | None) -> None:
    month = Values(revenue=Decimal(now), main_revenue=Decimal(0), employees=120)
    keys = set(found(month, last_month=Values(revenue=Decimal(before)))) - {"main_above_revenue"}
    assert keys == ({key} if key else set())


def test_last_year_is_what_was_reported_or_what_the_firm_says() -> None:
    now = values(main_revenue_prior=Decimal(100))
    assert found(now) == {"jump_last_year_main_revenue": "explain"}
    assert found(now, last_year=WORKS) == {}
    assert found(values(), last_year=values(revenue=Decimal(100))) == {"jump_last_year_revenue": "explain"}


@pytest.mark.parametrize(
    ("before", "now", "asked"), [(120, 129, False), (120, 156, False), (120, 157, True), (0, 10, True)]
)
def test_many_people_more_or_fewer(before: int, now: int, asked: bool) -> None:
    assert ("jump_employees" in found(values(employees=now), last_month=values(employees=before))) is asked


def test_nothing_is_compared_in_a_month_without_business() -> None:
    assert found(Values(nature="zero"), last_month=WORKS, last_year=WORKS) == {}


def test_a_reason_of_less_than_four_signs_is_none() -> None:
    asked = findings(values(main_revenue=Decimal(501)), month_end=END, limits=LIMITS)
    assert unexplained(asked, {"main_above_revenue": "无  "}) == asked
    assert unexplained(asked, {"main_above_revenue": "含代加工收入"}) == []


money = st.none() | st.decimals(min_value=-(10**9), max_value=10**9, places=2)
months = st.builds(
    Values, nature=st.sampled_from(["normal", "zero", "stopped", "elsewhere"]), revenue=money, main_revenue=money,
    main_revenue_prior=money, profit_and_tax=money, rd_expenditure=money,
    employees=st.none() | st.integers(0, 10**6), stopped_since=st.none() | st.dates(), has_proof=st.booleans(),
)  # fmt: skip


@given(now=months, last_month=st.none() | months, last_year=st.none() | months)
def test_for_all_figures(now: Values, last_month: Values | None, last_year: Values | None) -> None:
    """Never an error, every key once, every reason askable by its key, every sentence Chinese without leftovers."""
    items = findings(now, month_end=END, limits=LIMITS, last_month=last_month, last_year=last_year)
    keys = [item.key for item in items]
    assert len(keys) == len(set(keys))
    assert {item.key for item in items if not item.stops} <= set(EXPLAINED)
    assert all("None" not in item.text and "{" not in item.text for item in items)
    assert unexplained(items, dict.fromkeys(EXPLAINED, "已核对无误")) == []


@given(now=months)
def test_a_month_equal_to_the_last_is_no_jump(now: Values) -> None:
    keys = {item.key for item in findings(now, month_end=END, limits=LIMITS, last_month=now, last_year=now)}
    assert not any(key.startswith(("jump", "unit")) for key in keys)
