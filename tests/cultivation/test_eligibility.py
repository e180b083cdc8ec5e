"""The rules of both notices, example by example: boundaries, missing figures, distances, clauses."""

import datetime as dt

import pytest

from cultivation.eligibility import Check, Opinion, Outcome, evaluate, evaluate_all
from tests.cultivation.sample import HUNAN, SICHUAN, answers, context, firm, item, judged

MET, NOT_MET, UNDETERMINED, NEEDS = Outcome.MET, Outcome.NOT_MET, Outcome.UNDETERMINED, Outcome.NEEDS_JUDGEMENT


def sichuan(tier, facts, *, criterion, subtype=None, **given):
    judgements = given.pop("judgements", None)
    result = evaluate(SICHUAN, tier, facts, context(**given), judgements=judgements, subtype=subtype)
    return answers(result, subtype)[criterion]


# --- 高成长型 (附件2) ---------------------------------------------------------------------------------------------


def test_high_growth_firm_meets_everything_once_judged():
    result = evaluate(SICHUAN, "high_growth", firm(), context(), judgements=judged(SICHUAN, "high_growth"))
    assert result.outcome is MET
    assert result.best.met_count == 9


def test_before_the_county_has_spoken_the_judgements_are_open_a2_06():
    result = evaluate(SICHUAN, "high_growth", firm(), context())
    assert result.outcome is NEEDS
    assert {c.criterion for c in result.best.open_items} == {"opinion", "credit"}


@pytest.mark.parametrize(
    ("registered", "as_of", "outcome", "gap"),
    [
        ("2016-03-12", dt.date(2018, 3, 12), MET, None),
        ("2016-03-13", dt.date(2018, 3, 12), NOT_MET, "距注册满2年还差 1 天"),
        ("2016-02-29", dt.date(2018, 2, 28), MET, None),
        (None, dt.date(2018, 3, 12), UNDETERMINED, None),
    ],
)
def test_registered_two_years_to_the_day_a2_01(registered, as_of, outcome, gap):
    got = sichuan("high_growth", firm(registered_on=registered), criterion="registered", as_of=as_of)
    assert got.outcome is outcome
    assert (got.distance.text if got.distance else None) == gap


def test_the_round_may_set_its_own_reference_date_point9():
    facts = firm(registered_on="2016-04-01")
    assert sichuan("high_growth", facts, criterion="registered").outcome is NOT_MET
    later = sichuan("high_growth", facts, criterion="registered", reference_date=dt.date(2018, 4, 30))
    assert later.outcome is MET


@pytest.mark.parametrize(
    ("revenue", "outcome", "text"),
    [
        ("1999.99", NOT_MET, "营业收入差 0.01 万元"),
        ("1687.50", NOT_MET, "营业收入差 312.50 万元"),
        ("2000", MET, None),
        ("39999.99", MET, None),
        ("40000", NOT_MET, "营业收入恰为上限 40,000.00 万元，上限不含本数"),
        ("40000.01", NOT_MET, "营业收入超出 0.01 万元"),
    ],
)
def test_revenue_band_and_the_4yi_boundary_a2_03(revenue, outcome, text):
    got = sichuan("high_growth", firm(revenue={2017: revenue}), criterion="revenue")
    assert got.outcome is outcome
    assert (got.distance.text if got.distance else None) == text
    assert got.figures[0].year == 2017


def test_exactly_4yi_belongs_to_the_upper_tier_only_point2():
    facts = firm(revenue={2017: "40000"})
    assert sichuan("high_growth", facts, criterion="revenue").outcome is NOT_MET
    assert sichuan("industry_giant", facts, criterion="revenue").outcome is MET


