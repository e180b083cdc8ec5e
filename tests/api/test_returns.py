"""A firm's own system files the month: the pages' checks named by field, stale and somebody else's refused (SC-39)."""

from __future__ import annotations

from typing import Any

import pytest

from foundation.accounts.actor import Actor
from foundation.duties.models import Job, Obligation
from monitoring.actions.returns import open_months
from monitoring.actions.returns_back import send_back
from monitoring.models import MonthlyReturn, ReturnSubmission
from portal.rehearsal.people import CHENGDU
from tests.api.conftest import Program, assert_problem, program_for
from tests.monitoring.conftest import Months, World, built, world
from tests.reviews.conftest import JINJIANG

__all__ = ["World", "built", "world"]
VALUES = {"nature": "normal", "revenue": "500.00", "main_revenue": "400.00", "employees": 120}


@pytest.fixture
def month(world: Months) -> tuple[MonthlyReturn, Actor]:
    """A firm of Sichuan, listed in April, its first month open."""
    _, firm = world.list_firm(place=JINJIANG)
    open_months(world.at(2018, 5, 2))
    return MonthlyReturn.objects.get(period="2018-04"), firm.actor


def _submit(program: Program, row: MonthlyReturn, **values: Any) -> Any:
    version = MonthlyReturn.objects.get(pk=row.pk).version
    return program.post(f"returns/{row.pk}/submit/", {"version": version, **VALUES, **values})


def test_a_system_files_in_one_step(month: Any) -> None:
    row, actor = month
    program = program_for(actor)
    (listed,) = program.all("returns/")
    assert (listed["period"], listed["state"], listed["revenue"], listed["due_on"]) == (
        "2018-04",
        "draft",
        None,
        "2018-05-10",
    )
    told = _submit(program, row, remark="正常").json()
    assert (told["state"], told["revenue"], told["filed_by"], told["late"]) == ("submitted", "500.00", "system", False)
    assert Obligation.objects.get(pk=row.obligation_id).status == Obligation.Status.DONE
    frozen = ReturnSubmission.objects.get(monthly_return=row)
    assert frozen.values["filed_by"] == "system"
    (duty,) = program.all("obligations/?kind=monitoring.monthly")
    assert (duty["status"], duty["overdue"]) == ("done", False)


def test_twice_changes_nothing(month: Any) -> None:
    row, actor = month
    program = program_for(actor)
    _submit(program, row)
    again = _submit(program, row, revenue="1.00")
    assert again.status_code in (403, 409)
    assert MonthlyReturn.objects.get(pk=row.pk).revenue == 500
    assert ReturnSubmission.objects.count() == 1


def test_a_draft_is_kept_and_seen_by_its_firm_alone(month: Any, world: Months) -> None:
    row, actor = month
    program = program_for(actor)
    saved = program.patch(f"returns/{row.pk}/", {"version": row.version, "revenue": 12.5}).json()
    assert (saved["revenue"], saved["state"], saved["version"]) == ("12.50", "draft", row.version + 1)
    stale = program.patch(f"returns/{row.pk}/", {"version": row.version, "revenue": "13"})
    assert assert_problem(stale)["type"].endswith("#stale")
    county = program_for(world.handler(JINJIANG)).json(f"returns/{row.pk}/")
    assert (county["revenue"], county["nature"], county["state"]) == (None, None, "draft")
    _submit(program, row)
    assert program_for(world.handler(CHENGDU)).json(f"returns/{row.pk}/")["revenue"] == "500.00"


def test_zero_and_stoppage_are_declared(month: Any) -> None:
    row, actor = month
    program = program_for(actor)
    version = row.version
    told = program.post(f"returns/{row.pk}/submit/", {"version": version, "nature": "stopped"})
    assert [one["pointer"] for one in assert_problem(told)["errors"]] == ["#/stopped_since"]
    done = program.post(f"returns/{row.pk}/submit/", {"version": version, "nature": "zero"}).json()
    assert (done["nature"], done["revenue"]) == ("zero", "0.00")
    assert Obligation.objects.get(pk=row.obligation_id).status == Obligation.Status.ZERO


