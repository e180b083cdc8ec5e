"""Pages of changes on the roster: desk, form, one proposal for officials and the firm, papers, autosave, what a firm must not see."""

from __future__ import annotations

import io
import json
from typing import Any

from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from enterprises.actions.identity import close
from foundation.documents.actions.render import render_document
from portal.rehearsal.people import SICHUAN
from reviews.actions import lifecycle
from reviews.models import Proposal
from tests.harness.queries import Queries
from tests.reviews.conftest import HETANG, JINJIANG, Upload, World, member_of, pdf
from tests.reviews.lifecycle_world import REASON, at, decided, delisting, listed, province

DESK = "/reviews/lifecycle/"


def get(client: Client, name: str, *args: Any, status: int = 200, **query: str) -> str:
    answer = client.get(reverse(f"reviews:{name}", args=args), query)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


def post(client: Client, name: str, *args: Any, **data: Any) -> Any:
    return client.post(reverse(f"reviews:{name}", args=args), data)


def heard(world: World, entry: Any) -> Proposal:
    at("2018-07-12")
    return lifecycle.open_hearing(proposal_id=delisting(world, entry).pk, actor=province(world))


def test_the_whole_way_by_its_pages(world: World) -> None:
    entry, firm = listed(world)
    at("2018-07-12")
    office, office_signer = world.browser(world.handler(SICHUAN)), world.browser(world.signer(SICHUAN))
    form = get(office, "propose", entry.pk)
    assert "剔除" in form
    assert "规定先进入观察期" in form
    typed = {"kind": "delist", "reason": "", "clause": "238号"}
    refused = post(office, "proposal_make", entry.pk, **typed)
    assert refused.status_code == 403
    assert 'value="238号"' in refused.content.decode()
    answer = post(office, "proposal_make", entry.pk, **{**typed, "reason": REASON})
    proposal = Proposal.objects.get()
    assert answer.url == reverse("reviews:proposal", args=[proposal.pk])
    page = get(office, "proposal", proposal.pk)
    assert page.count("btn-primary") == 2  # the one action, and the button inside its dialog
    assert "发出听取意见通知书" in page
    assert post(office, "proposal_hearing", proposal.pk).status_code == 302
    assert "听取意见到2018年7月19日结束" in get(office, "proposal", proposal.pk)

    client = world.browser(firm.actor)
    home = client.get(reverse("enterprises:home")).content.decode()
    assert "就名单调整听取您的意见" in home
    page = get(client, "proposal", proposal.pk)
    assert "尚未陈述意见" in page
    assert "签批顺序" not in page
    sent = {"text": "会计离职，已补报。", "file": Upload(pdf(), "补报回执.pdf")}
    assert post(client, "proposal_state", proposal.pk, **sent).status_code == 302
    assert "会计离职" in get(office, "proposal", proposal.pk)

    version = str(Proposal.objects.get().version)
    assert post(office, "proposal_decide", proposal.pk, version=version, opinion="拟剔除").status_code == 302
    stale = post(office_signer, "proposal_decide", proposal.pk, version=version, opinion="同意")
    assert stale.status_code == 409
    assert "同意</textarea>" in stale.content.decode()
    version = str(Proposal.objects.get().version)
    assert post(office_signer, "proposal_decide", proposal.pk, version=version, opinion="同意").status_code == 302
    page = get(client, "proposal", proposal.pk)
    assert "从名单中直接剔除" in page
    assert "重新申请" in page


def test_what_is_typed_is_kept_by_itself(world: World) -> None:
    entry, firm = listed(world)
    proposal = heard(world, entry)
    client = world.browser(firm.actor)
    address = reverse("reviews:proposal_draft", args=[proposal.pk])

    def save(body: Any) -> Any:
        return client.post(address, json.dumps(body), content_type="application/json")

    assert save({"version": 0, "fields": {"text": "我们正在"}}).json()["version"] == 1
    assert "我们正在</textarea>" in get(client, "proposal", proposal.pk)
    assert save({"version": 0, "fields": {"text": "旧窗口"}}).status_code == 409
    assert save({"fields": {}}).status_code == 400
    assert save(["x"]).status_code == 400
    # A refused submission shows what was typed, and what was saved stays saved.
    refused = post(client, "proposal_state", proposal.pk, text="长" * 5001)
    assert refused.status_code == 403
    assert "长长长</textarea>" in refused.content.decode()
    assert "我们正在" not in get(world.browser(province(world)), "proposal", proposal.pk)


