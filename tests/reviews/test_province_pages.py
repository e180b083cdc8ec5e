"""Pages of the province's decision and list, and the matrix of what every bureau below owes (SC-25, SC-32, SC-43)."""

from __future__ import annotations

import datetime as dt
import io
from types import SimpleNamespace

import openpyxl
import pytest

from foundation.accounts.actor import actor_for
from foundation.core.errors import Refused
from foundation.core.models import Installation
from foundation.journal.models import Decision, OutboxMessage
from portal.rehearsal import calendar
from portal.rehearsal.people import CHENGDU, HUNAN, SICHUAN, ZHUZHOU
from reviews.actions import approving, reminding
from reviews.models import Application, Approval, ApprovalItem, CheckRecord, LatePermission, Publishing
from reviews.province_matrix import matrix, steps
from reviews.province_page import _check_words
from reviews.province_work import province_work
from reviews.states import FileState
from tests.harness.queries import Queries
from tests.reviews.conftest import HETANG, JINJIANG, TIANYUAN, World
from tests.reviews.on_the_way import merged, planned, prefecture_list, received, sent
from tests.reviews.province_way import WUHOU, approved, at_province, decided, drafted, listed, states
from tests.reviews.test_province_publishing import noticed, opened


def text_of(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined]


# ---- the matrix ---------------------------------------------------------------------------------------------------


def test_hunan_owes_list_and_plan_and_nothing_of_a_decision(world: World) -> None:
    merged(world, received(world, HETANG, 2))
    province, page = world.handler(HUNAN), "/reviews/province/"
    found = matrix(province, world.hunan)
    row = next(row for row in found.owing if row.below.bureau.pk == world.handler(ZHUZHOU).bureau_id)
    assert (found.asks_plan, row.table.word, row.plan and row.plan.word, row.missing) == (
        True,
        "未报送",
        "未报送",
        True,
    )
    assert [step.code for step in steps(province, world.hunan, found)] == ["receive"]
    assert found.heads == ["企业草稿", "县级在办", "市州在办", "已报省", "已列入"]
    planned(world)
    dispatch = sent(world, prefecture_list(world), ZHUZHOU)
    shown = text_of(world.browser(province).get(page))
    assert f"/reviews/dispatches/{dispatch.pk}/" in shown
    assert "待接收" in shown
    for word in ("审定通过", "不予认定", "拟制名单", "开始审定"):
        assert word not in shown
    row = next(row for row in matrix(province, world.hunan).owing if row.sent)
    assert (row.table.word, row.table.note, row.plan and row.plan.word) == ("待接收", "按时报送", "已报送")


def test_a_prefecture_sees_the_same_one_level_down_and_a_county_nothing(world: World) -> None:
    received(world, HETANG, 1)
    shown = text_of(world.browser(world.handler(ZHUZHOU)).get("/reviews/province/"))
    assert "各县区报送进度" in shown
    assert "荷塘" in shown
    assert "已接收" in shown
    found = matrix(world.handler(ZHUZHOU), world.hunan)
    assert not found.asks_plan
    assert {row.name: row.table.word for row in found.owing if not row.missing} == {
        next(row.name for row in found.owing if row.sent): "已接收"
    }
    assert world.browser(world.handler(TIANYUAN)).get("/reviews/province/").status_code == 404
    assert world.browser(world.firm(HETANG).actor).get("/reviews/province/").status_code == 403


def test_late_and_leave_are_said(world: World) -> None:
    day = max(window.closes_on for window in world.sichuan.window_list() if window.closes_on)
    Installation.start_rehearsal(day + dt.timedelta(days=5))
    found = matrix(world.handler(SICHUAN), world.sichuan)
    assert {row.table.word for row in found.owing} == {"逾期未报"}
    client = world.browser(world.handler(SICHUAN))
    until = day + dt.timedelta(days=30)
    bureau = found.owing[0].below.bureau.pk
    data = {
        "round": world.sichuan.pk,
        "bureau": bureau,
        "until": f"{until:%Y-%m-%d}",
        "reason": "演示",
        "back": "province",
    }
    back = client.post("/reviews/dispatches/late/", data)
    assert back.headers["Location"].startswith("/reviews/province/")
    assert LatePermission.objects.filter(bureau_id=bureau).count() == 1
    assert matrix(world.handler(SICHUAN), world.sichuan).owing[0].closes_on == until


