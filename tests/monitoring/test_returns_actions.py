"""The acts on a month: saving, submitting, late, twice, stale, taking back, sending back, typing on behalf (SC-39, HN-23)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from foundation.core.errors import Refused, StaleState
from foundation.duties.models import Obligation
from foundation.journal.models import Decision, OutboxMessage
from monitoring.actions.returns import (
    Filled,
    attach_proof,
    file_on_behalf,
    recall,
    save_return,
    send_back,
    submit_many,
    submit_return,
)
from monitoring.models import MonthlyReturn
from monitoring.papers import PROOF
from tests.monitoring.conftest import HETANG, WORKING, Months

JULY = dt.date(2018, 8, 6)


@pytest.fixture
def listed(world: Months, opened: Any) -> Any:
    entry, firm = world.list_firm()
    opened(JULY)
    return entry, firm


def _duty(row: MonthlyReturn) -> Obligation:
    return Obligation.objects.get(pk=row.obligation_id)


def test_saving_keeps_what_changed_and_counts_the_version(world: Months, listed: Any) -> None:
    entry, firm = listed
    row = world.save(world.month(entry, "2018-07"), firm.actor, main_revenue=Decimal("12.50"))
    assert (row.main_revenue, row.revenue, row.version, row.state) == (Decimal("12.50"), None, 1, "draft")
    assert row.saved_at is not None
    assert Decision.objects.filter(subject_kind="monthly_return").count() == 0


def test_an_old_version_is_told_and_loses_nothing(world: Months, listed: Any) -> None:
    entry, firm = listed
    row = world.month(entry, "2018-07")
    world.save(row, firm.actor, main_revenue=Decimal(12))
    with pytest.raises(StaleState, match="在另一处保存过"):
        save_return(obligation_id=row.obligation_id, actor=firm.actor, version=0, values={"main_revenue": Decimal(99)})
    row.refresh_from_db()
    assert row.main_revenue == 12
    with pytest.raises(StaleState, match="在另一处保存过"):
        submit_return(obligation_id=row.obligation_id, actor=firm.actor, version=0)


def test_submitting_fulfils_freezes_and_tells_all_that_is_missing(world: Months, listed: Any) -> None:
    entry, firm = listed
    row = world.month(entry, "2018-07")
    with pytest.raises(Refused) as refusal:
        submit_return(obligation_id=row.obligation_id, actor=firm.actor)
    for name in ("营业收入", "主营业务收入", "期末从业人员"):
        assert f"请填写{name}" in str(refusal.value)
    done = world.file(entry, "2018-07", firm.actor)
    assert (done.state, done.revision, done.late, done.filed_by) == ("submitted", 1, False, "enterprise")
    duty = _duty(done)
    assert (duty.status, duty.due_on) == ("done", dt.date(2018, 8, 10))
    frozen = done.submissions.get()
    assert frozen.values["main_revenue"] == "400.00"
    assert frozen.decision_id == duty.decision_id
    assert len(frozen.digest) == 64


def test_submitting_twice_is_told(world: Months, listed: Any) -> None:
    entry, firm = listed
    row = world.file(entry, "2018-07", firm.actor)
    with pytest.raises(StaleState, match="已报送"):
        submit_return(obligation_id=row.obligation_id, actor=firm.actor)
    assert row.submissions.count() == 1


def test_late_is_flagged_and_not_forbidden(world: Months, listed: Any) -> None:
    entry, firm = listed
    world.at(2018, 8, 11)
    row = world.file(entry, "2018-07", firm.actor)
    assert row.late
    assert _duty(row).due_on == dt.date(2018, 8, 10)


def test_zero_and_stoppage_have_their_own_status(world: Months, listed: Any) -> None:
    entry, firm = listed
    june = world.file(entry, "2018-06", firm.actor, nature="zero", revenue=None, main_revenue=None, employees=8)
    assert (june.revenue, june.main_revenue, _duty(june).status) == (0, 0, "zero")
    with pytest.raises(Refused, match="从哪一天起"):
        world.file(entry, "2018-05", firm.actor, nature="stopped")
    may = world.file(
        entry, "2018-05", firm.actor, nature="stopped", revenue=None, main_revenue=None,
        stopped_since=dt.date(2018, 5, 3),
    )  # fmt: skip
    assert _duty(may).status == "stopped"
    with pytest.raises(Refused, match="零申报"):
        world.file(entry, "2018-04", firm.actor, nature="zero", revenue=Decimal(5))


def test_a_stoppage_is_carried_on_but_each_month_is_declared(world: Months, listed: Any, opened: Any) -> None:
    entry, firm = listed
    since = dt.date(2018, 6, 20)
    stopped = {"nature": "stopped", "revenue": None, "main_revenue": None, "stopped_since": since}
    world.file(entry, "2018-06", firm.actor, **stopped)
    july = world.month(entry, "2018-07")
    assert (july.nature, july.stopped_since, july.state, _duty(july).status) == ("stopped", since, "draft", "open")
    submit_return(obligation_id=july.obligation_id, actor=firm.actor)
    opened(dt.date(2018, 9, 3))
    august = world.month(entry, "2018-08")
    assert (august.nature, august.stopped_since, august.state) == ("stopped", since, "draft")


def test_reported_elsewhere_needs_its_proof(world: Months, listed: Any) -> None:
    entry, firm = listed
    row = world.month(entry, "2018-07")
    row = world.save(row, firm.actor, nature="elsewhere")
    with pytest.raises(Refused, match="截图或回执"):
        submit_return(obligation_id=row.obligation_id, actor=firm.actor)
    attach_proof(obligation_id=row.obligation_id, actor=firm.actor, file=world.stored(firm.actor, PROOF))
    done = submit_return(obligation_id=row.obligation_id, actor=firm.actor)
    assert (done.state, done.main_revenue, _duty(done).status) == ("submitted", None, "done")


def test_a_jump_asks_for_a_reason_which_is_kept(world: Months, listed: Any) -> None:
    entry, firm = listed
    world.file(entry, "2018-06", firm.actor)
    row = world.save(world.month(entry, "2018-07"), firm.actor, **{**WORKING, "revenue": Decimal(900)})
    with pytest.raises(Refused, match=r"营业收入 900.00 万元，上月 500.00 万元，增长 80.00%，请说明原因"):
        submit_return(obligation_id=row.obligation_id, actor=firm.actor)
    done = submit_return(
        obligation_id=row.obligation_id, actor=firm.actor,
        explanations={"jump_last_month_revenue": "新产线投产", "jump_employees": "多余的说明"},
    )  # fmt: skip
    assert done.explanations == {"jump_last_month_revenue": "新产线投产"}
    assert done.submissions.get().values["explanations"] == done.explanations


def test_last_years_month_is_taken_over_and_cannot_be_told_otherwise(world: Months, listed: Any, opened: Any) -> None:
    entry, firm = listed
    world.file(entry, "2018-07", firm.actor)
    opened(dt.date(2019, 8, 1))
    row = world.month(entry, "2019-07")
    assert row.main_revenue_prior == 400
    done = world.file(entry, "2019-07", firm.actor, main_revenue_prior=Decimal(1))
    assert done.main_revenue_prior == 400


def test_sending_back_opens_the_obligation_with_its_old_day(world: Months, listed: Any) -> None:
    entry, firm = listed
    row = world.file(entry, "2018-07", firm.actor)
    county = world.handler(HETANG)
    with pytest.raises(Refused, match="须写明理由"):
        send_back(return_id=row.pk, actor=county, reason=" ")
    world.at(2018, 8, 20)
    back = send_back(return_id=row.pk, actor=county, reason="主营业务收入与快报不符")
    assert (back.state, back.obligation.status, back.obligation.due_on) == ("returned", "open", dt.date(2018, 8, 10))
    assert back.main_revenue == 400
    message = OutboxMessage.objects.get(kind="monitoring.sent_back")
    assert (message.recipient_id, message.payload["reason"]) == (firm.enterprise.pk, "主营业务收入与快报不符")
    again = world.file(entry, "2018-07", firm.actor, main_revenue=Decimal(390))
    # The officials' days are not the firm's: filed in time, sent back, filed again.
    assert (again.revision, again.late, again.return_reason) == (2, False, "")
    assert [one.values["main_revenue"] for one in again.submissions.all()] == ["400.00", "390.00"]


def test_a_level_above_sends_back_and_the_county_is_told(world: Months, listed: Any) -> None:
    entry, firm = listed
    row = world.file(entry, "2018-07", firm.actor)
    send_back(return_id=row.pk, actor=world.built.cast.handler("430200"), reason="请核对研发投入")
    told = set(OutboxMessage.objects.filter(kind__startswith="monitoring.").values_list("kind", "recipient_kind"))
    assert told == {("monitoring.sent_back", "enterprise"), ("monitoring.sent_back_above", "bureau")}


def test_the_firm_takes_back_until_the_next_month_opens(world: Months, listed: Any) -> None:
    entry, firm = listed
    row = world.file(entry, "2018-07", firm.actor)
    world.at(2018, 8, 31)
    back = recall(obligation_id=row.obligation_id, actor=firm.actor, reason="填错一位")
    assert (back.state, back.obligation.status, back.submissions.count()) == ("draft", "open", 1)
    # Taken back and filed again after the day: late, since that was the firm's own doing.
    assert world.file(entry, "2018-07", firm.actor).late
    world.at(2018, 9, 1)
    with pytest.raises(Refused, match="不能再自行撤回"):
        recall(obligation_id=row.obligation_id, actor=firm.actor)


def test_a_county_types_from_paper_and_the_firm_is_told(world: Months, listed: Any) -> None:
    entry, firm = listed
    county = world.handler(HETANG)
    row = world.save(world.month(entry, "2018-07"), firm.actor, rd_expenditure=Decimal(77), remark="企业自己写的")
    with pytest.raises(Refused, match="纸质月报"):
        file_on_behalf(obligation_id=row.obligation_id, actor=county, values=WORKING, source=None)
    done = file_on_behalf(
        obligation_id=row.obligation_id, actor=county, values=WORKING, source=world.paper(county, firm)
    )
    assert (done.state, done.filed_by, done.rd_expenditure, done.remark) == ("submitted", "bureau", None, "")
    assert done.source is not None
    assert OutboxMessage.objects.get(kind="monitoring.filed_on_behalf").recipient_id == firm.enterprise.pk
    with pytest.raises(Refused, match="不能代填覆盖"):
        file_on_behalf(obligation_id=row.obligation_id, actor=county, values=WORKING, source=world.paper(county, firm))


def test_officials_never_edit_and_strangers_see_nothing(world: Months, listed: Any) -> None:
    entry, _ = listed
    row = world.month(entry, "2018-07")
    other = world.firm()
    for actor, words in ((world.handler(HETANG), "由企业"), (other.actor, "没有这份材料")):
        with pytest.raises(Refused, match=words):
            save_return(obligation_id=row.obligation_id, actor=actor, version=0, values={"employees": 3})
    with pytest.raises(Refused, match="没有这份材料"):
        file_on_behalf(
            obligation_id=row.obligation_id, actor=world.handler("510104"), values=WORKING,
            source=world.paper(world.handler("510104"), other),
        )  # fmt: skip


def test_who_left_cannot_file_a_waived_month(world: Months, listed: Any) -> None:
    entry, firm = listed
    world.leave(entry, dt.date(2018, 7, 3))
    row = world.month(entry, "2018-07")
    with pytest.raises(Refused, match="免报"):
        save_return(obligation_id=row.obligation_id, actor=firm.actor, version=0, values={"employees": 3})
    assert world.file(entry, "2018-06", firm.actor).state == "submitted"


def test_a_firms_own_system_files_in_one_step(world: Months, listed: Any) -> None:
    entry, firm = listed
    row = world.month(entry, "2018-07")
    done = submit_return(obligation_id=row.obligation_id, actor=firm.actor, values=WORKING, filed_by="system")
    assert (done.state, done.filed_by) == ("submitted", "system")
    with pytest.raises(Refused, match="没有这些项目"):
        submit_return(
            obligation_id=world.month(entry, "2018-06").obligation_id, actor=firm.actor, values={"profit": Decimal(1)}
        )


def test_many_months_cost_as_many_statements_as_one(world: Months, opened: Any, queries: Any) -> None:
    county = world.handler(HETANG)
    firms: list[Any] = []

    def add() -> None:
        firms.append(world.list_firm(on=dt.date(2018, 7, 2)))
        opened(JULY)

    def act() -> None:
        rows = [world.month(entry, "2018-07") for entry, _ in firms]
        MonthlyReturn.objects.filter(pk__in=[row.pk for row in rows]).update(state="draft")
        Obligation.objects.filter(kind="monitoring.monthly").update(
            status="open", done_at=None, done_by="", decision=None
        )
        source = world.paper(county, firms[0][1])
        with queries.record() as seen:
            verdicts = submit_many(
                ids=[row.pk for row in rows],
                actor=county,
                filled={row.pk: Filled(WORKING) for row in rows},
                source=source,
            )
        assert all(verdicts.values()), verdicts
        # One message per firm is told by itself.
        counts.append(sum("journal_outboxmessage" not in line for line in seen))

    counts: list[int] = []
    add()
    act()
    add()
    add()
    act()
    assert counts[0] == counts[1] <= 13, counts
