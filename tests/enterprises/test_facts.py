"""Typed facts and yearly figures: kept with basis, source and history; read set-wise under the agreed names."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cultivation.eligibility.facts import FactSet
from enterprises import facts
from enterprises.actions import facts as actions
from enterprises.actions import identity, lists
from enterprises.fields import FIRM, PROFILE, SPECS, parse_count, parse_date
from enterprises.models import AnnualFigure
from foundation.core.errors import Refused
from foundation.core.models import Installation
from foundation.journal.models import Decision
from foundation.reference.models import IndustryCatalogueItem
from tests.enterprises.conftest import TODAY

pytestmark = pytest.mark.django_db
YEARS = (2015, 2016, 2017)
NAMES = [
    "revenue",
    "main_revenue",
    "sales_revenue",
    "rd_expenditure",
    "profit_and_tax",
    "total_assets",
    "employees",
    "invention_patents_5y",
    "invention_patents",
    "utility_patents",
    "patents_in_main_product",
    "above_scale",
    "niche",
    "niche_rank_province",
    "niche_rank_country",
    "niche_rank_source",
    "niche_rank_year",
    "key_industry",
    "chain",
    "chain_partners",
    "main_product",
    "srdi",
    "registered_on",
    "is_legal_person",
    "province",
    "region",
    "county",
    "prefecture",
    "industry",
    "former_individual_business",
    "former_individual_name",
    "former_individual_code",
    "converted_on",
    "uscc",
    "name",
    "legal_representative",
    "contact_name",
    "contact_phone",
    "contact_email",
]


def rows(enterprise: Any, years: Any = YEARS, on: dt.date = TODAY) -> dict[tuple[str, int | None], dict[str, Any]]:
    return {(row["name"], row["year"]): row for row in facts.fact_rows(enterprise, years=years, on=on)}


def put(enterprise: Any, actor: Any, **cells: Any) -> actions.Saved:
    """``put(firm, actor, revenue_2017_audited="1")``."""
    wanted = {}
    for name, raw in cells.items():
        fact, year, basis = name.rsplit("_", 2)
        wanted[(int(year), fact, basis)] = raw
    return actions.save_figures(enterprise_id=enterprise.pk, cells=wanted, actor=actor)


# --- the registry -------------------------------------------------------------------------------------------------


def test_every_agreed_name_is_registered() -> None:
    assert set(NAMES) <= {name for name, _ in facts.registry.items()}
    for name, spec in facts.registry.items():
        assert spec.label, name


def test_missing_has_no_row(firm: Any) -> None:
    found = rows(firm())
    assert ("revenue", 2017) not in found
    assert ("invention_patents_5y", 2017) not in found
    assert ("srdi", None) not in found
    assert found[("county", None)]["value"] == "攸县"
    assert found[("prefecture", None)]["value"] == "株洲市"
    assert found[("province", None)]["value"] == "43"
    assert found[("region", None)]["value"] == "430223"
    assert found[("industry", None)]["value"] == "3360"
    assert found[("is_legal_person", None)]["value"] is True
    assert found[("registered_on", None)]["value"] == "2012-05-01"


def test_audited_goes_before_flash_and_both_stay(firm: Any, admin_of: Any) -> None:
    enterprise = firm()
    actor = admin_of(enterprise)
    put(enterprise, actor, revenue_2017_flash="1,000.00", employees_2017_flash="１２８人")
    assert rows(enterprise)[("revenue", 2017)]["basis"] == "flash"
    put(enterprise, actor, revenue_2017_audited="12,345.67")
    row = rows(enterprise)[("revenue", 2017)]
    assert (row["value"], row["basis"], row["unit"]) == ("12345.67", "audited", "万元")
    assert rows(enterprise)[("employees", 2017)]["value"] == 128
    put(enterprise, actor, revenue_2017_audited="")
    assert rows(enterprise)[("revenue", 2017)]["value"] == "1000.00"
    kept = AnnualFigure.objects.filter(fact="revenue").order_by("pk").values_list("basis", "value", "superseded")
    assert list(kept) == [
        ("flash", Decimal("1000.00"), False),
        ("audited", Decimal("12345.67"), True),
        ("audited", None, False),
    ]


def test_source_and_evidence_of_a_year_stand_beside_its_figures(firm: Any, admin_of: Any, stored: Any) -> None:
    enterprise = firm()
    actor = admin_of(enterprise)
    file = stored(enterprise, actor)
    put(enterprise, actor, revenue_2017_audited="1")
    actions.set_year_source(
        enterprise_id=enterprise.pk, year=2017, basis="audited", text="2017年度审计报告", evidence=file, actor=actor
    )
    row = rows(enterprise)[("revenue", 2017)]
    assert (row["source"], row["evidence"]) == ("2017年度审计报告", file.pk)
    actions.set_fact_source(enterprise_id=enterprise.pk, fact="niche", text="协会", evidence=file, actor=actor)
    actions.save_fields(enterprise_id=enterprise.pk, owner=PROFILE, fields={"niche": "夹钳"}, actor=actor)
    assert rows(enterprise)[("niche", None)]["source"] == "协会"
    source = enterprise.fact_sources.get()
    actions.drop_evidence(enterprise_id=enterprise.pk, row=source, actor=actor)
    assert rows(enterprise)[("niche", None)]["evidence"] is None
    for wrong in ({"fact": "revenue"}, {"fact": "nothing"}):
        with pytest.raises(Refused):
            actions.set_fact_source(enterprise_id=enterprise.pk, text="x", actor=actor, **wrong)
    with pytest.raises(Refused):
        actions.set_year_source(enterprise_id=enterprise.pk, year=2019, basis="audited", text="x", actor=actor)


def test_patents_are_counted_from_the_list(firm: Any, admin_of: Any) -> None:
    """HN-32: 2013 to 2017 for the row of 2017; nothing is zero before the firm says the list is complete."""
    enterprise = firm()
    actor = admin_of(enterprise)
    for number, kind, day, used in (
        ("201310000001.1", "invention", dt.date(2013, 1, 1), True),
        ("201210000001.1", "invention", dt.date(2012, 12, 31), None),
        ("201610000001.1", "invention", dt.date(2017, 12, 31), False),
        ("201620000001.1", "utility", dt.date(2016, 5, 1), True),
        ("201630000001.1", "design", dt.date(2016, 5, 1), True),
    ):
        data = lists.PatentData(number, kind, day, in_main_product=used)
        lists.save_patent(enterprise_id=enterprise.pk, data=data, actor=actor)
    found = rows(enterprise)
    assert found[("invention_patents_5y", 2017)]["value"] == 2
    assert found[("invention_patents_5y", 2016)]["value"] == 2
    assert found[("invention_patents", None)]["value"] == 3
    assert found[("utility_patents", None)]["value"] == 1
    assert found[("patents_in_main_product", None)]["value"] == 2
    assert ("invention_patents_5y", 2010) not in rows(enterprise, years=(2010,))
    lists.confirm_patents(enterprise_id=enterprise.pk, actor=actor)
    assert rows(enterprise, years=(2010,))[("invention_patents_5y", 2010)]["value"] == 0
    # Asked on an earlier day, later grants do not exist yet.
    assert rows(enterprise, on=dt.date(2016, 1, 1))[("invention_patents", None)]["value"] == 2


def test_unanswered_use_leaves_the_count_undetermined(firm: Any, admin_of: Any) -> None:
    enterprise = firm()
    actor = admin_of(enterprise)
    data = lists.PatentData("201310000001.1", "invention", dt.date(2013, 1, 1))
    lists.save_patent(enterprise_id=enterprise.pk, data=data, actor=actor)
    lists.confirm_patents(enterprise_id=enterprise.pk, actor=actor)
    assert ("patents_in_main_product", None) not in rows(enterprise)
    assert rows(enterprise)[("utility_patents", None)]["value"] == 0


def test_names_and_places_of_their_day(firm: Any, admin_of: Any) -> None:
    """HN-31: a sheet of 2018 prints 株洲县, one of 2020 渌口区; the firm's name likewise."""
    enterprise = firm(region_id=430212)
    old = enterprise.name
    assert rows(enterprise)[("county", None)]["value"] == "株洲县"
    actor = admin_of(enterprise)
    identity.rename(enterprise_id=enterprise.pk, name="演示新名(株洲)有限公司", since=dt.date(2018, 3, 1), actor=actor)
    assert rows(enterprise)[("name", None)]["value"] == "演示新名（株洲）有限公司"
    assert rows(enterprise, on=dt.date(2018, 2, 28))[("name", None)]["value"] == old
    later = rows(enterprise, on=dt.date(2020, 1, 1))
    assert (later[("county", None)]["value"], later[("region", None)]["value"]) == ("渌口区", "430212")


