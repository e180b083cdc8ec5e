"""Enterprises, figures, files, acts, duties and exports: the same rows and refusals as on the pages, told to a program."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from enterprises.actions.members import grant_membership
from enterprises.models import AnnualFigure, Enterprise
from foundation.accounts.actor import Actor, actor_for, hats_of
from foundation.accounts.models import User
from foundation.accounts.roles import Role
from foundation.core.clock import business_today
from foundation.duties.actions import obligations as duties
from foundation.duties.models import Job, Obligation
from foundation.journal.models import Decision
from portal.rehearsal.people import HUNAN, ZHUZHOU
from reviews.actions import county
from reviews.models import Application
from reviews.states import FileState
from tests.api.conftest import Program, World, assert_problem, program_for
from tests.reviews.conftest import HETANG, JINJIANG, TIANYUAN
from tests.reviews.on_the_way import merged, received, recommended

PHONE_LIKE = "****"


def _program(actor: Actor) -> Program:
    return program_for(actor)


# ---- enterprises ---------------------------------------------------------------------------------------------


def test_rows_are_those_of_the_scope(world: World) -> None:
    firms = [world.firm(place) for place in (HETANG, TIANYUAN, JINJIANG)]
    for actor in (world.handler(HETANG), world.handler(ZHUZHOU), world.handler(JINJIANG), firms[0].actor):
        listed = {row["id"] for row in _program(actor).all("enterprises/")}
        assert listed == set(Enterprise.objects.visible_to(actor).values_list("pk", flat=True))
        for firm in firms:
            status = _program(actor).get(f"enterprises/{firm.enterprise.pk}/").status_code
            assert status == (200 if firm.enterprise.pk in listed else 404)


def test_find_by_text_region_and_state(world: World) -> None:
    one, two = world.firm(HETANG), world.firm(TIANYUAN)
    program = _program(world.handler(ZHUZHOU))
    by_code = program.all(f"enterprises/?q={one.enterprise.uscc}")
    assert [row["id"] for row in by_code] == [one.enterprise.pk]
    place = two.enterprise.region.code_on(business_today())
    assert [row["id"] for row in program.all(f"enterprises/?region={place}")] == [two.enterprise.pk]
    assert program.all("enterprises/?state=closed") == []
    assert program.get("enterprises/?region=999999").status_code == 400


def test_contacts_are_masked_as_on_the_page(world: World) -> None:
    firm = world.firm(HETANG)
    told = {}
    for who, actor in (("own", firm.actor), ("handling", world.handler(HETANG)), ("above", world.handler(ZHUZHOU))):
        facts = {row["name"]: row for row in _program(actor).json(f"enterprises/{firm.enterprise.pk}/")["facts"]}
        told[who] = facts["contact_phone"]
    full = firm.enterprise.contact_phone
    assert (told["own"]["value"], told["own"]["masked"]) == (full, False)
    assert told["handling"]["value"] == full
    assert told["above"]["masked"] is True
    assert PHONE_LIKE in told["above"]["value"]
    assert full not in str(told["above"])
    page = world.browser(world.handler(ZHUZHOU)).get(reverse("enterprises:enterprise", args=[firm.enterprise.pk]))
    assert told["above"]["value"] in page.content.decode()


def test_figures_are_read_by_everybody_who_sees_the_firm(world: World) -> None:
    firm = world.firm(HETANG)
    path = f"enterprises/{firm.enterprise.pk}/figures/"
    rows = _program(world.handler(ZHUZHOU)).json(path)["figures"]
    stored = AnnualFigure.objects.filter(enterprise=firm.enterprise, superseded=False)
    assert len(rows) == stored.count()
    assert all(isinstance(row["value"], str) and row["value"].rpartition(".")[2].isdigit() for row in rows)
    some = _program(firm.actor).json(f"{path}?since=2017&until=2017&basis=audited")["figures"]
    assert {(row["year"], row["basis"]) for row in some} == {(2017, "audited")}


def _cell(**more: Any) -> dict[str, Any]:
    return {"year": 2017, "fact": "revenue", "basis": "audited", "value": "12345.67", **more}


def test_the_firm_writes_its_figures_and_they_supersede(world: World) -> None:
    firm = world.firm(HETANG)
    program = _program(firm.actor)
    path = f"enterprises/{firm.enterprise.pk}/figures/"
    version = program.json(path)["version"]
    figures = [_cell(), _cell(fact="employees", value=321), _cell(fact="profit_and_tax", value="-5.5", basis="flash")]
    answer = program.patch(path, {"version": version, "figures": figures, "source": "财务系统"})
    told = {(row["year"], row["fact"], row["basis"]): row for row in answer.json()["figures"]}
    assert answer.json()["version"] == version + 1
    assert told[2017, "revenue", "audited"]["value"] == "12345.67"
    assert told[2017, "revenue", "audited"]["source"] == "财务系统"
    assert told[2017, "profit_and_tax", "flash"]["value"] == "-5.50"
    act = Decision.objects.filter(subject_kind="enterprise", subject_id=firm.enterprise.pk).latest("id")
    assert (act.action, act.actor_user_id) == ("enterprise.edit_facts", firm.actor.user_id)
    emptied = program.patch(path, {"version": version + 1, "figures": [_cell(value=None)]}).json()
    cell = next(row for row in emptied["figures"] if row["fact"] == "revenue" and row["basis"] == "audited"
                and row["year"] == 2017)  # fmt: skip
    assert cell["value"] is None


def test_a_stale_version_is_a_conflict_and_changes_nothing(world: World) -> None:
    firm = world.firm(HETANG)
    program = _program(firm.actor)
    path = f"enterprises/{firm.enterprise.pk}/figures/"
    version = program.json(path)["version"]
    program.patch(path, {"version": version, "figures": [_cell(value="1.00")]})
    before = program.json(path)
    answer = program.patch(path, {"version": version, "figures": [_cell(value="2.00")]})
    assert (answer.status_code, assert_problem(answer)["type"]) == (409, "/api/v1/problems/#stale")
    assert program.json(path) == before


@pytest.mark.parametrize(
    ("cells", "pointer"),
    [
        ([], "#/figures"),
        ([_cell(), _cell()], "#/figures/1"),
        ([_cell(year=1950)], "#/figures/0/year"),
        ([_cell(year=2019)], "#/figures/0/year"),
        ([_cell(), _cell(fact="employees", value="1.5")], "#/figures/1/value"),
        ([_cell(value="-1")], "#/figures/0/value"),
        ([_cell(value="1e3")], "#/figures/0/value"),
        ([_cell(value=True)], "#/figures/0/value"),
        ([_cell(fact="no")], "#/figures/0/fact"),
        ([_cell(basis="guess")], "#/figures/0/basis"),
        ([{"year": 2017}], "#/figures/0/value"),
        ([5], "#/figures/0"),
        ({}, "#/figures"),
    ],
)
def test_wrong_figures_are_named_and_none_is_saved(world: World, cells: Any, pointer: str) -> None:
    firm = world.firm(HETANG)
    program = _program(firm.actor)
    path = f"enterprises/{firm.enterprise.pk}/figures/"
    before = program.json(path)
    answer = program.patch(path, {"version": before["version"], "figures": cells})
    assert answer.status_code == 400
    assert pointer in {error["pointer"] for error in assert_problem(answer)["errors"]}
    assert program.json(path) == before


def test_nobody_else_writes_them(world: World) -> None:
    """By a visit with its CSRF check, since a bureau's token has no such scope at all."""
    firm, other = world.firm(HETANG), world.firm(HETANG)
    path = f"/api/v1/enterprises/{firm.enterprise.pk}/figures/"
    body = {"version": 0, "figures": [_cell()]}
    for actor, status in ((world.handler(HETANG), 403), (world.handler(ZHUZHOU), 403), (other.actor, 404)):
        program = Program(client=world.browser(actor))
        assert program.patch(path, body).status_code == status


