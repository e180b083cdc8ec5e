"""The handling bureau's acts on a file: check, opinion, hands, recommend, return, refuse, assign."""

from __future__ import annotations

import datetime as dt

import pytest

from cultivation.eligibility import replays
from foundation.accounts.actor import Actor
from foundation.core.errors import Refused, StaleState
from foundation.journal.models import Decision, OutboxMessage
from portal.rehearsal.calendar import TODAY
from reviews.actions.county import (
    assign,
    explain_gate,
    give_opinions,
    recommend,
    record_check,
    refuse,
    return_for_correction,
)
from reviews.dossier import load_dossiers
from reviews.models import Application, CheckRecord, Correction, Endorsement, StepVerdict
from reviews.papers import CHECK_PROOF
from reviews.readiness import recommendation_blocks
from tests.reviews.conftest import HETANG, JINJIANG, TIANYUAN, World

EVIDENCE_LINE = "实地核查与资料相符（演示）"


def checked(world: World, file: Application, actor: Actor, *, result: str = "clean", days_ago: int = 0) -> CheckRecord:
    return record_check(
        application_id=file.pk,
        actor=actor,
        code="credit",
        source="信用中国",
        checked_on=TODAY - dt.timedelta(days=days_ago),
        result=result,
        detail="列入经营异常名录（演示）" if result == "found" else "",
        proof=world.stored(actor, CHECK_PROOF),
    )


def opined(file: Application, actor: Actor, *, no: str = "") -> None:
    items = load_dossiers([file])[file.pk].programme.opinion_items_for(file.tier)
    give_opinions(
        application_id=file.pk, actor=actor, answers={item.code: (item.code != no, EVIDENCE_LINE) for item in items}
    )


def ready(world: World, place: str = HETANG) -> tuple[Application, Actor]:
    file, _ = world.submitted(place=place)
    handler = world.handler(place)
    checked(world, file, handler)
    opined(file, handler)
    for item in recommendation_blocks(load_dossiers([file])[file.pk]):
        assert "需说明理由" in item.reason
    dossier = load_dossiers([file])[file.pk]
    for result in dossier.evaluation.result.criteria:
        if result.gates["recommendation"] == "explain":
            explain_gate(
                application_id=file.pk, actor=handler, step="recommendation", code=result.criterion, text=EVIDENCE_LINE
            )
    return file, handler


def blocks(file: Application) -> str:
    return "；".join(block.reason for block in recommendation_blocks(load_dossiers([file])[file.pk]))


# ---- what stands in the way --------------------------------------------------------------------------------


def test_nothing_is_recommended_without_check_and_opinions(world: World) -> None:
    file, _ = world.submitted()
    verdict = recommend(ids=[file.pk], actor=world.handler())[file.pk]
    assert not verdict
    assert "信用与合规核查尚未进行" in verdict.reason
    assert "研判意见 7 项未填写：对照274号申报要求" in verdict.reason
    file.refresh_from_db()
    assert file.state == "submitted"


def test_a_check_grows_old(world: World, on_day) -> None:  # type: ignore[no-untyped-def]
    file, _handler = ready(world)
    assert blocks(file) == ""
    on_day(TODAY + dt.timedelta(days=61))
    assert "已过 61 天，超过有效期 60 天" in blocks(file)


def test_a_check_needs_source_day_and_proof(world: World) -> None:
    file, _ = world.submitted()
    handler = world.handler()
    proof = world.stored(handler, CHECK_PROOF)
    cases = [
        ({"checked_on": TODAY + dt.timedelta(days=1)}, "核查日期不能晚于今天"),
        ({"source": "听说"}, "不在核查来源之列"),
        ({"proof": None}, "请上传查询结果"),
        ({"result": "found", "detail": ""}, "请写明内容"),
        ({"code": "taste"}, "本轮没有这项核查"),
    ]
    for changes, sentence in cases:
        given = {
            "code": "credit",
            "source": "信用中国",
            "checked_on": TODAY,
            "result": "clean",
            "proof": proof,
        } | changes
        with pytest.raises(Refused) as refusal:
            record_check(application_id=file.pk, actor=handler, **given)
        assert sentence in str(refusal.value)
    assert not CheckRecord.objects.filter(application=file).exists()