def test_choices_partners_and_direction(firm: Any, admin_of: Any) -> None:
    enterprise = firm()
    actor = admin_of(enterprise)
    item = IndustryCatalogueItem.objects.filter(catalogue__code="hunan_key_industries").first()
    chain = IndustryCatalogueItem.objects.filter(catalogue__kind="chain").first()
    for _ in range(2):
        lists.choose(enterprise_id=enterprise.pk, item=item, actor=actor)
        lists.choose(enterprise_id=enterprise.pk, item=chain, actor=actor)
    partner = lists.PartnerData("演示大集团", "downstream", size="large", product="夹钳")
    lists.save_partner(enterprise_id=enterprise.pk, data=partner, actor=actor)
    fields = {"srdi": ["innovative", "specialised"], "above_scale": "no_threshold", "former_individual_business": "no"}
    actions.save_fields(enterprise_id=enterprise.pk, owner=PROFILE, fields=fields, actor=actor)
    found = rows(enterprise)
    assert found[("key_industry", None)]["value"] == [
        {"catalogue": "hunan_key_industries", "version": item.catalogue.version, "code": item.code, "name": item.name}
    ]
    assert found[("chain", None)]["value"][0]["name"] == chain.name
    assert found[("chain_partners", None)]["value"] == [
        {"name": "演示大集团", "direction": "downstream", "size": "large", "evidence": False}
    ]
    assert found[("srdi", None)]["value"] == ["specialised", "innovative"]
    assert found[("above_scale", None)]["value"] == "no_threshold"
    assert found[("former_individual_business", None)]["value"] is False
    lists.unchoose(enterprise_id=enterprise.pk, item_id=item.pk, actor=actor)
    lists.unchoose(enterprise_id=enterprise.pk, item_id=item.pk, actor=actor)
    assert ("key_industry", None) not in rows(enterprise)


