"""Both documents are complete readings, and a faulty document is refused with the place of the fault."""

import copy
import re

import pytest

from cultivation.eligibility.labels import FILE_LABELS, LABELS
from cultivation.schema import Level, canonical_json, content_hash, parse
from cultivation.schema.criteria import fact_names
from cultivation.schema.document import ProgrammeError
from tests.cultivation.sample import HUNAN, HUNAN_DOCUMENT, SICHUAN, SICHUAN_DOCUMENT

BOTH = pytest.mark.parametrize("programme", [HUNAN, SICHUAN], ids=lambda p: p.code)


def test_fifteen_open_points_are_all_decided_with_a_reason():
    decided = {s.point for p in (HUNAN, SICHUAN) for s in p.settings if s.point}
    assert decided == set(range(1, 16))
    assert all(s.reason and s.alternatives for p in (HUNAN, SICHUAN) for s in p.settings)


def test_sichuan_tiers_and_subtypes_sc48():
    assert [(t.code, t.rank, t.promotes_to) for t in SICHUAN.tiers] == [
        ("startup_micro", 1, "high_growth"),
        ("high_growth", 2, "industry_giant"),
        ("industry_giant", 3, None),
    ]
    assert [s.code for s in SICHUAN.tier("startup_micro").subtypes] == ["new_micro", "scale_up_reserve"]


def test_sichuan_joint_issuers_in_order_sc47():
    assert SICHUAN.issuers == ["四川省经济和信息化委员会", "四川省中小企业局"]


def test_hunan_asks_274_as_one_question_without_numbers_hn02():
    criterion = next(c for c in HUNAN.tier("reserve").criteria if c.id == "rule_274")
    assert (criterion.kind, criterion.awaiting) == ("judgement", "待录入")
    assert not any(c.kind in {"range", "growth_each_year"} for c in HUNAN.tier("reserve").criteria)
    assert HUNAN.missing_sources


def test_hunan_uses_no_approval_notice_commitment_or_quota_hn19():
    assert not any(HUNAN.has_step(code) for code in ("approve", "public_notice", "list"))
    assert (HUNAN.commitment, HUNAN.public_notice, HUNAN.quota.enabled) == (None, None, False)
    assert (HUNAN.listing.gate_at, HUNAN.listing.entry_begins) == ("dispatch_sealed", "dispatch_received_by_province")


def test_hunan_dispatch_to_province_needs_plan_and_table_hn27():
    rule = HUNAN.dispatch_rule(Level.PREFECTURE, Level.PROVINCE)
    assert rule is not None
    assert rule.accompanies == ["summary_table", "cultivation_plan"]
    county = HUNAN.dispatch_rule(Level.COUNTY, Level.PREFECTURE)
    assert county is not None
    assert (county.accompanies, county.needs_seal) == (["summary_table"], True)
    assert HUNAN.dispatch_rule(Level.COUNTY, Level.PROVINCE) is None


def test_hunan_five_attributes_each_with_a_line_hn05():
    five = [i for i in HUNAN.opinion_items if "HN-05" in i.requirements]
    assert [i.title for i in five] == [
        "企业发展成长性",
        "生产工艺创新性",
        "配套发展融通性",
        "产品区域特色性",
        "产业政策符合性",
    ]
    assert all(i.needs_line and i.required for i in five)


def test_exactly_six_activity_categories_hn15():
    assert [c.title for c in HUNAN.activity_categories] == [
        "企业“上云”",
        "管理创新",
        "融通发展",
        "“创客中国”",
        "产融对接",
        "政策引导",
    ]


def test_contradicting_targets_stand_side_by_side_sc03():
    target = next(t for t in SICHUAN.targets if t.code == "market_entities")
    assert [(f.value, f.clause) for f in target.figures] == [(300, "238号 二（二）"), (200, "238号 附件1 二")]


def test_sichuan_commitment_is_three_years_and_blocks_sc37_sc38():
    assert SICHUAN.commitment is not None
    assert (SICHUAN.commitment.years, SICHUAN.commitment.blocks_recommendation) == (3, True)
    assert "三年" in SICHUAN.commitment.text


def test_sichuan_duties_sc26_sc39():
    duties = {d.code: d for d in SICHUAN.duties}
    assert (duties["annual_summary"].due_month, duties["annual_summary"].due_day) == (12, 31)
    assert (duties["monthly_report"].months, duties["monthly_report"].due_day) == (36, 10)