@pytest.mark.parametrize(
    ("values", "pointers"),
    [
        ({"revenue": None}, {"#/revenue"}),
        ({"employees": None}, {"#/employees"}),
        ({"main_revenue": "600"}, {"#/explanations/main_above_revenue"}),
        (
            {"revenue": "-1", "main_revenue": "-2"},
            {"#/explanations/negative_revenue", "#/explanations/negative_main_revenue"},
        ),
        ({"nature": "elsewhere"}, {"#/nature"}),
        ({"nature": "gone"}, {"#/nature"}),
        ({"revenue": "1.005"}, {"#/revenue"}),
        ({"employees": "120"}, {"#/employees"}),
        ({"explanations": {"x": "说明"}}, {"#/explanations/x"}),
        ({"explanations": {"main_above_revenue": 5}}, {"#/explanations/main_above_revenue"}),
        ({"period": "2018-05"}, {"#/period"}),
    ],
)
def test_what_must_be_mended_or_explained_is_named(month: Any, values: dict[str, Any], pointers: set[str]) -> None:
    row, actor = month
    told = assert_problem(_submit(program_for(actor), row, **values))
    assert told["status"] == 400
    assert {one["pointer"] for one in told["errors"]} >= pointers
    assert MonthlyReturn.objects.get(pk=row.pk).state == "draft"


def test_an_explanation_lets_it_pass(month: Any) -> None:
    row, actor = month
    reason = {"main_above_revenue": "含上月退货冲减"}
    told = _submit(program_for(actor), row, main_revenue="600", explanations=reason).json()
    assert (told["state"], told["explanations"]) == ("submitted", reason)


def test_what_was_sent_back_is_filed_again(month: Any, world: Months) -> None:
    row, actor = month
    program = program_for(actor)
    _submit(program, row)
    send_back(return_id=row.pk, actor=world.handler(JINJIANG), reason="请核对单位")
    assert program.json(f"returns/{row.pk}/")["return_reason"] == "请核对单位"
    told = _submit(program, row, revenue="510.00").json()
    assert (told["state"], told["revision"], told["revenue"]) == ("submitted", 2, "510.00")


def test_nobody_else_files_it(month: Any, world: Months) -> None:
    row, actor = month
    stranger = program_for(world.firm(JINJIANG).actor)
    assert _submit(stranger, row).status_code == 404
    assert stranger.get(f"returns/{row.pk}/").status_code == 404
    county = Program(client=world.browser(world.handler(JINJIANG)))
    assert _submit(county, row).status_code == 403
    assert county.patch(f"returns/{row.pk}/", {"version": row.version, "revenue": "1"}).status_code == 403
    reader = program_for(actor, "read")
    assert "报送月报" in assert_problem(_submit(reader, row))["detail"]
    assert MonthlyReturn.objects.get(pk=row.pk).version == row.version


def test_rows_are_those_of_the_scope(month: Any, world: Months) -> None:
    row, actor = month
    for who in (actor, world.handler(JINJIANG), world.handler(CHENGDU), world.handler("430202")):
        listed = {one["id"] for one in program_for(who).all("returns/")}
        assert listed == set(MonthlyReturn.objects.visible_to(who).values_list("pk", flat=True))
    program = program_for(world.handler(JINJIANG))
    assert [one["id"] for one in program.all("returns/?period=2018-04&state=draft")] == [row.pk]
    assert program.all("returns/?period=2018-03") == []
    assert program.get("returns/?period=2018-13").status_code == 400


def test_the_month_is_exported(month: Any, world: Months) -> None:
    program = program_for(world.handler(JINJIANG))
    started = program.post("exports/", {"kind": "returns", "parameters": {"period": "2018-04"}})
    assert (started.status_code, Job.objects.get().kind) == (201, "monitoring.export_month")
    told = assert_problem(program.post("exports/", {"kind": "returns", "parameters": {"period": "2018"}}))
    assert told["errors"][0]["pointer"] == "#/parameters/period"
    assert (
        program_for(month[1]).post("exports/", {"kind": "returns", "parameters": {"period": "2018-04"}}).status_code
        == 403
    )


def test_cost(month: Any, world: Months, queries: Any) -> None:
    program = program_for(world.handler(JINJIANG))

    def add() -> None:
        world.list_firm(place=JINJIANG)
        open_months(world.at(2018, 5, 2))

    queries.flat(add_row=add, act=lambda: program.get("returns/"), expected=3)
