"""Two presses at the same moment, on connections of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from enterprises.actions import facts as actions
from enterprises.actions import members
from enterprises.actions.register import CodeTaken, register_enterprise
from enterprises.models import AnnualFigure, Enterprise
from foundation.accounts.actions.people import own_actor
from foundation.accounts.roles import Role
from foundation.core.errors import Refused
from tests.enterprises.conftest import answers

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run each act in a thread of its own, started together; returns what each gave or raised."""
    gate, found = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        try:
            gate.wait(10)
            found[place] = act()
        except Exception as error:
            found[place] = error  # type: ignore[call-overload]
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return found


def test_two_presses_make_one_firm(bureaus: Any, person: Any) -> None:
    user = person("presser")
    press = lambda: register_enterprise(data=answers(), actor=own_actor(user), user=user).pk  # noqa: E731
    first, second = at_once(press, press)
    assert first == second
    assert Enterprise.objects.count() == 1


def test_two_people_with_one_licence(bureaus: Any, person: Any) -> None:
    one, two = person("one"), person("two")
    found = at_once(
        lambda: register_enterprise(data=answers(), actor=own_actor(one), user=one),
        lambda: register_enterprise(data=answers(), actor=own_actor(two), user=two),
    )
    assert sorted(type(result).__name__ for result in found) == ["CodeTaken", "Enterprise"]
    assert any(isinstance(result, CodeTaken) for result in found)


def test_the_two_last_administrators_do_not_leave_together(firm: Any, admin_of: Any, member: Any) -> None:
    enterprise = firm()
    first, second = admin_of(enterprise), member(enterprise, "second", Role.ENTERPRISE_ADMIN)
    rows = {row.user_id: row.pk for row in enterprise.memberships.all()}
    leave = [
        (lambda actor=actor: members.end_membership(
            enterprise=enterprise, membership_id=rows[actor.user_id], actor=actor
        ))
        for actor in (first, second)
    ]  # fmt: skip
    found = at_once(*leave)
    assert sum(isinstance(result, Refused) for result in found) == 1
    assert enterprise.memberships.filter(role=Role.ENTERPRISE_ADMIN, valid_to__isnull=True).count() == 1


def test_one_cell_has_one_current_value(firm: Any, admin_of: Any) -> None:
    enterprise = firm()
    actor = admin_of(enterprise)
    cell = (2017, "revenue", "audited")
    at_once(
        *(
            lambda raw=raw: actions.save_figures(enterprise_id=enterprise.pk, cells={cell: raw}, actor=actor)
            for raw in ("1", "2", "3")
        )
    )
    assert AnnualFigure.objects.filter(superseded=False).count() == 1
    assert sorted(AnnualFigure.objects.values_list("version", flat=True)) == [1, 2, 3]
