"""Identities and periods from the cut and the change list; no database."""

import datetime as dt
import itertools

import pytest

from foundation.reference import region_history, rows
from foundation.reference.region_book import FIRST_DAY, RegionBook
from foundation.reference.region_history import Change, build

MARCH_2018 = dt.date(2018, 3, 10)
TODAY = dt.date(2026, 11, 21)


@pytest.fixture(scope="module")
def book() -> RegionBook:
    return RegionBook(period.view for period in region_history.founding_periods())


@pytest.mark.parametrize(
    ("new_code", "old_code", "old_name", "new_name", "day"),
    [
        ("431181", "431121", "祁阳县", "祁阳市", dt.date(2021, 1, 20)),
        ("513402", "513425", "会理县", "会理市", dt.date(2021, 1, 20)),
        ("430212", "430221", "株洲县", "渌口区", dt.date(2018, 6, 19)),
        ("430582", "430521", "邵东县", "邵东市", dt.date(2019, 7, 17)),
        ("511504", "511521", "宜宾县", "叙州区", dt.date(2018, 7, 23)),
    ],
)
def test_old_and_new_code_lead_to_one_identity(
    book: RegionBook, new_code: str, old_code: str, old_name: str, new_name: str, day: dt.date
) -> None:
    before, after = book.as_of(old_code, day - dt.timedelta(days=1)), book.as_of(old_code, day)
    assert before is not None
    assert after is not None
    assert (before.id, before.name, before.code) == (int(new_code), old_name, old_code)
    assert (after.id, after.name, after.code) == (int(new_code), new_name, new_code)
    assert book.find(new_code, MARCH_2018) == book.find(old_code, MARCH_2018)


def test_a_sheet_of_march_2018_prints_the_names_of_that_month(book: RegionBook) -> None:
    names = [view.name for view in book.children("430200", MARCH_2018)]
    assert names == ["荷塘区", "芦淞区", "石峰区", "天元区", "株洲县", "攸县", "茶陵县", "炎陵县", "醴陵市"]
    assert "渌口区" in [view.name for view in book.children("430200", TODAY)]
    assert book.full_name("431181", MARCH_2018) == "湖南省永州市祁阳县"


def test_children_stand_in_code_order_and_zones_can_be_left_out(book: RegionBook) -> None:
    with_zones = book.children("430300", TODAY)
    assert [view.code for view in with_zones] == sorted(view.code for view in with_zones)
    assert [view.code for view in with_zones if view.is_zone] == ["430371", "430372", "430373"]
    assert not any(view.is_zone for view in book.children("430300", TODAY, zones=False))


def test_the_counts_of_both_provinces(book: RegionBook) -> None:
    for province, prefectures, counties, zones in (("430000", 14, 122, 12), ("510000", 21, 183, 0)):
        below = book.children(province, TODAY)
        every = [county for prefecture in below for county in book.children(prefecture, TODAY)]
        assert len(below) == prefectures
        assert sum(not county.is_zone for county in every) == counties
        assert sum(county.is_zone for county in every) == zones


def test_what_a_code_means_on_a_day(book: RegionBook) -> None:
    assert book.read_code("430221", MARCH_2018).status == "current"
    abolished = book.read_code("430221", TODAY)
    assert abolished.status == "abolished"
    assert abolished.meant is not None
    assert abolished.meant.name == "株洲县"
    assert abolished.region is not None
    assert abolished.region.name == "渌口区"
    assert book.read_code("430212", MARCH_2018).status == "future"
    assert book.read_code("439999", TODAY).status == "unknown"
    other = book.read_code("440000", TODAY)
    assert other.region is not None
    assert (other.region.name, other.region.covered) == ("广东省", False)


def test_only_the_covered_provinces_are_offered(book: RegionBook) -> None:
    assert [view.name for view in book.provinces(TODAY)] == ["湖南省", "四川省"]
    assert len(book.provinces(TODAY, covered=False)) == 34


