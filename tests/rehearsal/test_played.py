"""Playing a rehearsal: the day moves forward only, in a rehearsal only, with a worker."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.management import CommandError, call_command

from foundation.core.errors import Refused
from foundation.core.models import Installation
from portal.rehearsal import played

pytestmark = pytest.mark.django_db


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
