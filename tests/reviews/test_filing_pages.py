"""The writer's pages as an ordinary member, an administrator, an official: shown, sent, refused, nothing typed lost."""

from __future__ import annotations

import json
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from foundation.documents.actions.render import render_document
from foundation.documents.models import FrozenDocument, StoredFile
from reviews.actions.county import refuse, return_for_correction
from reviews.actions.filing import save_answers, start_application, submit, withdraw
from reviews.models import Application, Evidence
from reviews.papers import PAPER_SOURCE
from tests.reviews.conftest import HETANG, JINJIANG, TIANYUAN, World, member_of, pdf

DRAFT_PAGES = ("draft_facts", "draft_answers", "draft_evidence", "draft_check", "draft_submit", "filing", "print_form")
FETCH = {"headers": {"X-Requested-With": "fetch", "Accept": "application/json"}}


def page(client: Client, name: str, *args: Any, **query: Any) -> str:
    """The text of a page that must be there."""
    response = client.get(reverse(f"reviews:{name}", args=args), query)
    assert response.status_code == 200, (name, response.status_code)
    return response.content.decode()


def save(client: Client, file: Application, version: int, **fields: Any) -> Any:
    """Autosave as the page's script sends it."""
    return client.post(
        reverse("reviews:draft_save", args=[file.pk]),
        json.dumps({"version": version, "fields": fields}),
        content_type="application/json",
        **FETCH,
    )


def opens(client: Client, url: str) -> int:
    """Fetch a stored file whole; its status."""
    response = client.get(url)
    if response.streaming:
        b"".join(response.streaming_content)  # type: ignore[arg-type]
    response.close()
    return response.status_code


# ---- list and start ----------------------------------------------------------------------------------------


def test_the_list_speaks_the_firms_words_and_offers_open_rounds(world: World) -> None:
    firm = world.firm()
    client = world.browser(member_of(firm.actor))
    empty = page(client, "mine")
    assert "可以申报" in empty
    assert "2018年小巨人后备企业申报" in empty
    assert "看条件，去申报" in empty
    world.draft(firm)
    text = page(client, "mine")
    assert "尚未提交" in text
    assert "还有 4 天" in text
    assert "继续填写" in text
    assert "看条件，去申报" not in text


def test_two_live_files_in_one_year_are_told_on_list_start_and_file(world: World, on_day: Any) -> None:
    """SC-02: warn, not forbid. Both rounds of one province are needed: the second is a later batch of the same programme."""
    from cultivation.actions.rounds import founding_windows, open_round

    second = open_round(
        version=world.hunan.version,
        year=2018,
        batch=2,
        actor=world.handler("430000"),
        windows=founding_windows(world.hunan.programme),
    )
    file, firm = world.draft()
    client = world.browser(firm.actor)
    assert "本年度另有在办的申报" in page(client, "start", second.pk)
    other = start_application(enterprise=firm.enterprise, round=second, tier="reserve", actor=firm.actor)
    assert "2018年有 2 份在办的申报" in page(client, "mine")
    assert "2018年另有在办的申报" in page(client, "filing", file.pk)
    assert "本年度已有在办申报" in page(client, "draft_check", other.pk)
    assert "2 份在办" not in page(client, "mine", year=2017)


def test_start_shows_own_bureaus_notice_first_and_the_stairs(world: World) -> None:
    firm = world.firm(place=TIANYUAN)
    text = page(world.browser(firm.actor), "start", world.hunan.pk)
    own, source = (
        text.index("关于组织申报2018年小巨人后备企业的通知"),
        text.index("关于做好2018年小巨人企业培育工作的通知"),
    )
    assert own < source
    assert "待录入" in text
    assert "49号 一（二）" in text
    assert "开始填写" in text


def test_start_creates_the_draft_once(world: World) -> None:
    firm = world.firm(place=JINJIANG)
    client = world.browser(firm.actor)
    address = reverse("reviews:start", args=[world.sichuan.pk])
    answer = client.post(address, {})
    assert answer.status_code == 200
    assert "请选择申报哪一级" in answer.content.decode()
    assert client.post(address, {"tier": "high_growth"}).status_code == 302
    again = client.post(address, {"tier": "high_growth"})
    assert again.status_code == 403
    assert "本轮已有一份在办的申报材料" in again.content.decode()
    assert Application.objects.filter(enterprise=firm.enterprise).count() == 1