def test_the_latest_check_counts_and_both_stay(world: World) -> None:
    file, _ = world.submitted()
    handler = world.handler()
    checked(world, file, handler, result="found", days_ago=3)
    checked(world, file, handler)
    assert load_dossiers([file])[file.pk].checks["credit"].result == "clean"
    assert CheckRecord.objects.filter(application=file).count() == 2


def test_an_opinion_needs_its_line(world: World) -> None:
    file, _ = world.submitted()
    with pytest.raises(Refused) as refusal:
        give_opinions(application_id=file.pk, actor=world.handler(), answers={"growth": (True, "好")})
    assert "“企业发展成长性”请写明依据" in str(refusal.value)


def test_a_no_asks_for_a_reason_and_the_list_follows(world: World) -> None:
    file, _ = world.submitted()
    handler = world.handler()
    checked(world, file, handler)
    opined(file, handler, no="champion")
    assert "“有可能成为细分领域单项冠军”不符合，需说明理由" in blocks(file)
    file.refresh_from_db()
    assert file.listing["counts"]["not_met"] == 1
    explain_gate(
        application_id=file.pk, actor=handler, step="recommendation", code="champion", text="产品市场仍在培育（演示）"
    )
    assert "单项冠军" not in blocks(file)
    explain_gate(application_id=file.pk, actor=handler, step="recommendation", code="champion", text="")
    assert "单项冠军" in blocks(file)


def test_sichuan_waits_for_the_commitment(world: World) -> None:
    file, firm = world.draft(place=JINJIANG)
    file = world.resubmit(file, firm)
    assert "企业尚未签署" in blocks(file)


# ---- hands -------------------------------------------------------------------------------------------------


def test_one_hand_recommends_at_once(world: World) -> None:
    file, handler = ready(world)
    assert recommend(ids=[file.pk], actor=handler, opinion="同意推荐")[file.pk]
    file.refresh_from_db()
    assert file.state == "recommended"
    decision = Decision.objects.filter(subject_kind="application", subject_id=file.pk).latest("id")
    assert (decision.action, decision.from_state, decision.to_state) == (
        "application.recommend",
        "submitted",
        "recommended",
    )
    assert decision.opinion == "同意推荐"
    verdict = StepVerdict.objects.get(application=file, step="recommendation")
    assert verdict.decision_id == decision.pk
    assert replays(verdict.evaluation)
    assert OutboxMessage.objects.filter(kind="reviews.recommended", recipient_id=file.enterprise_id).count() == 1


def test_two_hands_of_two_people(world: World) -> None:
    file, handler = ready(world, TIANYUAN)
    signer = world.signer(TIANYUAN)
    refused = recommend(ids=[file.pk], actor=signer)[file.pk]
    assert "现在轮到“经办”" in refused.reason
    assert recommend(ids=[file.pk], actor=handler)[file.pk]
    file.refresh_from_db()
    assert file.state == "submitted"
    again = recommend(ids=[file.pk], actor=handler)[file.pk]
    assert "现在轮到“签发”" in again.reason
    assert recommend(ids=[file.pk], actor=signer)[file.pk]
    file.refresh_from_db()
    assert file.state == "recommended"
    assert list(Endorsement.objects.filter(subject_id=file.pk).values_list("hand", flat=True)) == ["prepare", "sign"]


def test_one_person_is_never_two_hands(world: World) -> None:
    file, handler = ready(world, TIANYUAN)
    recommend(ids=[file.pk], actor=handler)
    signer = world.signer(TIANYUAN)
    same_person = Actor(handler.user_id, handler.name, signer.hat)
    verdict = recommend(ids=[file.pk], actor=same_person)[file.pk]
    assert "您已办理“经办”，本单位要求由不同的人办理各环节" in verdict.reason


def test_a_return_cancels_the_hands(world: World) -> None:
    file, handler = ready(world, TIANYUAN)
    recommend(ids=[file.pk], actor=handler)
    return_for_correction(application_id=file.pk, actor=handler, reason="审计报告缺页")
    assert not Endorsement.objects.filter(subject_id=file.pk, cancelled=False).exists()


# ---- return, refuse, assign --------------------------------------------------------------------------------


