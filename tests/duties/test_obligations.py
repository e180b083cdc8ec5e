"""Obligations: once, with a day that never moves, closed by an act, seen by the owner and the bureaus above."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from foundation.accounts.actor import Actor
from foundation.accounts.models import Bureau
from foundation.accounts.scoping import scopes
from foundation.core.errors import Refused, StaleState
from foundation.duties import daily, queries
from foundation.duties.actions import fulfil, oblige, oblige_all
from foundation.duties.actions.obligations import Duty
from foundation.duties.models import DailyRun, Obligation

pytestmark = pytest.mark.django_db
DUE = dt.date(2018, 3, 16)


def sign_for(bureau: Bureau, subject_id: int = 1, due_on: dt.date = DUE) -> Obligation:
    return oblige(
        owner_kind="bureau",
        owner_id=bureau.pk,
        kind="cultivation.sign_notice",
        due_on=due_on,
        subject_kind="notice",
        subject_id=subject_id,
        label="签收通知",
        path=f"/1/{bureau.pk}/",
    )


def test_the_due_day_never_moves(bureau: Bureau) -> None:
    first = sign_for(bureau)
    again = sign_for(bureau, due_on=DUE + dt.timedelta(days=9))
    assert (again.pk, again.due_on) == (first.pk, DUE)
    duty = Duty(owner_kind="bureau", owner_id=bureau.pk, kind="cultivation.sign_notice", due_on=None, subject_id=5)
    assert oblige_all([duty, duty]) == 1
    assert oblige_all([duty]) == 0
    assert oblige_all([]) == 0


def test_fulfilled_once_by_somebody(bureau: Bureau, actor: Actor) -> None:
    sign_for(bureau)
    who = {"owner_kind": "bureau", "owner_id": bureau.pk, "kind": "cultivation.sign_notice", "subject_kind": "notice"}
    done = fulfil(**who, subject_id=1, actor=actor, decision=None)
    assert (done.status, done.done_by) == ("done", "天元区经科局 · 经办 李敏")
    with pytest.raises(StaleState, match="已由天元区经科局 · 经办 李敏办结"):
        fulfil(**who, subject_id=1, actor=actor, decision=None)
    with pytest.raises(Refused, match="没有这项应办事项"):
        fulfil(**who, subject_id=2, actor=actor, decision=None)
    with pytest.raises(ValueError, match="closed status"):
        fulfil(**who, subject_id=2, actor=actor, decision=None, status="open")


def test_the_database_repeats_the_rules(bureau: Bureau) -> None:
    row = sign_for(bureau)
    with pytest.raises(IntegrityError, match="obligation_done_has_who_and_when"), transaction.atomic():
        Obligation.objects.filter(pk=row.pk).update(status="done")
    with pytest.raises(IntegrityError, match="obligation_once"), transaction.atomic():
        Obligation.objects.create(
            owner_kind="bureau",
            owner_id=bureau.pk,
            kind=row.kind,
            subject_kind="notice",
            subject_id=1,
            opened_at=row.opened_at,
        )


def test_seen_by_owner_and_above_condition_equals_predicate(bureau: Bureau, actor: Actor, stranger: Actor) -> None:
    own = sign_for(bureau)
    oblige(owner_kind="bureau", owner_id=999, kind="x", due_on=None, path="/9/999/")
    oblige(owner_kind="user", owner_id=stranger.user_id or 0, kind="x", due_on=None)
    below = oblige(owner_kind="enterprise", owner_id=5, kind="x", due_on=DUE, path=f"/{bureau.pk}/")
    assert set(Obligation.objects.visible_to(actor)) == {own, below}
    scope = scopes()[Obligation]
    for row in Obligation.objects.all():
        assert scope.sees(actor, row) == Obligation.objects.filter(scope.condition(actor), pk=row.pk).exists()
    assert list(queries.open_duties(actor)) == [own]
    assert list(queries.overdue(actor, DUE)) == []
    assert list(queries.overdue(actor, DUE + dt.timedelta(days=1))) == [own, below]


def test_the_day_is_done_once(monkeypatch: Any, caplog: Any) -> None:
    done: list[dt.date] = []

    def fail(day: dt.date) -> str:
        raise RuntimeError("no")

    monkeypatch.setattr(daily.table, "_rows", {})
    daily.job("b", label="b", order=2)(lambda day: f"{done.append(day) or len(done)} 项")
    daily.job("a", label="a", order=1)(fail)
    rows = daily.run_for(DUE)
    assert [(row.name, row.state, row.summary) for row in rows] == [
        ("a", "failed", "RuntimeError: no"),
        ("b", "done", "1 项"),
    ]
    assert [row.name for row in daily.run_for(DUE)] == ["a"], "what failed is tried again, what is done is not"
    assert [row.name for row in daily.run_for(DUE, again=True)] == ["a", "b"]
    assert done == [DUE, DUE]
    assert DailyRun.objects.count() == 2
