"""The months open once per firm, with a day that never moves; what left owes nothing more (SC-38, SC-39, HN-22, HN-23)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import transaction

from cultivation.models import RosterEntry
from enterprises.events import EnterpriseMoved
from enterprises.places import write_paths
from foundation.core.events import announce
from foundation.duties.daily import run_for
from foundation.duties.models import Obligation
from foundation.journal.models import Decision
from monitoring import months
from monitoring.actions.returns import open_months
from monitoring.models import MonthlyReturn
from portal.rehearsal.stages import HUNAN_TIER
from tests.monitoring.conftest import JINJIANG, TIANYUAN, Months


def _owed(entry: RosterEntry) -> list[str]:
    rows = Obligation.objects.filter(kind=months.MONTHLY, subject_kind="roster_entry", subject_id=entry.pk)
    return sorted(rows.values_list("period", flat=True))


def test_the_month_of_listing_opens_on_the_first_of_the_next(world: Months, opened: Any) -> None:
    entry, firm = world.list_firm()
    assert opened(dt.date(2018, 4, 30)) == 0
    assert opened(dt.date(2018, 5, 1)) == 1
    row = world.month(entry, "2018-04")
    duty = row.obligation
    assert (duty.owner_kind, duty.owner_id, duty.path) == ("enterprise", firm.enterprise.pk, entry.path)
    assert (row.state, row.bureau_id, row.enterprise_name) == ("draft", firm.enterprise.bureau_id, firm.enterprise.name)
    assert duty.due_on == dt.date(2018, 5, 10)
    assert str(duty) == "2018年4月中小企业生产经营运行监测月报"


def test_a_due_day_on_a_weekend_is_the_next_working_day(world: Months, opened: Any) -> None:
    entry, _ = world.list_firm()
    opened(dt.date(2018, 6, 1))
    # 10 June 2018 is a Sunday.
    assert world.month(entry, "2018-05").obligation.due_on == dt.date(2018, 6, 11)


def test_opening_twice_makes_nothing_twice_and_moves_no_day(world: Months, opened: Any) -> None:
    entry, _ = world.list_firm()
    opened(dt.date(2018, 5, 1))
    before = list(Obligation.objects.filter(kind=months.MONTHLY).values())
    assert opened(dt.date(2018, 5, 2)) == 0
    assert list(Obligation.objects.filter(kind=months.MONTHLY).values()) == before
    assert MonthlyReturn.objects.filter(entry=entry).count() == 1


def test_days_that_were_missed_are_caught_up(world: Months, opened: Any) -> None:
    entry, _ = world.list_firm()
    assert opened(dt.date(2018, 8, 15)) == 4
    assert _owed(entry) == ["2018-04", "2018-05", "2018-06", "2018-07"]
    assert world.month(entry, "2018-04").obligation.due_on == dt.date(2018, 5, 10)


def test_a_gap_in_the_middle_is_found(world: Months, opened: Any) -> None:
    entry, _ = world.list_firm()
    opened(dt.date(2018, 8, 1))
    gone = world.month(entry, "2018-05")
    duty = gone.obligation
    gone.delete()
    duty.delete()
    assert opened(dt.date(2018, 8, 2)) == 1
    assert _owed(entry) == ["2018-04", "2018-05", "2018-06", "2018-07"]


def test_sichuan_ends_after_thirty_six_months_and_hunan_does_not(world: Months, opened: Any) -> None:
    sichuan, _ = world.list_firm(place=JINJIANG)
    hunan, _ = world.list_firm()
    opened(dt.date(2021, 6, 1))
    assert (len(_owed(sichuan)), _owed(sichuan)[-1]) == (36, "2021-03")
    assert _owed(hunan)[-1] == "2021-05"


def test_a_list_of_last_year_owes_from_the_month_it_was_entered(world: Months, opened: Any) -> None:
    """HN-22: firms recognised in 2017 have the same duty, but nobody asks for months before the portal knew them."""
    firm = world.firm()
    world.at(2018, 4, 16)
    with transaction.atomic():
        entry = world.enter([firm], world.hunan, HUNAN_TIER, dt.date(2017, 9, 1))[0]
    RosterEntry.objects.filter(pk=entry.pk).update(round=None)
    opened(dt.date(2018, 6, 1))
    assert _owed(entry) == ["2018-04", "2018-05"]


def test_who_left_owes_neither_the_month_of_leaving_nor_later_ones(world: Months, opened: Any) -> None:
    entry, _ = world.list_firm()
    opened(dt.date(2018, 8, 1))
    world.at(2018, 8, 20)
    world.leave(entry, dt.date(2018, 6, 20))
    states = {row.period: (row.state, row.obligation.status) for row in entry.returns.select_related("obligation")}
    assert states == {
        "2018-04": ("draft", "open"), "2018-05": ("draft", "open"),
        "2018-06": ("waived", "waived"), "2018-07": ("waived", "waived"),
    }  # fmt: skip
    duty = world.month(entry, "2018-06").obligation
    entry.refresh_from_db()
    assert duty.decision_id == entry.exit_decision_id
    assert opened(dt.date(2018, 9, 1)) == 0


def test_a_firm_that_rises_owes_each_month_once(world: Months, opened: Any) -> None:
    entry, firm = world.list_firm(place=JINJIANG)
    opened(dt.date(2018, 7, 1))
    world.at(2018, 7, 15)
    other = next(tier.code for tier in world.sichuan.programme.tiers if tier.code != entry.tier)
    with transaction.atomic():
        risen = world.enter([firm], world.sichuan, other, dt.date(2018, 7, 15))[0]
    opened(dt.date(2018, 9, 1))
    assert (_owed(entry), _owed(risen)) == (["2018-04", "2018-05", "2018-06"], ["2018-07", "2018-08"])


def test_the_daily_job_says_what_it_did(world: Months) -> None:
    world.list_firm()
    day = world.at(2018, 5, 1)
    row = next(one for one in run_for(day) if one.name == "monitoring.open_months")
    assert (row.state, row.summary) == ("done", "新增 1 条2018年4月及以前的月报")


def test_opening_costs_the_same_for_one_firm_and_for_three(world: Months, opened: Any, queries: Any) -> None:
    world.list_firm()
    opened(dt.date(2018, 8, 1))
    for day, firms in ((dt.date(2018, 9, 1), 0), (dt.date(2018, 10, 1), 2)):
        for _ in range(firms):
            world.list_firm(on=dt.date(2018, 9, 20))
        world.at(day.year, day.month, day.day)
        with queries(13):
            assert open_months(day) == 1 + firms


@pytest.mark.parametrize(
    ("day", "due"),
    [("2018-01", dt.date(2018, 2, 28)), ("2018-11", dt.date(2018, 12, 31)), ("2019-12", dt.date(2020, 1, 31))],
)
def test_a_duty_without_a_day_is_due_on_the_last_of_the_month(world: Months, day: str, due: dt.date) -> None:
    from foundation.reference import queries as reference

    duty = months.monthly_duty(world.hunan.programme)
    assert duty is not None
    loose = duty.model_copy(update={"due_day": None, "next_working_day": False})
    assert months.due_on(loose, day, reference.calendar()) == due


def test_open_months_go_with_a_firm_that_moves_and_filed_ones_stay(world: Months, opened: Any) -> None:
    entry, firm = world.list_firm()
    opened(dt.date(2018, 6, 4))
    world.file(entry, "2018-04", firm.actor)
    enterprise, there = firm.enterprise, world.handler(TIANYUAN)
    before = enterprise.bureau_id
    enterprise.bureau_id = there.bureau_id
    enterprise.save(update_fields=["bureau"])
    write_paths([enterprise])
    with transaction.atomic():
        announce(EnterpriseMoved(enterprise_id=enterprise.pk, from_bureau_id=before, to_bureau_id=enterprise.bureau_id))
    rows = {row.period: row for row in entry.returns.select_related("obligation")}
    assert (rows["2018-04"].bureau_id, rows["2018-04"].path) == (before, entry.path)
    may = rows["2018-05"]
    assert may.bureau_id == there.bureau_id
    assert there.answers_for(may.path)
    assert may.obligation.path == may.path
    assert Decision.objects.filter(action="return.rerouted", subject_id=may.pk).count() == 1
    # A month that opens later opens at the new bureau.
    opened(dt.date(2018, 7, 2))
    assert world.month(entry, "2018-06").bureau_id == there.bureau_id