# ---- files ---------------------------------------------------------------------------------------------------


def test_files_and_states_are_those_of_the_scope(world: World) -> None:
    draft, firm = world.draft(place=HETANG)
    sent, _ = world.submitted(place=HETANG)
    foreign, _ = world.submitted(place=JINJIANG)
    for actor in (firm.actor, world.handler(HETANG), world.handler(ZHUZHOU), world.handler(HUNAN)):
        program = _program(actor)
        listed = {row["id"] for row in program.all("applications/")}
        assert listed == set(Application.objects.visible_to(actor).values_list("pk", flat=True))
        for file in (draft, sent, foreign):
            for path in (f"applications/{file.pk}/", f"applications/{file.pk}/decisions/"):
                assert program.get(path).status_code == (200 if file.pk in listed else 404)
    assert draft.pk not in {row["id"] for row in _program(world.handler(HETANG)).all("applications/")}


def test_a_level_sees_a_file_from_its_floor_on(world: World) -> None:
    file = recommended(world)[0]
    above = _program(world.handler(ZHUZHOU))
    assert above.get(f"applications/{file.pk}/").status_code == 404
    dispatch = received(world, TIANYUAN)
    pk = dispatch.items.get().application_id
    row = above.json(f"applications/{pk}/")
    assert (row["state"], row["state_label"]) == (FileState.AT_PREFECTURE.value, "待审核")
    merged(world, dispatch)
    assert above.json(f"applications/{pk}/")["state"] == FileState.MERGED.value