def test_reminded_once_a_day_and_never_after_reporting(world: World) -> None:
    province = world.handler(SICHUAN)
    chengdu = world.handler(CHENGDU).bureau_id or 0
    assert reminding.remind(round=world.sichuan, bureau_ids=[chengdu], actor=province, note="请今天报（演示）") == 1
    with pytest.raises(Refused, match="今天已经提醒过"):
        reminding.remind(round=world.sichuan, bureau_ids=[chengdu], actor=province)
    Installation.start_rehearsal(calendar.TODAY + dt.timedelta(days=1))
    assert reminding.remind(round=world.sichuan, bureau_ids=[chengdu], actor=province) == 1
    assert OutboxMessage.objects.filter(kind="reviews.dispatch_reminder", recipient_id=chengdu).count() == 2
    assert Decision.objects.filter(action="dispatch.remind").count() == 2
    for wrong in ([], [province.bureau_id or 0], [world.handler(JINJIANG).bureau_id or 0]):
        with pytest.raises(Refused, match="请选择向本单位报送"):
            reminding.remind(round=world.sichuan, bureau_ids=wrong, actor=province)
    Installation.start_rehearsal(calendar.TODAY)
    at_province(world, 1)
    with pytest.raises(Refused, match="已经报送"):
        reminding.remind(round=world.sichuan, bureau_ids=[chengdu], actor=province)
    with pytest.raises(Refused, match="县级部门没有下级"):
        reminding.remind(round=world.sichuan, bureau_ids=[chengdu], actor=world.handler(JINJIANG))


def test_reminding_by_the_page(world: World) -> None:
    client = world.browser(world.handler(SICHUAN))
    client.post("/reviews/province/remind/", {"round": world.sichuan.pk, "all": "1"})
    assert OutboxMessage.objects.filter(kind="reviews.dispatch_reminder").exists()
    again = client.post("/reviews/province/remind/", {"round": world.sichuan.pk, "all": "1"})
    assert again.status_code == 403
    assert "今天已经提醒过" in text_of(again)
    assert client.post("/reviews/province/remind/", {"round": "x"}).status_code == 404