@pytest.mark.parametrize(
    ("figures", "outcome", "said"),
    [
        ({2015: "10000", 2016: "11000", 2017: "12100"}, MET, "10.00% ≥ 10.00%"),
        ({2015: "10000", 2016: "10999.90", 2017: "12100"}, NOT_MET, "9.999%"),
        ({2015: "10000", 2016: "11300", 2017: "12240"}, NOT_MET, "2017年增长 8.32%，差 1.68 个百分点"),
        ({2016: "11300", 2017: "12900"}, UNDETERMINED, "2015年主营业务收入"),
        ({2015: "0", 2016: "11300", 2017: "12900"}, UNDETERMINED, "2015年主营业务收入不大于零"),
        ({2016: "11300", 2017: "11300"}, NOT_MET, "2017年增长 0.00%，差 10.00 个百分点"),
    ],
)
def test_ten_percent_in_each_of_two_years_a2_05(figures, outcome, said):
    got = sichuan("high_growth", firm(main_revenue=figures), criterion="growth")
    assert got.outcome is outcome
    assert said in got.text


def test_worst_year_gives_the_distance():
    got = sichuan("high_growth", firm(main_revenue={2015: "100", 2016: "108.40", 2017: "117.07"}), criterion="growth")
    assert got.distance.text == "主营业务收入增长率差 2.00 个百分点"


@pytest.mark.parametrize(
    ("value", "outcome"), [("yes", MET), ("no", NOT_MET), ("no_threshold", MET), (None, UNDETERMINED)]
)
def test_above_scale_and_industries_without_a_threshold_point13(value, outcome):
    assert sichuan("high_growth", firm(above_scale=value), criterion="above_scale").outcome is outcome


@pytest.mark.parametrize(("value", "outcome"), [(True, MET), (False, NOT_MET), (None, UNDETERMINED)])
def test_legal_person_a2_02(value, outcome):
    assert sichuan("high_growth", firm(is_legal_person=value), criterion="legal_person").outcome is outcome


def test_agriculture_is_large_from_2yi_and_drops_out_policy_c():
    facts = firm(industry="01", revenue={2017: "20000"})
    got = sichuan("high_growth", facts, criterion="sme")
    assert got.outcome is NOT_MET
    assert "农、林、牧、渔业" in got.text


@pytest.mark.parametrize(
    ("check", "outcome", "said"),
    [
        (None, NEEDS, "尚未进行"),
        (Check(True, dt.date(2018, 1, 11), "信用中国"), MET, "未查到不良记录"),
        (Check(True, dt.date(2018, 1, 10), "信用中国"), NEEDS, "超过有效期 60 天"),
        (Check(False, dt.date(2018, 3, 1), "信用中国", remark="失信被执行人"), NOT_MET, "失信被执行人"),
        (Check(True, dt.date(2018, 3, 13), "信用中国"), NEEDS, "晚于核对日"),
    ],
)
def test_credit_check_counts_only_while_fresh_a2_07(check, outcome, said):
    got = sichuan("high_growth", firm(), criterion="credit", judgements=judged(SICHUAN, "high_growth", credit=check))
    assert got.outcome is outcome
    assert said in got.text


# --- 行业小巨人 (附件3) --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("employees", "outcome"), [(999, MET), (1000, NOT_MET), (None, UNDETERMINED)])
def test_giant_is_below_the_large_standard_a3_02(employees, outcome):
    facts = firm(revenue={2017: "45000"}, employees={2017: employees})
    assert sichuan("industry_giant", facts, criterion="below_large").outcome is outcome


def test_five_thousand_staff_with_3000_wan_is_medium_policy_c():
    got = sichuan("high_growth", firm(employees={2017: 5000}, revenue={2017: "3000"}), criterion="sme")
    assert (got.outcome, "划为中型" in got.text) == (MET, True)


@pytest.mark.parametrize(
    ("facts", "outcome", "distance"),
    [
        ({"niche_rank_province": 1}, MET, None),
        ({"niche_rank_country": 3}, MET, None),
        ({"niche_rank_province": 2, "niche_rank_country": 3}, MET, None),
        ({"niche_rank_province": 2, "niche_rank_country": 5}, NOT_MET, "距全省第1差 1 位"),
        ({"niche_rank_province": 4}, UNDETERMINED, None),
        ({"niche_rank_province": 1, "niche_rank_source": None}, UNDETERMINED, None),
        ({}, UNDETERMINED, None),
    ],
)
def test_market_share_first_or_first_three_with_a_source_a3_03(facts, outcome, distance):
    given = {"niche": "高压柱塞泵", "niche_rank_source": "省行业协会2017年统计", **facts}
    got = sichuan("industry_giant", firm(**given), criterion="market_share")
    assert got.outcome is outcome
    assert (got.distance.text if got.distance else None) == distance


