"""One current entry per firm and programme, dated, by paper and decision (HN-14, HN-22, SC-18)."""

import datetime as dt
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, connection, transaction

from cultivation.events import EntryLeft, EntryListed
from cultivation.models import RosterEntry
from cultivation.queries import roster_as_of
from cultivation.roster import current_entries_of, list_entries
from cultivation.roster_queries import matching
from foundation.accounts.actor import SYSTEM
from foundation.accounts.transition import record_act
from foundation.core import events

DAY = dt.date(2018, 3, 20)


def decision():
    return record_act(
        subject_kind="dispatch", subject_id=1, subject_label="报送", action="dispatch.receive", actor=SYSTEM
    )


def file_of(enterprise, tier="reserve", pk=7):
    return SimpleNamespace(pk=pk, enterprise_id=enterprise.pk, tier=tier, path=enterprise.paths.get().path)


@pytest.fixture
def heard(monkeypatch):
    seen = []
    for kind in (EntryListed, EntryLeft):
        monkeypatch.setitem(events._handlers, kind, [seen.append])
    return seen


def test_receipt_lists_the_firms_with_place_tier_and_paper(hunan_round, firm, heard):
    enterprise = firm()
    with transaction.atomic():
        (entry,) = list_entries(
            round=hunan_round, files=[file_of(enterprise)], document=None, decision=decision(), on=DAY
        )
    assert (entry.tier_title, entry.year, entry.batch, entry.province) == ("小巨人后备企业", 2018, 1, "43")
    assert (entry.since, entry.until, entry.application_id) == (DAY, None, 7)
    assert entry.name == enterprise.name
    assert current_entries_of(enterprise.pk) == [entry]
    assert [type(e) for e in heard] == [EntryListed]


def test_standing_in_the_same_tier_changes_nothing(hunan_round, firm, heard):
    enterprise = firm()
    with transaction.atomic():
        list_entries(round=hunan_round, files=[file_of(enterprise)], document=None, decision=decision(), on=DAY)
        again = list_entries(round=hunan_round, files=[file_of(enterprise)], document=None, decision=decision(), on=DAY)
    assert again == []
    assert RosterEntry.objects.count() == 1


def test_another_tier_closes_the_old_entry_and_opens_the_next(versions, official, firm, heard):
    from cultivation.actions import open_round

    round = open_round(version=versions["sichuan"], year=2018, actor=official("四川"), own_making=True)
    enterprise = firm(1, "锦江")
    later = dt.date(2018, 9, 1)
    with transaction.atomic():
        list_entries(
            round=round, files=[file_of(enterprise, "high_growth")], document=None, decision=decision(), on=DAY
        )
        list_entries(
            round=round, files=[file_of(enterprise, "industry_giant")], document=None, decision=decision(), on=later
        )
    old, new = RosterEntry.objects.order_by("id")
    assert (old.until, old.exit, new.since, new.until) == (later, "promoted", later, None)
    assert [type(e) for e in heard] == [EntryListed, EntryLeft, EntryListed]


def test_the_database_itself_refuses_a_second_current_entry(hunan_round, firm, heard):
    enterprise = firm()
    with transaction.atomic():
        (entry,) = list_entries(
            round=hunan_round, files=[file_of(enterprise)], document=None, decision=decision(), on=DAY
        )
    entry.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        entry.save(force_insert=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        RosterEntry.objects.update(until=DAY)


def test_roster_as_of_a_day_and_by_path(hunan_round, firm, official, member, heard):
    enterprise = firm()
    with transaction.atomic():
        list_entries(round=hunan_round, files=[file_of(enterprise)], document=None, decision=decision(), on=DAY)
    seen = {name: roster_as_of(official(name), DAY).count() for name in ("湖南", "株洲", "攸县", "醴陵", "成都")}
    assert seen == {"湖南": 1, "株洲": 1, "攸县": 1, "醴陵": 0, "成都": 0}
    assert roster_as_of(official("湖南"), dt.date(2018, 3, 19)).count() == 0
    assert roster_as_of(member(enterprise), DAY).count() == 1
    assert roster_as_of(member(firm(2, "醴陵")), DAY).count() == 0


def test_listing_many_costs_as_much_as_listing_one(hunan_round, firm, queries, heard):
    enterprises = [firm(n) for n in range(1, 5)]
    made = decision()
    with transaction.atomic(), queries.record() as one:
        list_entries(round=hunan_round, files=[file_of(enterprises[0])], document=None, decision=made, on=DAY)
    files = [file_of(e) for e in enterprises[1:]]
    with transaction.atomic(), queries.record() as three:
        list_entries(round=hunan_round, files=files, document=None, decision=made, on=DAY)
    assert len(one) - 1 == len(three)  # the first one looks up the path inside file_of


def test_public_look_up_shows_published_lists_with_four_facts_sc43(
    browse, versions, hunan_round, official, firm, heard
):
    from cultivation.actions import open_round

    sichuan = open_round(version=versions["sichuan"], year=2018, actor=official("四川"), own_making=True)
    listed, reserve = firm(1, "锦江"), firm(2)
    day = dt.date(2018, 2, 20)
    with transaction.atomic():
        made = decision()
        list_entries(round=sichuan, files=[file_of(listed, "high_growth")], document=None, decision=made, on=day)
        list_entries(round=hunan_round, files=[file_of(reserve)], document=None, decision=made, on=day)
    page = browse().get("/cultivation/roster/").content.decode()
    for said in (listed.name, "四川省成都市锦江区", "高成长型中小企业", "2018年第1批"):
        assert said in page
    assert reserve.name not in page
    assert listed.uscc not in page.replace(" ", "")
    assert "没有找到" in browse().get("/cultivation/roster/?q=没有的企业").content.decode()
    inside = browse(official("攸县")).get("/cultivation/roster/").content.decode()
    assert reserve.name in inside
    assert listed.name not in inside


def test_roster_page_costs_the_same_with_three_rows(browse, hunan_round, official, firm, own_queries, heard):
    chrome, numbers = browse(official("湖南")), iter(range(1, 9))

    def add():
        with transaction.atomic():
            files = [file_of(firm(next(numbers)))]
            list_entries(round=hunan_round, files=files, document=None, decision=decision(), on=dt.date(2018, 2, 20))

    own_queries(add_row=add, act=lambda: chrome.get("/cultivation/roster/"), expected=4)


@pytest.mark.django_db
def test_two_characters_of_a_name_are_found_by_the_indexes():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = RosterEntry.objects.filter(matching("示范")).order_by().explain()
    for index in ("roster_words", "enterprise_words", "enterprise_earlier_words"):
        assert index in plan
