"""Pages of the roster: as of any day with standing, the published list with four facts, changes, statistics, targets, downloads."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse
from openpyxl import load_workbook

from cultivation.actions import open_round
from cultivation.events import EntryLeft, EntryListed, EntryObserved, EntryRestored
from cultivation.models import RosterEntry, RosterList
from cultivation.roster import close_entry, list_entries, observe_entry, restore_entry
from cultivation.roster_queries import RosterFilter, official_rows
from cultivation.roster_statistics import by_region, over_years, targets
from foundation.accounts.actor import SYSTEM
from foundation.accounts.transition import record_act
from foundation.core import events
from foundation.core.models import Installation

LISTED, OBSERVED, LEFT = dt.date(2017, 6, 1), dt.date(2017, 9, 1), dt.date(2018, 2, 10)


def decision() -> Any:
    return record_act(
        subject_kind="dispatch", subject_id=1, subject_label="名单", action="dispatch.receive", actor=SYSTEM
    )


@pytest.fixture(autouse=True)
def quiet(monkeypatch: Any) -> None:
    for kind in (EntryListed, EntryLeft, EntryObserved, EntryRestored):
        monkeypatch.setitem(events._handlers, kind, [])


@pytest.fixture
def put(versions: Any, official: Any, firm: Any) -> Callable[..., RosterEntry]:
    """A firm of 锦江 on Sichuan's roster."""
    round_ = open_round(version=versions["sichuan"], year=2017, actor=official("四川"), own_making=True)

    def make(number: int, tier: str = "high_growth", on: dt.date = LISTED) -> RosterEntry:
        one = firm(number, "锦江")
        file = SimpleNamespace(pk=number, enterprise_id=one.pk, tier=tier, path=one.paths.get().path)
        with transaction.atomic():
            (entry,) = list_entries(round=round_, files=[file], document=None, decision=decision(), on=on)
        return entry

    return make


def lived(entry: RosterEntry) -> RosterEntry:
    """Observed, then out."""
    with transaction.atomic():
        observe_entry(entry=entry, on=OBSERVED, due_on=dt.date(2018, 9, 1), decision=decision(), text="收入下滑")
        close_entry(entry=entry, cause="removed", on=LEFT, decision=decision(), text="期满仍下滑")
    return entry


@pytest.mark.parametrize(
    ("day", "standing", "count"),
    [
        ("2017-05-31", "", 0),
        ("2017-06-01", "", 2),
        ("2017-09-01", "observed", 1),
        ("2018-02-09", "observed", 1),
        ("2018-02-10", "observed", 0),
        ("2018-02-10", "", 1),
        ("2018-02-10", "left", 1),
        ("2018-02-10", "all", 2),
    ],
)
def test_standing_as_of_any_day(put: Any, official: Any, day: str, standing: str, count: int) -> None:
    put(1)
    lived(put(2))
    by = RosterFilter(day=dt.date.fromisoformat(day), standing=standing)
    assert official_rows(official("四川"), by).count() == count
    assert official_rows(official("湖南"), by).count() == 0


def test_what_cannot_be_read_in_an_address_is_left_out(put: Any, browse: Any, official: Any) -> None:
    put(1)
    client = browse(official("四川"))
    address = reverse("cultivation:roster")
    for query in (
        {"day": "2018-13-45"}, {"day": "9999-01-01"}, {"region": "x"}, {"region": "99999999999"}, {"batch": "a-b"},
        {"standing": "gone"}, {"page": "-7"}, {"programme": "' or 1=1"}, {"tier": "长" * 200}, {"q": "%_\\"},
    ):  # fmt: skip
        assert client.get(address, query).status_code == 200, query
        assert client.get(reverse("cultivation:roster-changes"), query).status_code == 200, query
        assert client.get(reverse("cultivation:roster-statistics"), query).status_code == 200, query


def test_the_officials_page_and_its_file_say_the_same(put: Any, browse: Any, official: Any) -> None:
    entry, gone = put(1), lived(put(2))
    client = browse(official("成都"))
    page = client.get(reverse("cultivation:roster"), {"standing": "all"}).content.decode()
    assert "已离开：调出" in page
    assert "在册" in page
    narrowed = client.get(reverse("cultivation:roster"), {"q": entry.enterprise.uscc}).content.decode()
    assert entry.name in narrowed
    assert gone.name not in narrowed
    assert "没有找到" in client.get(reverse("cultivation:roster"), {"batch": "2016-1"}).content.decode()
    here = client.get(reverse("cultivation:roster"), {"region": "510104"}).content.decode()
    assert entry.name in here
    book = load_workbook(
        io.BytesIO(client.get(reverse("cultivation:roster-download", args=["xlsx"]), {"standing": "all"}).content)
    )
    cells = [str(cell.value) for row in book.worksheets[0].iter_rows() for cell in row]
    assert entry.enterprise.uscc in cells
    assert "已离开：调出" in cells
    plain = client.get(reverse("cultivation:roster-download", args=["csv"])).content.decode("utf-8-sig")
    assert plain.splitlines()[0].startswith("序号,企业名称")
    assert gone.name not in plain