def test_a_tier_with_several_ways_is_started_by_way(world: World) -> None:
    firm = world.firm(place=JINJIANG)
    client = world.browser(firm.actor)
    text = page(client, "start", world.sichuan.pk)
    way = world.sichuan.programme.tier("startup_micro").subtypes[0]
    assert f'value="startup_micro:{way.code}"' in text
    client.post(reverse("reviews:start", args=[world.sichuan.pk]), {"tier": f"startup_micro:{way.code}"})
    file = Application.objects.get(enterprise=firm.enterprise)
    assert (file.tier, file.subtype) == ("startup_micro", way.code)
    client.post(reverse("reviews:draft_tier", args=[file.pk]), {"tier": "high_growth", "version": file.version})
    file.refresh_from_db()
    assert (file.tier, file.subtype) == ("high_growth", "")


# ---- draft pages -------------------------------------------------------------------------------------------


def test_every_group_opens_for_a_member_and_for_nobody_else(world: World) -> None:
    file, firm = world.draft(place=JINJIANG)
    member = world.browser(member_of(firm.actor))
    strangers = [
        world.browser(world.firm().actor),
        world.browser(world.handler(JINJIANG)),
        world.browser(world.handler("510000")),
    ]
    for name in (*DRAFT_PAGES, "draft_commitment"):
        text = page(member, name, file.pk)
        assert "尚未提交" in text
        for stranger in strangers:
            assert stranger.get(reverse(f"reviews:{name}", args=[file.pk])).status_code == 404
    assert Client().get(reverse("reviews:filing", args=[file.pk])).status_code == 302


def test_facts_come_from_the_firm_with_year_and_source(world: World) -> None:
    file, firm = world.draft()
    text = page(world.browser(firm.actor), "draft_facts", file.pk)
    assert f"{float(firm.plan.figures[2017, 'revenue']):,.2f}" in text
    assert "2017年度审计报告" in text
    assert reverse("enterprises:figures", args=[firm.enterprise.pk]) in text


def test_autosave_keeps_wrong_text_and_saves_the_rest(world: World) -> None:
    file, firm = world.draft(answers=False)
    client = world.browser(firm.actor)
    answer = save(client, file, 0, **{"financing_need.amount": "1,200", "claimed_invention_patents_5y": "九十"})
    told = answer.json()
    assert (answer.status_code, told["version"]) == (200, 1)
    assert told["errors"] == {"claimed_invention_patents_5y": "“九十”不是整数。"}
    text = page(client, "draft_answers", file.pk)
    assert 'value="九十"' in text
    assert "“九十”不是整数。" in text
    assert 'value="1200"' in text
    stale = save(client, file, 0, activity_categories=["cloud_adoption"])
    assert stale.status_code == 409
    assert "在另一处保存过" in stale.json()["reason"]
    assert save(client, file, 1, unknown="x").status_code == 200
    assert (
        client.post(
            reverse("reviews:draft_save", args=[file.pk]), "no json", content_type="application/json"
        ).status_code
        == 400
    )


def test_autosave_of_a_submitted_file_is_refused_loudly(world: World) -> None:
    file, firm = world.submitted()
    answer = save(world.browser(firm.actor), file, file.version, activity_categories=["cloud_adoption"])
    assert answer.status_code == 403
    assert "不能修改" in answer.json()["reason"]


def test_answers_work_without_scripts_and_come_back_when_stale(world: World) -> None:
    file, firm = world.draft(answers=False)
    client = world.browser(firm.actor)
    address = reverse("reviews:draft_answers", args=[file.pk])
    typed = {"version": "0", "activity_categories": ["cloud_adoption", "integration"], "financing_need.use": "购置设备"}
    assert client.post(address, typed).url == reverse("reviews:draft_evidence", args=[file.pk])
    file.refresh_from_db()
    assert file.answers == {
        "activity_categories": ["cloud_adoption", "integration"],
        "financing_need": {"use": "购置设备"},
    }
    stale = client.post(address, {"version": "0", "financing_need.use": "建新厂房"})
    assert stale.status_code == 409
    assert 'value="建新厂房"' in stale.content.decode()
    nothing_ticked = client.post(address, {"version": str(file.version), "financing_need.use": "购置设备"})
    assert nothing_ticked.status_code == 302
    file.refresh_from_db()
    assert "activity_categories" not in file.answers