def test_detail_tells_what_was_frozen(world: World) -> None:
    file, firm = world.submitted(place=HETANG)
    told = _program(firm.actor).json(f"applications/{file.pk}/")
    facts = {(row["name"], row["year"]): row for row in told["facts"]}
    submission = file.submissions.get()
    assert len(facts) == len(submission.facts)
    assert told["outcome"] == submission.evaluation["result"]["outcome"]
    assert told["criteria"]
    assert all(one["clause"] for one in told["criteria"])
    assert (told["number"], told["enterprise"]["uscc"]) == (file.number, firm.enterprise.uscc)
    draft, owner = world.draft(place=HETANG)
    empty = _program(owner.actor).json(f"applications/{draft.pk}/")
    assert (empty["facts"], empty["outcome"], empty["criteria"]) == ([], None, [])


def test_frozen_contacts_are_masked_above(world: World) -> None:
    pk = received(world, HETANG).items.get().application_id
    file = Application.objects.get(pk=pk)
    phone = file.enterprise.contact_phone
    above = _program(world.handler(ZHUZHOU)).get(f"applications/{pk}/").content.decode()
    assert phone not in above
    assert phone in _program(world.handler(HETANG)).get(f"applications/{pk}/").content.decode()


def test_filters(world: World) -> None:
    file, _ = world.submitted(place=HETANG)
    program = _program(world.handler(HETANG))
    for query in (f"round={world.hunan.pk}", "state=submitted", f"tier={file.tier}", f"enterprise={file.enterprise_id}",
                  "year=2018", f"programme={world.hunan.family.code}", "submitted_from=2018-01-01"):  # fmt: skip
        assert [row["id"] for row in program.all(f"applications/?{query}")] == [file.pk], query
    for query in (f"round={world.sichuan.pk}", "state=draft", "year=2017", "submitted_from=2099-01-01"):
        assert program.all(f"applications/?{query}") == [], query
    assert program.get("applications/?state=gone").status_code == 400
    assert program.get("applications/?round=x").status_code == 400


def test_a_program_gets_through_where_a_person_does(world: World) -> None:
    """The page's own answer is the measure: what opens there opens here, what does not is absent here."""
    draft, firm = world.draft(place=HETANG)
    sent, other = world.submitted(place=HETANG)
    foreign, _ = world.submitted(place=JINJIANG)
    above = Application.objects.get(pk=received(world, TIANYUAN).items.get().application_id)
    actors = (
        firm.actor,
        other.actor,
        *(world.handler(place) for place in (HETANG, TIANYUAN, ZHUZHOU, HUNAN, JINJIANG)),
    )
    for actor in actors:
        visit, program = world.browser(actor), _program(actor)
        for file in (draft, sent, foreign, above):
            page = visit.get(reverse("reviews:application", args=[file.pk]), follow=True).status_code
            told = program.get(f"applications/{file.pk}/").status_code
            assert (page == 200) == (told == 200), (actor.hat.label, file.state, page, told)
            page = visit.get(reverse("enterprises:enterprise", args=[file.enterprise_id])).status_code
            told = program.get(f"enterprises/{file.enterprise_id}/").status_code
            assert (page == 200) == (told == 200), (actor.hat.label, page, told)


# ---- acts ----------------------------------------------------------------------------------------------------


def test_the_course_of_a_file_is_told_to_each_as_on_its_page(world: World) -> None:
    file, firm = world.submitted(place=HETANG)
    handler = world.handler(HETANG)
    county.return_for_correction(application_id=file.pk, actor=handler, reason="请补审计报告", note="内部：材料可疑")
    own = _program(firm.actor).all(f"applications/{file.pk}/decisions/")
    returned = next(row for row in own if row["action"] == "application.return")
    assert returned["opinion"] == "请补审计报告"
    assert returned["note"] == ""
    assert handler.name not in str(own), "officials appear to firms with bureau and post"
    inside = _program(handler).all(f"decisions/?application={file.pk}")
    noted = next(row for row in inside if row["action"] == "application.return")
    assert (noted["note"], handler.name in noted["by"]) == ("内部：材料可疑", True)
    assert {row["action"] for row in own} <= {row["action"] for row in inside}


def test_without_a_file_ones_own_acts(world: World) -> None:
    file, firm = world.submitted(place=HETANG)
    rows = _program(firm.actor).all("decisions/?limit=3")
    mine = Decision.objects.filter(actor_user_id=firm.actor.user_id, hat_holder_id=firm.enterprise.pk)
    assert [row["id"] for row in rows] == list(mine.order_by("pk").values_list("pk", flat=True))
    assert _program(world.handler(JINJIANG)).get(f"decisions/?application={file.pk}").status_code == 404


