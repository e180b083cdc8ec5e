"""What the months say becomes a signal with frozen evidence; a person makes a proposal of it, or not (SC-34, SC-36, SC-41)."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from cultivation.models import RosterEntry
from cultivation.roster import observe_entry
from foundation.accounts.actor import SYSTEM, Actor
from foundation.accounts.transition import record_act
from foundation.core.errors import Refused, StaleState
from foundation.documents.canonical import digest_of
from foundation.journal.models import OutboxMessage
from monitoring.actions.chasing import chase
from monitoring.actions.ladder import replace_ladder
from monitoring.actions.returns import open_months
from monitoring.actions.signals import dismiss_signal, find_signals, raise_proposal
from monitoring.chasing import read_ladder
from monitoring.models import Signal
from tests.harness.queries import Queries
from tests.monitoring.conftest import HETANG, JINJIANG, Months
from tests.reviews.conftest import Firm

CHENGDU, SICHUAN = "510100", "510000"


@pytest.fixture
def listed(world: Months) -> tuple[Months, RosterEntry, Firm]:
    """A firm of Jinjiang, listed on 20 April, with the ladder loaded."""
    replace_ladder(ladder=read_ladder(), actor=SYSTEM)
    entry, firm = world.list_firm(place=JINJIANG)
    return world, entry, firm


def missed(world: Months, months: int) -> dt.date:
    """Let so many months pass without a return; the day after the last due day."""
    day = dt.date(2018, 4, 20)
    for number in range(months):
        day = world.at(2018, 5 + number, 14)
        open_months(day)
    return day


class TestBreach:
    """SC-41: three in a row is the founding setting."""

    def test_warned_first_then_found_with_the_reminders(self, listed: tuple[Months, RosterEntry, Firm]) -> None:
        world, entry, _ = listed
        open_months(world.at(2018, 5, 2))
        chase(world.at(2018, 5, 10))
        assert find_signals(world.at(2018, 5, 12)) == {}  # the ladder still speaks
        assert find_signals(world.at(2018, 5, 18)) == {"warning": 1}
        for month in (6, 7):
            open_months(world.at(2018, month, 2))
        assert find_signals(world.at(2018, 7, 10)) == {"warning": 1}  # May is missed, June is due today
        assert find_signals(world.at(2018, 7, 11)) == {"breach": 1}
        found = Signal.objects.get(kind="breach")
        assert [line["period"] for line in found.evidence["months"]] == ["2018-04", "2018-05", "2018-06"]
        assert {row["rung"] for row in found.evidence["months"][0]["reminders"]} == {"T"}
        assert found.digest == digest_of(found.evidence)
        assert entry.name in found.title
        assert find_signals(world.at(2018, 7, 12)) == {}  # once per last missed month

    def test_nothing_happens_by_itself(self, listed: tuple[Months, RosterEntry, Firm]) -> None:
        world, entry, _ = listed
        find_signals(missed(world, 3))
        entry.refresh_from_db()
        assert entry.until is None
        assert not entry.proposals.exists()

    def test_the_firm_its_county_and_the_prefecture_are_told(self, listed: tuple[Months, RosterEntry, Firm]) -> None:
        world, _, _ = listed
        find_signals(missed(world, 3))
        told = Counter(
            OutboxMessage.objects.filter(kind__startswith="monitoring.signal").values_list("kind", "recipient_kind")
        )
        assert told == {("monitoring.signal_breach", "enterprise"): 1, ("monitoring.signal", "bureau"): 2}

    def test_evidence_cannot_be_changed(self, listed: tuple[Months, RosterEntry, Firm]) -> None:
        world, _, _ = listed
        find_signals(missed(world, 3))
        with pytest.raises(IntegrityError), transaction.atomic():
            Signal.objects.update(evidence={})

    def test_hunan_s_breach_is_a_removal_not_a_delisting(self, world: Months) -> None:
        entry, _ = world.list_firm(place=HETANG)
        find_signals(missed(world, 3))
        proposal = raise_proposal(signal_id=Signal.objects.get(kind="breach").pk, actor=world.handler("430200"))
        assert (proposal.kind, proposal.cause, proposal.entry_id) == ("remove", "removed", entry.pk)

    def test_queries_do_not_grow_with_the_firms(
        self, listed: tuple[Months, RosterEntry, Firm], queries: Queries
    ) -> None:
        world, _, _ = listed
        day = missed(world, 1)
        with queries.record() as one:
            find_signals(day)
        for _ in range(2):
            world.list_firm(place=JINJIANG)
        day = missed(world, 1)
        with queries.record() as three:
            find_signals(day)
        assert len(three) <= len(one)


class TestGrowth:
    """SC-34: the year's main revenue against the year before."""

    def report(self, world: Months, entry: RosterEntry, actor: Actor, now: Decimal) -> None:
        """April to December 2018, month by month."""
        for month in range(4, 13):
            after = dt.date(2018 + month // 12, month % 12 + 1, 3)
            open_months(world.at(after.year, after.month, after.day))
            world.file(entry, f"2018-{month:02d}", actor, main_revenue=now, main_revenue_prior=Decimal(400))

    def test_a_fall_is_found_after_the_last_month_is_due(self, listed: tuple[Months, RosterEntry, Firm]) -> None:
        world, entry, firm = listed
        self.report(world, entry, firm.actor, Decimal(350))
        assert find_signals(world.at(2019, 1, 10)) == {}
        assert find_signals(world.at(2019, 1, 11)) == {"growth_fall": 1}
        found = Signal.objects.get(kind="growth_fall")
        assert (found.period, found.evidence["pct"]) == ("2018", "-12.5")
        proposal = raise_proposal(signal_id=found.pk, actor=world.handler(CHENGDU))
        assert proposal.kind == "observe"
        assert found.evidence.items() <= proposal.evidence.items()

    def test_growth_is_no_signal(self, listed: tuple[Months, RosterEntry, Firm]) -> None:
        world, entry, firm = listed
        self.report(world, entry, firm.actor, Decimal(400))
        assert find_signals(world.at(2019, 1, 11)) == {}

    def test_a_missing_month_is_undetermined(self, listed: tuple[Months, RosterEntry, Firm]) -> None:
        world, entry, firm = listed
        for month in range(4, 13):
            after = dt.date(2018 + month // 12, month % 12 + 1, 3)
            open_months(world.at(after.year, after.month, after.day))
            if month != 9:
                world.file(
                    entry, f"2018-{month:02d}", firm.actor, main_revenue=Decimal(1), main_revenue_prior=Decimal(400)
                )
        assert "growth_fall" not in find_signals(world.at(2019, 1, 11))

    def test_the_end_of_an_observation_is_announced_in_time(self, listed: tuple[Months, RosterEntry, Firm]) -> None:
        world, entry, _ = listed
        day = world.at(2018, 6, 1)
        with transaction.atomic():
            decision = record_act(
                subject_kind="roster_entry",
                subject_id=entry.pk,
                subject_label="x",
                action="dispatch.receive",
                actor=SYSTEM,
            )
            observe_entry(entry=entry, on=day, due_on=dt.date(2019, 6, 1), decision=decision)
        assert find_signals(world.at(2019, 5, 1)) == {}
        assert find_signals(world.at(2019, 5, 2)) == {"observation_end": 1}
        found = Signal.objects.get(kind="observation_end")
        assert found.evidence["answer"] == "undetermined"
        proposal = raise_proposal(
            signal_id=found.pk, actor=world.handler(SICHUAN), kind="restore", reason="数据核实后同意恢复"
        )
        assert proposal.kind == "restore"


class TestPeople:
    """Who makes something of a signal."""

    def signal(self, world: Months) -> Signal:
        find_signals(missed(world, 3))
        return Signal.objects.get(kind="breach")

    def test_raised_once(self, listed: tuple[Months, RosterEntry, Firm]) -> None:
        world, _, _ = listed
        found = self.signal(world)
        raise_proposal(signal_id=found.pk, actor=world.handler(CHENGDU))
        with pytest.raises(StaleState):
            raise_proposal(signal_id=found.pk, actor=world.handler(SICHUAN))
        with pytest.raises(StaleState):
            dismiss_signal(signal_id=found.pk, actor=world.handler(SICHUAN), reason="x")

    def test_a_county_does_not_propose(self, listed: tuple[Months, RosterEntry, Firm]) -> None:
        world, _, _ = listed
        with pytest.raises(Refused, match="由市州或省级"):
            raise_proposal(signal_id=self.signal(world).pk, actor=world.handler(JINJIANG))

    def test_another_prefecture_does_not_know_of_it(self, listed: tuple[Months, RosterEntry, Firm]) -> None:
        world, _, _ = listed
        found = self.signal(world)
        client = world.browser(world.handler("430200"))
        assert client.get(reverse("monitoring:signal", args=[found.pk])).status_code == 404
        assert client.post(reverse("monitoring:signal_act", args=[found.pk])).status_code == 404

    def test_dismissed_with_a_reason_only(self, listed: tuple[Months, RosterEntry, Firm]) -> None:
        world, _, _ = listed
        found = self.signal(world)
        with pytest.raises(Refused, match="理由"):
            dismiss_signal(signal_id=found.pk, actor=world.handler(CHENGDU), reason="  ")
        dismiss_signal(signal_id=found.pk, actor=world.handler(CHENGDU), reason="企业遭遇洪灾，已说明")
        found.refresh_from_db()
        assert found.dismiss_reason == "企业遭遇洪灾，已说明"

    def test_the_pages_from_list_to_proposal(self, listed: tuple[Months, RosterEntry, Firm]) -> None:
        world, entry, firm = listed
        found = self.signal(world)
        client = world.browser(world.handler(CHENGDU))
        assert entry.name in client.get(reverse("monitoring:signals")).content.decode()
        page = client.get(reverse("monitoring:signal", args=[found.pk]))
        assert "连续3个月未填报" in page.content.decode()
        done = client.post(reverse("monitoring:signal_act", args=[found.pk]), {"action": "raise"})
        found.refresh_from_db()
        assert done.headers["Location"] == reverse("reviews:proposal", args=[found.proposal_id])
        stale = client.post(
            reverse("monitoring:signal_act", args=[found.pk]), {"action": "dismiss", "reason": "保留这段文字"}
        )
        assert "已有人办理" in stale.content.decode()
        assert world.browser(firm.actor).get(reverse("monitoring:signal", args=[found.pk])).status_code == 200

    def test_the_yearly_table(self, listed: tuple[Months, RosterEntry, Firm]) -> None:
        world, entry, _ = listed
        world.at(2019, 2, 1)
        client = world.browser(world.handler(SICHUAN))
        page = client.get(reverse("monitoring:yearly"))
        assert entry.name in page.content.decode()
        assert "待定" in page.content.decode()
        assert client.get(reverse("monitoring:yearly_sheet")).content[:2] == b"PK"
        assert client.get(reverse("monitoring:yearly"), {"year": "2030"}).status_code == 404

    def test_lists_cost_the_same_with_one_and_with_three(
        self, listed: tuple[Months, RosterEntry, Firm], queries: Queries
    ) -> None:
        world, _, _ = listed
        self.signal(world)
        client = world.browser(world.handler(CHENGDU))
        for name in ("signals", "yearly"):
            client.get(reverse(f"monitoring:{name}"))
        counts = []
        for _ in range(2):
            seen = []
            for name in ("signals", "yearly", "board"):
                with queries.record() as lines:
                    assert client.get(reverse(f"monitoring:{name}")).status_code == 200
                seen.append(len(lines))
            counts.append(seen)
            for _ in range(2):
                world.list_firm(place=JINJIANG)
            find_signals(missed(world, 3))
        assert counts[0] == counts[1]