def test_evidence_file_by_file_and_a_refused_one_takes_nothing_with_it(world: World) -> None:
    file, firm = world.draft()
    client = world.browser(firm.actor)
    address = reverse("reviews:evidence_add", args=[file.pk])
    good = client.post(
        address,
        {"slot": "financial_report", "year": "2017", "file": SimpleUploadedFile("审计报告.pdf", pdf())},
        **FETCH,
    )
    assert good.status_code == 200
    assert good.json()["name"] == "审计报告.pdf"
    before = StoredFile.objects.count()
    for name, content, told in (
        ("坏.pdf", b"MZ not a pdf", "程序文件"),
        ("空.pdf", b"", "空"),
        ("旧.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 600, "旧版"),
    ):
        bad = client.post(address, {"slot": "licence", "file": SimpleUploadedFile(name, content)}, **FETCH)
        assert bad.status_code in {400, 403}
        assert told in bad.json()["reason"]
    wrong_slot = client.post(address, {"slot": "nothing", "file": SimpleUploadedFile("a.pdf", pdf(2))}, **FETCH)
    assert wrong_slot.status_code == 403
    assert StoredFile.objects.count() == before
    row = Evidence.objects.get(application=file)
    assert row.year == 2017
    assert "审计报告.pdf" in page(client, "draft_evidence", file.pk)
    assert opens(client, good.json()["url"]) == 200
    assert opens(world.browser(world.handler()), good.json()["url"]) == 404
    assert client.post(good.json()["remove"], **FETCH).status_code == 200
    assert "审计报告.pdf" not in page(client, "draft_evidence", file.pk)


def test_evidence_is_read_by_the_county_once_submitted(world: World) -> None:
    file, firm = world.draft()
    client = world.browser(firm.actor)
    told = client.post(
        reverse("reviews:evidence_add", args=[file.pk]),
        {"slot": "licence", "file": SimpleUploadedFile("执照.pdf", pdf())},
        **FETCH,
    ).json()
    world.resubmit(file, firm)
    assert opens(world.browser(world.handler()), told["url"]) == 200
    assert opens(world.browser(world.handler(TIANYUAN)), told["url"]) == 404


def test_findings_are_explained_on_the_page(world: World) -> None:
    file, firm = world.draft()
    file = save_answers(
        application_id=file.pk, actor=firm.actor, version=file.version, changes={"claimed_invention_patents_5y": 88}
    )
    client = world.browser(firm.actor)
    text = page(client, "draft_check", file.pk)
    assert "申报填写 88 件" in text
    assert "待说明" in text
    assert "由主管部门认定，不影响提交" in text
    assert save(client, file, file.version, **{"explain:patents_listed": "含受让专利"}).status_code == 200
    assert "含受让专利" in page(client, "draft_check", file.pk)
    file.refresh_from_db()
    posted = client.post(
        reverse("reviews:draft_check", args=[file.pk]),
        {"version": file.version, "explain:patents_listed": "含受让专利三件"},
    )
    assert posted.status_code == 302
    assert file.explanations.filter(code="patents_listed", text="含受让专利三件").exists()


# ---- submission --------------------------------------------------------------------------------------------


def test_submission_page_lists_what_is_missing_with_links(world: World) -> None:
    file, firm = world.draft(answers=False)
    client = world.browser(firm.actor)
    text = page(client, "draft_submit", file.pk)
    assert "“拟参加活动类别”未填写" in text
    assert reverse("reviews:draft_answers", args=[file.pk]) in text
    assert 'aria-disabled="true"' in text
    refused = client.post(reverse("reviews:draft_submit", args=[file.pk]), {"declared": "truthful"})
    assert refused.status_code == 403
    kept = refused.content.decode()
    assert "暂不能提交" in kept
    assert 'id="id_declared_truthful" checked' in kept


def test_submission_leads_to_the_acknowledgement_and_pressing_twice_too(world: World) -> None:
    file, firm = world.draft()
    client = world.browser(firm.actor)
    address, receipt = reverse("reviews:draft_submit", args=[file.pk]), reverse("reviews:receipt", args=[file.pk])
    for _ in range(2):
        answer = client.post(address, {"declared": "truthful"})
        assert (answer.status_code, answer.url) == (302, receipt)
    file.refresh_from_db()
    assert file.number in page(client, "receipt", file.pk)
    assert file.submissions.count() == 1
    assert "已提交，等待县级审核" in page(client, "filing", file.pk)
    for name in ("draft_facts", "draft_answers", "draft_submit"):
        assert client.get(reverse(f"reviews:{name}", args=[file.pk])).url == reverse("reviews:filing", args=[file.pk])


def test_receipt_before_submission_leads_back(world: World) -> None:
    file, firm = world.draft()
    client = world.browser(firm.actor)
    assert client.get(reverse("reviews:receipt", args=[file.pk])).url == reverse("reviews:filing", args=[file.pk])
    assert client.post(reverse("reviews:form_pdf", args=[file.pk])).status_code == 403


def test_withdrawal_is_confirmed_and_told(world: World) -> None:
    file, firm = world.submitted()
    client = world.browser(firm.actor)
    assert "确认撤回" in page(client, "filing", file.pk)
    assert client.get(reverse("reviews:withdraw", args=[file.pk])).status_code == 405
    client.post(reverse("reviews:withdraw", args=[file.pk]), {"reason": "数据有误"})
    text = page(client, "filing", file.pk)
    assert "您已撤回" in text
    assert "数据有误" in text
    again = client.post(reverse("reviews:withdraw", args=[file.pk]))
    assert again.status_code == 403
    assert "不能再撤回" in again.content.decode()


# ---- correction --------------------------------------------------------------------------------------------


def test_the_correction_stands_on_top_with_replies_and_changes(world: World) -> None:
    file, firm = world.submitted()
    return_for_correction(
        application_id=file.pk,
        actor=world.handler(),
        reason="请核对研发投入",
        note="电话已沟通",
        items=[
            {"anchor": "rd_expenditure-2017", "label": "2017年研发投入", "remark": "与审计报告不一致"},
            {"anchor": "evidence:licence", "label": "营业执照", "remark": "请上传"},
            {"anchor": "activity_categories", "label": "活动类别", "remark": "请补选"},
        ],
    )
    client = world.browser(firm.actor)
    text = page(client, "filing", file.pk)
    assert "请核对研发投入" in text
    assert "电话已沟通" not in text
    assert reverse("enterprises:figures", args=[firm.enterprise.pk]) in text
    assert reverse("reviews:draft_evidence", args=[file.pk]) + "#h-licence" in text
    assert "还没有改动" in text
    assert "需要补正，尚未重新提交" in text
    file.refresh_from_db()
    item = file.corrections.get().items.first()
    assert item is not None
    assert save(client, file, file.version, **{f"reply:{item.pk}": "已更正"}).status_code == 200
    file.refresh_from_db()
    client.post(
        reverse("reviews:draft_replies", args=[file.pk]), {"version": file.version, f"reply:{item.pk}": "已按报告更正"}
    )
    file.refresh_from_db()
    save(client, file, file.version, activity_categories=["policy_session"])
    text = page(client, "filing", file.pk)
    assert "已按报告更正" in text
    assert "政策引导" in text
    assert "拟参加活动类别" in text
    assert "2 条没有答复" in page(client, "draft_submit", file.pk)
    assert "去补正" in page(client, "mine")


def test_the_course_tells_outward_opinions_and_no_officials_name(world: World) -> None:
    file, firm = world.submitted()
    officer = world.handler()
    refuse(application_id=file.pk, actor=officer, reason="不符合申报方向", note="内部看法")
    text = page(world.browser(firm.actor), "filing", file.pk)
    assert "不符合申报方向" in text
    assert "未获推荐" in text
    assert "荷塘区" in text
    assert "内部看法" not in text
    assert officer.name not in text


# ---- commitment and papers ---------------------------------------------------------------------------------


def test_commitment_by_click_and_by_scan(world: World) -> None:
    file, firm = world.draft(place=JINJIANG)
    client = world.browser(firm.actor)
    address = reverse("reviews:draft_commitment", args=[file.pk])
    assert "未签署县级不能推荐" in page(client, "draft_submit", file.pk)
    refused = client.post(address, {"way": "click", "signer": "陈演示"})
    assert refused.status_code == 200
    assert 'value="陈演示"' in refused.content.decode()
    assert file.commitments.count() == 0
    assert client.post(address, {"way": "click", "signer": "陈演示", "agree": "on"}).status_code == 302
    bad = client.post(
        address,
        {
            "way": "stamped_scan",
            "signer": "陈演示",
            "signed_on": "2018-03-09",
            "scan": SimpleUploadedFile("a.pdf", b"MZ"),
        },
    )
    assert bad.status_code in {400, 403}
    assert "程序文件" in bad.content.decode()
    scan = SimpleUploadedFile("承诺书.pdf", pdf())
    assert (
        client.post(
            address, {"way": "stamped_scan", "signer": "陈演示", "signed_on": "2018-03-09", "scan": scan}
        ).status_code
        == 302
    )
    assert [row.way for row in file.commitments.all()] == ["click", "stamped_scan"]
    assert "盖章扫描件" in page(client, "draft_commitment", file.pk)


def test_the_commitment_letter_is_a_paper_with_number_and_the_scan_seals_it(world: World) -> None:
    file, firm = world.draft(place=JINJIANG)
    client = world.browser(firm.actor)
    client.post(reverse("reviews:commitment_letter", args=[file.pk]))
    client.post(reverse("reviews:commitment_letter", args=[file.pk]))
    letter = render_document(FrozenDocument.objects.get(kind="reviews.commitment_letter"))
    assert letter.pdf_id
    assert letter.issuer_name == firm.enterprise.name
    scan = SimpleUploadedFile("承诺书.pdf", pdf())
    client.post(
        reverse("reviews:draft_commitment", args=[file.pk]),
        {"way": "stamped_scan", "signer": "陈演示", "signed_on": "2018-03-09", "scan": scan},
    )
    letter.refresh_from_db()
    assert letter.state == FrozenDocument.State.SEALED
    assert letter.reference in page(client, "draft_commitment", file.pk)


def test_the_form_is_frozen_once_per_submission_and_is_the_firms_alone(world: World) -> None:
    file, firm = world.submitted()
    client = world.browser(firm.actor)
    for _ in range(2):
        answer = client.post(reverse("reviews:form_pdf", args=[file.pk]))
    document = FrozenDocument.objects.get(kind="reviews.application_form")
    assert answer.url == reverse("documents:document", args=[document.pk])
    assert client.get(answer.url).status_code == 200
    assert world.browser(world.handler()).get(answer.url).status_code == 404
    assert document.snapshot["submission"] == file.submissions.get().digest
    assert render_document(document).page_count


def test_print_page_marks_a_draft_and_shows_what_was_frozen(world: World) -> None:
    file, firm = world.draft()
    client = world.browser(firm.actor)
    assert "草稿 · 尚未提交，仅供核对" in page(client, "print_form", file.pk)
    world.resubmit(file, firm)
    text = page(client, "print_form", file.pk)
    assert "草稿" not in text
    assert firm.enterprise.uscc in text


# ---- on behalf ---------------------------------------------------------------------------------------------


def test_a_county_enters_a_paper_filing_and_the_firm_confirms(world: World) -> None:
    firm = world.firm()
    officer = world.handler(HETANG)
    client = world.browser(officer)
    assert "新建代填" in page(client, "on_behalf")
    assert firm.enterprise.name in page(client, "on_behalf_new", q=firm.enterprise.uscc[:12])
    assert "没有“查无此企业”" in page(client, "on_behalf_new", q="查无此企业")
    address = reverse("reviews:on_behalf_new")
    data = {"enterprise": firm.enterprise.pk, "round_tier": f"{world.hunan.pk}:reserve"}
    assert "纸质材料扫描件" in client.post(address, data).content.decode()
    paper = SimpleUploadedFile("纸质申报书.pdf", pdf())
    answer = client.post(address, data | {"paper_source": paper})
    file = Application.objects.get(enterprise=firm.enterprise)
    assert answer.url == reverse("reviews:filing", args=[file.pk])
    for name in DRAFT_PAGES[:-1]:
        assert "据企业的纸质材料填写" in page(client, name, file.pk)
    file = save_answers(
        application_id=file.pk, actor=officer, version=file.version, changes={"activity_categories": ["cloud_adoption"]}
    )
    world.explained(file, officer)
    assert client.post(reverse("reviews:draft_submit", args=[file.pk]), {"declared": "truthful"}).status_code == 302
    assert "待确认" in page(client, "on_behalf")
    admin = world.browser(firm.actor)
    assert "主管部门据纸质材料代填了申报" in admin.get(reverse("enterprises:home")).content.decode()
    assert "据纸质材料代填" in page(admin, "filing", file.pk)
    admin.post(reverse("reviews:confirm_paper", args=[file.pk]))
    assert "已确认" in page(client, "on_behalf")


def test_a_second_paper_filing_of_a_firm_is_refused_with_its_reason(world: World) -> None:
    _file, firm = world.draft()
    officer = world.handler(HETANG)
    data = {
        "enterprise": firm.enterprise.pk,
        "round_tier": f"{world.hunan.pk}:reserve",
        "paper_source": SimpleUploadedFile("a.pdf", pdf()),
    }
    answer = world.browser(officer).post(reverse("reviews:on_behalf_new"), data)
    assert answer.status_code == 403
    assert "本轮已有一份在办的申报材料" in answer.content.decode()
    assert not StoredFile.objects.filter(purpose=PAPER_SOURCE).exists()


def test_paper_pages_are_for_case_officers_below_the_province(world: World) -> None:
    firm = world.firm()
    for actor, code in ((firm.actor, 403), (world.handler("430000"), 403), (world.handler("430200"), 200)):
        assert world.browser(actor).get(reverse("reviews:on_behalf")).status_code == code


def test_blank_form_is_printed_without_any_file(world: World) -> None:
    client = world.browser(world.handler())
    text = page(client, "blank_form", world.hunan.pk, "reserve")
    assert "2018年小巨人后备企业申报书" in text
    assert "□ 企业“上云”" in text
    assert client.get(reverse("reviews:blank_form", args=[world.hunan.pk, "nothing"])).status_code == 404


# ---- first page --------------------------------------------------------------------------------------------


def test_home_leads_to_what_waits(world: World) -> None:
    firm = world.firm()
    client = world.browser(firm.actor)
    home = reverse("enterprises:home")
    assert "2018年小巨人后备企业申报可以申报" in client.get(home).content.decode()
    file, _ = world.draft(firm)
    assert "申报草稿还没有提交" in client.get(home).content.decode()
    submit(application_id=file.pk, actor=firm.actor, declared=frozenset({"truthful"}))
    return_for_correction(application_id=file.pk, actor=world.handler(), reason="请补充")
    assert "需要补正" in client.get(home).content.decode()


def test_one_address_for_everybody(world: World) -> None:
    file, firm = world.submitted()
    address = reverse("reviews:application", args=[file.pk])
    assert world.browser(firm.actor).get(address).url == reverse("reviews:filing", args=[file.pk])
    assert world.browser(world.handler()).get(address).url == reverse("reviews:file", args=[file.pk])
    assert world.browser(world.handler(TIANYUAN)).get(address).status_code == 404


# ---- what it costs -----------------------------------------------------------------------------------------


def test_the_list_costs_the_same_with_three_files(world: World, queries: Any) -> None:
    firm = world.firm()
    client = world.browser(firm.actor)

    def add() -> None:
        file, _ = world.draft(firm)
        withdraw(application_id=file.pk, actor=firm.actor)

    queries.flat(add_row=add, act=lambda: page(client, "mine"), expected=12)


def test_a_draft_page_costs_the_same_with_three_files_of_evidence(world: World, queries: Any) -> None:
    file, firm = world.draft()
    client = world.browser(firm.actor)
    number = iter(range(1, 9))

    def add() -> None:
        upload = SimpleUploadedFile(f"证书{next(number)}.pdf", pdf(next(number)))
        client.post(reverse("reviews:evidence_add", args=[file.pk]), {"slot": "patents", "file": upload}, **FETCH)

    queries.flat(add_row=add, act=lambda: page(client, "draft_evidence", file.pk), expected=20)