def test_papers_open_for_the_firm_and_its_bureaus_and_nobody_else(world: World) -> None:
    entry, firm = listed(world)
    _, other = listed(world)
    proposal = heard(world, entry)
    assert proposal.hearing_document is not None
    client = world.browser(firm.actor)
    get(client, "proposal_paper", proposal.pk, "letter", status=404)  # not rendered yet
    render_document(proposal.hearing_document)
    for actor in (firm.actor, member_of(firm.actor), world.handler(JINJIANG), province(world)):
        answer = world.browser(actor).get(reverse("reviews:proposal_paper", args=[proposal.pk, "letter"]))
        assert answer["Content-Type"] == "application/pdf"
        assert b"".join(answer.streaming_content).startswith(b"%PDF")  # type: ignore[attr-defined]
        answer.close()
    for actor in (other.actor, world.handler(HETANG)):
        get(world.browser(actor), "proposal_paper", proposal.pk, "letter", status=404)
        get(world.browser(actor), "proposal", proposal.pk, status=404)
    get(client, "proposal_paper", proposal.pk, "decision", status=404)


def test_the_county_enters_the_paper_on_the_page(world: World) -> None:
    entry, firm = listed(world)
    proposal = heard(world, entry)
    county = world.browser(world.handler(JINJIANG))
    assert "代录书面意见" in get(county, "proposal", proposal.pk)
    sent = {"text": "纸质意见", "received_on": "2018-07-xx", "file": Upload(pdf(), "意见.pdf")}
    refused = post(county, "proposal_state", proposal.pk, **sent)
    assert "收到书面意见的日期" in refused.content.decode()
    assert "纸质意见</textarea>" in refused.content.decode()
    sent = {"text": "纸质意见", "received_on": "2018-07-12", "file": Upload(pdf(), "意见.pdf")}
    assert post(county, "proposal_state", proposal.pk, **sent).status_code == 302
    assert "书面意见代录" in get(world.browser(firm.actor), "proposal", proposal.pk)


def test_desk_views_filters_and_export(world: World) -> None:
    entry, firm = listed(world)
    second, _ = listed(world)
    at("2018-07-12")
    heard_one = heard(world, entry)
    lifecycle.propose(entry_id=second.pk, kind="observe", reason="下滑", actor=world.handler(JINJIANG))
    office, county = world.browser(province(world)), world.browser(world.handler(JINJIANG))
    page = get(office, "proposals")
    assert "待我单位办理 1" in page  # opens on what waits
    assert "听取意见中 1" in page
    assert firm.enterprise.name not in page
    assert firm.enterprise.name in get(office, "proposals", view="hearing")
    assert firm.enterprise.name in get(office, "proposals", view="all", q=firm.enterprise.uscc)
    assert firm.enterprise.name not in get(office, "proposals", view="all", kind="observe")
    assert "没有符合条件" in get(office, "proposals", view="all", programme="hunan_reserve_2018")
    assert "本单位提出 1" in get(county, "proposals", view="sent")
    at("2018-07-20")
    assert "待我单位办理 2" in get(office, "proposals")
    book = load_workbook(io.BytesIO(b"".join(office.get(DESK + "export/?view=all").streaming_content)))
    cells = [str(cell.value) for row in book.worksheets[0].iter_rows() for cell in row]
    assert firm.enterprise.uscc in cells
    assert "期满未陈述，待决定" in cells
    assert "剔除" in cells
    decided(world, heard_one)
    assert "已办结 1" in get(office, "proposals")
    for who in (world.browser(firm.actor), Client()):
        assert who.get(DESK).status_code in {302, 403}


