"""What an answer does at a step, the bureau's checks, and the cross-checks between figures (P-06, HN-05, A2-07)."""

import datetime as dt

import pytest

from cultivation.eligibility import (
    Check,
    Opinion,
    check_states,
    cross_check,
    evaluate,
    gate_verdict,
    opinion_gaps,
)
from tests.cultivation.sample import HUNAN, SICHUAN, context, firm, judged


def result(**changes):
    return evaluate(SICHUAN, "high_growth", firm(**changes), context(), judgements=judged(SICHUAN, "high_growth"))


def test_submission_is_never_blocked_by_a_figure():
    gates = gate_verdict(result(revenue={2017: "10"}, registered_on=None), "submission")
    assert gates.allowed
    assert {i.criterion for i in gates.notes} >= {"revenue", "registered"}


def test_recommendation_asks_for_a_reason_per_criterion():
    found = result(revenue={2017: "1687.50"})
    gates = gate_verdict(found, "recommendation")
    assert not gates.allowed
    assert [i.criterion for i in gates.to_explain] == ["revenue"]
    assert gates.to_explain[0].text == "营业收入差 312.50 万元"
    assert "须先写明理由" in gates.verdict.reason
    assert not gate_verdict(found, "recommendation", {"revenue": "好"}).allowed
    explained = gate_verdict(found, "recommendation", {"revenue": "新厂投产推迟"})
    assert explained.allowed
    assert [i.criterion for i in explained.explained] == ["revenue"]


def test_listing_stops_what_is_not_met_and_asks_about_what_is_open():
    gates = gate_verdict(result(revenue={2017: "1687.50"}, above_scale=None), "listing")
    assert [i.criterion for i in gates.stops] == ["revenue"]
    assert [i.criterion for i in gates.to_explain] == ["above_scale"]
    assert "238号 附件2 一" in gates.verdict.reason


def test_emphases_of_49_never_stop_a_listing():
    found = evaluate(HUNAN, "reserve", firm(province="43", chain=None), context())
    stops = {i.criterion for i in gate_verdict(found, "listing").stops}
    assert stops == set()


def test_all_met_passes_every_step():
    assert all(gate_verdict(result(), step).allowed for step in ("submission", "recommendation", "listing"))


def test_check_states_tell_missing_stale_bad_and_clean_a2_07():
    on = dt.date(2018, 3, 12)

    def state(check):
        return check_states(SICHUAN, "high_growth", judged(SICHUAN, "high_growth", credit=check), on)[0]

    assert state(None).state == "missing"
    assert state(Check(True, dt.date(2018, 1, 1), "信用中国")).state == "stale"
    assert state(Check(False, on, "信用中国")).state == "bad"
    assert state(Check(True, on, "信用中国")).in_order
    assert state(None).blocks
    assert check_states(SICHUAN, "startup_micro", judged(SICHUAN, "startup_micro"), on) == []


def test_opinion_without_its_line_is_a_gap_hn05():
    judgements = judged(HUNAN, "reserve", growth=Opinion(True, "好"), innovation=None)
    assert opinion_gaps(HUNAN, "reserve", judgements) == [
        "“企业发展成长性”的依据至少写 4 个字。",
        "“生产工艺创新性”尚未填写。",
    ]


# --- cross-checks -------------------------------------------------------------------------------------------------


def keys(programme, tier, facts, **signals):
    return {f.key: f for f in cross_check(programme, tier, facts, context(), signals=signals)}


def test_sound_file_has_no_findings():
    assert keys(SICHUAN, "high_growth", firm()) == {}


def test_main_revenue_above_revenue_stops():
    found = keys(SICHUAN, "high_growth", firm(main_revenue={2015: "10000", 2016: "11300", 2017: "13200.01"}))
    finding = found["main_revenue_within_revenue:2017"]
    assert finding.stops
    assert finding.text == "2017年主营业务收入 13,200.01 万元，大于营业收入 13,200.00 万元，多出 0.01 万元。"


def test_equal_main_revenue_is_fine():
    facts = firm(main_revenue={2015: "10300", 2016: "11600", 2017: "13200"})
    assert keys(SICHUAN, "high_growth", facts) == {}


@pytest.mark.parametrize(
    ("figure", "found"), [("17400.00", False), ("17400.01", True), ("5800.00", False), ("5799.99", True)]
)
def test_more_than_fifty_percent_on_last_year_asks_for_a_reason(figure, found):
    facts = firm(revenue={2015: "10300", 2016: "11600", 2017: figure}, main_revenue={2015: "10000"})
    assert ("year_jump:revenue:2017" in keys(SICHUAN, "high_growth", facts)) is found


def test_patents_listed_differ_from_claimed():
    facts = firm(invention_patents_5y={2017: 3}, claimed_invention_patents_5y={2017: 5})
    finding = keys(HUNAN, "reserve", facts)["patents_listed"]
    assert (finding.severity, finding.text) == ("explain", "申报填写 5 件，按专利清单为 3 件。")


def test_required_facts_stop_one_by_one_hn03():
    found = keys(HUNAN, "reserve", firm(niche=None, contact_phone=None))
    assert {"required_facts:niche", "required_facts:contact_phone"} <= set(found)
    assert found["required_facts:niche"].stops


def test_figures_before_registration_and_missing_years():
    found = keys(SICHUAN, "high_growth", firm(registered_on="2016-06-01", revenue={2015: "1", 2017: "2"}))
    assert "2015年营业收入" in found["before_registration"].text
    assert "2016年营业收入" in found["sheet_figures"].text


def test_signals_from_the_database_warn_sc02():
    found = keys(
        SICHUAN, "high_growth", firm(), other_live_application=["川-2018-0007"], same_legal_representative=["乙公司"]
    )
    assert found["other_live_application"].text.endswith("川-2018-0007。")
    assert found["same_legal_representative"].severity == "explain"


def test_rank_without_source_only_for_giants_a3_03():
    facts = firm(niche_rank_province=1)
    assert "rank_source" in keys(SICHUAN, "industry_giant", facts)
    assert "rank_source" not in keys(SICHUAN, "high_growth", facts)