def test_the_public_reads_four_facts_and_nothing_of_an_observation_sc43(put: Any, browse: Any) -> None:
    entry, gone = put(1), lived(put(2))
    watched = put(3)
    with transaction.atomic():
        observe_entry(entry=watched, on=OBSERVED, due_on=dt.date(2018, 9, 1), decision=decision())
    visitor = browse()
    page = visitor.get(reverse("cultivation:roster"), {"standing": "all", "day": "2017-07-01"}).content.decode()
    assert entry.name in page
    assert watched.name in page
    assert gone.name not in page  # neither an earlier day nor who left is for the public
    for hidden in ("观察", entry.enterprise.uscc, "列入日期", reverse("cultivation:roster-entry", args=[entry.pk])):
        assert hidden not in page
    assert entry.name in visitor.get(reverse("cultivation:roster"), {"q": entry.enterprise.uscc}).content.decode()
    assert (
        entry.name not in visitor.get(reverse("cultivation:roster"), {"q": entry.enterprise.uscc[:10]}).content.decode()
    )
    for form in ("csv", "xlsx"):
        assert visitor.get(reverse("cultivation:roster-download", args=[form])).status_code == 200
    plain = visitor.get(reverse("cultivation:roster-download", args=["csv"])).content.decode("utf-8-sig")
    assert plain.splitlines()[0] == "序号,企业名称,所在地,层级,批次"
    assert gone.name not in plain


def test_changes_of_a_period_and_their_file(put: Any, browse: Any, official: Any) -> None:
    put(1)
    gone = lived(put(2))
    client = browse(official("四川"))
    address = reverse("cultivation:roster-changes")
    period = {"from": "2017-01-01", "to": "2017-12-31"}
    page = client.get(address, period).content.decode()
    assert "共 3 项" in page  # two came, one under observation
    assert "收入下滑" in page
    this_year = client.get(address).content.decode()
    assert "共 1 项" in this_year
    assert "期满仍下滑" in this_year
    assert "没有变动" in client.get(address, {"from": "2016-01-01", "to": "2016-12-31"}).content.decode()
    assert gone.name not in client.get(address, {**period, "kind": "left"}).content.decode()
    book = load_workbook(io.BytesIO(client.get(reverse("cultivation:roster-changes-download", args=["xlsx"])).content))
    cells = [str(cell.value) for row in book.worksheets[0].iter_rows() for cell in row]
    assert "调出" in cells
    assert "期满仍下滑" in cells
    assert browse(official("湖南")).get(address, period).content.decode().count(gone.name) == 0


def test_the_year_by_region_and_tier_the_years_and_the_targets(
    put: Any, browse: Any, official: Any, versions: Any
) -> None:
    put(1)
    put(2, "industry_giant", dt.date(2018, 1, 15))
    lived(put(3))
    actor, programme = official("四川"), versions["sichuan"].programme_document
    rows, total = by_region(actor, 2018, programme, 510000)
    assert [row.label for row in rows] == ["成都市"]
    assert dict(rows[0].numbers["high_growth"]) == {"before": 2, "came": 0, "left": 1, "standing": 1, "observed": 0}
    assert dict(total.numbers["industry_giant"]) == {"before": 0, "came": 1, "left": 0, "standing": 1, "observed": 0}
    county_rows, _ = by_region(official("成都"), 2017, programme, 510100)
    assert [row.label for row in county_rows] == ["锦江区"]
    assert county_rows[0].numbers["high_growth"]["observed"] == 1
    years = over_years(actor, programme)
    assert [(line["year"], line["came"], line["left"], line["standing"]) for line in years] == [
        (2018, 1, 1, 2),
        (2017, 2, 0, 2),
    ]
    assert years[0]["causes"] == [("调出", 1)]
    found = {line["target"].code: line for line in targets(actor, programme)}
    assert (found["high_growth"]["reached"], found["high_growth"]["goal"]) == (2, 2000)
    assert str(found["high_growth"]["share"]) == "0.10"
    assert found["market_entities"]["reached"] is None
    page = browse(actor).get(reverse("cultivation:roster-statistics"), {"year": "2018"}).content.decode()
    assert "不由名单统计" in page
    assert "0.10%" in page
    assert browse(official("湖南")).get(reverse("cultivation:roster-statistics")).status_code == 200