def test_what_is_of_our_own_making_is_marked():
    assert SICHUAN.sheet.own_making
    assert "自拟" in SICHUAN.sheet.title
    assert SICHUAN.founding_round.own_making
    assert not HUNAN.sheet.own_making
    assert not HUNAN.founding_round.own_making
    assert next(c for c in HUNAN.checks if c.code == "credit").own_addition


@BOTH
def test_every_criterion_has_clause_requirement_and_hint(programme):
    for tier in programme.tiers:
        for _, criteria in tier.branches():
            assert all(c.clause and c.requirements and c.hint for c in criteria)


@BOTH
def test_only_registered_facts_are_named(programme):
    known = set(LABELS) | set(FILE_LABELS)
    named = {n for t in programme.tiers for _, cs in t.branches() for c in cs for n in fact_names(c)}
    named |= {getattr(c, "fact", None) for c in programme.sheet.columns} - {None}
    named |= {q.fact for q in programme.questions}
    for check in programme.cross_checks:
        for field in ("facts", "ranks", "needs"):
            named |= set(getattr(check, field, []))
        named |= {getattr(check, f) for f in ("left", "right", "claimed", "listed") if hasattr(check, f)}
    assert named <= known


@BOTH
def test_gates_default_to_note_explain_stop(programme):
    for tier in programme.tiers:
        for _, criteria in tier.branches():
            for criterion in criteria:
                gates = criterion.gates
                assert gates.submission.not_met == "note"
                assert gates.recommendation.not_met == "explain"
                assert gates.listing.undetermined in {"explain", "note"}


@BOTH
def test_cross_checks_of_the_brief_are_there(programme):
    severity = {c.code: c.severity for c in programme.cross_checks}
    assert severity["main_revenue_within_revenue"] == "stop"
    assert severity["patents_listed"] == "explain"
    assert severity["year_jump"] == "explain"
    assert severity["same_legal_representative"] == "explain"
    assert severity["other_live_application"] == "explain"


def test_hash_does_not_depend_on_the_order_of_keys_but_on_every_value():
    shuffled = dict(reversed(list(HUNAN_DOCUMENT.items())))
    assert content_hash(shuffled) == content_hash(HUNAN_DOCUMENT)
    changed = {**HUNAN_DOCUMENT, "title": "另一个标题"}
    assert content_hash(changed) != content_hash(HUNAN_DOCUMENT)
    assert re.fullmatch(r"[0-9a-f]{64}", content_hash(HUNAN_DOCUMENT))


def test_settings_are_resolved_where_they_are_named():
    document = copy.deepcopy(SICHUAN_DOCUMENT)
    next(s for s in document["settings"] if s["code"] == "high_growth_includes_4yi")["value"] = True
    criterion = next(c for c in parse(document).tier("high_growth").criteria if c.id == "revenue")
    assert criterion.max_inclusive is True


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("colour",), "red", "colour"),
        (("tiers", 1, "criteria", 3, "min"), "viel", "tiers.1.criteria.3"),
        (("tiers", 1, "criteria", 8, "check"), "blood", "没有核查 blood"),
        (("tiers", 1, "promotes_to"), "heaven", "没有层级 heaven"),
        (("tiers", 1, "criteria", 3, "max_inclusive"), "@nowhere", "没有名为 nowhere 的设置"),
        (("steps", 0, "code"), "dance", "steps.0.code"),
        (("windows", "mode"), "perhaps", "windows.mode"),
    ],
)
def test_a_faulty_document_is_refused_with_the_place(path, value, said):
    document = copy.deepcopy(SICHUAN_DOCUMENT)
    spot = document
    for part in path[:-1]:
        spot = spot[part]
    spot[path[-1]] = value
    with pytest.raises(ProgrammeError, match=re.escape(said)):
        parse(document)


def test_a_float_in_yaml_is_refused(tmp_path):
    from cultivation.schema import read_yaml

    file = tmp_path / "p.yaml"
    file.write_text("tiers:\n  - min: 0.1\n", encoding="utf-8")
    with pytest.raises(ProgrammeError, match=r"tiers\[0\].min"):
        read_yaml(file)


def test_canonical_form_keeps_chinese_readable():
    assert "小巨人后备企业" in canonical_json(HUNAN_DOCUMENT)
