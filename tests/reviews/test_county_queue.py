"""The officer's queue: whose turn it is, narrowing, other bureaus' files absent, bulk acts as jobs, the list as a workbook."""

from __future__ import annotations

import datetime as dt
import io
import re
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from foundation.accounts.actions.bureaus import set_hands
from foundation.accounts.actor import Actor
from foundation.accounts.models import Bureau, BureauHands
from foundation.core.search import has_fragment
from foundation.duties.models import Job, JobItem
from foundation.journal.models import Decision
from reviews import hands
from reviews.actions.county import assign, recommend, return_for_correction
from reviews.actions.filing import withdraw
from reviews.models import Application, Endorsement
from reviews.models.application import SEARCHED
from reviews.queue_page import desk_for, queue_line
from reviews.queue_rows import marked_files
from reviews.waiting import tabs_of, waits_for
from tests.reviews.conftest import HETANG, JINJIANG, TIANYUAN, TODAY, World
from tests.reviews.test_county_actions import checked, opined, ready


def listed(client: Client, **query: Any) -> list[str]:
    """Names in the list, in its order."""
    response = client.get(reverse("reviews:queue"), query)
    assert response.status_code == 200, response.status_code
    return re.findall(r'<td class="name"><a href="[^"]+">([^<]+)</a>', response.content.decode())


def shown(client: Client, **query: Any) -> str:
    response = client.get(reverse("reviews:queue"), query)
    assert response.status_code == 200
    return response.content.decode()


def row_of(file: Application, actor: Actor) -> Any:
    (marked,) = marked_files(Application.objects.filter(pk=file.pk), actor)
    return queue_line(marked, desk_for(actor, file.round.programme, None))


# ---- what is in it -----------------------------------------------------------------------------------------


def test_only_the_own_bureaus_files_and_no_drafts(world: World) -> None:
    mine, _ = world.submitted()
    world.draft()
    theirs, _ = world.submitted(place=TIANYUAN)
    client = world.browser(world.handler())
    assert listed(client, tab="all") == [mine.enterprise_name]
    text = shown(client)
    assert "另有未提交草稿 1 份" in text
    assert theirs.enterprise_name not in text


def test_levels_above_see_nothing_before_it_is_sent(world: World) -> None:
    file, _ = world.submitted()
    for place in ("430200", "430000"):
        client = world.browser(world.handler(place))
        text = shown(client, tab="all")
        assert file.enterprise_name not in text
    assert "各受理部门进度" in shown(world.browser(world.handler("430200")))
    Application.objects.filter(pk=file.pk).update(state="at_prefecture")
    assert listed(world.browser(world.handler("430200")), tab="incoming") == [file.enterprise_name]
    assert "待接收报送" in shown(world.browser(world.handler("430200")), tab="incoming")
    Application.objects.filter(pk=file.pk).update(state="at_province")
    assert listed(world.browser(world.handler("430000"))) == [file.enterprise_name]
    assert listed(world.browser(world.handler("510000"))) == []


def test_a_firm_and_a_visitor_do_not_get_in(world: World) -> None:
    _, firm = world.submitted()
    assert world.browser(firm.actor).get(reverse("reviews:queue")).status_code == 403
    assert Client().get(reverse("reviews:queue")).status_code == 302


def test_the_round_with_work_comes_first_and_a_foreign_one_is_absent(world: World) -> None:
    world.submitted(place=JINJIANG)
    client = world.browser(world.handler(JINJIANG))
    assert world.sichuan.title in shown(client)
    assert client.get(reverse("reviews:queue"), {"round": world.hunan.pk}).status_code == 404
    assert client.get(reverse("reviews:queue"), {"round": "x"}).status_code == 404


# ---- narrowing ---------------------------------------------------------------------------------------------


def test_search_by_fragment_initials_code_and_number(world: World) -> None:
    file, firm = world.submitted()
    other, _ = world.submitted()
    client = world.browser(world.handler())
    assert set(listed(client)) == {file.enterprise_name, other.enterprise_name}
    for text in (
        file.enterprise_name[4:9],
        firm.enterprise.pinyin[4:12],
        firm.enterprise.uscc[-6:].lower(),
        (file.number or "")[-4:],
    ):
        found = listed(client, q=text)
        assert file.enterprise_name in found, text
    assert listed(client, q=firm.enterprise.uscc) == [file.enterprise_name]
    assert listed(client, q="查无此企业") == []
    assert "没有符合条件的材料" in shown(client, q="查无此企业")


