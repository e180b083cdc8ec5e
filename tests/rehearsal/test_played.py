"""The played year: built once as far as ``year`` and asked; moving the day forward only, in a rehearsal only, with a worker."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest
from django.core.management import CommandError, call_command

from cultivation.models import EntryEvent, RosterEntry
from foundation.core.clock import business_today
from foundation.core.errors import Refused
from foundation.core.models import Installation
from foundation.duties.models import DailyRun, Obligation
from foundation.journal import chain
from monitoring.models import ChaseClaim, MonthlyReturn, Signal
from portal.rehearsal import calendar, played
from reviews.models import Objection, Proposal
from reviews.states import FileState

pytestmark = pytest.mark.django_db


def test_the_year_as_it_is_told_in_the_docs(foundations: None) -> None:
    call_command("demo", stage="year", seed=1, verbosity=0)
    assert business_today() == calendar.YEAR_ENDS
    standing = Counter(RosterEntry.objects.values_list("province", "tier", "exit"))
    assert standing == {("43", "reserve", ""): 22, ("51", "high_growth", ""): 7, ("51", "high_growth", "delisted"): 1}
    hunan = RosterEntry.objects.filter(province="43").first()
    assert hunan is not None
    assert hunan.since == calendar.RECEIVED
    assert set(Objection.objects.values_list("state", flat=True)) == {"upheld", "rejected"}
    assert Counter(EntryEvent.objects.exclude(kind="listed").values_list("kind", flat=True)) == {
        "left": 1,
        "observed": 2,
    }
    delisted = Proposal.objects.get(kind="delist")
    assert delisted.state == "adopted"
    assert delisted.stated_at is not None
    assert delisted.hearing_until is not None
    natures = Counter(MonthlyReturn.objects.filter(state="submitted").values_list("nature", flat=True))
    assert natures["zero"] == 2
    assert natures["normal"] > 350
    assert MonthlyReturn.objects.filter(late=True).exists()
    assert not Obligation.objects.filter(kind="monitoring.monthly", due_on=None).exists()
    assert ChaseClaim.objects.values("obligation", "rung", "channel").distinct().count() == ChaseClaim.objects.count()
    assert set(Signal.objects.values_list("kind", flat=True)) == {"warning", "breach", "growth_fall"}
    assert not DailyRun.objects.filter(state=DailyRun.State.FAILED).exists()
    assert (
        not RosterEntry.objects.filter(application_id__isnull=False)
        .exclude(application_id__in=_listed_files())
        .exists()
    )
    chain.seal()
    assert list(chain.check()) == []


def _listed_files() -> list[int]:
    from reviews.models import Application

    return list(Application.objects.filter(state=FileState.LISTED).values_list("pk", flat=True))


def test_days_pass_forward_only() -> None:
    Installation.start_rehearsal(dt.date(2018, 3, 12))
    with pytest.raises(CommandError, match="只能向后"):
        call_command("rehearse", to=dt.date(2018, 3, 12))


def test_a_real_database_is_not_played() -> None:
    with pytest.raises(CommandError, match="不是演练库"):
        call_command("rehearse", to=dt.date(2030, 1, 1))
    with pytest.raises(Refused, match="不是演练库"):
        played.begin_day(dt.date(2030, 1, 1))


def test_a_worker_that_stands_still_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    Installation.start_rehearsal(dt.date(2018, 3, 12))
    monkeypatch.setattr(played.run_for_today, "delay", lambda: None)
    with pytest.raises(played.NoWorker, match="2018-03-13 的每日任务没有完成"):
        played.play_through_worker(dt.date(2018, 3, 14), lambda line: None, patience=0.0)


def test_every_day_between_is_played_once() -> None:
    days = list(played.days_between(dt.date(2018, 2, 27), dt.date(2018, 3, 2)))
    assert [day.day for day in days] == [28, 1, 2]
    Installation.start_rehearsal(dt.date(2018, 3, 12))
    rows = played.play_here(dt.date(2018, 3, 14))
    assert {row.day.day for row in rows} == {13, 14}
    assert played.play_here(dt.date(2018, 3, 14)) == []