def test_many_firms_cost_as_many_queries_as_one(firm: Any, flat: Any) -> None:
    numbers = iter((1, 2, 3))
    ids: list[int] = []
    flat(
        add_row=lambda: ids.append(firm(next(numbers)).pk),
        act=lambda: facts.fact_rows_of(ids, years=YEARS, on=TODAY),
        own=8,
    )


def test_frozen_facts_are_canonical_and_understood_by_the_engine(firm: Any, admin_of: Any) -> None:
    enterprise = firm()
    put(enterprise, admin_of(enterprise), revenue_2017_audited="5,000.1", employees_2017_audited="20")
    frozen = facts.fact_set(enterprise, 2018)
    text = facts.canonical_json(frozen)
    assert json.loads(text) == frozen
    assert text == facts.canonical_json(facts.fact_set(enterprise, 2018))
    understood = FactSet.from_rows(frozen["rows"])
    assert understood.number("revenue", 2017) == Decimal("5000.10")
    assert understood.number("revenue", 2016) is None
    assert understood.text("name") == enterprise.name


# --- saving -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "raw", "part"),
    [
        ("revenue_2017_audited", "十二", "不是数字"),
        ("revenue_2017_audited", "-1", "不能是负数"),
        ("revenue_2017_audited", "1e9", "不是数字"),
        ("revenue_2017_audited", "9" * 30, "过大"),
        ("revenue_2017_audited", "1.234", "两位小数"),
        ("employees_2017_audited", "1.5", "不是整数"),
        ("employees_2017_audited", "99999999999", "过大"),
        ("revenue_2019_audited", "1", "年度"),
        ("revenue_1900_audited", "1", "年度"),
        ("revenue_2017_guess", "1", "没有这项指标"),
        ("profit_2017_audited", "1", "没有这项指标"),
        ("revenue_2017_audited", {"a": 1}, "不是数字"),
    ],
)
def test_wrong_cells_are_told_and_the_rest_is_saved(firm: Any, admin_of: Any, cell: str, raw: Any, part: str) -> None:
    enterprise = firm()
    saved = put(enterprise, admin_of(enterprise), **{cell: raw, "total_assets_2016_flash": "7"})
    assert list(saved.errors) == [actions.cell_name(int(cell.rsplit("_", 2)[1]), *cell.rsplit("_", 2)[::2])]
    assert part in next(iter(saved.errors.values()))
    assert AnnualFigure.objects.count() == 1


def test_a_loss_is_a_figure(firm: Any, admin_of: Any) -> None:
    enterprise = firm()
    put(enterprise, admin_of(enterprise), profit_and_tax_2017_audited="-12.5")
    assert rows(enterprise)[("profit_and_tax", 2017)]["value"] == "-12.50"


