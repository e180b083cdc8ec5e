"""Pages of public notices: anyone's, the bureau's desk; typed text kept, refusals shown, costs that do not grow (P-03)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from foundation.documents.actions.render import render_document
from portal.rehearsal.people import CHENGDU, SICHUAN
from reviews.actions import noticing
from reviews.models import PublicNotice, PublicNoticeRow
from tests.harness.queries import Queries
from tests.reviews.conftest import JINJIANG, World
from tests.reviews.notices import CONTACTS, after, approved, draft, object_to, posted, prefecture_variant, row, running

OnDay = Callable[[Any], None]
HOME = "/reviews/public-notices/"


def desk(notice: PublicNotice, act: str = "") -> str:
    return f"{HOME}{notice.pk}/{act}"


def public(notice: PublicNotice) -> str:
    return f"/reviews/notices/{notice.pk}/"


def text_of(response: Any) -> str:
    return response.content.decode()


def test_anyone_reads_a_posted_notice_with_name_place_and_tier_alone(world: World) -> None:
    notice = draft(world)
    visitor = Client()
    assert visitor.get(public(notice)).status_code == 404, "a draft is nobody else's business"
    for actor in dict.fromkeys((world.handler(SICHUAN), world.signer(SICHUAN))):
        if PublicNotice.objects.get(pk=notice.pk).opened_at is None:
            noticing.open_notice(notice_id=notice.pk, actor=actor)
    page = text_of(visitor.get(public(notice)))
    first = PublicNoticeRow.objects.select_related("application__enterprise").get(notice=notice, rank=1)
    for shown in (first.name, "成都市锦江区", first.tier, "即将开始", *CONTACTS.values(), "加盖单位公章"):
        assert shown in page
    firm = first.application.enterprise
    for hidden in (firm.uscc, first.application.number, firm.contact_phone or "无此内容"):
        assert hidden not in page
    assert "提出异议<span" not in page, "not before the first day"


def test_days_left_struck_corrected_and_the_paper(world: World) -> None:
    notice = running(world, 3)
    signer = world.signer(SICHUAN)
    noticing.strike_row(row_id=row(notice).pk, actor=signer, reason="材料不实（演示）")
    before = row(notice, 2).name
    noticing.correct_row(row_id=row(notice, 2).pk, actor=signer, name="演示更名有限公司", reason="企业更名（演示）")
    visitor = Client()
    page = text_of(visitor.get(public(notice)))
    for shown in (
        "还有 5 个工作日",
        "已撤下",
        "材料不实（演示）",
        "演示更名有限公司",
        f"原公示为“{before}”",
        "企业更名（演示）",
    ):
        assert shown in page
    assert page.count("提出异议<span") == 2
    assert visitor.get(f"{public(notice)}paper/").status_code == 404
    render_document(notice.document)
    paper = visitor.get(f"{public(notice)}paper/")
    assert (paper.status_code, paper["Content-Type"]) == (200, "application/pdf")
    assert b"".join(paper.streaming_content).startswith(b"%PDF")
    listed = text_of(visitor.get("/reviews/notices/"))
    assert notice.title in listed
    assert notice.title in text_of(visitor.get("/"))
    assert "没有找到这家企业" in text_of(visitor.get(f"{public(notice)}?q=没有的企业"))


def test_over_and_restarted_are_told(world: World, on_day: OnDay) -> None:
    notice = running(world)
    on_day(after(notice))
    visitor = Client()
    page = text_of(visitor.get(public(notice)))
    assert "已结束" in page
    assert "提出异议<span" not in page
    assert notice.title not in text_of(visitor.get("/"))
    browser = world.browser(world.signer(SICHUAN))
    again = browser.post(desk(notice, "restart/"), {"reason": "监督电话有误（演示）"})
    new = PublicNotice.objects.get(earlier=notice)
    assert again["Location"] == desk(new)
    page = text_of(visitor.get(public(notice)))
    assert "本公示已停止，重新公示" in page
    assert "监督电话有误（演示）" in page
    assert "接续" in text_of(browser.get(desk(new)))


def test_from_waiting_to_posted_and_closed_by_hand(world: World, on_day: OnDay) -> None:
    approved(world, 3)
    browser = world.browser(world.handler(SICHUAN))
    home = text_of(browser.get(HOME))
    assert "有 3 户等待公示" in home
    answer = browser.post(f"{HOME}start/", {"round": world.sichuan.pk})
    notice = PublicNotice.objects.get()
    assert answer["Location"] == desk(notice)
    page = text_of(browser.get(desk(notice)))
    assert "请填写监督联系人和电话" in page
    wrong = browser.post(desk(notice, "edit/"), {"title": "演示标题", "business_phone": "无号码", "body": "打好的字"})
    assert wrong.status_code == 403
    for kept in ("不像电话号码", "打好的字", "演示标题", "无号码"):
        assert kept in text_of(wrong)
    assert browser.post(desk(notice, "edit/"), {**CONTACTS, "working_days": "五"}).status_code == 403
    assert browser.post(desk(notice, "edit/"), {**CONTACTS, "working_days": "7"}).status_code == 302
    ids = list(notice.rows.order_by("rank").values_list("pk", flat=True))
    version = PublicNotice.objects.get(pk=notice.pk).version
    body = json.dumps({"ids": ids[::-1], "version": version})
    assert browser.post(desk(notice, "order/"), body, content_type="application/json").status_code == 200
    assert browser.post(desk(notice, "order/"), body, content_type="application/json").status_code == 409
    assert browser.post(desk(notice, "order/"), "{", content_type="application/json").status_code == 400
    assert browser.post(desk(notice, "rows/"), {"action": "leave_out", "row": ids[0]}).status_code == 302
    assert browser.post(desk(notice, "rows/"), {"action": "leave_out", "row": ids[0]}).status_code == 403
    assert browser.post(desk(notice, "rows/"), {"action": "collect"}).status_code == 302
    for actor in dict.fromkeys((world.handler(SICHUAN), world.signer(SICHUAN))):
        if PublicNotice.objects.get(pk=notice.pk).opened_at is None:
            assert world.browser(actor).post(desk(notice, "sign/"), {"opinion": "同意"}).status_code == 302
    notice = PublicNotice.objects.get(pk=notice.pk)
    assert notice.state == "running"
    signer = world.browser(world.signer(SICHUAN))
    assert signer.post(desk(notice, "close/")).status_code == 403
    refused = signer.post(desk(notice, "rows/"), {"action": "strike", "row": row(notice).pk, "reason": ""})
    assert "请写明理由，公众可见" in text_of(refused)
    kept = signer.post(
        desk(notice, "rows/"),
        {"action": "correct", "row": row(notice).pk, "name": row(notice).name, "reason": "写好的理由"},
    )
    assert "写好的理由" in text_of(kept)
    on_day(after(notice))
    assert "期满待结束" in text_of(signer.get(HOME))
    assert "公示期已满，待结束" in text_of(signer.get("/"))
    assert signer.post(desk(notice, "close/")).status_code == 302
    assert PublicNotice.objects.get(pk=notice.pk).state == "closed"
    assert "公示期已满" not in text_of(signer.get("/"))


@pytest.mark.parametrize("place", [CHENGDU, JINJIANG])
def test_other_bureaus_have_no_desk_of_it(world: World, place: str) -> None:
    notice = running(world)
    browser = world.browser(world.handler(place))
    assert browser.get(desk(notice)).status_code == 404
    for act in ("edit/", "rows/", "sign/", "close/", "restart/", "register/"):
        assert browser.post(desk(notice, act), {"reason": "演示"}).status_code == 404
    assert browser.get(public(notice)).status_code == 200


def test_firms_have_no_desk(world: World) -> None:
    notice = running(world)
    browser = world.browser(world.firm(JINJIANG).actor)
    assert browser.get(HOME).status_code == 403
    assert browser.get(desk(notice)).status_code == 404


def test_a_prefecture_finds_its_notice_beside_its_list(world: World) -> None:
    prefecture_variant(world)
    home = text_of(world.browser(world.handler(CHENGDU)).get(f"/reviews/dispatches/?round={world.sichuan.pk}"))
    assert "本级公示" in home
    plain = text_of(world.browser(world.handler(JINJIANG)).get(f"/reviews/dispatches/?round={world.sichuan.pk}"))
    assert "本级公示" not in plain


def test_a_prefecture_has_an_entry_while_a_notice_of_its_own_is_under_way(world: World) -> None:
    entry = f'href="{HOME}"'
    browser = world.browser(world.handler(CHENGDU))
    assert entry not in text_of(browser.get("/reviews/queue/"))
    notice = draft(world)
    PublicNotice.objects.filter(pk=notice.pk).update(bureau_id=world.handler(CHENGDU).bureau_id)
    assert entry in text_of(browser.get("/reviews/queue/"))
    assert entry not in text_of(world.browser(world.handler(JINJIANG)).get("/reviews/queue/"))


def test_the_first_page_names_rounds_while_firms_can_apply_and_always_the_notices(world: World, on_day: OnDay) -> None:
    home = text_of(Client().get("/"))
    assert world.sichuan.title in home
    assert "看公示" in home
    on_day("2019-06-17")
    later = text_of(Client().get("/"))
    assert world.sichuan.title not in later
    assert "看公示" in later


# ---- costs ---------------------------------------------------------------------------------------------------


def _more_rows(notice: PublicNotice) -> Callable[[], Any]:
    taken = row(notice).application

    def add() -> PublicNoticeRow:
        last = notice.rows.order_by("-rank").first()
        copy = type(taken).objects.get(pk=taken.pk)
        copy.pk, copy.state, copy.number = None, "not_approved", f"演示{last.rank}-{notice.pk}"
        copy._state.adding = True
        copy.save()
        return PublicNoticeRow.objects.create(
            notice=notice, application=copy, rank=last.rank + 1, name=f"演示{last.rank}", region="成都市", tier="演示"
        )

    return add


def test_pages_cost_the_same_with_more_firms(world: World, queries: Queries) -> None:
    notice = running(world, 1)
    object_to(world, row(notice))
    browser, visitor = world.browser(world.handler(SICHUAN)), Client()
    queries.flat(add_row=_more_rows(notice), act=lambda: visitor.get(public(notice)), expected=COSTS["public"])
    queries.flat(add_row=_more_rows(notice), act=lambda: browser.get(desk(notice)), expected=COSTS["desk"])


def test_lists_cost_the_same_with_more_notices(world: World, queries: Queries) -> None:
    notice = posted(world, 1)
    browser, visitor = world.browser(world.handler(SICHUAN)), Client()
    number = iter(range(2, 99))

    def add() -> PublicNotice:
        copy = PublicNotice.objects.get(pk=notice.pk)
        copy.pk, copy.sequence, copy.state = None, next(number), "closed"
        copy._state.adding = True
        copy.save()
        return copy

    queries.flat(add_row=add, act=lambda: visitor.get("/reviews/notices/"), expected=COSTS["list"])
    queries.flat(add_row=add, act=lambda: browser.get(HOME), expected=COSTS["home"])


COSTS = {"public": 5, "desk": 11, "list": 3, "home": 9}
"""Measured; the same for one row and for three."""