def test_return_names_reason_items_and_day(world: World) -> None:
    file, firm = world.submitted()
    return_for_correction(
        application_id=file.pk,
        actor=world.handler(),
        reason="请补正两处",
        items=[{"anchor": "main_revenue", "label": "主营业务收入", "remark": "与审计报告不一致"}, {"remark": "  "}],
        due_on=TODAY + dt.timedelta(days=3),
    )
    correction = Correction.objects.get(application=file)
    assert [(item.anchor, item.remark) for item in correction.items.all()] == [("main_revenue", "与审计报告不一致")]
    assert "企业尚未答复补正要求" in blocks(file)
    file.refresh_from_db()
    assert file.state == "returned"
    world.resubmit(file, firm)
    correction.refresh_from_db()
    assert correction.resolved_at is not None


@pytest.mark.parametrize(
    ("reason", "due", "sentence"),
    [("  ", None, "请写明退回补正的理由"), ("缺页", TODAY - dt.timedelta(days=1), "答复期限不能早于今天")],
)
def test_return_without_reason_or_with_a_past_day(
    world: World, reason: str, due: dt.date | None, sentence: str
) -> None:
    file, _ = world.submitted()
    with pytest.raises(Refused) as refusal:
        return_for_correction(application_id=file.pk, actor=world.handler(), reason=reason, due_on=due)
    assert sentence in str(refusal.value)


def test_refusal_is_the_signers_where_there_are_hands(world: World) -> None:
    file, _ = world.submitted(place=TIANYUAN)
    with pytest.raises(Refused) as refusal:
        refuse(application_id=file.pk, actor=world.handler(TIANYUAN), reason="不属制造业")
    assert "不予推荐由签发人决定" in str(refusal.value)
    refuse(application_id=file.pk, actor=world.signer(TIANYUAN), reason="不属制造业")
    file.refresh_from_db()
    assert file.state == "refused"


def test_two_officers_at_once(world: World) -> None:
    file, handler = ready(world)
    refuse(application_id=file.pk, actor=handler, reason="不属制造业")
    verdict = recommend(ids=[file.pk], actor=handler)[file.pk]
    assert "现在是“不予推荐”" in verdict.reason
    with pytest.raises((StaleState, Refused)):
        return_for_correction(application_id=file.pk, actor=handler, reason="晚了")


def test_another_county_neither_sees_nor_acts(world: World) -> None:
    file, _ = world.submitted()
    stranger = world.handler(TIANYUAN)
    verdict = recommend(ids=[file.pk], actor=stranger)[file.pk]
    assert "没有这份材料" in verdict.reason
    with pytest.raises(Refused):
        checked(world, file, stranger)
    with pytest.raises(Refused):
        assign(application_id=file.pk, actor=stranger, user_id=stranger.user_id or 0)


def test_assign_only_to_a_colleague(world: World) -> None:
    file, _ = world.submitted(place=TIANYUAN)
    handler = world.handler(TIANYUAN)
    assign(application_id=file.pk, actor=handler, user_id=handler.user_id or 0)
    file.refresh_from_db()
    assert file.assignee_name == handler.name
    with pytest.raises(Refused) as refusal:
        assign(application_id=file.pk, actor=handler, user_id=world.handler(HETANG).user_id or 0)
    assert "只能分派给本单位在岗的办理人员" in str(refusal.value)


def test_a_set_gives_the_same_verdicts_as_single_calls(world: World) -> None:
    good, handler = ready(world)
    bare, _ = world.submitted()
    verdicts = recommend(ids=[good.pk, bare.pk, 999_999], actor=handler)
    assert verdicts[good.pk]
    assert "暂不能推荐" in verdicts[bare.pk].reason
    assert "没有这份材料" in verdicts[999_999].reason


def test_a_set_of_files_costs_what_one_file_does(world: World, queries) -> None:  # type: ignore[no-untyped-def]
    """Lock, journal, outbox, hand and stored verdict in all (B.3 allows 15)."""
    one, handler = ready(world)
    rest = [ready(world)[0] for _ in range(3)]
    with queries.record() as single:
        recommend(ids=[one.pk], actor=handler)
    assert len(single) <= 13, "\n".join(single)
    with queries.record() as many:
        recommend(ids=[file.pk for file in rest], actor=handler)
    assert len(many) == len(single), "\n".join(many)