def test_a_stale_form_is_told_who_was_faster_and_the_same_twice_is_none(firm: Any, admin_of: Any, member: Any) -> None:
    enterprise = firm()
    colleague, actor = member(enterprise, "colleague"), admin_of(enterprise)
    cells = {(2017, "revenue", "audited"): "1"}
    first = actions.save_figures(enterprise_id=enterprise.pk, cells=cells, actor=colleague, version=0)
    assert first.version == 1
    again = actions.save_figures(enterprise_id=enterprise.pk, cells=cells, actor=colleague, version=0)
    assert (again.version, again.changed) == (1, [])
    with pytest.raises(actions.SomebodyElse, match="演示colleague"):
        actions.save_figures(
            enterprise_id=enterprise.pk, cells={(2017, "revenue", "audited"): "2"}, actor=actor, version=0
        )
    fields = {"legal_representative": "演示赵六"}
    saved = actions.save_fields(enterprise_id=enterprise.pk, fields=fields, owner=FIRM, actor=actor, version=0)
    with pytest.raises(actions.SomebodyElse):
        actions.save_fields(
            enterprise_id=enterprise.pk, fields={"contact_name": "乙"}, owner=FIRM, actor=colleague, version=0
        )
    assert saved.version == 1


def test_no_personal_text_goes_into_the_record(firm: Any, admin_of: Any) -> None:
    enterprise = firm()
    fields = {"legal_representative": "演示赵六", "contact_phone": "0731-12345678", "is_legal_person": "no"}
    actions.save_fields(enterprise_id=enterprise.pk, fields=fields, owner=FIRM, actor=admin_of(enterprise))
    data = Decision.objects.get(action="enterprise.edit_facts").data
    assert data["fields"] == sorted(fields)
    assert data["values"] == {"is_legal_person": {"from": True, "to": False}}


@pytest.mark.parametrize(
    ("owner", "name", "raw", "part"),
    [
        (FIRM, "registered_on", "昨天", "不是日期"),
        (FIRM, "registered_on", "2018-02-30", "没有"),
        (FIRM, "registered_on", "2018-03-11", "不能晚于今天"),
        (FIRM, "registered_on", "1800-01-01", "早于"),
        (FIRM, "industry", "9999", "列表"),
        (FIRM, "contact_phone", "abc", "电话"),
        (FIRM, "contact_email", "nobody", "邮箱"),
        (FIRM, "parent_uscc", "91", "18位"),
        (FIRM, "legal_representative", "甲" * 61, "最多60个字"),
        (FIRM, "is_legal_person", "perhaps", "是"),
        (PROFILE, "above_scale", "maybe", "列表"),
        (PROFILE, "srdi", ["big"], "列表"),
        (PROFILE, "market_share", "101", "0至100"),
        (PROFILE, "niche_rank_province", "0", "从1开始"),
        (PROFILE, "niche_rank_year", "2030", "年度"),
    ],
)
def test_wrong_fields(firm: Any, admin_of: Any, owner: str, name: str, raw: Any, part: str) -> None:
    enterprise = firm()
    saved = actions.save_fields(
        enterprise_id=enterprise.pk, fields={name: raw}, owner=owner, actor=admin_of(enterprise)
    )
    assert part in saved.errors[name]
    assert saved.changed == []


def test_every_field_can_be_emptied(firm: Any, admin_of: Any) -> None:
    enterprise = firm()
    actor = admin_of(enterprise)
    for owner in (FIRM, PROFILE):
        fields = {spec.name: [] if spec.widget == "choices" else "" for spec in SPECS if spec.owner == owner}
        saved = actions.save_fields(enterprise_id=enterprise.pk, fields=fields, owner=owner, actor=actor)
        assert saved.errors == {}
    assert ("industry", None) not in rows(enterprise)
    assert ("is_legal_person", None) not in rows(enterprise)


def test_who_edits(firm: Any, admin_of: Any, official: Any) -> None:
    enterprise, other = firm(1), firm(2)
    for actor, reason in (
        (admin_of(other), "没有这份材料"),
        (official("攸县"), "由企业自己填写"),
        (official("醴陵"), "没有这份"),
    ):
        with pytest.raises(Refused, match=reason):
            put(enterprise, actor, revenue_2017_audited="1")
    with pytest.raises(Refused):
        actions.save_fields(enterprise_id=0, fields={}, owner=FIRM, actor=admin_of(enterprise))


# --- parsers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["2015-03-01", "2015/3/1", "2015.3.1", "2015年3月1日", "20150301", "２０１５-０３-０１"]
)
def test_dates_people_write(text: str) -> None:
    Installation.start_rehearsal(TODAY)
    assert parse_date(text) == dt.date(2015, 3, 1)


@given(st.text(max_size=30))
def test_counts_are_read_or_refused_with_a_sentence(text: str) -> None:
    sentence, found = "", None
    try:
        found = parse_count(text)
    except ValueError as error:
        sentence = str(error)
    assert sentence or found is None or found >= 0
