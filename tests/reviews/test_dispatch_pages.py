"""The 报送 pages: who sees what, what is typed comes back, the same number of statements with one firm and with three."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.urls import reverse

from foundation.duties.models import Job
from foundation.duties.runner import run_job
from portal.rehearsal.people import HUNAN, ZHUZHOU
from reviews.actions import dispatching, sending
from reviews.models import Application, Dispatch, LatePermission
from reviews.states import DispatchState
from tests.harness.queries import Queries
from tests.reviews.conftest import HETANG, TIANYUAN, Upload, World
from tests.reviews.on_the_way import prefecture_list, received, recommended, scan_of, sealed, sent, signed, started

HOME = "/reviews/dispatches/"


def page_of(world: World, dispatch: Dispatch, place: str = HETANG, **query: str) -> str:
    answer = world.browser(world.handler(place)).get(reverse("reviews:dispatch", args=[dispatch.pk]), query)
    assert answer.status_code == 200, answer.content.decode()[:400]
    return answer.content.decode()


def fetched(client: Client, dispatch: Dispatch, form: str) -> int:
    """Status of a download, read to its end."""
    answer = client.get(reverse("reviews:dispatch_file", args=[dispatch.pk, form]), follow=True)
    b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    answer.close()
    return answer.status_code


def test_the_home_of_a_county(world: World) -> None:
    client = world.browser(world.handler())
    assert "还没有可以报送的材料" in client.get(HOME).content.decode()
    recommended(world, 2)
    shown = client.get(HOME).content.decode()
    assert "有 <b>2</b> 户可以报送" in shown
    assert "距上一级截止只有 0 个工作日" in shown, "ZZ-06"
    client.post(reverse("reviews:dispatch_start"), {"round": world.hunan.pk})
    shown = client.get(HOME).content.decode()
    assert "打开本轮报送" in shown
    assert "待签发" in shown
    refused = client.post(reverse("reviews:dispatch_start"), {"round": world.hunan.pk})
    assert (refused.status_code, "本轮已有一份在办的报送" in refused.content.decode()) == (403, True)


def test_below_a_draft_is_a_count_and_a_word(world: World) -> None:
    file = recommended(world)[0]
    started(world)
    world.draft(place=TIANYUAN)
    shown = world.browser(world.handler(ZHUZHOU)).get(HOME).content.decode()
    assert "编制中" in shown
    assert file.enterprise_name not in shown
    dispatch = Dispatch.objects.get()
    for place in (ZHUZHOU, HUNAN, TIANYUAN):
        answer = world.browser(world.handler(place)).get(reverse("reviews:dispatch", args=[dispatch.pk]))
        assert answer.status_code == 404


def test_the_matrix_of_a_prefecture(world: World) -> None:
    dispatch = received(world, number=2)
    recommended(world, 1, TIANYUAN)
    sent(world, started(world, TIANYUAN), TIANYUAN)
    answer = world.browser(world.handler(ZHUZHOU)).get(HOME)
    below = answer.context["below"]
    rows = {row.bureau.short_name: row for row in below.rows}
    assert rows["荷塘区经科局"].words == ("ok", "已接收")
    assert rows["天元区经科局"].words == ("dai", "待接收")
    assert rows["醴陵市经科局"].words == ("mo", "未开始")
    assert dict(zip(below.heads, rows["荷塘区经科局"].counts, strict=True))["待本级审核"] == 2
    assert (below.sent, below.waiting) == (2, 1)
    assert answer.context["received"][1].pk == dispatch.pk


def test_one_page_from_the_list_to_the_receipt(world: World, django_capture_on_commit_callbacks) -> None:  # type: ignore[no-untyped-def]
    """The buttons of the page, one after the other, as the county and its superior press them."""
    first, second = recommended(world, 2)
    dispatch = started(world)
    client = world.browser(world.signer())

    def post(page: str, **data: object):  # type: ignore[no-untyped-def]
        with django_capture_on_commit_callbacks():
            return client.post(reverse(f"reviews:{page}", args=[dispatch.pk]), data)

    moved = client.post(
        reverse("reviews:dispatch_order", args=[dispatch.pk]),
        json.dumps({"ids": [str(second.pk), str(first.pk)], "version": dispatch.version}),
        content_type="application/json",
    )
    assert moved.json()["version"] == dispatch.version + 1
    stale = client.post(
        reverse("reviews:dispatch_order", args=[dispatch.pk]),
        json.dumps({"ids": [str(first.pk), str(second.pk)], "version": dispatch.version}),
        content_type="application/json",
    )
    assert (stale.status_code, "顺序刚被他人调整过" in stale.json()["reason"]) == (409, True)
    post("dispatch_hold", application=first.pk, held="1")
    assert "暂不报送（1）" in page_of(world, dispatch)
    post("dispatch_hold", application=first.pk, held="0")
    wrong = post("dispatch_reporter", name="某某（演示）", phone="见名片")
    assert ("不像电话号码" in wrong.content.decode(), "见名片" in wrong.content.decode()) == (True, True)
    post("dispatch_reporter", name="某某（演示）", phone="0731-00000000")
    refused = post("dispatch_send")
    assert "报送现在是“编制中”" in refused.content.decode()
    post("dispatch_sign", opinion="同意（演示）")
    job = Job.objects.get(kind="reviews.render_table")
    assert f'data-job-url="{reverse("duties:job-progress", args=[job.pk])}"' in client.get(
        reverse("reviews:dispatch", args=[dispatch.pk])
    ).content.decode().replace("&amp;", "&")
    run_job(job.pk)
    shown = client.get(reverse("reviews:dispatch", args=[dispatch.pk])).content.decode()
    assert ("汇总表.pdf" in shown, "汇总表.xlsx" in shown) == (True, True)
    for form in ("pdf", "xlsx"):
        assert fetched(client, dispatch, form) == 200
    row = Dispatch.objects.select_related("document").get(pk=dispatch.pk)
    from foundation.documents.actions.store import read_stored

    scan = read_stored(scan_of(row, world.handler()))
    assert "还没有选择文件" in post("dispatch_seal").content.decode()
    post("dispatch_seal", file=Upload(scan, "盖章.pdf"))
    post("dispatch_number", number="株荷经科〔2018〕3号")
    assert "株荷经科〔2018〕3号" in page_of(world, dispatch)
    post("dispatch_send")
    above = world.browser(world.handler(ZHUZHOU))
    assert "某某（演示）" in page_of(world, dispatch, ZHUZHOU)
    unsaid = above.post(reverse("reviews:dispatch_return", args=[dispatch.pk]), {"reason": " "})
    assert "请写明退回理由" in unsaid.content.decode()
    above.post(reverse("reviews:dispatch_receive", args=[dispatch.pk]))
    assert Dispatch.objects.get(pk=dispatch.pk).state == DispatchState.RECEIVED
    above.post(reverse("reviews:dispatch_files", args=[dispatch.pk]), {"merge": second.pk})
    assert Application.objects.get(pk=second.pk).state == "merged"
    with django_capture_on_commit_callbacks():
        above.post(reverse("reviews:dispatch_files", args=[dispatch.pk]), {"action": "merge_many", "all": "1"})
    run_job(Job.objects.get(kind="reviews.bulk_merge").pk)
    assert Application.objects.get(pk=first.pk).state == "merged"


def test_recall_and_give_back_by_their_forms(world: World) -> None:
    recommended(world)
    dispatch = sent(world, started(world))
    client = world.browser(world.handler())
    client.post(reverse("reviews:dispatch_recall", args=[dispatch.pk]), {"reason": "数字有误（演示）"})
    assert Dispatch.objects.get(pk=dispatch.pk).state == DispatchState.DRAFT
    assert "数字有误（演示）" in page_of(world, dispatch)
    dispatch = sent(world, Dispatch.objects.get(pk=dispatch.pk))
    above = world.browser(world.handler(ZHUZHOU))
    answer = above.post(reverse("reviews:dispatch_return", args=[dispatch.pk]), {"reason": "缺页（演示）"})
    assert answer.url.startswith(HOME), "what is returned is no longer the superior's to see"  # type: ignore[attr-defined]
    assert "缺页（演示）" in page_of(world, dispatch)


def test_files_of_another_list_are_not_handled_here(world: World) -> None:
    dispatch = received(world)
    other, _ = world.submitted(place=TIANYUAN)
    above = world.browser(world.handler(ZHUZHOU))
    answer = above.post(reverse("reviews:dispatch_files", args=[dispatch.pk]), {"merge": other.pk})
    assert "不在已接收的名单中" in answer.content.decode()
    returned = {"action": "return_to_county", "application": dispatching.reported(dispatch)[0].pk, "reason": "演示"}
    above.post(reverse("reviews:dispatch_files", args=[dispatch.pk]), returned)
    assert dispatching.reported(dispatch)[0].state == "submitted"


def test_leave_by_the_form_keeps_what_was_typed(world: World) -> None:
    client = world.browser(world.handler(ZHUZHOU))
    bureau = world.built.cast.bureaus[HETANG]
    data = {"round": world.hunan.pk, "bureau": bureau.pk, "until": "三月底", "reason": "公章外借（演示）"}
    answer = client.post(reverse("reviews:late_grant"), data)
    assert "补报期限不是有效的日期" in answer.content.decode()
    assert "公章外借（演示）" in answer.content.decode()
    client.post(reverse("reviews:late_grant"), data | {"until": "2018-03-20"})
    assert LatePermission.objects.get().bureau == bureau
    assert "准予补报" in client.get(HOME).content.decode()
    assert "已准予补报至 3月20日" in world.browser(world.handler()).get(HOME).content.decode()


def test_the_keeper_downloads_and_seals(world: World) -> None:
    """档案: sees the list, downloads, uploads the stamped scan; signs and sends nothing (A.4)."""
    recommended(world, 1, TIANYUAN)
    dispatch = signed(world, started(world, TIANYUAN), TIANYUAN)
    scan_of(dispatch, world.handler(TIANYUAN))
    keeper = world.browser(world.built.cast.actor("demo-ty-2", "archivist"))
    shown = keeper.get(reverse("reviews:dispatch", args=[dispatch.pk])).content.decode()
    assert 'data-open="#seal"' in shown
    assert fetched(keeper, dispatch, "pdf") == 200
    refused = keeper.post(reverse("reviews:dispatch_send", args=[dispatch.pk]))
    assert refused.status_code == 403


def test_reasons_at_listing_on_the_page(world: World) -> None:
    from tests.reviews.on_the_way import merged

    merged(world, received(world, HETANG, 1, "no_chain"))
    dispatch = started(world, ZHUZHOU)
    client = world.browser(world.handler(ZHUZHOU))
    address = reverse("reviews:dispatch", args=[dispatch.pk])
    gate = client.get(address).context["gates"][0]
    assert gate.county_reason
    name = f"reason_{gate.file.pk}_{gate.code}"
    client.post(reverse("reviews:dispatch_explain", args=[dispatch.pk]), {name: "属本市重点产业链（演示）。"})
    assert client.get(address).context["gates"][0].reason == "属本市重点产业链（演示）。"
    client.post(reverse("reviews:dispatch_explain", args=[dispatch.pk]), {name: ""})
    client.post(reverse("reviews:dispatch_explain", args=[dispatch.pk]), {"action": "adopt"})
    assert client.get(address).context["gates"][0].reason == gate.county_reason


@pytest.mark.parametrize("tab", ["list", "table"])
def test_the_page_costs_the_same(world: World, queries: Queries, tab: str) -> None:
    dispatch = started(world)
    client = world.browser(world.handler())

    def add() -> None:
        recommended(world)
        dispatching.collect(dispatch=dispatch, actor=world.handler())

    expected = {"list": 15, "table": 20}[tab]
    queries.flat(
        add_row=add,
        act=lambda: client.get(reverse("reviews:dispatch", args=[dispatch.pk]), {"tab": tab}),
        expected=expected,
    )


def test_the_prefectures_page_costs_the_same(world: World, queries: Queries) -> None:
    """With the gate at listing asked for every firm."""
    from tests.reviews.on_the_way import merged

    counted = []
    for number in (1, 1, 2):
        merged(world, received(world, HETANG, number))
        dispatch = Dispatch.objects.filter(from_bureau=world.built.cast.bureaus[ZHUZHOU]).first()
        if dispatch is None:
            dispatch = prefecture_list(world)
        else:
            dispatching.collect(dispatch=dispatch, actor=world.handler(ZHUZHOU))
        client = world.browser(world.handler(ZHUZHOU))
        with queries.record() as seen:
            client.get(reverse("reviews:dispatch", args=[dispatch.pk]))
        counted.append(len(seen))
    assert counted[1] == counted[2], counted


def test_the_home_costs_the_same(world: World, queries: Queries) -> None:
    client = world.browser(world.handler(ZHUZHOU))
    places = iter((HETANG, TIANYUAN, "430281"))

    def add() -> None:
        place = next(places)
        recommended(world, 1, place)
        sent(world, started(world, place), place)

    queries.flat(add_row=add, act=lambda: client.get(HOME), expected=18)


def test_sending_a_sealed_list_is_one_press(world: World) -> None:
    recommended(world)
    dispatch = sealed(world, started(world))
    shown = page_of(world, dispatch)
    assert reverse("reviews:dispatch_send", args=[dispatch.pk]) in shown
    assert sending.sending_blocks(dispatch) == []