def test_names_of_any_year_and_short_names(book: RegionBook) -> None:
    by_later_name = book.by_name("渌口区", MARCH_2018, province="430000")
    assert by_later_name is not None
    assert by_later_name.name == "株洲县"
    short = book.by_name("炎陵", TODAY)
    assert short is not None
    assert short.name == "炎陵县"
    # 市中区 is a district of both 内江 and 乐山: one answer only when the prefecture is said.
    assert book.by_name("市中区", TODAY, province="510000") is None
    assert len(book.all_by_name("市中区", TODAY)) == 2
    named = book.by_name("市中区", TODAY, prefecture="511100")
    assert named is not None
    assert named.code == "511102"
    assert book.by_name("攸县", TODAY, province="510000") is None
    assert book.all_by_name("不存在县", TODAY) == []
    assert book.all_by_name("攸县", TODAY, province="999999") == []


def test_jianyang_moved_to_another_prefecture(book: RegionBook) -> None:
    assert [view.parent_id for view in book.history("510185")] == [512000, 510100]
    assert "简阳市" in [view.name for view in book.children("512000", dt.date(2016, 1, 1))]
    assert "简阳市" not in [view.name for view in book.children("512000", MARCH_2018)]


def test_periods_of_a_place_touch_without_gap_or_overlap(book: RegionBook) -> None:
    for view in {period.view.id for period in region_history.founding_periods()}:
        periods = book.history(view)
        assert periods[0].valid_from == FIRST_DAY
        assert periods[-1].valid_to is None
        for earlier, later in itertools.pairwise(periods):
            assert earlier.valid_to == later.valid_from


def test_the_change_list_says_where_each_day_comes_from() -> None:
    for row in rows.read("region_changes"):
        assert row["source"], row
        assert row["trust"] in "PRK", row
        if "K" in (row["trust"], row["day_trust"]):
            assert "核对" in row["note"] or "文号" in row["note"], row
    assert next(r for r in rows.read("region_changes") if r["old_name"] == "株洲县")["trust"] == "K"


CUT = [
    {"code": "990000", "name": "甲省", "level": "province", "parent": "", "kind": "省"},
    {"code": "990100", "name": "乙市", "level": "prefecture", "parent": "990000", "kind": "地级市"},
    {"code": "990121", "name": "丙县", "level": "county", "parent": "990100", "kind": "县"},
    {"code": "990122", "name": "丁县", "level": "county", "parent": "990100", "kind": "县"},
]


def test_changes_after_the_cut_and_mergers() -> None:
    changes = [
        Change(dt.date(2010, 1, 1), "merge", "990123", "戊县", "990122", "丁县"),
        Change(dt.date(2025, 1, 1), "replace", "990121", "丙县", "990181", "丙市"),
        Change(dt.date(2026, 1, 1), "merge", "990181", "丙市", "990122", "丁县"),
    ]
    book = RegionBook(period.view for period in build(CUT, changes, dt.date(2023, 6, 30)))
    # The identity keeps the number of the cut although its code has changed since.
    assert [view.name for view in book.history(990121)] == ["丙县", "丙市"]
    assert book.as_of("990181", dt.date(2025, 6, 1)) == book.as_of("990121", dt.date(2025, 6, 1))
    assert book.as_of(990121, dt.date(2026, 1, 1)) is None
    ended = book.history(990121)[-1]
    assert (ended.valid_to, ended.successor_id) == (dt.date(2026, 1, 1), 990122)
    assert [view.name for view in book.children("990100", dt.date(2009, 1, 1))] == ["丙县", "丁县", "戊县"]
    assert [view.name for view in book.children("990100", dt.date(2026, 6, 1))] == ["丁县"]


def test_a_change_of_a_place_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="990199"):
        build(CUT, [Change(dt.date(2020, 1, 1), "replace", "990198", "己县", "990199", "己市")], dt.date(2023, 6, 30))
    with pytest.raises(ValueError, match="990188"):
        build(CUT, [Change(dt.date(2024, 1, 1), "replace", "990188", "己县", "990199", "己市")], dt.date(2023, 6, 30))