def test_what_a_person_did_under_another_hat_is_not_told(world: World) -> None:
    """A firm's software learns nothing of what its clerk did at another firm."""
    file, firm = world.submitted(place=HETANG)
    other = world.firm(HETANG)
    user = User.objects.get(pk=firm.actor.user_id)
    grant_membership(enterprise=other.enterprise, user=user, role=Role.ENTERPRISE_MEMBER)
    hat = next(one for one in hats_of(user) if one.holder_id == other.enterprise.pk)
    program = _program(actor_for(user, hat.key))
    assert Decision.objects.filter(actor_user_id=user.pk).exists()
    assert program.all("decisions/?limit=200") == [
        row for row in program.all("decisions/") if row["action"].startswith("token.")
    ]
    assert program.get(f"applications/{file.pk}/").status_code == 404


# ---- duties --------------------------------------------------------------------------------------------------


def test_duties_are_those_of_the_scope(world: World) -> None:
    firm = world.firm(HETANG)
    path = firm.enterprise.paths.get(stage="").path
    for number, due in enumerate((business_today().replace(day=1), None)):
        duties.oblige(
            owner_kind="enterprise", owner_id=firm.enterprise.pk, kind="test.duty", period=f"2018-0{number + 1}",
            due_on=due, label="示例事项", path=path,
        )  # fmt: skip
    for actor in (firm.actor, world.handler(HETANG), world.handler(JINJIANG)):
        listed = {row["id"] for row in _program(actor).all("obligations/")}
        assert listed == set(Obligation.objects.visible_to(actor).values_list("pk", flat=True))
    late = _program(firm.actor).all("obligations/?overdue=true&kind=test.duty")
    assert [(row["overdue"], row["period"]) for row in late] == [(True, "2018-01")]
    rest = _program(firm.actor).all("obligations/?overdue=false&kind=test.duty")
    assert [(row["overdue"], row["due_on"]) for row in rest] == [(False, None)]
    assert _program(firm.actor).all("obligations/?period=2018-02&status=open")[0]["label"] == "示例事项"


# ---- exports -------------------------------------------------------------------------------------------------


@pytest.mark.eager
@pytest.mark.django_db(transaction=False)
def test_start_ask_and_fetch_an_export(world: World, django_capture_on_commit_callbacks: Any) -> None:
    world.submitted(place=HETANG)
    program = _program(world.handler(HETANG))
    kinds = {row["kind"]: row for row in program.all("exports/kinds/")}
    assert next(one for one in kinds["applications"]["parameters"] if one["name"] == "round")["required"]
    with django_capture_on_commit_callbacks(execute=True):
        started = program.post("exports/", {"kind": "applications", "parameters": {"round": world.hunan.pk}})
    assert started.status_code == 201
    row = program.json(started["Location"])
    assert (row["state"], row["kind"]) == ("done", "reviews.export_queue")
    fetched = program.get(row["file"])
    content = b"".join(fetched.streaming_content)
    assert content[:2] == b"PK"
    assert len(content) == row["size"]
    assert [one["id"] for one in program.all("exports/")] == [row["id"]]


def test_exports_belong_to_the_hat_that_started_them(world: World) -> None:
    program = _program(world.handler(HETANG))
    pk = program.post("exports/", {"kind": "applications", "parameters": {"round": world.hunan.pk}}).json()["id"]
    assert assert_problem(program.get(f"exports/{pk}/file/"))["status"] == 403
    other = _program(world.signer(HETANG))
    for path in (f"exports/{pk}/", f"exports/{pk}/file/"):
        assert other.get(path).status_code == 404
    assert Job.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/kind"),
        ({"kind": "all"}, "#/kind"),
        ({"kind": "applications"}, "#/parameters/round"),
        ({"kind": "applications", "parameters": {"round": 0}}, "#/parameters/round"),
        ({"kind": "applications", "parameters": {"round": 999999}}, "#/parameters/round"),
        ({"kind": "applications", "parameters": {"round": 1, "x": 1}}, "#/parameters/x"),
        ({"kind": "applications", "parameters": []}, "#/parameters"),
    ],
)
def test_a_wrong_export_is_told(world: World, body: Any, pointer: str) -> None:
    answer = _program(world.handler(HETANG)).post("exports/", body)
    assert answer.status_code == 400
    assert pointer in {error["pointer"] for error in assert_problem(answer)["errors"]}
    assert not Job.objects.exists()


def test_a_firm_exports_no_queue(world: World) -> None:
    program = _program(world.firm(HETANG).actor)
    body = {"kind": "applications", "parameters": {"round": world.hunan.pk}}
    assert assert_problem(program.post("exports/", body))["type"].endswith("#refused")


# ---- cost ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "expected"), [("enterprises/", 3), ("applications/", 3), ("roster-entries/", 3)])
def test_lists_cost_the_same_with_three_rows(world: World, queries: Any, path: str, expected: int) -> None:
    program = _program(world.handler(HETANG))
    queries.flat(add_row=lambda: world.submitted(place=HETANG), act=lambda: program.get(path), expected=expected)