def test_filters_stay_in_the_address(world: World) -> None:
    file, _ = world.submitted()
    client = world.browser(world.handler())
    text = shown(client, tab="todo", q="示范", criteria="needs_judgement", who="nobody")
    assert file.enterprise_name in text
    assert 'value="示范"' in text
    for part in ("q=%E7%A4%BA%E8%8C%83", "criteria=needs_judgement", "who=nobody"):
        assert text.count(part) >= 3, part  # chips, export, bulk
    assert listed(client, criteria="met") == []
    assert listed(client, who="me") == []
    assign(application_id=file.pk, actor=world.handler(), user_id=world.handler().user_id or 0)
    assert listed(client, who="me") == [file.enterprise_name]
    assert listed(client, who="nobody") == []


def test_pages_of_thirty(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reviews.views.county.PAGE_SIZE", 2)
    names = [world.submitted()[0].enterprise_name for _ in range(3)]
    client = world.browser(world.handler())
    assert listed(client) == names[:2]
    assert listed(client, page="2") == names[2:]
    assert "共 3 份" in shown(client)


def test_the_prefecture_narrows_by_county(world: World) -> None:
    first, _ = world.submitted()
    second, _ = world.submitted(place=TIANYUAN)
    Application.objects.filter(pk__in=[first.pk, second.pk]).update(state="merged")
    client = world.browser(world.handler("430200"))
    assert set(listed(client, tab="merged")) == {first.enterprise_name, second.enterprise_name}
    assert listed(client, tab="merged", county=first.bureau_id) == [first.enterprise_name]
    assert len(listed(client, tab="merged", county="x")) == 2


# ---- whose turn --------------------------------------------------------------------------------------------


def test_each_hat_sees_first_what_waits_for_it(world: World) -> None:
    file, handler = ready(world, TIANYUAN)
    fresh, _ = world.submitted(place=TIANYUAN)
    signer = world.signer(TIANYUAN)
    desk, signing = world.browser(handler), world.browser(signer)
    assert listed(desk) == [file.enterprise_name, fresh.enterprise_name]
    assert listed(signing) == []
    assert "待我签批 0" in shown(signing)
    assert "本单位他人办理 2" in shown(signing)
    assert "没有等您办理的材料" in shown(signing)
    recommend(ids=[file.pk], actor=handler)
    assert listed(desk) == [fresh.enterprise_name]
    assert listed(desk, tab="others") == [file.enterprise_name]
    assert listed(signing) == [file.enterprise_name]
    assert row_of(file, signer).state == "待签发"


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("distinct", [True, False])
def test_the_list_says_the_same_as_the_act(world: World, number: int, distinct: bool) -> None:
    """``waits_for`` in SQL and ``hands.may_give`` in Python, for every hat and every stand of a file."""
    file, handler = ready(world, TIANYUAN)
    bureau = Bureau.objects.get(pk=handler.bureau_id)
    BureauHands.objects.filter(bureau=bureau).delete()
    set_hands(
        actor=world.built.cast.actor("demo-ty-posts"),
        bureau_id=bureau.pk,
        act="recommend",
        hands=number,
        distinct=distinct,
    )
    plan = hands.plan_for(bureau.pk, "recommend")
    people = [handler, world.signer(TIANYUAN)]
    hats = {hat.role: hat for person in people for hat in (person.hat, *person.others) if hat.level}
    roles = ("handler", "reviewer", "signer", "archivist")
    for done in ([], ["prepare"], ["prepare", "review"]):
        Endorsement.objects.filter(subject_id=file.pk).delete()
        for hand in done:
            hands.give(
                subject_kind="application",
                subject_id=file.pk,
                actor=handler,
                act="recommend",
                hand=hand,
                opinion="",
                decision=Decision.objects.latest("id"),
            )
        given = hands.given("application", [file.pk], bureau.pk, "recommend")[file.pk]
        for person in people:
            for role in roles:
                hat = hats["handler"].__class__(
                    kind="bureau", role=role, label=role, holder_id=bureau.pk, level="county", paths=handler.hat.paths
                )
                actor = Actor(person.user_id, person.name, hat)
                said = Application.objects.filter(waits_for(actor), pk=file.pk).exists()
                acts = role != "archivist" and bool(hands.may_give(actor, plan, given))
                assert said == acts, (done, role, person.name)


def test_tabs_by_level_and_hat(world: World) -> None:
    def names(actor: Actor) -> list[str]:
        return [tab.label for tab in tabs_of(actor)]

    assert names(world.handler())[0] == "待我处理"
    assert names(world.signer(TIANYUAN))[0] == "待我签批"
    assert names(world.built.cast.archivist(TIANYUAN))[0] == "待初审"
    assert names(world.handler("430000")) == ["待办理", "审定通过", "已列入", "不予认定", "全部"]


# ---- what a line says --------------------------------------------------------------------------------------


def test_the_state_names_the_next_thing_to_do(world: World, on_day: Any) -> None:
    file, firm = world.submitted()
    handler = world.handler()
    assert row_of(file, handler).state == "待信用核查"
    checked(world, file, handler, days_ago=70)
    assert row_of(file, handler).state == "核查已过期"
    checked(world, file, handler)
    assert row_of(file, handler).state == "待填研判意见"
    opined(file, handler)
    assert row_of(file, handler).state == "待推荐"
    return_for_correction(application_id=file.pk, actor=handler, reason="缺页", due_on=TODAY + dt.timedelta(days=2))
    line = row_of(file, handler)
    assert (line.state, line.days, line.overdue) == ("待企业补正", "2 天", False)
    on_day(TODAY + dt.timedelta(days=5))
    line = row_of(file, handler)
    assert (line.state, line.days, line.overdue) == ("待企业补正 · 逾期 3 天", "逾期 3 天", True)
    on_day(TODAY)
    world.resubmit(Application.objects.get(pk=file.pk), firm)
    assert row_of(file, handler).state == "企业已补正"


def test_sichuan_waits_for_the_firms_commitment(world: World) -> None:
    file, firm = world.draft(place=JINJIANG)
    file = world.resubmit(file, firm)
    handler = world.handler(JINJIANG)
    for rule in file.round.programme.checks_for(file.tier):
        from reviews.actions.county import record_check
        from reviews.papers import CHECK_PROOF

        record_check(
            application_id=file.pk,
            actor=handler,
            code=rule.code,
            source=rule.sources[0],
            checked_on=TODAY,
            result="clean",
            proof=world.stored(handler, CHECK_PROOF),
        )
    assert row_of(file, handler).state == "待企业承诺"


def test_a_second_application_of_the_year_is_marked(world: World) -> None:
    file, _ = world.submitted()
    handler = world.handler()
    assert "本年另有申报" not in shown(world.browser(handler))
    other = Application.objects.get(pk=file.pk)
    other.pk, other.number, other.round_id, other.state = None, "X-1", world.sichuan.pk, "draft"
    other.save()
    assert not row_of(file, handler).twice  # a draft is the firm's own business
    Application.objects.filter(pk=other.pk).update(state="submitted")
    assert "本年另有申报" in shown(world.browser(handler))
    text = world.browser(handler).get(reverse("reviews:file", args=[file.pk])).content.decode()
    assert "本年度另有在办申报" in text
    assert world.sichuan.title in text


def test_paper_and_lateness_are_marked(world: World) -> None:
    file, _ = world.submitted()
    Application.objects.filter(pk=file.pk).update(filed_by="bureau", late=True)
    text = shown(world.browser(world.handler()))
    assert "代填，企业未确认" in text
    assert "逾期提交" in text


# ---- bulk --------------------------------------------------------------------------------------------------


@pytest.mark.eager
def test_bulk_recommendation_gives_every_file_its_result(world: World, django_capture_on_commit_callbacks: Any) -> None:
    good, handler = ready(world)
    bare, _ = world.submitted()
    foreign, _ = world.submitted(place=TIANYUAN)
    client = world.browser(handler)
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(
            reverse("reviews:bulk") + "?tab=todo",
            {"action": "recommend", "ids": [good.pk, bare.pk, foreign.pk], "opinion": "同意推荐"},
        )
    job = Job.objects.latest("id")
    assert response.url == reverse("duties:job", args=[job.pk])
    assert job.state == "done"
    results = {item.key: (item.label, item.ok, item.reason) for item in JobItem.objects.filter(job=job)}
    assert set(results) == {str(good.pk), str(bare.pk)}  # what the officer does not see is not even named
    assert results[str(good.pk)][:2] == (good.enterprise_name, True)
    assert results[str(bare.pk)][:2] == (bare.enterprise_name, False)
    assert "信用与合规核查尚未进行" in results[str(bare.pk)][2]
    good.refresh_from_db()
    assert good.state == "recommended"
    assert Decision.objects.get(subject_id=good.pk, action="application.recommend").opinion == "同意推荐"
    page = client.get(response.url).content.decode()
    assert bare.enterprise_name in page
    assert "信用与合规核查尚未进行" in page


@pytest.mark.eager
def test_bulk_over_the_whole_filter(world: World, django_capture_on_commit_callbacks: Any) -> None:
    first, handler = ready(world)
    second, _ = ready(world)
    client = world.browser(handler)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("reviews:bulk") + f"?q={second.enterprise.uscc}", {"action": "recommend", "all": "1"})
    states = dict(Application.objects.values_list("pk", "state"))
    assert (states[first.pk], states[second.pk]) == ("submitted", "recommended")