def test_the_matrix_as_a_workbook(world: World) -> None:
    at_province(world, 2)
    answer = world.browser(world.handler(SICHUAN)).get("/reviews/province/matrix.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    cells = [[cell for cell in row if cell is not None] for row in sheet.iter_rows(values_only=True)]
    line = next(row for row in cells if row and "成都" in str(row[0]))
    assert "已接收" in line
    assert 2 in line


# ---- the decision -------------------------------------------------------------------------------------------------


def test_from_the_matrix_to_the_decision(world: World) -> None:
    files = at_province(world, 3)
    client = world.browser(world.handler(SICHUAN))
    assert "开始审定" in text_of(client.get("/reviews/province/"))
    assert [work.title for work in province_work(world.handler(SICHUAN), world.sichuan)] == ["3 户已接收，待审定"]
    client.post("/reviews/province/approvals/start/", {"round": world.sichuan.pk})
    approval = Approval.objects.get()
    address = f"/reviews/province/approvals/{approval.pk}/"
    shown = text_of(client.get(address))
    assert all(file.enterprise_name in shown for file in files)
    assert "同意推荐（演示）。" in shown
    data = {"ids": [files[0].pk, files[1].pk], "outcome": ["hold"], "reason": "等待核实（演示）"}
    client.post(f"{address}outcome/", data)
    assert set(approval.items.filter(outcome="hold").values_list("application_id", flat=True)) == {
        files[0].pk,
        files[1].pk,
    }
    client.post(f"{address}outcome/", {"ids": [files[1].pk], "outcome": ["", "approve"]})
    assert approval.items.filter(outcome="hold").count() == 1
    wrong = client.post(f"{address}outcome/", {"ids": [files[0].pk], "outcome": "refuse", "reason": " "})
    assert (wrong.status_code, "请写明理由" in text_of(wrong)) == (403, True)
    assert client.post(f"{address}outcome/", {"ids": [files[0].pk], "outcome": "x"}).status_code == 403
    client.post(f"{address}endorse/", {"opinion": "拟同意（演示）"})
    assert "审定待您签发" in [work.title for work in province_work(world.signer(SICHUAN), world.sichuan)]
    world.browser(world.signer(SICHUAN)).post(f"{address}endorse/", {"opinion": "同意（演示）"})
    assert states(files) == ["at_province", "approved", "approved"]
    assert "已审定" in text_of(client.get(address))


def test_everything_the_filter_shows_is_marked(world: World) -> None:
    at_province(world, 2)
    at_province(world, 1, WUHOU)
    approval = drafted(world)
    client = world.browser(world.handler(SICHUAN))
    answer = client.post(
        f"/reviews/province/approvals/{approval.pk}/outcome/?q=武侯",
        {"all": "1", "outcome": "hold", "reason": "演示"},
    )
    names = approval.items.filter(application__enterprise_name__contains="武侯").count()
    assert approval.items.filter(outcome="hold").count() == names
    assert answer.status_code == (302 if names else 403)


def test_sorted_by_growth_and_revenue(world: World) -> None:
    files = at_province(world, 3)
    for file, now, before in zip(files, ("3000", "9000", "5000"), ("1000", "8000", "0"), strict=True):
        cells = {"main_revenue": {"2016": before, "2017": now}, "revenue": {"2017": now}}
        Application.objects.filter(pk=file.pk).update(listing={**file.listing, "cells": cells})
    approval = drafted(world)
    client = world.browser(world.handler(SICHUAN))

    def order(query: str) -> list[int]:
        response = client.get(f"/reviews/province/approvals/{approval.pk}/{query}")
        return [row.pk for row in response.context["rows"]]

    first, second, third = (file.pk for file in files)
    assert order("?sort=-growth") == [first, second, third], "200 %, 12.5 %, unknown last"
    assert order("?sort=growth") == [second, first, third]
    assert order("?sort=-revenue") == [second, third, first]
    assert order("?sort=nonsense") == order("")
    rows = client.get(f"/reviews/province/approvals/{approval.pk}/").context["rows"]
    assert {row.pk: row.growth for row in rows} == {first: "200.00%", second: "12.50%", third: "—"}


def test_the_outcome_from_the_page_of_a_file_goes_into_the_draft(world: World) -> None:
    files = at_province(world, 1)
    client = world.browser(world.handler(SICHUAN))
    address = f"/reviews/files/{files[0].pk}/"
    refused = client.post(f"{address}outcome/", {"outcome": "refuse", "reason": "演示"})
    assert refused.status_code == 403
    drafted(world)
    assert "标注例外" in text_of(client.get(address))
    client.post(f"{address}outcome/", {"outcome": "to_county", "reason": "请补证明（演示）"})
    item = ApprovalItem.objects.get(application=files[0])
    assert (item.outcome, item.reason, states(files)) == ("to_county", "请补证明（演示）", ["at_province"])
    decided(world, item.approval)
    shown = text_of(world.browser(world.handler(JINJIANG)).get(address))
    assert "省级退回，请重新办理" in shown
    assert "请补证明（演示）" in shown
    assert client.get(address).status_code == 404, "below its floor again"
    assert "省级退回" not in text_of(
        world.browser(world.handler(CHENGDU)).get(f"/reviews/province/approvals/{item.approval_id}/")
    )


def test_the_page_costs_the_same(world: World, queries: Queries) -> None:
    at_province(world, 1)
    approval = drafted(world)
    client = world.browser(world.handler(SICHUAN))

    def another() -> None:
        at_province(world, 2)
        approving.collect(approval_id=approval.pk, actor=world.handler(SICHUAN))

    client.get(f"/reviews/province/approvals/{approval.pk}/")
    with queries.record() as once:
        client.get(f"/reviews/province/approvals/{approval.pk}/")
    another()
    with queries.record() as thrice:
        client.get(f"/reviews/province/approvals/{approval.pk}/")
    assert len(thrice) == len(once), "\n".join(thrice)
    assert len(once) <= 36
    with queries.record() as home:
        client.get("/reviews/province/")
    assert len(home) <= 40


# ---- the list -----------------------------------------------------------------------------------------------------


def test_from_the_notice_to_the_published_list(world: World) -> None:
    files = approved(world, 2)
    client = world.browser(world.handler(SICHUAN))
    client.post("/reviews/province/lists/start/", {"round": world.sichuan.pk})
    assert not Publishing.objects.exists(), "the public notice is not over"
    noticed(world, files)
    client.post("/reviews/province/lists/start/", {"round": world.sichuan.pk})
    row = Publishing.objects.get()
    address = f"/reviews/province/lists/{row.pk}/"
    shown = text_of(client.get(address))
    assert "办理清单" in shown
    assert "未填写" in shown
    client.post(f"{address}heading/", {"title": row.title, "number": "川经信企业函〔2018〕1号"})
    client.post(f"{address}explain/", {"action": "adopt"})
    early = client.post(f"{address}heading/", {"title": "", "number": "x"})
    assert "请填写标题" in text_of(early)
    assert client.get(f"{address}list.csv").status_code == 404
    client.post(f"{address}endorse/", {"opinion": "拟同意（演示）"})
    world.browser(world.signer(SICHUAN)).post(f"{address}endorse/", {"opinion": "同意（演示）"})
    assert states(files) == [FileState.LISTED] * 2
    csv = client.get(f"{address}list.csv").content.decode("utf-8-sig").splitlines()
    assert csv[0] == "序号,企业名称,所属市县,培育层级,批次"
    assert len(csv) == 3
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{address}list.xlsx").content))
    assert files[0].enterprise_name in {cell.value for cell in book.active["B"]}
    below = text_of(world.browser(world.handler(JINJIANG)).get(address))
    assert files[0].enterprise_name in below
    assert client.get(f"{address}list.exe").status_code == 404


def test_left_out_by_the_page(world: World) -> None:
    files = approved(world, 2)
    noticed(world, files)
    row = opened(world)
    client = world.browser(world.handler(SICHUAN))
    wrong = client.post(f"/reviews/province/lists/{row.pk}/leave-out/", {"ids": [files[0].pk], "reason": ""})
    assert "请写明不列入" in text_of(wrong)
    client.post(f"/reviews/province/lists/{row.pk}/leave-out/", {"ids": [files[0].pk], "reason": "待核实（演示）"})
    assert list(row.items.values_list("application_id", flat=True)) == [files[1].pk]
    assert "另有 1 户现在可以列入" in text_of(client.get(f"/reviews/province/lists/{row.pk}/"))
    client.post(f"/reviews/province/lists/{row.pk}/refresh/")
    assert row.items.count() == 2


def test_the_firm_reads_what_became_of_it(world: World) -> None:
    files = at_province(world, 2)
    approval = drafted(world)
    approving.set_outcome(
        approval_id=approval.pk,
        application_ids=[files[0].pk],
        outcome="refuse",
        reason="主营业务与目录不符（演示）",
        actor=world.handler(SICHUAN),
    )
    decided(world, approval)

    def home(file: Application) -> str:
        user = file.enterprise.memberships.order_by("pk").first().user
        return text_of(world.browser(actor_for(user)).get("/enterprises/home/"))

    assert "未予认定" in home(files[0])
    assert "主营业务与目录不符（演示）" in home(files[0])
    assert "接下来是公示、公布名单" in home(files[1])
    noticed(world, files[1:])
    listed(world)
    assert "已列入名单" in home(files[1])


def test_the_age_of_a_check_is_what_it_was_when_the_list_was_decided(db: None) -> None:
    Installation.start_rehearsal(dt.date(2019, 6, 17))
    made = [CheckRecord(code="credit", checked_on=dt.date(2018, 5, 1), result=CheckRecord.Result.CLEAN)]
    rules = SimpleNamespace(checks_for=lambda tier: [SimpleNamespace(code="credit", max_age_days=60)])
    decided = dt.datetime(2018, 5, 17, 10, tzinfo=dt.UTC)
    assert _check_words(made, Application(), rules, decided) == ("ok", "审定前 16 天")
    assert _check_words(made, Application(), rules, None) == ("wait", "412 天前，已过期")
