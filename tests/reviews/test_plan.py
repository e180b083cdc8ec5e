"""The cultivation plan (HN-26): written, revised, finished into a paper; measures for firms and categories."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from foundation.core.errors import Refused, StaleState
from foundation.documents.actions.render import render_document
from foundation.documents.actions.store import read_stored
from foundation.journal.models import Decision
from portal.rehearsal.people import HUNAN, ZHUZHOU
from reviews.actions import planning, sending
from reviews.dispatch_papers import PLAN_FILE
from reviews.models import CultivationPlan
from tests.harness.queries import Queries
from tests.reviews.conftest import HETANG, World
from tests.reviews.on_the_way import merged, planned, prefecture_list, received, sealed
from tests.reviews.test_summary_table import text_of


@pytest.fixture
def plan(world: World) -> CultivationPlan:
    """Zhuzhou's plan, just opened."""
    return planning.start_plan(round=world.hunan, actor=world.handler(ZHUZHOU))


def save(world: World, plan: CultivationPlan, **changes: object) -> CultivationPlan:
    data: dict[str, object] = {"title": plan.title, "goals": "目标（演示）", "organisation": ""} | changes
    version = CultivationPlan.objects.get(pk=plan.pk).version
    return planning.save_plan(plan_id=plan.pk, actor=world.handler(ZHUZHOU), **{"version": version} | data)  # type: ignore[arg-type]


def test_only_a_prefecture_makes_one(world: World, plan: CultivationPlan) -> None:
    assert plan.title == "株洲市经信委2018年小巨人后备企业培育工作计划"
    assert planning.start_plan(round=world.hunan, actor=world.signer(ZHUZHOU)) == plan, "the draft is shared"
    for place in (HETANG, HUNAN):
        with pytest.raises(Refused, match="培育计划由市州编制"):
            planning.start_plan(round=world.hunan, actor=world.handler(place))


def test_two_people_saving(world: World, plan: CultivationPlan) -> None:
    save(world, plan)
    with pytest.raises(StaleState, match="刚被他人保存过"):
        save(world, plan, version=plan.version)


def test_measures_for_firms_and_categories(world: World, plan: CultivationPlan) -> None:
    file = merged(world, received(world))[0]
    actor = world.handler(ZHUZHOU)
    good = {"application_id": file, "text": "一企一策（演示）", "owner": "荷塘区经科局", "due_on": dt.date(2018, 6, 30)}
    other = {"category": "cloud_adoption", "text": "上云培训（演示）"}
    planning.set_measures(plan_id=plan.pk, actor=actor, measures=[good, other, {"text": " "}])
    assert plan.measures.count() == 2
    for wrong, said in (
        ({"category": "nothing", "text": "演示"}, "不在本轮的活动类别中"),
        ({"application_id": file + 999, "text": "演示"}, "不在本市州本轮的材料中"),
        ({"text": "长" * 401}, "过长"),
    ):
        with pytest.raises(Refused, match=said):
            planning.set_measures(plan_id=plan.pk, actor=actor, measures=[wrong])
    assert plan.measures.count() == 2


def test_finished_only_when_complete(world: World, plan: CultivationPlan) -> None:
    with pytest.raises(Refused, match="计划还不完整"):
        planning.finish_plan(plan_id=plan.pk, actor=world.handler(ZHUZHOU))
    stored = world.stored(world.handler(ZHUZHOU), PLAN_FILE, name="培育工作计划.pdf")
    save(world, plan, goals="", file=stored)
    done = planning.finish_plan(plan_id=plan.pk, actor=world.handler(ZHUZHOU))
    assert done.document is not None
    assert done.document.snapshot["annexes"] == ["培育工作计划.pdf"]
    with pytest.raises(Refused, match="已定稿报送，请另起一版"):
        save(world, plan)


