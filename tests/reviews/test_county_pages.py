"""The officer's page of one file: what stands on it and for whom, every act done and refused, nothing typed lost."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse

from foundation.accounts.transition import record_act
from foundation.core.money import format_wan
from foundation.journal.models import Decision
from reviews.actions.county import recommend, return_for_correction
from reviews.actions.filing import add_evidence, reply_to_remarks, save_answers
from reviews.models import Application, CheckRecord, Correction, Endorsement, Explanation, OpinionRecord
from reviews.papers import EVIDENCE
from tests.reviews.conftest import JINJIANG, TIANYUAN, TODAY, World, pdf
from tests.reviews.test_county_actions import EVIDENCE_LINE, checked, opined, ready

SECRET = "与市里沟通过，先压一压（内部）"


def page(client: Client, file: Application) -> str:
    response = client.get(reverse("reviews:file", args=[file.pk]))
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def send(client: Client, name: str, file: Application, **fields: Any) -> Any:
    return client.post(reverse(f"reviews:{name}", args=[file.pk]), fields)


def state_of(file: Application) -> str:
    return Application.objects.values_list("state", flat=True).get(pk=file.pk)


def proof() -> SimpleUploadedFile:
    return SimpleUploadedFile("信用中国.pdf", pdf(), content_type="application/pdf")


# ---- what stands on it -------------------------------------------------------------------------------------


def test_figures_profile_criteria_and_blocks(world: World) -> None:
    file, firm = world.submitted()
    text = page(world.browser(world.handler()), file)
    for name in ("revenue", "main_revenue", "rd_expenditure"):
        for year in (2015, 2016, 2017):
            value = firm.plan.figures.get((year, name))
            if value is not None:
                assert format_wan(Decimal(value)) in text, (name, year)
    for criterion in _evaluated(file):
        assert criterion.title in text
    assert "湘经信中小发展〔2018〕49号" in text
    assert "暂不能推荐" in text
    assert "信用与合规核查尚未进行" in text
    assert "aria-disabled" in text
    assert firm.enterprise.legal_representative in text
    assert "登记核查…" in text


def test_problems_stand_before_what_is_met(world: World) -> None:
    file, handler = ready(world)
    opined(file, handler, no="champion")
    text = page(world.browser(handler), file)
    assert text.index("有可能成为细分领域单项冠军</p>") < text.index("在湖南省内</p>")


def test_evidence_can_be_looked_at(world: World) -> None:
    file, firm = world.draft()
    slot = file.round.programme.evidence_for(file.tier)[0]
    stored = world.stored(firm.actor, EVIDENCE, name="审计报告.pdf", owner=firm.enterprise)
    add_evidence(application_id=file.pk, actor=firm.actor, slot=slot.code, file=stored, year=2017)
    file = world.resubmit(file, firm)
    text = page(world.browser(world.handler()), file)
    address = reverse("documents:file", args=[stored.pk])
    assert f'data-view="pdf" data-name="审计报告.pdf" data-view-first href="{address}"' in text
    assert "data-viewer" in text
    answer = world.browser(world.handler()).get(address)
    b"".join(answer.streaming_content)
    answer.close()
    assert answer.status_code == 200
    assert world.browser(world.handler(TIANYUAN)).get(address).status_code == 404


def test_who_gets_in(world: World) -> None:
    file, firm = world.submitted()
    for stranger in (
        world.handler(TIANYUAN),
        world.handler("430200"),
        world.handler("430000"),
        world.handler(JINJIANG),
    ):
        assert world.browser(stranger).get(reverse("reviews:file", args=[file.pk])).status_code == 404
    for name in ("check", "opinions", "explain", "decide", "assign"):
        assert send(world.browser(world.handler(TIANYUAN)), name, file).status_code == 404
        assert world.browser(world.handler()).get(reverse(f"reviews:{name}", args=[file.pk])).status_code == 405
        assert Client().post(reverse(f"reviews:{name}", args=[file.pk])).status_code == 302
        refused = send(world.browser(firm.actor), name, file, action="recommend", user="1")
        assert refused.status_code == 404, name  # the officials' page is not the firm's: it has its own
    own = world.browser(firm.actor).get(reverse("reviews:file", args=[file.pk]))
    assert own.url == reverse("reviews:filing", args=[file.pk])
    draft, _ = world.draft()
    assert world.browser(world.handler()).get(reverse("reviews:file", args=[draft.pk])).status_code == 404
    assert state_of(file) == "submitted"


def test_contacts_are_whole_for_the_handling_bureau_and_masked_above(world: World) -> None:
    file, firm = world.submitted()
    phone, mail = firm.enterprise.contact_phone, firm.enterprise.contact_email
    assert phone
    text = page(world.browser(world.handler()), file)
    assert phone in text
    assert mail in text
    Application.objects.filter(pk=file.pk).update(state="at_prefecture")
    above = page(world.browser(world.handler("430200")), file)
    assert phone not in above
    assert mail not in above
    assert "联系电话" in above


def test_inward_notes_stay_inside_their_bureau(world: World) -> None:
    file, handler = ready(world)
    firm = world.browser(_firm_of(file))
    client = world.browser(handler)
    assert send(client, "decide", file, action="recommend", opinion="同意推荐", note=SECRET).status_code == 302
    assert SECRET in page(client, file)
    Application.objects.filter(pk=file.pk).update(state="at_prefecture")
    assert SECRET not in page(world.browser(world.handler("430200")), file)
    for name in ("filing", "mine"):
        args = [file.pk] if name == "filing" else []
        text = firm.get(reverse(f"reviews:{name}", args=args)).content.decode()
        assert SECRET not in text
    with transaction.atomic():
        record_act(
            subject_kind="application",
            subject_id=file.pk,
            subject_label=str(file),
            action="application.merge",
            actor=world.handler("430200"),
            note="市里的内部备注",
        )
    assert "市里的内部备注" not in page(client, file)
    assert "市里的内部备注" in page(world.browser(world.handler("430200")), file)


def _firm_of(file: Application) -> Any:
    from enterprises.models import Membership
    from foundation.accounts.actor import actor_for
    from foundation.accounts.models import User

    membership = Membership.objects.filter(enterprise_id=file.enterprise_id).latest("id")
    return actor_for(User.objects.get(pk=membership.user_id))


def test_one_legal_representative_twice_is_told(world: World) -> None:
    first, firm = world.submitted()
    second, other = world.submitted()
    other.enterprise.__class__.objects.filter(pk=other.enterprise.pk).update(
        legal_representative=firm.enterprise.legal_representative
    )
    text = page(world.browser(world.handler()), second)
    assert "数据核对提示" in text
    assert first.enterprise_name in text


def test_entry_on_behalf_says_so(world: World) -> None:
    file, _ = world.submitted()
    Application.objects.filter(pk=file.pk).update(filed_by="bureau")
    client = world.browser(world.handler())
    assert "代填，企业尚未确认" in page(client, file)
    Application.objects.filter(pk=file.pk).update(paper_confirmed_at=dt.datetime(2018, 3, 12, tzinfo=dt.UTC))
    assert "代填，企业已确认" in page(client, file)


def test_a_resubmission_shows_replies_and_changes(world: World) -> None:
    file, firm = world.submitted()
    handler = world.handler()
    client = world.browser(handler)
    send(
        client, "decide", file, action="return", opinion="请更正", anchor=["claimed_invention_patents_5y", "", ""],
        remark=["专利数量与证书不符", "", ""], due_on=(TODAY + dt.timedelta(days=3)).isoformat(),
    )  # fmt: skip
    item = Correction.objects.get(application=file).items.get()
    assert item.remark == "专利数量与证书不符"
    assert "等待企业补正" in page(client, file)
    file = Application.objects.get(pk=file.pk)
    file = reply_to_remarks(application_id=file.pk, actor=firm.actor, version=file.version, replies={item.pk: "已更正"})
    before = file.answers
    file = save_answers(
        application_id=file.pk, actor=firm.actor, version=file.version, changes={"financing_need.use": "购置检测设备"}
    )
    assert before != file.answers
    file = world.resubmit(world.explained(file, firm.actor), firm)
    text = page(client, file)
    assert "企业已补正，待初审" in text
    assert "企业答复：已更正" in text
    assert "本次修改 1 处" in text
    assert "购置检测设备" in text


# ---- check -------------------------------------------------------------------------------------------------


def test_a_check_is_recorded(world: World) -> None:
    file, _ = world.submitted()
    client = world.browser(world.handler())
    answer = send(
        client,
        "check",
        file,
        code="credit",
        source="信用中国",
        checked_on=TODAY.isoformat(),
        result="clean",
        proof=proof(),
    )
    assert answer.url == reverse("reviews:file", args=[file.pk])
    made = CheckRecord.objects.get(application=file)
    assert (made.source, made.checked_on, made.checker_name) == ("信用中国", TODAY, world.handler().name)
    text = page(client, file)
    assert "未见不良" in text
    assert reverse("documents:file", args=[made.proof_id]) in text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"proof": ""}, "请上传查询结果"),
        ({"checked_on": "昨天"}, "核查日期不是有效的日期"),
        ({"checked_on": "2018-13-45"}, "核查日期不是有效的日期"),
        ({"checked_on": "2019-01-01"}, "核查日期不能晚于今天"),
        ({"source": "听说"}, "不在核查来源之列"),
    ],
)
def test_a_refused_check_comes_back_in_its_dialog(world: World, changes: dict[str, Any], sentence: str) -> None:
    file, _ = world.submitted()
    fields = {
        "code": "credit",
        "source": "信用中国",
        "checked_on": "2018-03-10",
        "result": "found",
        "detail": "列入异常名录",
    }
    answer = send(world.browser(world.handler()), "check", file, **(fields | {"proof": proof()} | changes))
    text = answer.content.decode()
    assert answer.status_code == 403
    assert sentence in text
    assert 'id="check-credit" aria-labelledby="check-h-credit" data-open-now' in text
    assert 'value="列入异常名录"' in text
    assert 'value="found" checked' in text
    assert not CheckRecord.objects.exists()


# ---- opinions ----------------------------------------------------------------------------------------------


def test_opinions_are_saved_and_only_what_changed(world: World) -> None:
    file, _ = world.submitted()
    client = world.browser(world.handler())
    fields = {"answer_growth": "yes", "line_growth": "三年增长稳定", "line_champion": "", "answer_innovation": ""}
    assert send(client, "opinions", file, **fields).status_code == 302
    given = OpinionRecord.objects.get(application=file)
    assert (given.item, given.answer, given.line) == ("growth", True, "三年增长稳定")
    assert given.at.date() in {TODAY, TODAY - dt.timedelta(days=1)}  # the business clock, whatever the machine's
    acts = Decision.objects.filter(subject_id=file.pk).count()
    send(client, "opinions", file, **fields)
    assert Decision.objects.filter(subject_id=file.pk).count() == acts
    send(client, "opinions", file, **(fields | {"answer_growth": "no", "line_growth": "增速放缓明显"}))
    assert OpinionRecord.objects.filter(application=file).count() == 2
    assert "增速放缓明显" in page(client, file)


def test_refused_opinions_lose_no_text(world: World) -> None:
    file, _ = world.submitted()
    client = world.browser(world.handler())
    for fields, sentence in (
        (
            {"answer_growth": "yes", "line_growth": "好", "line_champion": "国内第三，有检测报告"},
            "还没有选择“是”或“否”",
        ),
        ({"answer_growth": "yes", "line_growth": "好", "answer_champion": "no", "line_champion": "国内第三"}, "至少"),
    ):
        answer = send(client, "opinions", file, **fields)
        text = answer.content.decode()
        assert answer.status_code == 403
        assert sentence in text
        assert f'value="{fields["line_champion"]}"' in text
        assert 'name="answer_growth" value="yes" checked' in text
    assert not OpinionRecord.objects.exists()


def test_reasons_for_gates_are_given_and_taken_back(world: World) -> None:
    file, handler = ready(world)
    opined(file, handler, no="champion")
    client = world.browser(handler)
    criterion = next(
        item.criterion for item in _evaluated(file) if item.outcome == "not_met"
    )  # fmt: skip
    assert f'name="reason_{criterion}"' in page(client, file)
    send(client, "opinions", file, **{f"reason_{criterion}": "产品市场仍在培育"})
    assert Explanation.objects.get(application=file, code=criterion, kind="gate").text == "产品市场仍在培育"
    acts = Decision.objects.filter(subject_id=file.pk, action="application.explain").count()
    send(client, "opinions", file, **{f"reason_{criterion}": "产品市场仍在培育"})
    assert Decision.objects.filter(subject_id=file.pk, action="application.explain").count() == acts
    send(client, "explain", file, code=criterion, text="")
    assert not Explanation.objects.filter(application=file, code=criterion, kind="gate").exists()


def _evaluated(file: Application) -> Any:
    from reviews.dossier import load_dossiers

    return load_dossiers([file])[file.pk].evaluation.result.criteria


# ---- decide ------------------------------------------------------------------------------------------------


def test_recommend_and_go_to_the_next(world: World) -> None:
    first, handler = ready(world)
    second, _ = ready(world)
    client = world.browser(handler)
    assert reverse("reviews:file", args=[second.pk]) in page(client, first)
    answer = send(client, "decide", first, action="recommend", opinion="同意推荐", next="1")
    assert answer.url == reverse("reviews:file", args=[second.pk])
    assert state_of(first) == "recommended"
    answer = send(client, "decide", second, action="recommend", next="1")
    assert answer.url == f"{reverse('reviews:queue')}?round={second.round_id}"


def test_a_refused_recommendation_keeps_opinion_and_note(world: World) -> None:
    file, _ = world.submitted()
    answer = send(world.browser(world.handler()), "decide", file, action="recommend", opinion="企业不错", note=SECRET)
    text = answer.content.decode()
    assert answer.status_code == 403
    assert "暂不能推荐" in text
    assert ">企业不错</textarea>" in text
    assert f">{SECRET}</textarea>" in text
    assert state_of(file) == "submitted"


def test_two_hands_on_the_page(world: World) -> None:
    file, handler = ready(world, TIANYUAN)
    desk, signing = world.browser(handler), world.browser(world.signer(TIANYUAN))
    assert "现在轮到“经办”" in page(signing, file)
    send(desk, "decide", file, action="recommend", opinion="材料齐全，建议推荐")
    assert "现在轮到“签发”" in page(desk, file)
    text = page(signing, file)
    assert "待签发" in text
    assert "材料齐全，建议推荐" in text
    assert 'value="recommend">签发推荐<' in text
    assert send(desk, "decide", file, action="recommend").status_code == 403
    send(signing, "decide", file, action="recommend", opinion="同意")
    assert state_of(file) == "recommended"
    assert "您在这里没有要办的事" in page(signing, file)


def test_return_with_remarks_and_its_refusal(world: World) -> None:
    file, _ = world.submitted()
    client = world.browser(world.handler())
    fields = {
        "action": "return",
        "anchor": ["revenue", ""],
        "remark": ["与审计报告不一致", ""],
        "due_on": "2018-03-01",
        "opinion": "请更正营业收入",
    }
    answer = send(client, "decide", file, **fields)
    text = answer.content.decode()
    assert answer.status_code == 403
    assert "答复期限不能早于今天" in text
    assert 'id="return" aria-labelledby="return-h" data-open-now' in text
    assert ">请更正营业收入</textarea>" in text
    assert 'value="与审计报告不一致"' in text
    assert '<option value="revenue" selected>' in text
    assert 'value="2018-03-01"' in text
    assert send(client, "decide", file, **(fields | {"due_on": "2018-03-15"})).status_code == 302
    correction = Correction.objects.get(application=file)
    assert (correction.reason, correction.items.get().label) == ("请更正营业收入", "营业收入")
    assert state_of(file) == "returned"


def test_refuse_and_its_refusal(world: World) -> None:
    file, _ = world.submitted(place=TIANYUAN)
    assert 'id="refuse"' not in page(world.browser(world.handler(TIANYUAN)), file)
    client = world.browser(world.signer(TIANYUAN))
    answer = send(client, "decide", file, action="refuse", opinion=" ")
    assert answer.status_code == 403
    assert 'id="refuse" aria-labelledby="refuse-h" data-open-now' in answer.content.decode()
    assert send(client, "decide", file, action="refuse", opinion="不属制造业").status_code == 302
    assert state_of(file) == "refused"


def test_somebody_else_was_faster(world: World) -> None:
    file, handler = ready(world)
    client = world.browser(handler)
    return_for_correction(application_id=file.pk, actor=handler, reason="缺页")
    answer = send(client, "decide", file, action="recommend", opinion="同意")
    assert answer.status_code in {403, 409}
    assert "退回补正" in answer.content.decode()
    assert send(client, "decide", file, action="erase").status_code == 404


def test_assign_from_the_page(world: World) -> None:
    file, _ = world.submitted(place=TIANYUAN)
    handler = world.handler(TIANYUAN)
    client = world.browser(handler)
    assert "承办 未分派" in page(client, file)
    assert send(client, "assign", file, user=handler.user_id).status_code == 302
    assert f"承办 {handler.name}" in page(client, file)
    assert send(client, "assign", file, user="x").status_code == 403


def test_the_prefecture_waits_for_the_list(world: World) -> None:
    file, _ = ready(world)
    Application.objects.filter(pk=file.pk).update(state="at_prefecture")
    client = world.browser(world.handler("430200"))
    assert "县级的报送尚未接收" in page(client, file)
    for action in ("merge", "return_to_county"):
        answer = send(client, "decide", file, action=action, opinion="材料不全")
        assert answer.status_code == 403
        assert ">材料不全</textarea>" in answer.content.decode()
    assert send(client, "decide", file, action="recommend", opinion="x").status_code == 403


def test_a_returned_hand_starts_again(world: World) -> None:
    file, handler = ready(world, TIANYUAN)
    recommend(ids=[file.pk], actor=handler)
    send(world.browser(world.signer(TIANYUAN)), "decide", file, action="return", opinion="请经办核实后再送")
    assert not Endorsement.objects.filter(subject_id=file.pk, cancelled=False).exists()


# ---- cost --------------------------------------------------------------------------------------------------


def test_the_page_costs_the_same_for_a_bare_file_and_a_full_one(world: World, queries: Any) -> None:
    bare, _ = world.submitted()
    full, handler = ready(world)
    for days in (1, 2):
        checked(world, full, handler, days_ago=days)
    client = world.browser(handler)
    page(client, bare)
    with queries.record() as one:
        page(client, bare)
    with queries.record() as two:
        page(client, full)
    assert len(one) == len(two), "\n".join(two)
    assert len(one) <= 14, "\n".join(one)  # in all, with nothing kept; B.3 allows 15


def test_a_decision_from_the_page_in_all(world: World, queries: Any) -> None:
    """Person, file, its neighbours, and the decision with lock, journal and outbox; B.3 allows 15."""
    file, handler = ready(world)
    ready(world)
    client = world.browser(handler)
    page(client, file)
    with queries.record() as seen:
        send(client, "decide", file, action="recommend", opinion="同意", next="1")
    assert Application.objects.get(pk=file.pk).state == "recommended"
    assert len([line for line in seen if "SAVEPOINT" not in line]) <= 17, "\n".join(seen)


def test_a_decision_from_the_page(world: World, queries: Any) -> None:
    file, handler = ready(world)
    client = world.browser(handler)
    page(client, file)
    with queries.record() as seen:
        send(client, "decide", file, action="recommend", opinion=EVIDENCE_LINE)
    assert state_of(file) == "recommended"
    assert len(seen) <= 40, "\n".join(seen)
