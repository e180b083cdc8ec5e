"""What must hold for any figures: a gap shrinks as the figure grows, a missing fact never helps, a verdict replays."""

import datetime as dt
import json
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cultivation.eligibility import (
    Check,
    FactSet,
    Judgements,
    Opinion,
    Outcome,
    TierResult,
    evaluate,
    freeze,
    gate_verdict,
    replay,
    replays,
)
from cultivation.schema import content_hash
from tests.cultivation.sample import (
    FIRM,
    HUNAN,
    HUNAN_DOCUMENT,
    SICHUAN,
    SICHUAN_DOCUMENT,
    answers,
    context,
    firm,
    item,
)

money = st.decimals(min_value=Decimal("0"), max_value=Decimal("90000"), places=2)
TIERS = [(SICHUAN, t.code) for t in SICHUAN.tiers] + [(HUNAN, "reserve")]
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def yearly(values):
    return st.fixed_dictionaries({}, optional={2015: values, 2016: values, 2017: values})


facts = st.fixed_dictionaries(
    {"province": st.sampled_from(["43", "51"])},
    optional={
        "revenue": yearly(money),
        "main_revenue": yearly(money),
        "profit_and_tax": yearly(money),
        "employees": yearly(st.integers(0, 3000)),
        "total_assets": yearly(money),
        "industry": st.sampled_from(["01", "3441", "47", "65", "70", "66", "ZZ"]),
        "registered_on": st.dates(dt.date(2010, 1, 1), dt.date(2018, 3, 1)),
        "is_legal_person": st.booleans(),
        "above_scale": st.sampled_from(["yes", "no", "no_threshold"]),
        "niche": st.just("泵"),
        "niche_rank_province": st.integers(1, 6),
        "niche_rank_country": st.integers(1, 6),
        "niche_rank_source": st.just("协会"),
        "patents_in_main_product": st.integers(0, 2),
        "former_individual_business": st.booleans(),
        "converted_on": st.just(dt.date(2016, 1, 1)),
        "key_industry": st.sampled_from(
            [[item("sichuan_advantage", "装备制造")], [item("hunan_key_industries", "新材料")]]
        ),
        "chain_partners": st.sampled_from(
            [[{"name": "甲", "size": "large", "evidence": True}], [{"name": "乙", "size": None}]]
        ),
        "srdi": st.sampled_from([["specialised"], ["refined", "innovative"]]),
    },
).map(lambda given: FactSet.of(**given))

ORDER = {Outcome.NOT_MET: 0, Outcome.UNDETERMINED: 1, Outcome.NEEDS_JUDGEMENT: 2, Outcome.MET: 3}


@quick
@given(money, money)
def test_the_gap_to_the_lower_bound_shrinks_as_revenue_grows(one, other):
    low, high = sorted((one, other))
    gaps = []
    for value in (low, high):
        got = answers(evaluate(SICHUAN, "industry_giant", firm(revenue={2017: value}), context()))["revenue"]
        gaps.append(got.distance.amount if got.distance else Decimal(0))
        assert (got.outcome is Outcome.MET) == (value >= 40000)
    assert gaps[0] >= gaps[1] >= 0


@quick
@given(money.filter(lambda v: v > 0), money, money)
def test_the_gap_in_growth_shrinks_as_the_last_year_grows(base, one, other):
    low, high = sorted((one, other))
    gaps = []
    for value in (low, high):
        figures = {2015: "1", 2016: base, 2017: value}
        got = answers(evaluate(SICHUAN, "high_growth", firm(main_revenue={**figures, 2015: base / 2}), context()))[
            "growth"
        ]
        gaps.append(got.distance.amount if got.distance else Decimal(0))
        assert (got.outcome is Outcome.MET) == (value * 10 >= base * 11)
    assert gaps[0] >= gaps[1] >= 0


@quick
@given(facts, st.data())
def test_taking_a_fact_away_never_turns_an_answer_into_met(given_facts, data):
    if not given_facts.rows:
        return
    gone = data.draw(st.sampled_from(sorted(given_facts.rows, key=str)))
    less = given_facts.without(*gone)
    for programme, tier in TIERS:
        before = evaluate(programme, tier, given_facts, context())
        after = evaluate(programme, tier, less, context())
        for branch_before, branch_after in zip(before.branches, after.branches, strict=True):
            for was, now in zip(branch_before.criteria, branch_after.criteria, strict=True):
                if now.outcome is Outcome.MET:
                    assert was.outcome is Outcome.MET, (gone, was, now)


@quick
@given(facts)
def test_no_facts_missing_means_no_undetermined_without_a_named_reason(given_facts):
    for programme, tier in TIERS:
        for branch in evaluate(programme, tier, given_facts, context()).branches:
            for got in branch.criteria:
                if got.outcome is Outcome.UNDETERMINED:
                    assert got.missing or "无法" in got.text or "暂不能" in got.text
                    assert got.distance is None


@quick
@given(facts, st.booleans(), st.dates(dt.date(2017, 12, 1), dt.date(2018, 3, 12)))
def test_a_frozen_verdict_replays_to_the_letter_from_itself_alone(given_facts, clean, day):
    judgements = Judgements(
        {"well_managed": Opinion(clean, "现场核对", day, "甲")}, {"credit": Check(clean, day, "信用中国")}
    )
    for document, tier in (
        (SICHUAN_DOCUMENT, "high_growth"),
        (SICHUAN_DOCUMENT, "startup_micro"),
        (HUNAN_DOCUMENT, "reserve"),
    ):
        stored = freeze(
            document, tier, given_facts, context(), judgements=judgements, version_hash=content_hash(document)
        )
        back = json.loads(json.dumps(stored, ensure_ascii=False))
        assert replays(back)
        direct = evaluate(replay_programme(document), tier, given_facts, context(), judgements=judgements)
        assert [b.outcome for b in replay(back).branches] == [b.outcome for b in direct.branches]
        assert TierResult.from_json(back["result"]).to_json() == back["result"]


def replay_programme(document):
    return HUNAN if document is HUNAN_DOCUMENT else SICHUAN


@quick
@given(facts)
def test_effects_follow_the_gates_of_each_step(given_facts):
    result = evaluate(SICHUAN, "high_growth", given_facts, context())
    assert gate_verdict(result, "submission").allowed
    listing = gate_verdict(result, "listing")
    assert {i.criterion for i in listing.stops} == {
        c.criterion for c in result.criteria if c.outcome is Outcome.NOT_MET
    }


def test_a_changed_figure_is_noticed_by_the_replay():
    stored = freeze(SICHUAN_DOCUMENT, "high_growth", firm(), context())
    next(r for r in stored["facts"] if r["name"] == "revenue" and r["year"] == 2017)["value"] = "1999.99"
    assert not replays(stored)


def test_an_unknown_engine_is_refused_in_words():
    stored = {**freeze(SICHUAN_DOCUMENT, "high_growth", firm(), context()), "engine": "0"}
    with pytest.raises(ValueError, match="第 0 版"):
        replay(stored)


def test_frozen_inputs_hold_only_what_the_rules_read():
    stored = freeze(SICHUAN_DOCUMENT, "high_growth", firm(), context())
    names = {row["name"] for row in stored["facts"]}
    assert not names & {"contact_phone", "contact_name", "name", "uscc"}
    assert {r["industry_group"] for r in stored["context"]["size_standard"]["rows"]} == {"工业"}
    assert set(FIRM) - names >= {"contact_phone"}
