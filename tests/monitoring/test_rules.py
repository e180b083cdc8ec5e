"""Pure rules of the month: rungs of the ladder, breach of the duty, fall of growth. No database."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cultivation.coverage import founding_documents
from cultivation.schema import parse
from monitoring.breach import Month, assess, missed
from monitoring.chasing import LadderError, Rung, due_rungs, read_ladder, why, window
from monitoring.growth import Answer, MonthFigure, from_months, from_years
from monitoring.picture import table_png

DUE = dt.date(2018, 7, 10)
LADDER = read_ladder()["monitoring.monthly"]
RULE = next(
    document for document in (parse(data) for _, data in founding_documents()) if document.code == "sichuan_2017_238"
).lifecycle.breach


def codes(day: dt.date) -> list[str]:
    return [rung.code for rung in due_rungs(LADDER, DUE, day)]


def test_the_ladder_of_the_notice_day_by_day() -> None:
    days = {offset: codes(DUE + dt.timedelta(days=offset)) for offset in range(-6, 12)}
    assert days[-6] == []
    assert days[-5] == ["T-5"]
    assert days[-3] == ["T-5"]  # caught up for two days
    assert days[-2] == []
    assert days[-1] == ["T-1"]
    assert days[0] == ["T"]
    assert days[1] == ["T+1"]
    assert days[3] == ["T+1", "T+3"]
    assert days[7] == ["T+7"]
    assert days[11] == ["T+7"]


@given(st.integers(min_value=-400, max_value=4000))
def test_never_two_rungs_for_the_same_reader_and_never_before_its_day(offset: int) -> None:
    day = DUE + dt.timedelta(days=offset)
    found = due_rungs(LADDER, DUE, day)
    assert len({rung.audience for rung in found}) == len(found)
    assert all(rung.day_for(DUE) <= day for rung in found)
    first, last = window(LADDER, day) or (day, day)
    assert not found or first <= DUE <= last


def test_the_reason_is_a_sentence() -> None:
    rung = Rung("T+3", 3, "county", ("inbox",))
    assert why(rung, DUE, dt.date(2018, 7, 13)) == "期限7月10日，逾期3天，阶梯T+3"
    assert "今天到期" in why(rung, DUE, DUE)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- {duty_kind: x, rungs: [{code: A, offset_days: 1, audience: enterprise, channels: [sms]}]}", "方式"),
        ("- {duty_kind: x, rungs: [{code: A, offset_days: 1, audience: mayor, channels: [inbox]}]}", "对象"),
        (
            "- {duty_kind: x, rungs: [{code: A, offset_days: 1, audience: county, channels: [inbox]}, "
            "{code: A, offset_days: 2, audience: county, channels: [inbox]}]}",
            "重复",
        ),
    ],
)
def test_a_wrong_ladder_is_refused_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "ladder.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(LadderError, match=says):
        read_ladder(file)


# ---- breach ------------------------------------------------------------------------------------------------


def months(pattern: str) -> list[Month]:
    """``.`` filed, ``x`` not filed, ``w`` waived, ``r`` sent back; from June 2018 on."""
    found = []
    for place, sign in enumerate(pattern):
        year, month = 2018 + (5 + place) // 12, (5 + place) % 12 + 1
        due = dt.date(year + month // 12, month % 12 + 1, 10)
        found.append(Month(f"{year}-{month:02d}", due, sign == ".", waived=sign == "w", sent_back=sign == "r"))
    return found


def after(lines: list[Month]) -> dt.date:
    return lines[-1].due_on + dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("pattern", "breach"),
    [
        ("...", False),
        ("xx", False),
        ("xxx", True),
        ("xx.x", False),
        ("xx.xx", True),  # four within twelve
        ("x.x.x.x", True),
        ("x...........x.x.x", False),  # the first is outside the twelve months
        ("xxx.", False),  # filed again: neither three in a row any more nor four
        ("xwxx", True),  # a waived month neither counts nor interrupts
        ("rrr", False),  # the last one may still be corrected: two missed
    ],
)
def test_three_in_a_row_or_four_in_twelve_months(pattern: str, breach: bool) -> None:
    lines = months(pattern)
    assert assess(lines, RULE, after(lines)).is_breach is breach


def test_a_month_is_not_missed_on_its_due_day() -> None:
    lines = months("xxx")
    assert not assess(lines, RULE, lines[-1].due_on).is_breach
    assert assess(lines, RULE, after(lines)).rule == "连续3个月未填报（规定3个月）"


def test_a_return_sent_back_is_missed_only_after_the_next_due_day() -> None:
    lines = months("r.")
    assert missed(lines, lines[1].due_on) == [False, False]
    assert missed(lines, after(lines)) == [True, False]


@given(st.text(alphabet=".xwr", min_size=1, max_size=36))
def test_filing_one_more_month_never_makes_it_worse(pattern: str) -> None:
    lines = months(pattern)
    day = after(lines)
    before = assess(lines, RULE, day)
    for place, sign in enumerate(pattern):
        if sign != "x":
            continue
        better = assess(months(pattern[:place] + "." + pattern[place + 1 :]), RULE, day)
        assert better.within <= before.within
        assert better.in_a_row <= before.in_a_row


# ---- growth ------------------------------------------------------------------------------------------------

ZERO = Decimal(0)


def test_audited_goes_before_flash_and_exact_decimals_decide() -> None:
    figures = {
        (2017, "audited"): Decimal("100.00"),
        (2018, "flash"): Decimal("120.00"),
        (2018, "audited"): Decimal("99.99"),
    }
    found = from_years(2018, figures, ZERO)
    assert found is not None
    assert (found.answer, found.pct) == (Answer.FALLEN, Decimal("-0.01"))
    assert "2018年审定数" in found.source
    level = from_years(2018, {(2017, "flash"): Decimal(100), (2018, "flash"): Decimal(100)}, ZERO)
    assert level is not None
    assert level.answer is Answer.HELD


def test_one_year_alone_says_nothing() -> None:
    assert from_years(2018, {(2018, "audited"): Decimal(1)}, ZERO) is None


def test_a_missing_month_or_base_is_undetermined_never_a_fall() -> None:
    expected = ["2018-06", "2018-07"]
    one = [MonthFigure("2018-06", Decimal(1), Decimal(10))]
    found = from_months(2018, one, expected, ZERO)
    assert (found.answer, found.missing) == (Answer.UNDETERMINED, ("2018-07",))
    none_before = [*one, MonthFigure("2018-07", Decimal(1), None)]
    assert from_months(2018, none_before, expected, ZERO).answer is Answer.UNDETERMINED
    zero_base = [MonthFigure(period, Decimal(1), ZERO) for period in expected]
    assert from_months(2018, zero_base, expected, ZERO).answer is Answer.UNDETERMINED
    assert from_months(2018, [], [], ZERO).answer is Answer.UNDETERMINED


def test_the_sum_of_the_months_against_the_same_months() -> None:
    lines = [MonthFigure("2018-06", Decimal(80), Decimal(100)), MonthFigure("2018-07", ZERO, Decimal(60))]
    found = from_months(2018, lines, ["2018-06", "2018-07"], ZERO)
    assert (found.answer, found.pct) == (Answer.FALLEN, Decimal(-50))


@given(
    st.decimals("0.01", "999999", places=2), st.decimals("0", "999999", places=2), st.decimals("-50", "50", places=1)
)
def test_the_bound_is_exclusive_and_exact(before: Decimal, now: Decimal, below: Decimal) -> None:
    found = from_years(2018, {(2017, "audited"): before, (2018, "audited"): now}, below)
    assert found is not None
    assert (found.answer is Answer.FALLEN) == ((now - before) * 100 < below * before)


def test_a_table_becomes_a_picture() -> None:
    picture = table_png(
        "株洲市 2018-06 月报进度", ["单位", "应报"], [["天元区", "12"], ["合计", "12"]], "截至7月11日9时"
    )
    assert picture.startswith(b"\x89PNG")
    assert len(picture) > 2000