def test_one_no_among_six_opinions_fails_and_is_named_a3_04():
    no = Opinion(False, "董事会尚未建立")
    judgements = judged(SICHUAN, "industry_giant", governance=no)
    got = sichuan("industry_giant", firm(), criterion="opinion", judgements=judgements)
    assert got.outcome is NOT_MET
    assert "法人治理结构完善" in got.text


# --- 小微企业创业兴业 (附件1) ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("industry", "outcome"),
    [("01", MET), ("3441", MET), ("65", MET), ("71", MET), ("47", NOT_MET), ("60", NOT_MET), ("66", NOT_MET)],
)
def test_eleven_groups_not_construction_post_or_finance_a1_02(industry, outcome):
    got = sichuan("startup_micro", firm(industry=industry), criterion="industry", subtype="new_micro")
    assert got.outcome is outcome


def test_industry_code_too_coarse_asks_for_a_finer_one():
    got = sichuan("startup_micro", firm(industry="70"), criterion="industry", subtype="new_micro")
    assert (got.outcome, "填到小类" in got.text) == (UNDETERMINED, True)


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        ({"registered_on": "2016-03-12"}, MET),
        ({"registered_on": "2016-03-11"}, UNDETERMINED),
        ({"registered_on": "2016-03-11", "former_individual_business": False}, NOT_MET),
        ({"former_individual_business": True, "converted_on": "2015-06-01"}, MET),
        ({"former_individual_business": True}, UNDETERMINED),
    ],
)
def test_newly_set_up_or_converted_a1_03_a1_04(facts, outcome):
    got = sichuan("startup_micro", firm(**facts), criterion="new_or_converted", subtype="new_micro")
    assert got.outcome is outcome


def test_growth_above_the_provincial_average_both_years_both_figures_a1_07():
    got = sichuan("startup_micro", firm(), criterion="growth", subtype="scale_up_reserve")
    assert got.outcome is MET
    missing = sichuan("startup_micro", firm(), criterion="growth", subtype="scale_up_reserve", averages={})
    assert missing.outcome is UNDETERMINED
    assert "2017年全省利税平均增幅（由省级录入）" in missing.missing
    slow = firm(profit_and_tax={2015: "900", 2016: "963", 2017: "1100"})
    got = sichuan("startup_micro", slow, criterion="growth", subtype="scale_up_reserve")
    assert got.outcome is NOT_MET
    assert got.distance.text == "2016年利税增长率与全省平均相同，须高于平均"


@pytest.mark.parametrize(
    ("chosen", "as_of", "outcome"),
    [
        ([("sichuan_advantage", "装备制造")], dt.date(2018, 3, 12), MET),
        ([("sichuan_advantage", "装备制造")], dt.date(2018, 9, 1), NOT_MET),
        ([("sichuan_pilot_services", "现代物流")], dt.date(2018, 3, 12), NOT_MET),
        (None, dt.date(2018, 3, 12), UNDETERMINED),
    ],
)
def test_catalogue_item_must_be_in_force_on_the_day_a1_05(chosen, as_of, outcome):
    items = [item(*pair) for pair in chosen] if chosen else None
    got = sichuan(
        "startup_micro", firm(key_industry=items), criterion="industry", subtype="scale_up_reserve", as_of=as_of
    )
    assert got.outcome is outcome


@pytest.mark.parametrize(
    ("partners", "outcome"),
    [
        ([{"name": "演示集团", "direction": "downstream", "size": "large", "evidence": True}], MET),
        ([{"name": "演示小厂", "direction": "upstream", "size": "small", "evidence": True}], NOT_MET),
        ([{"name": "演示某厂", "direction": "upstream", "size": None, "evidence": False}], UNDETERMINED),
        (None, UNDETERMINED),
    ],
)
def test_works_with_large_or_medium_firms_a1_06(partners, outcome):
    got = sichuan("startup_micro", firm(chain_partners=partners), criterion="partners", subtype="scale_up_reserve")
    assert got.outcome is outcome