def test_the_paper(world: World) -> None:
    plan = planned(world)
    document = render_document(plan.document)
    said = "".join(text_of(read_stored(document.pdf)).split())
    for text in (
        plan.title,
        "湖南省经济和信息化委员会：",
        "一、培育目标",
        "二、培育措施",
        "企业“上云”：组织企业上云培训（演示）（责任单位：市经信委（演示））",
        "三、组织保障",
        "株洲市经济和信息化委员会",
        "盖章处",
        document.reference,
    ):
        assert text in said, text
    assert Decision.objects.filter(subject_kind="plan", subject_id=plan.pk, action="plan.finish").exists()


def test_a_revision_begins_as_a_copy(world: World) -> None:
    first = planned(world)
    second = planning.start_plan(round=world.hunan, actor=world.handler(ZHUZHOU))
    assert (second.revision, second.goals, second.measures.count()) == (2, first.goals, 1)
    merged(world, received(world))
    dispatch = sealed(world, prefecture_list(world), ZHUZHOU)
    sent = sending.send(dispatch_id=dispatch.pk, actor=world.signer(ZHUZHOU))
    assert sent.plan == first, "the draft of a revision does not travel"


# ---- the page ----------------------------------------------------------------------------------------------


def post(plan: CultivationPlan, **changes: object) -> dict[str, object]:
    return {
        "version": plan.version,
        "title": plan.title,
        "goals": "目标（演示）",
        "organisation": "",
        "about": ["c:cloud_adoption", "", ""],
        "text": ["上云培训（演示）", "走访（演示）", ""],
        "owner": ["", "区县", ""],
        "due_on": ["2018-06-30", "", ""],
    } | changes


def test_rows_without_a_script(world: World, plan: CultivationPlan) -> None:
    client = world.browser(world.handler(ZHUZHOU))
    address = reverse("reviews:plan_save", args=[plan.pk])
    assert client.post(address, post(plan, action="add")).url.endswith("more=1#measures")  # type: ignore[attr-defined]
    assert [row.text for row in plan.measures.all()] == ["上云培训（演示）", "走访（演示）"]
    plan.refresh_from_db()
    client.post(address, post(plan, remove="0"))
    assert [(row.text, row.owner) for row in plan.measures.all()] == [("走访（演示）", "区县")]
    plan.refresh_from_db()
    wrong = client.post(address, post(plan, due_on=["六月底", "", ""], text=["上云培训（演示）", "", ""]))
    page = wrong.content.decode()
    assert wrong.status_code == 403
    assert "第 1 行完成时间不是有效的日期" in page
    assert "第 2 行没有写措施内容" in page
    assert "上云培训（演示）" in page, "nothing typed is lost"
    stale = client.post(address, post(plan, version=plan.version - 1, goals="另写的目标（演示）"))
    assert (stale.status_code, "另写的目标（演示）" in stale.content.decode()) == (409, True)
    client.post(address, post(plan, action="finish"))
    plan.refresh_from_db()
    assert plan.final


def test_who_reads_it(world: World) -> None:
    merged(world, received(world))
    plan = planned(world)
    address = reverse("reviews:plan", args=[plan.pk])
    province, county = world.browser(world.handler(HUNAN)), world.browser(world.handler())
    assert [province.get(address).status_code, county.get(address).status_code] == [404, 404]
    dispatch = sealed(world, prefecture_list(world), ZHUZHOU)
    sending.send(dispatch_id=dispatch.pk, actor=world.signer(ZHUZHOU))
    assert [province.get(address).status_code, county.get(address).status_code] == [200, 404]


def test_the_page_costs_the_same(world: World, plan: CultivationPlan, queries: Queries) -> None:
    client = world.browser(world.handler(ZHUZHOU))
    measures: list[dict[str, object]] = []

    def add() -> None:
        measures.append({"category": "cloud_adoption", "text": "上云培训（演示）"})
        planning.set_measures(plan_id=plan.pk, actor=world.handler(ZHUZHOU), measures=measures)

    queries.flat(add_row=add, act=lambda: client.get(reverse("reviews:plan", args=[plan.pk])), expected=9)
