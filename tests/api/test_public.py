"""Open to everybody: size class, facts, places, industries, programmes, rounds, self-check."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from enterprises.facts import registry
from foundation.core.clock import business_today
from foundation.reference.models import Industry
from portal.rehearsal.stages import HUNAN_TIER, SICHUAN_TIER
from tests.api.conftest import Program, World, assert_problem

INDUSTRY = "3311"


# ---- size class ------------------------------------------------------------------------------------------------


def test_size_class_says_class_group_and_what_decided(world: World, stranger: Program) -> None:
    body = {"industry": INDUSTRY, "employees": 5000, "revenue": "3000.00"}
    told = stranger.post("size-class/", body).json()
    assert (told["status"], told["size_class"], told["group"]) == ("classified", "medium", "工业")
    assert told["deciding"] == ["revenue"]
    assert told["missing"] == []
    assert told["figures"][1] == {"indicator": "revenue", "label": "营业收入", "value": "3000.00", "unit": "万元"}
    assert "300号" in told["clause"]


@pytest.mark.parametrize("revenue", ["2000", 2000, "2000.00", 2000.0])
def test_a_bound_is_reached_by_the_number_itself_however_it_is_written(
    world: World, stranger: Program, revenue: Any
) -> None:
    told = stranger.post("size-class/", {"industry": INDUSTRY, "employees": 300, "revenue": revenue}).json()
    assert told["size_class"] == "medium"


def test_a_missing_figure_is_undetermined_and_named(world: World, stranger: Program) -> None:
    told = stranger.post("size-class/", {"industry": INDUSTRY, "employees": 50, "revenue": None}).json()
    assert (told["status"], told["size_class"], told["missing"]) == ("undetermined", None, ["revenue"])
    assert told["possible"] == ["micro", "small"]
    assert "营业收入" in told["reason"]


def test_outside_the_standard_and_too_coarse(world: World, stranger: Program) -> None:
    outside = Industry.objects.filter(size_state="outside", level="class").first()
    assert outside is not None
    told = stranger.post("size-class/", {"industry": outside.code}).json()
    assert (told["status"], told["size_class"], told["group"]) == ("outside_standard", None, None)
    coarse = stranger.post("size-class/", {"industry": "59", "employees": 10}).json()
    assert (coarse["status"], coarse["missing"]) == ("undetermined", ["industry"])


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/industry"),
        ({"industry": "0000"}, "#/industry"),
        ({"industry": 3311}, "#/industry"),
        ({"industry": INDUSTRY, "employees": "12"}, "#/employees"),
        ({"industry": INDUSTRY, "employees": True}, "#/employees"),
        ({"industry": INDUSTRY, "employees": 1.5}, "#/employees"),
        ({"industry": INDUSTRY, "employees": -1}, "#/employees"),
        ({"industry": INDUSTRY, "revenue": "1.234"}, "#/revenue"),
        ({"industry": INDUSTRY, "revenue": "1,234.00"}, "#/revenue"),
        ({"industry": INDUSTRY, "revenue": "-1"}, "#/revenue"),
        ({"industry": INDUSTRY, "revenue": 1e300}, "#/revenue"),
        ({"industry": INDUSTRY, "revenue": []}, "#/revenue"),
        ({"industry": INDUSTRY, "total_assets": "NaN"}, "#/total_assets"),
        ({"industry": INDUSTRY, "as_of": "20180310"}, "#/as_of"),
        ({"industry": INDUSTRY, "as_of": "2018-02-30"}, "#/as_of"),
        ({"industry": INDUSTRY, "as_of": "1900-01-01"}, "#/as_of"),
        ({"industry": INDUSTRY, "as_of": "1990-01-01"}, "#/as_of"),
        ({"industry": INDUSTRY, "profit": "1"}, "#/profit"),
        ({"industry": INDUSTRY, "a/b~c": "1"}, "#/a~1b~0c"),
    ],
)
def test_what_is_wrong_is_named_by_its_pointer(world: World, stranger: Program, body: Any, pointer: str) -> None:
    answer = stranger.post("size-class/", body)
    assert answer.status_code == 400
    assert pointer in {error["pointer"] for error in assert_problem(answer)["errors"]}


# ---- facts, places, industries -----------------------------------------------------------------------------------


def test_facts_are_the_registry(world: World, stranger: Program) -> None:
    rows = stranger.all("facts/")
    assert [row["name"] for row in rows] == [name for name, _ in registry.items()]
    revenue = next(row for row in rows if row["name"] == "revenue")
    assert revenue == {
        "name": "revenue", "label": "营业收入", "type": "money", "unit": "万元", "yearly": True, "choices": [],
    }  # fmt: skip
    scale = next(row for row in rows if row["name"] == "above_scale")
    assert {"value": "no_threshold", "label": "该行业无规上标准"} in scale["choices"]


def test_places_as_of_a_day(world: World, stranger: Program) -> None:
    provinces = stranger.all("regions/")
    assert {"430000", "510000"} <= {row["code"] for row in provinces}
    before = {row["name"] for row in stranger.all("regions/?parent=430200&as_of=2018-03-10")}
    after = {row["name"] for row in stranger.all("regions/?parent=430200&as_of=2019-01-01")}
    assert "株洲县" in before
    assert "渌口区" in after - before
    counties = stranger.all("regions/?parent=430000&level=county&limit=200&as_of=2018-03-10")
    assert len(counties) > 100
    assert {row["level"] for row in counties} == {"county"}
    assert all(row["full_name"].startswith("湖南省") for row in counties)


def test_pages_tell_every_place_once_and_in_order(world: World, stranger: Program) -> None:
    whole = stranger.all("regions/?level=county&parent=510000&limit=200")
    by_seven = stranger.all("regions/?level=county&parent=510000&limit=7")
    assert [row["code"] for row in by_seven] == [row["code"] for row in whole]
    assert len({row["code"] for row in whole}) == len(whole)


def test_industries_by_text_level_and_parent(world: World, stranger: Program) -> None:
    assert {row["code"] for row in stranger.all("industries/?level=section")} == set("ABCDEFGHIJKLMNOPQRST")
    found = stranger.all("industries/?parent=33&level=group&limit=200")
    assert {row["parent"] for row in found} == {"33"}
    assert stranger.json("industries/?q=3311")["results"][0]["size_group"] == "工业"
    assert len(stranger.all("industries/?limit=200")) == Industry.objects.count()


@pytest.mark.parametrize(
    "path", ["facts/", "regions/", "industries/?section=C", "programmes/", "problems/", "openapi.json"]
)
def test_public_tables_may_be_kept_and_asked_for_by_tag(world: World, stranger: Program, path: str) -> None:
    first = stranger.get(path)
    assert "public" in first["Cache-Control"]
    again = stranger.get(path, **{"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("regions/?level=town", "level"),
        ("regions/?parent=43", "parent"),
        ("regions/?parent=999999", "parent"),
        ("regions/?as_of=yesterday", "as_of"),
        ("regions/?as_off=2018-01-01", "as_off"),
        ("regions/?parent=430000&parent=510000", "parent"),
        ("regions/?limit=0", "limit"),
        ("regions/?limit=201", "limit"),
        ("regions/?limit=x", "limit"),
        ("regions/?cursor=%00", "cursor"),
        ("regions/?cursor=WyIxIiwgNV0", "cursor"),
        ("rounds/?cursor=WyIxIiwgImEiXQ", "cursor"),
        ("rounds/?cursor=WyIxIiw5OTk5OTk5OTk5OTk5OTk5OTk5OTldCg", "cursor"),
        ("industries/?q=%00", "q"),
        ("facts/?q=x", "q"),
        ("rounds/?year=1", "year"),
        ("rounds/?programme=../x", "programme"),
    ],
)
def test_a_wrong_parameter_is_named(world: World, stranger: Program, path: str, parameter: str) -> None:
    told = assert_problem(stranger.get(path))
    assert told["status"] == 400
    assert [error["parameter"] for error in told["errors"]] == [parameter]


# ---- programmes and rounds ---------------------------------------------------------------------------------------


def test_programmes_with_their_criteria(world: World, stranger: Program) -> None:
    rows = {row["province"]: row for row in stranger.all("programmes/")}
    assert rows["51"]["publishes"] is True
    assert rows["43"]["publishes"] is False
    detail = stranger.json(f"programmes/{rows['51']['code']}/")
    assert detail["digest"] == rows["51"]["digest"]
    criteria = [one for tier in detail["tiers"] for way in tier["ways"] for one in way["criteria"]]
    assert all(one["clause"] for one in criteria)
    growth = next(one for one in criteria if one["kind"] == "growth_each_year")
    assert Decimal(growth["parameters"]["min_pct"]) > 0
    assert stranger.get("programmes/no-such/").status_code == 404


def test_rounds_with_their_windows(world: World, stranger: Program) -> None:
    rows = stranger.all("rounds/")
    assert {row["id"] for row in rows} == {world.hunan.pk, world.sichuan.pk}
    assert all(row["windows"] for row in rows)
    assert stranger.json("rounds/?state=closed")["results"] == []
    code = world.hunan.family.code
    assert [row["programme"] for row in stranger.all(f"rounds/?programme={code}")] == [code]


# ---- self-check --------------------------------------------------------------------------------------------------


def _question(world: World, **more: Any) -> dict[str, Any]:
    return {"programme": world.sichuan.family.code, "tier": SICHUAN_TIER, "facts": [], **more}


def test_nothing_known_is_undetermined_and_says_what_is_missing(world: World, stranger: Program) -> None:
    told = stranger.post("self-check/", _question(world)).json()
    (tier,) = told["tiers"]
    assert tier["outcome"] == "undetermined"
    assert told["as_of"] == business_today().isoformat()
    open_ones = [one for branch in tier["branches"] for one in branch["criteria"] if one["outcome"] == "undetermined"]
    assert open_ones
    assert all(one["missing"] and one["text"] and one["clause"] for one in open_ones)


def test_the_answer_is_that_of_the_page(world: World, stranger: Program) -> None:
    from cultivation.contexts import context_for
    from cultivation.eligibility import FactSet, evaluate_all

    year = world.sichuan.year
    figures = {year - 1: "5010.00", year - 2: "5000.00", year - 3: "4000.00"}
    given = [{"name": "main_revenue", "year": one, "value": text} for one, text in figures.items()]
    given += [{"name": "industry", "value": INDUSTRY}, {"name": "registered_on", "value": "2010-05-01"}]
    body = {"programme": world.sichuan.family.code, "facts": given}
    told = stranger.post("self-check/", body).json()
    facts = FactSet.of(main_revenue=figures, industry=INDUSTRY, registered_on=dt.date(2010, 5, 1))
    context = context_for(world.sichuan.programme, round=world.sichuan)
    expected = evaluate_all(world.sichuan.programme, facts, context)
    assert [(tier["tier"], tier["outcome"]) for tier in told["tiers"]] == [
        (result.tier, result.outcome.value) for result in expected
    ]
    assert [one["text"] for tier in told["tiers"] for way in tier["branches"] for one in way["criteria"]] == [
        one.text for result in expected for way in result.branches for one in way.criteria
    ]
    far = [one for tier in told["tiers"] for way in tier["branches"] for one in way["criteria"] if one["distance"]]
    assert far
    assert all(Decimal(one["distance"]["amount"]) > 0 for one in far)


def test_every_type_of_fact_is_read(world: World, stranger: Program) -> None:
    code = world.hunan.family.code
    facts = [
        {"name": "is_legal_person", "value": True},
        {"name": "srdi", "value": ["specialised"]},
        {"name": "key_industry", "value": []},
        {"name": "chain_partners", "value": [{"size": "large"}]},
        {"name": "above_scale", "value": "yes"},
        {"name": "market_share", "value": "12.5"},
        {"name": "niche", "value": "制动夹钳"},
        {"name": "employees", "year": 2017, "value": 88},
        {"name": "profit_and_tax", "year": 2017, "value": "-12.50"},
        {"name": "province", "value": "43"},
        {"name": "contact_name", "value": "与条件无关"},
    ]
    told = stranger.post("self-check/", {"programme": code, "tier": HUNAN_TIER, "facts": facts}).json()
    assert "contact_name" in told["unused"]


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"programme": "none"}, "#/programme"),
        ({"tier": "none"}, "#/tier"),
        ({"subtype": "none"}, "#/subtype"),
        ({"facts": {}}, "#/facts"),
        ({"facts": [{"name": "revenue", "value": "1"}]}, "#/facts/0/year"),
        ({"facts": [{"name": "industry", "year": 2017, "value": INDUSTRY}]}, "#/facts/0/year"),
        ({"facts": [{"name": "industry", "value": "0000"}]}, "#/facts/0/value"),
        ({"facts": [{"name": "no_such", "value": "1"}]}, "#/facts/0/name"),
        ({"facts": [{"name": "industry", "value": INDUSTRY}, {"name": "industry", "value": INDUSTRY}]}, "#/facts/1"),
        ({"facts": [{"name": "employees", "year": 2017, "value": "8"}]}, "#/facts/0/value"),
        ({"facts": [{"name": "market_share", "value": "101"}]}, "#/facts/0/value"),
        ({"facts": [{"name": "registered_on", "value": "2010-5-1"}]}, "#/facts/0/value"),
        ({"facts": [{"name": "above_scale", "value": {}}]}, "#/facts/0/value"),
        ({"facts": [{"name": "srdi", "value": ["x"]}]}, "#/facts/0/value"),
        ({"facts": [{"name": "chain_partners", "value": [{"size": []}]}]}, "#/facts/0/value"),
        ({"facts": [{"name": "key_industry", "value": [{"catalogue": "x", "code": "1"}]}]}, "#/facts/0/value"),
        ({"facts": [{"name": "niche", "value": "\x00"}]}, "#/facts/0/value"),
        ({"facts": [{"name": "niche", "value": "\ud800"}]}, "#/facts/0/value"),
        ({"facts": [{"name": "revenue", "year": 2017, "value": None}]}, "#/facts/0/value"),
        ({"facts": [{"name": "revenue", "year": 2017}]}, "#/facts/0/value"),
        ({"year": 1999}, "#/year"),
        ({"as_of": "2200-01-01"}, "#/as_of"),
    ],
)
def test_a_wrong_fact_is_named(world: World, stranger: Program, more: dict[str, Any], pointer: str) -> None:
    answer = stranger.post("self-check/", _question(world) | more)
    assert answer.status_code == 400
    assert pointer in {error["pointer"] for error in assert_problem(answer)["errors"]}


# ---- cost --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "expected"),
    [("", 1), ("facts/", 0), ("regions/?parent=430000&level=county", 1), ("industries/?section=C", 1), ("programmes/", 1),
     ("rounds/", 3), ("problems/", 0)],
)  # fmt: skip
def test_a_public_answer_costs_so_many_statements(
    world: World, stranger: Program, queries: Any, path: str, expected: int
) -> None:
    stranger.get(path)
    with queries(expected):
        stranger.get(path)


@pytest.mark.parametrize(("path", "expected"), [("size-class/", 2), ("self-check/", 4)])
def test_a_public_question_costs_so_many_statements(
    world: World, stranger: Program, queries: Any, path: str, expected: int
) -> None:
    facts = [{"name": "industry", "value": INDUSTRY}, {"name": "main_revenue", "year": 2017, "value": "5000.00"}]
    body = {"industry": INDUSTRY} if path == "size-class/" else {"programme": world.sichuan.family.code, "facts": facts}
    stranger.post(path, body)
    with queries(expected):
        assert stranger.post(path, body).status_code == 200