@pytest.mark.parametrize(("used", "outcome"), [(1, MET), (0, NOT_MET), (None, UNDETERMINED)])
def test_patent_used_in_the_main_product_a1_08(used, outcome):
    facts = firm(patents_in_main_product=used, invention_patents=0, utility_patents=3)
    assert sichuan("startup_micro", facts, criterion="patents", subtype="scale_up_reserve").outcome is outcome


def test_one_way_into_the_tier_is_enough_and_the_better_one_is_shown():
    facts = firm(registered_on="2017-01-05", employees={2017: 12}, revenue={2017: "400"}, above_scale="no")
    result = evaluate(SICHUAN, "startup_micro", facts, context())
    assert result.outcome is MET
    assert result.best.subtype == "new_micro"
    with pytest.raises(KeyError):
        evaluate(SICHUAN, "startup_micro", facts, context(), subtype="nobody")


# --- 湖南后备 (49号) ----------------------------------------------------------------------------------------------


def hunan_firm(**changes):
    given = {
        "province": "43",
        "county": "株洲县",
        "niche": "硬质合金刀片",
        "srdi": ["specialised"],
        "key_industry": [item("hunan_key_industries", "新材料")],
        "chain": [item("hunan_emerging_chains", "先进硬质材料")],
    }
    return firm(**{**given, **changes})


def test_reserve_waits_for_the_county_and_shows_274_as_to_be_entered_hn02():
    result = evaluate(HUNAN, "reserve", hunan_firm(), context())
    got = answers(result)
    assert result.outcome is NEEDS
    assert (got["rule_274"].status, got["rule_274"].outcome) == ("待录入", NEEDS)
    assert [c for c, r in got.items() if r.outcome is not MET] == ["rule_274", "champion", "five_attributes"]
    assert evaluate(HUNAN, "reserve", hunan_firm(), context(), judgements=judged(HUNAN, "reserve")).outcome is MET


def test_five_attributes_name_what_is_open_hn05():
    judgements = judged(HUNAN, "reserve", regional=None, growth=None)
    got = answers(evaluate(HUNAN, "reserve", hunan_firm(), context(), judgements=judgements))["five_attributes"]
    assert got.missing == ("企业发展成长性", "产品区域特色性")


def test_key_industry_and_chain_are_two_questions_hn04():
    got = answers(evaluate(HUNAN, "reserve", hunan_firm(chain=None), context()))
    assert (got["key_industry"].outcome, got["chain"].outcome) == (MET, UNDETERMINED)
    foreign = hunan_firm(key_industry=[item("sichuan_advantage", "装备制造")])
    assert answers(evaluate(HUNAN, "reserve", foreign, context()))["key_industry"].outcome is NOT_MET


def test_a_firm_of_another_province_is_told_so():
    got = answers(evaluate(HUNAN, "reserve", hunan_firm(province="51"), context()))["in_province"]
    assert (got.outcome, "不在湖南省" in got.text) == (NOT_MET, True)


# --- the answer itself --------------------------------------------------------------------------------------------


def test_every_answer_has_clause_title_and_sentence_and_open_ones_a_hint():
    for programme in (HUNAN, SICHUAN):
        for result in evaluate_all(programme, firm(), context()):
            for branch in result.branches:
                for got in branch.criteria:
                    assert got.clause
                    assert got.title
                    assert got.text.endswith("。")
                    assert (got.outcome is MET) == (got.hint == "")


def test_figures_are_labelled_with_real_years_hn33():
    got = sichuan("high_growth", firm(), criterion="revenue")
    assert got.figures[0].text == "2017年 营业收入 13,200.00 万元"


def test_facts_of_a_firm_that_has_entered_nothing_are_all_named():
    result = evaluate(SICHUAN, "high_growth", firm(**dict.fromkeys(firm().rows and FIRM_NAMES, None)), context())
    assert {c.outcome for c in result.criteria} == {UNDETERMINED, NEEDS}
    assert all(c.missing for c in result.criteria if c.outcome is UNDETERMINED)


FIRM_NAMES = [name for name, _ in firm().rows]
