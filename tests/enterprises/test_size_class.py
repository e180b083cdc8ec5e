"""Size classes by 300号: worked cases, boundaries, properties. No database."""

import csv
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises.size_class import NOT_COVERED, SizeClass, SizeResult, size_class
from foundation.reference import rows
from foundation.reference.size_standard import INDICATORS, SizeStandard, from_rows, from_snapshot

CASES = Path(__file__).parents[1] / "data" / "sme_size_examples.csv"


def _standard() -> SizeStandard:
    head = rows.read("size_standards")[0]
    day = rows.day(head["valid_from"])
    assert day is not None
    return from_rows(rows.read("size_standard"), document=head["document"], title=head["title"], valid_from=day)


STANDARD = _standard()
GROUPS = list(STANDARD.groups)
FIGURE = st.decimals(min_value=0, max_value=250000, places=2, allow_nan=False) | st.sampled_from(
    sorted(
        {
            bound
            for g in STANDARD.groups.values()
            for t in g.thresholds
            for bound in (t.large_min, t.medium_min, t.small_min)
        }
    )
)
FIGURES = st.fixed_dictionaries(dict.fromkeys(INDICATORS, FIGURE))


def _examples() -> list[dict[str, str]]:
    with CASES.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def _figure(text: str) -> Decimal | None:
    return Decimal(text) if text else None


@pytest.mark.parametrize("row", _examples(), ids=lambda row: f"case-{row['case']}")
def test_worked_cases(row: dict[str, str]) -> None:
    result = size_class(
        row["industry_group"],
        STANDARD,
        employees=_figure(row["employees"]),
        revenue=_figure(row["revenue_wan"]),
        total_assets=_figure(row["total_assets_wan"]),
    )
    if row["expected_class"] == "unknown":
        assert result.size_class is None
        assert result.missing == ("revenue",)
    else:
        assert result.size_class is not None
        assert result.size_class.code == row["expected_class"], row["note"]


def _bounds() -> Iterator[tuple[str, str, SizeClass, Decimal]]:
    for group in STANDARD.groups.values():
        for threshold in group.thresholds:
            yield group.group, threshold.indicator, SizeClass.LARGE, threshold.large_min
            yield group.group, threshold.indicator, SizeClass.MEDIUM, threshold.medium_min
            yield group.group, threshold.indicator, SizeClass.SMALL, threshold.small_min


@pytest.mark.parametrize(("group", "indicator", "reached", "bound"), list(_bounds()))
def test_the_bound_itself_counts_and_anything_below_drops_one_class(
    group: str, indicator: str, reached: SizeClass, bound: Decimal
) -> None:
    plenty: dict[str, Decimal | int | None] = {name: Decimal(10**9) for name in INDICATORS}
    at = size_class(group, STANDARD, **{**plenty, indicator: bound})
    below = size_class(group, STANDARD, **{**plenty, indicator: bound - Decimal("0.01")})
    assert at.size_class is reached
    assert below.size_class is SizeClass(reached - 1)
    assert below.deciding == (indicator,)


def test_all_sixteen_groups_have_their_clause() -> None:
    assert len(GROUPS) == 16
    assert [g.clause for g in STANDARD.groups.values()][:2] == ["第四条（一）", "第四条（二）"]
    assert STANDARD.groups["其他未列明行业"].clause == "第四条（十六）"


def test_headcount_alone_never_makes_an_industrial_firm_large() -> None:
    result = size_class("工业", STANDARD, employees=5000, revenue=3000)
    assert result.size_class is SizeClass.MEDIUM
    assert result.deciding == ("revenue",)
    assert result.clause == "工信部联企业〔2011〕300号 第四条（二）"
    assert result.explain() == "按工业划为中型，由营业收入决定。"
    assert size_class("工业", STANDARD, employees=299, revenue=200000).size_class is SizeClass.SMALL


def test_a_missing_figure_that_cannot_matter_leaves_the_answer_certain() -> None:
    result = size_class("工业", STANDARD, employees=5)
    assert result.size_class is SizeClass.MICRO
    assert result.missing == ()
    assert result.is_sme is True


def test_a_missing_figure_is_named_and_what_is_still_possible_is_told() -> None:
    result = size_class("工业", STANDARD, employees=250)
    assert result.size_class is None
    assert result.label == "未定"
    assert result.possible == {SizeClass.MICRO, SizeClass.SMALL}
    assert result.explain() == "缺营业收入，无法划型，但不会高于小型。"
    # Certainly below large although the class itself is open (A3-02 asks only this).
    assert result.is_sme is True
    assert result.is_one_of({SizeClass.MEDIUM}) is False
    assert result.is_one_of({SizeClass.SMALL}) is None