@pytest.mark.eager
def test_bulk_return_writes_one_reason_to_each_firm(world: World, django_capture_on_commit_callbacks: Any) -> None:
    files = [world.submitted()[0] for _ in range(2)]
    client = world.browser(world.handler())
    ids = [file.pk for file in files]
    assert client.post(reverse("reviews:bulk"), {"action": "return", "ids": ids, "reason": " "}).status_code == 302
    assert not Job.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("reviews:bulk"), {"action": "return", "ids": ids, "reason": "请补传审计报告"})
    assert Job.objects.latest("id").state == "done"
    for file in files:
        file.refresh_from_db()
        assert file.state == "returned"
        assert file.corrections.get().reason == "请补传审计报告"


def test_bulk_assignment(world: World, queries: Any) -> None:
    files = [world.submitted(place=TIANYUAN)[0] for _ in range(3)]
    handler = world.handler(TIANYUAN)
    client = world.browser(handler)
    body = {"action": "assign", "ids": [file.pk for file in files], "user": handler.user_id}
    client.post(reverse("reviews:bulk"), body)
    assert set(Application.objects.filter(pk__in=body["ids"]).values_list("assignee_name", flat=True)) == {handler.name}
    assert Decision.objects.filter(action="application.assign").count() == 3
    refused = client.post(reverse("reviews:bulk"), body | {"user": world.handler().user_id})
    assert refused.status_code == 403
    assert "只能分派给本单位在岗的办理人员" in refused.content.decode()