def test_a_cancelled_firm_stands_on_the_desk_until_somebody_proposes(world: World) -> None:
    entry, firm = listed(world)
    close(enterprise_id=firm.enterprise.pk, actor=world.handler(JINJIANG), reason="注销通知书")
    county = world.browser(world.handler(JINJIANG))
    assert "仍在" in get(county, "proposals")
    form = get(county, "propose", entry.pk, kind="leave", cause="closed")
    assert 'value="closed" selected' in form
    post(county, "proposal_make", entry.pk, kind="leave", cause="closed", reason="已注销")
    assert "仍在" not in get(county, "proposals")


def test_the_firm_asks_to_leave_by_its_pages(world: World) -> None:
    entry, firm = listed(world)
    client = world.browser(firm.actor)
    own = client.get(reverse("cultivation:my-roster")).content.decode()
    assert reverse("reviews:ask_leave", args=[entry.pk]) in own
    assert "义务自退出之日起终止" in get(client, "ask_leave", entry.pk)
    refused = post(client, "proposal_ask_leave", entry.pk, reason=" ")
    assert refused.status_code == 403
    post(client, "proposal_ask_leave", entry.pk, reason="转行")
    proposal = Proposal.objects.get()
    assert "撤回退出申请" in get(client, "proposal", proposal.pk)
    post(client, "proposal_take_back", proposal.pk)
    assert "不作调整" in get(client, "proposal", proposal.pk)
    member = world.browser(member_of(firm.actor))
    assert post(member, "proposal_ask_leave", entry.pk, reason="x").status_code == 403


def test_the_entry_shows_its_life_and_what_was_proposed(world: World) -> None:
    entry, firm = listed(world)
    at("2019-03-20")
    decided(world, lifecycle.propose(entry_id=entry.pk, kind="observe", reason="收入下滑", actor=province(world)))
    office = world.browser(province(world))
    address = reverse("cultivation:roster-entry", args=[entry.pk])
    page = office.get(address).content.decode()
    for said in ("观察期", "2020年3月20日", "收入下滑", "进入观察期决定书", "提出名单调整", "层级和政策保留"):
        assert said in page
    assert "观察期" in world.browser(firm.actor).get(reverse("cultivation:my-roster")).content.decode()
    assert world.browser(world.handler(HETANG)).get(address).status_code == 404


def test_pages_cost_the_same_with_one_row_and_with_three(world: World, queries: Queries) -> None:
    def add() -> None:
        entry, _ = listed(world)
        delisting(world, entry)

    office = world.browser(province(world))
    queries.flat(add_row=add, act=lambda: office.get(DESK, {"view": "all"}), expected=8)


def test_many_at_once_are_decided_by_a_job_and_what_cannot_be_is_told(world: World) -> None:
    from foundation.duties.models import Job, JobItem
    from foundation.duties.runner import run_job

    first, second = (listed(world)[0] for _ in range(2))
    at("2019-03-20")
    rows = [
        lifecycle.propose(entry_id=first.pk, kind="observe", reason="下滑", actor=province(world)),
        delisting(world, second),
    ]
    office = world.browser(world.handler(SICHUAN))
    assert "data-bulk" in get(office, "proposals")
    many = reverse("reviews:proposals_many")
    assert office.post(f"{many}?view=mine", {"action": "decide"}).url == DESK  # nothing chosen
    assert office.post(many, {"action": "burn"}).status_code == 404
    office.post(f"{many}?view=mine", {"action": "decide", "all": "1", "opinion": "同意"})
    job = Job.objects.get()
    assert sorted(job.params["ids"]) == sorted(row.pk for row in rows)
    run_job(job.pk)
    told = {item.key: (item.ok, item.reason) for item in JobItem.objects.filter(job=job)}
    assert told[str(rows[0].pk)][0]
    assert "还没有听取企业意见" in told[str(rows[1].pk)][1]
    assert Proposal.objects.get(pk=rows[1].pk).state == "draft"
    signer = world.browser(world.signer(SICHUAN))
    signer.post(f"{many}?view=all", {"action": "decide", "ids": [rows[0].pk], "opinion": "同意"})
    run_job(Job.objects.latest("id").pk)
    assert Proposal.objects.get(pk=rows[0].pk).state == "adopted"