def test_nothing_known() -> None:
    result = size_class("建筑业", STANDARD, employees=100)
    assert result.missing == ("revenue", "total_assets")
    assert result.possible == frozenset(SizeClass)
    assert result.is_sme is None
    assert result.explain() == "缺营业收入、资产总额，无法划型。"


def test_zero_is_a_figure() -> None:
    assert size_class("工业", STANDARD, employees=0).size_class is SizeClass.MICRO


def test_an_industry_outside_the_standard() -> None:
    result = size_class("", STANDARD, employees=10, revenue=10)
    assert not result.covered
    assert result.label == NOT_COVERED
    assert result.size_class is None
    assert result.is_sme is None
    assert NOT_COVERED in result.explain()


def test_an_industry_chosen_too_coarsely_is_undetermined_not_outside() -> None:
    result = size_class("", STANDARD, employees=10, revenue=10, finer_industry_needed=True)
    assert result.covered
    assert (result.label, result.missing, result.is_sme) == ("未定", ("industry",), None)
    assert "中类" in result.explain()


def test_the_tiers_of_sichuan_follow_from_the_standard() -> None:
    # Policy c: agriculture is large from 2亿, industry at 4亿 is an SME only below 1000 staff.
    assert size_class("农、林、牧、渔业", STANDARD, revenue=40000).is_sme is False
    assert size_class("工业", STANDARD, employees=999, revenue=40000).is_sme is True
    assert size_class("工业", STANDARD, employees=1000, revenue=40000).is_sme is False
    assert size_class("软件和信息技术服务业", STANDARD, employees=299, revenue=40000).is_sme is True


def _classify(group: str, figures: dict[str, Decimal | None], standard: SizeStandard = STANDARD) -> SizeResult:
    return size_class(group, standard, **figures)


@given(group=st.sampled_from(GROUPS), figures=FIGURES, indicator=st.sampled_from(INDICATORS), more=FIGURE)
def test_more_never_makes_an_enterprise_smaller(
    group: str, figures: dict[str, Decimal], indicator: str, more: Decimal
) -> None:
    before, after = _classify(group, {**figures}), _classify(group, {**figures, indicator: figures[indicator] + more})
    assert before.size_class is not None
    assert after.size_class is not None
    assert after.size_class >= before.size_class


@given(group=st.sampled_from(GROUPS), figures=FIGURES, known=st.sets(st.sampled_from(INDICATORS)))
def test_filling_in_a_missing_figure_never_contradicts_the_earlier_answer(
    group: str, figures: dict[str, Decimal], known: set[str]
) -> None:
    partial = _classify(group, {name: value if name in known else None for name, value in figures.items()})
    full = _classify(group, {**figures})
    assert full.size_class in partial.possible
    if partial.size_class is not None:
        assert full.size_class is partial.size_class
    else:
        assert partial.missing
        assert len(partial.possible) > 1


@given(group=st.sampled_from(GROUPS), figures=FIGURES)
def test_the_words_of_the_standard(group: str, figures: dict[str, Decimal]) -> None:
    """Against the text: large, medium and small ask for all their minimums, micro for any figure below small."""
    thresholds = STANDARD.groups[group].thresholds
    result = _classify(group, {**figures}).size_class
    if all(figures[t.indicator] >= t.large_min for t in thresholds):
        assert result is SizeClass.LARGE
    elif all(figures[t.indicator] >= t.medium_min for t in thresholds):
        assert result is SizeClass.MEDIUM
    elif all(figures[t.indicator] >= t.small_min for t in thresholds):
        assert result is SizeClass.SMALL
    else:
        assert any(figures[t.indicator] < t.small_min for t in thresholds)
        assert result is SizeClass.MICRO


@given(group=st.sampled_from(GROUPS), figures=FIGURES)
def test_a_frozen_standard_gives_the_same_answer(group: str, figures: dict[str, Decimal]) -> None:
    frozen = from_snapshot(STANDARD.snapshot())
    assert frozen == STANDARD
    assert _classify(group, {**figures}, frozen) == _classify(group, {**figures})


@pytest.mark.parametrize(
    "change",
    [{"indicator": "turnover"}, {"clause": ""}, {"medium_min": "90000"}, {"small_min": "0"}],
)
def test_a_standard_that_cannot_be_right_is_refused(change: dict[str, str]) -> None:
    row = {**rows.read("size_standard")[0], **change}
    with pytest.raises(ValueError, match="划型标准"):
        from_rows([row], document="甲", title="乙", valid_from=STANDARD.valid_from)
