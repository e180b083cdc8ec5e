"""What other rooms ask of the public table."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from foundation.reference import queries as ask
from foundation.reference import regions
from foundation.reference.models import (
    Industry,
    IndustryCatalogue,
    IndustryCatalogueItem,
    ProvincialAverage,
    Region,
    RegionName,
    WorkdayAdjustment,
)
from foundation.reference.size_standard import from_snapshot

pytestmark = pytest.mark.usefixtures("reference_data")
MARCH_2018 = dt.date(2018, 3, 10)
HUNAN, SICHUAN = 430000, 510000


def test_a_region_tells_its_name_and_code_on_a_day() -> None:
    region = Region.objects.get(pk=430212)
    assert (region.name_on(MARCH_2018), region.code_on(MARCH_2018)) == ("株洲县", "430221")
    assert (region.name, region.code) == ("渌口区", "430212")
    assert region.on(dt.date(1900, 1, 1)) is None
    assert region.name_on(dt.date(1900, 1, 1)) == "渌口区"
    assert set(region.names.values_list("code", flat=True)) == {"430221", "430212"}


def test_every_code_leads_to_one_region() -> None:
    assert regions.as_of("431121", MARCH_2018) == regions.as_of(431181, MARCH_2018)
    found = regions.find("513425", MARCH_2018)
    assert found is not None
    assert (found.id, found.name) == (513402, "会理县")
    assert regions.as_of(Region.objects.get(pk=513402), MARCH_2018) == found
    named = regions.by_name("祁阳县", HUNAN, MARCH_2018)
    assert named is not None
    assert named.id == 431181
    assert [view.name for view in regions.provinces()] == ["湖南省", "四川省"]
    assert regions.full_name("430223") == "湖南省株洲市攸县"
    assert [view.level for view in regions.path("430223")] == ["province", "prefecture", "county"]
    assert regions.read_code("999999").status == "unknown"
    assert len(regions.all_by_name("市中区", SICHUAN)) == 2


def test_naming_three_hundred_regions_costs_one_query(queries: Any) -> None:
    counties = list(Region.objects.filter(level="county"))
    regions.forget()
    with queries(1):
        names = {region.name_on(MARCH_2018) for region in counties}
    assert {"株洲县", "祁阳县", "会理县"} <= names
    with queries(0):
        regions.children("430200", MARCH_2018)


def test_regions_are_stored_in_administrative_order() -> None:
    codes = list(Region.objects.filter(parent_id=430200).values_list("code", flat=True))
    assert codes == sorted(codes)


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        RegionName.objects.filter(region_id=430212, code="430212").update(valid_to=dt.date(2018, 1, 1))


@pytest.mark.parametrize(
    ("text", "first"),
    [("3711", "3711"), ("c", "C"), ("谷物种植", "011"), ("铁路运输业", "53"), ("软件 开发", "651")],
)
def test_industries_are_found_by_code_or_name(text: str, first: str) -> None:
    found = list(ask.search_industries(text))
    assert 0 < len(found) <= ask.SEARCH_LIMIT
    assert found[0].code == first


def test_industry_search_finds_nothing_for_nothing(queries: Any) -> None:
    with queries(0):
        assert list(ask.search_industries("   ")) == []
    assert list(ask.search_industries("%")) == []
    assert list(ask.search_industries("没有这种行业")) == []


def test_an_industry_by_code_or_name() -> None:
    found = ask.industry(" c ")
    assert found is not None
    assert found.name == "制造业"
    rice = ask.industry_by_name("稻谷种植")
    assert rice is not None
    assert (rice.code, rice.size_group) == ("0111", "农、林、牧、渔业")
    assert ask.industry("XX") is None
    # A group and its only class share the name: the class is meant.
    doubled = ask.industry_by_name("造林和更新")
    assert doubled is not None
    assert doubled.level == Industry.Level.CLASS


def test_the_size_standard_of_a_day(queries: Any) -> None:
    standard = ask.size_standard(MARCH_2018)
    assert standard is not None
    assert standard.document == "工信部联企业〔2011〕300号"
    assert len(standard.groups) == 16
    assert from_snapshot(standard.snapshot()) == standard
    assert ask.size_standard(dt.date(2010, 1, 1)) is None
    with queries(0):
        ask.size_standard(MARCH_2018)


def test_catalogues_have_a_term() -> None:
    in_2018 = [catalogue.code for catalogue in ask.catalogues(SICHUAN, MARCH_2018)]
    assert in_2018 == [
        "sichuan_advantage",
        "sichuan_high_end_growth",
        "sichuan_pilot_services",
        "sichuan_strategic_emerging",
    ]
    assert [c.code for c in ask.catalogues(SICHUAN, dt.date(2019, 3, 1))] == ["sichuan_five_plus_one"]
    chains = ask.catalogue_items(HUNAN, MARCH_2018, kind=IndustryCatalogue.Kind.CHAIN)
    assert len(chains) == 20
    assert sum(item.needs_check for item in chains) == 12
    keys = ask.catalogue_items(HUNAN, MARCH_2018, kind=IndustryCatalogue.Kind.KEY_INDUSTRY)
    assert len(keys) == 12
    assert not any(item.needs_check for item in keys)


def test_an_entry_chosen_earlier_may_have_ended() -> None:
    item = IndustryCatalogueItem.objects.select_related("catalogue").get(catalogue__code="sichuan_advantage", code="01")
    assert item.catalogue.needs_check
    assert ask.valid_on(item, MARCH_2018)
    assert not ask.valid_on(item, dt.date(2018, 8, 1))
    item.valid_from, item.valid_to = dt.date(2016, 1, 1), dt.date(2017, 1, 1)
    assert not ask.valid_on(item, dt.date(2015, 6, 1))
    assert ask.valid_on(item, dt.date(2016, 6, 1))
    assert not ask.valid_on(item, dt.date(2017, 1, 1))


def test_reading_catalogues_does_not_grow_with_them(queries: Any) -> None:
    with queries(2):
        _ = [[item.name for item in catalogue.items.all()] for catalogue in ask.catalogues(HUNAN, MARCH_2018)]
    with queries(1):
        _ = [(item.name, item.catalogue.name) for item in ask.catalogue_items(SICHUAN, MARCH_2018)]


def test_the_calendar_reads_what_an_administrator_typed() -> None:
    assert ask.add_working_days(dt.date(2018, 2, 12), 3) == dt.date(2018, 2, 22)
    assert ask.working_days_between(dt.date(2018, 2, 14), dt.date(2018, 2, 22)) == 1
    assert ask.next_working_day(dt.date(2018, 2, 15)) == dt.date(2018, 2, 22)
    assert ask.is_workday(dt.date(2018, 2, 11))
    assert ask.calendar_note(dt.date(2027, 3, 1)) is not None
    WorkdayAdjustment.objects.create(day=dt.date(2027, 10, 1), kind="holiday")
    ask.forget()
    assert ask.calendar_note(dt.date(2027, 3, 1)) is None


def test_a_provincial_average_not_entered_is_none_not_zero() -> None:
    assert ask.provincial_average(SICHUAN, 2017, "revenue") is None
    ProvincialAverage.objects.create(
        province_id=SICHUAN, year=2017, indicator="revenue", growth_pct=Decimal("0.00"), source="统计公报（演示）"
    )
    assert ask.provincial_average(SICHUAN, 2017, "revenue") == Decimal("0.00")
    assert ask.provincial_average(SICHUAN, 2017, "profit_and_tax") is None
    with pytest.raises(IntegrityError), transaction.atomic():
        ProvincialAverage.objects.create(
            province_id=SICHUAN, year=2017, indicator="revenue", growth_pct=1, source="重复"
        )


def test_an_empty_table_is_asked_again(db: None) -> None:
    RegionName.objects.all().delete()
    regions.forget()
    assert regions.find("430200") is None
    Region.objects.filter(pk=HUNAN).first()
    RegionName.objects.create(region_id=HUNAN, code="430000", name="湖南省", kind="省", sort_key="430000")
    assert regions.find("430000") is not None