def test_an_entry_restored_and_the_firms_own_page(put: Any, browse: Any, official: Any, member: Any, firm: Any) -> None:
    entry = put(1)
    listed = RosterList.objects.create(
        programme=entry.programme, round=entry.round, bureau=entry.round.bureau, path=entry.round.path, kind="main",
        number="川经信企业〔2017〕300号", title="2017年名单", year=2017, published_on=LISTED, decision=decision(),
    )  # fmt: skip
    RosterEntry.objects.filter(pk=entry.pk).update(roster_list=listed)
    with transaction.atomic():
        observe_entry(entry=entry, on=OBSERVED, due_on=dt.date(2018, 9, 1), decision=decision(), text="收入下滑")
        restore_entry(entry=entry, on=dt.date(2018, 2, 1), decision=decision(), text="恢复增长")
    address = reverse("cultivation:roster-entry", args=[entry.pk])
    page = browse(official("锦江")).get(address).content.decode()
    for said in ("川经信企业〔2017〕300号", "恢复增长", "至 2018年2月1日 结束（原定 2018年9月1日）"):
        assert said in page
    own = browse(member(entry.enterprise)).get(reverse("cultivation:my-roster")).content.decode()
    assert "恢复正常" in own
    assert "收入下滑" in own
    stranger = browse(member(firm(9, "锦江")))
    assert stranger.get(address).status_code == 404
    assert "还没有列入" in stranger.get(reverse("cultivation:my-roster")).content.decode()
    lists = browse(official("锦江")).get(reverse("cultivation:roster-lists")).content.decode()
    assert "2017年名单" in lists
    assert "2017年名单" not in browse(official("湖南")).get(reverse("cultivation:roster-lists")).content.decode()


@pytest.mark.parametrize(
    ("name", "expected"), [("roster-changes", 5), ("roster-statistics", 6), ("roster-lists", 3), ("roster", 4)]
)
def test_pages_cost_the_same_with_one_row_and_with_three(
    put: Any, browse: Any, official: Any, own_queries: Any, name: str, expected: int
) -> None:
    client = browse(official("四川"))
    numbers = iter(range(1, 9))

    def add() -> None:
        number = next(numbers)
        entry = put(number, on=dt.date(2018, 1, number))
        listed = RosterList.objects.create(
            programme=entry.programme, bureau=entry.round.bureau, path=entry.round.path, kind="earlier", number=f"{number}号",
            title=f"名单{number}", year=2017, published_on=LISTED, decision=decision(),
        )  # fmt: skip
        RosterEntry.objects.filter(pk=entry.pk).update(roster_list=listed)

    own_queries(add_row=add, act=lambda: client.get(reverse(f"cultivation:{name}")), expected=expected)


def test_a_day_to_come_is_today(put: Any, browse: Any, official: Any) -> None:
    put(1)
    Installation.start_rehearsal(dt.date(2018, 3, 5))
    page = browse(official("四川")).get(reverse("cultivation:roster"), {"day": "2030-01-01"}).content.decode()
    assert 'value="2018-03-05"' in page


def test_a_current_entry_goes_with_its_firm_and_one_that_ended_stays(
    put: Any, official: Any, country: Any, firm: Any
) -> None:
    from cultivation.roster_paths import follow_firms
    from enterprises.places import write_paths

    entry, gone = put(1), lived(put(2))
    before = entry.path
    for one in (entry.enterprise, gone.enterprise):
        one.bureau, one.region_id = country["成都"], 510100
        one.save()
    write_paths([entry.enterprise, gone.enterprise])
    assert follow_firms(enterprise_ids=[entry.enterprise_id, gone.enterprise_id]) == 1
    assert follow_firms() == 0
    entry.refresh_from_db()
    gone.refresh_from_db()
    assert entry.path != before == gone.path
    assert entry.region_id == 510104  # the place of the day of listing
    assert not RosterEntry.objects.visible_to(official("锦江")).filter(pk=entry.pk).exists()
    # Out of the province nothing follows by itself: 迁出 is proposed and decided.
    entry.enterprise.bureau = country["攸县"]
    entry.enterprise.save()
    write_paths([entry.enterprise])
    assert follow_firms(enterprise_ids=[entry.enterprise_id]) == 0