def test_bulk_without_files_or_with_an_unknown_act(world: World) -> None:
    client = world.browser(world.handler())
    assert client.post(reverse("reviews:bulk"), {"action": "recommend"}, follow=True).status_code == 200
    assert client.post(reverse("reviews:bulk"), {"action": "erase", "ids": "1"}).status_code == 404
    assert client.get(reverse("reviews:bulk")).status_code == 405
    _, firm = world.submitted()
    assert world.browser(firm.actor).post(reverse("reviews:bulk"), {"action": "recommend"}).status_code == 403


# ---- export ------------------------------------------------------------------------------------------------


@pytest.mark.eager
def test_the_export_has_the_cells_of_the_list(world: World, django_capture_on_commit_callbacks: Any) -> None:
    files = [world.submitted()[0] for _ in range(2)]
    gone, firm = world.submitted()
    withdraw(application_id=gone.pk, actor=firm.actor)
    client = world.browser(world.handler())
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(reverse("reviews:export") + "?tab=todo")
    job = Job.objects.latest("id")
    assert job.state == "done", job.message
    assert response.url == reverse("duties:job", args=[job.pk])
    answer = client.get(reverse("duties:job-file", args=[job.pk]))
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    answer.close()
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    cells = [[str(value) for value in row if value is not None] for row in sheet.iter_rows(values_only=True)]
    by_name = {cell: row for row in cells for cell in row if "示范" in cell}
    assert set(by_name) == {file.enterprise_name for file in files}
    for file in files:
        text = " ".join(by_name[file.enterprise_name])
        assert file.listing["niche"] in text
        assert file.listing["county"] in text
        for value in file.listing["sales"].values():
            assert f"{float(value):,.2f}" in text or value in text, text
    other = world.browser(world.handler(TIANYUAN))
    assert other.get(reverse("duties:job-file", args=[job.pk])).status_code in {403, 404}


# ---- cost --------------------------------------------------------------------------------------------------


def test_the_queue_costs_the_same_with_one_row_and_with_three(world: World, queries: Any) -> None:
    client = world.browser(world.handler(HETANG))
    shown(client)
    queries.flat(
        add_row=lambda: world.submitted(),
        act=lambda: client.get(reverse("reviews:queue")),
        # person, hats; hands, rounds, tabs, the rows with all their marks, windows, colleagues; hands and counters of the top bar
        expected=10,
    )


def test_searching_costs_one_count_more(world: World, queries: Any) -> None:
    client = world.browser(world.handler(HETANG))
    shown(client)
    queries.flat(
        add_row=lambda: world.submitted(),
        act=lambda: client.get(reverse("reviews:queue"), {"q": "示范", "criteria": "needs_judgement"}),
        expected=11,  # in all; B.3 allows 12
    )


def test_submitting_costs_the_same_beside_one_file_and_beside_three(world: World, queries: Any) -> None:
    counts = []
    for beside in (1, 1, 2):  # the first time rules and tables are read into the process
        for _ in range(beside):
            world.submitted()
        file, firm = world.draft()
        assert file.round.programme  # what the test itself asks of the file
        with queries.record() as seen:
            world.resubmit(file, firm)
        counts.append(seen)
    assert len(counts[1]) == len(counts[2]), "\n".join([*counts[1], "--", *counts[2]])


def test_two_characters_of_a_name_are_found_by_the_index(world: World) -> None:
    world.submitted()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = Application.objects.filter(has_fragment("示范", *SEARCHED)).order_by().explain()
    assert "Bitmap Index Scan on application_words" in plan
