"""The firm's acts on its file: every one that goes through, every one that is refused, and why."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from cultivation.eligibility import FactSet, replays
from enterprises.actions.facts import save_figures
from enterprises.models import Enterprise
from foundation.core.errors import Refused, StaleState
from foundation.journal.models import Decision, OutboxMessage
from reviews.actions.commitment import sign_commitment
from reviews.actions.county import return_for_correction
from reviews.actions.filing import (
    add_evidence,
    confirm_paper,
    explain_findings,
    remove_evidence,
    reply_to_remarks,
    save_answers,
    start_application,
    submit,
    withdraw,
)
from reviews.draft import UNREADABLE, changes_since, load_draft
from reviews.models import Application, Commitment, Correction, CorrectionItem, Explanation, Submission
from reviews.papers import COMMITMENT, EVIDENCE, PAPER_SOURCE
from tests.reviews.conftest import HETANG, JINJIANG, TIANYUAN, World, member_of

TRUTHFUL = frozenset({"truthful"})
BOTH = frozenset({"truthful", "no_bad_credit"})


def reason(refusal: pytest.ExceptionInfo[Refused]) -> str:
    return str(refusal.value.verdict)


# ---- starting ----------------------------------------------------------------------------------------------


def test_start_opens_a_draft_that_nobody_else_sees(world: World) -> None:
    file, firm = world.draft(answers=False)
    assert (file.state, file.number, file.filed_by) == ("draft", None, "enterprise")
    assert file.path.endswith(f"/{firm.enterprise.bureau_id}/")
    assert not Application.objects.visible_to(world.handler()).filter(pk=file.pk).exists()


def test_one_live_file_per_round(world: World) -> None:
    _, firm = world.draft()
    with pytest.raises(Refused) as refusal:
        start_application(enterprise=firm.enterprise, round=world.hunan, tier="reserve", actor=firm.actor)
    assert "本轮已有一份在办的申报材料" in reason(refusal)


def test_a_withdrawn_file_makes_room_for_a_new_one(world: World) -> None:
    file, firm = world.draft()
    withdraw(application_id=file.pk, actor=firm.actor)
    start_application(enterprise=firm.enterprise, round=world.hunan, tier="reserve", actor=firm.actor)


def test_start_for_somebody_else_or_elsewhere_is_refused(world: World) -> None:
    firm, other = world.firm(), world.firm()
    with pytest.raises(Refused) as refusal:
        start_application(enterprise=other.enterprise, round=world.hunan, tier="reserve", actor=firm.actor)
    assert "没有这份材料" in reason(refusal)
    with pytest.raises(Refused) as refusal:
        start_application(enterprise=firm.enterprise, round=world.sichuan, tier="high_growth", actor=firm.actor)
    assert "面向四川省的企业" in reason(refusal)
    with pytest.raises(Refused) as refusal:
        start_application(enterprise=firm.enterprise, round=world.hunan, tier="industry_giant", actor=firm.actor)
    assert "不受理这个层级" in reason(refusal)


# ---- filling in --------------------------------------------------------------------------------------------


def test_answers_are_saved_one_by_one(world: World) -> None:
    file, firm = world.draft(answers=False)
    file = save_answers(
        application_id=file.pk, actor=firm.actor, version=file.version, changes={"financing_need.amount": "500.00"}
    )
    file = save_answers(
        application_id=file.pk, actor=firm.actor, version=file.version, changes={"financing_need.term_months": 12}
    )
    assert file.answers == {"financing_need": {"amount": "500.00", "term_months": 12}}
    file = save_answers(
        application_id=file.pk,
        actor=firm.actor,
        version=file.version,
        changes={"financing_need.amount": None, "financing_need.term_months": None},
    )
    assert file.answers == {}


def test_a_second_window_is_told_and_writes_nothing(world: World) -> None:
    file, firm = world.draft(answers=False)
    save_answers(application_id=file.pk, actor=firm.actor, version=0, changes={"claimed_invention_patents_5y": 3})
    with pytest.raises(StaleState) as refusal:
        save_answers(application_id=file.pk, actor=firm.actor, version=0, changes={"claimed_invention_patents_5y": 4})
    assert "在另一处保存过" in reason(refusal)
    assert Application.objects.get(pk=file.pk).answers == {"claimed_invention_patents_5y": 3}


def test_text_that_cannot_be_read_is_kept_and_blocks(world: World) -> None:
    file, firm = world.draft()
    wrong = {"claimed_invention_patents_5y": "九十"}
    file = save_answers(application_id=file.pk, actor=firm.actor, version=file.version, changes={}, unreadable=wrong)
    assert file.answers[UNREADABLE] == wrong
    with pytest.raises(Refused) as refusal:
        submit(application_id=file.pk, actor=firm.actor, declared=TRUTHFUL)
    assert "近五年发明专利数”的内容无法识别" in reason(refusal)
    file = save_answers(
        application_id=file.pk, actor=firm.actor, version=file.version, changes={"claimed_invention_patents_5y": None}
    )
    assert UNREADABLE not in file.answers


def test_evidence_goes_into_a_slot_of_the_programme_only(world: World) -> None:
    file, firm = world.draft()
    stored = world.stored(firm.actor, EVIDENCE)
    with pytest.raises(Refused) as refusal:
        add_evidence(application_id=file.pk, actor=firm.actor, slot="nothing", file=stored)
    assert "没有这一类材料" in reason(refusal)
    row = add_evidence(application_id=file.pk, actor=firm.actor, slot="licence", file=stored)
    with pytest.raises(Refused):
        add_evidence(application_id=file.pk, actor=firm.actor, slot="licence", file=stored)
    remove_evidence(application_id=file.pk, actor=firm.actor, evidence_id=row.pk)
    with pytest.raises(Refused):
        remove_evidence(application_id=file.pk, actor=firm.actor, evidence_id=row.pk)
    assert load_draft(file).evidence == []


# ---- submitting --------------------------------------------------------------------------------------------


def test_hunan_submission_freezes_path_rules_and_facts(world: World) -> None:
    file, firm = world.draft()
    stored = world.stored(firm.actor, EVIDENCE, name="营业执照.pdf")
    add_evidence(application_id=file.pk, actor=firm.actor, slot="licence", file=stored)
    file = submit(application_id=file.pk, actor=firm.actor, declared=TRUTHFUL)
    submission = Submission.objects.get(application=file)
    facts = FactSet.from_rows(submission.facts)
    assert (file.state, file.revision, file.late) == ("submitted", 1, False)
    assert file.number == f"43201801-{file.pk:06d}"
    assert file.programme_version == world.hunan.version
    assert facts.number("sales_revenue", 2017) == Decimal(firm.plan.figures[2017, "sales_revenue"])
    assert facts.items("activity_categories") == file.answers["activity_categories"]
    assert [row["sha256"] for row in submission.evidence] == [stored.sha256]
    assert replays(submission.evaluation)
    assert file.listing["county"] == "荷塘区"
    decision = Decision.objects.get(pk=submission.decision_id)
    assert (decision.from_state, decision.to_state, decision.action) == ("draft", "submitted", "application.submit")
    kinds = set(OutboxMessage.objects.filter(key__endswith=f":{decision.pk}").values_list("kind", flat=True))
    assert kinds == {"reviews.acknowledged", "reviews.arrived"}
    assert Application.objects.visible_to(world.handler()).filter(pk=file.pk).exists()
    assert not Application.objects.visible_to(world.handler("430200")).filter(pk=file.pk).exists()


def test_sichuan_submission_without_commitment_goes_through(world: World) -> None:
    """The commitment is a condition of recommendation (SC-37), not of filing."""
    file, firm = world.draft(place=JINJIANG)
    file = submit(application_id=file.pk, actor=firm.actor, declared=BOTH)
    assert (file.state, file.number) == ("submitted", f"51201801-{file.pk:06d}")
    assert FactSet.from_rows(file.submissions.get().facts).flag("no_bad_credit_declared") is True


def test_figures_changed_later_do_not_touch_what_was_submitted(world: World) -> None:
    file, firm = world.submitted()
    save_figures(enterprise_id=firm.enterprise.pk, cells={(2017, "revenue", "audited"): "1.00"}, actor=firm.actor)
    frozen = FactSet.from_rows(file.submissions.get().facts)
    assert frozen.number("revenue", 2017) == Decimal(firm.plan.figures[2017, "revenue"])


def test_every_reason_is_told_at_once(world: World) -> None:
    file, firm = world.draft(answers=False)
    save_figures(
        enterprise_id=firm.enterprise.pk, cells={(2017, "main_revenue", "audited"): "99,999,999"}, actor=firm.actor
    )
    with pytest.raises(Refused) as refusal:
        submit(application_id=file.pk, actor=firm.actor)
    told = reason(refusal)
    assert "2017年主营业务收入 99,999,999.00 万元，大于营业收入" in told
    assert "“拟参加活动类别”未填写" in told
    assert "请勾选声明：所填资料和所附材料真实、完整" in told
    assert Application.objects.get(pk=file.pk).state == "draft"


def test_a_finding_asks_for_a_reason_long_enough(world: World) -> None:
    file, firm = world.draft()
    file = save_answers(
        application_id=file.pk, actor=firm.actor, version=file.version, changes={"claimed_invention_patents_5y": 77}
    )
    key = next(item.key for item in load_draft(file).findings if item.code == "patents_listed")
    for text in ("", "是的"):
        file = explain_findings(application_id=file.pk, actor=firm.actor, version=file.version, texts={key: text})
        with pytest.raises(Refused) as refusal:
            submit(application_id=file.pk, actor=firm.actor, declared=TRUTHFUL)
        assert "申报填写 77 件" in reason(refusal)
    explain_findings(
        application_id=file.pk, actor=firm.actor, version=file.version, texts={key: "含受让的发明专利，正在补录清单"}
    )
    assert submit(application_id=file.pk, actor=firm.actor, declared=TRUTHFUL).state == "submitted"
    assert Explanation.objects.get(application=file, code=key).text == "含受让的发明专利，正在补录清单"


def test_submitting_twice_is_one_submission(world: World) -> None:
    file, firm = world.draft()
    submit(application_id=file.pk, actor=firm.actor, declared=TRUTHFUL)
    with pytest.raises(StaleState):
        submit(application_id=file.pk, actor=firm.actor, declared=TRUTHFUL)
    assert file.submissions.count() == 1


def test_somebody_elses_file_does_not_exist(world: World) -> None:
    file, _ = world.draft()
    other = world.firm()
    acts = (
        lambda: submit(application_id=file.pk, actor=other.actor, declared=TRUTHFUL),
        lambda: save_answers(application_id=file.pk, actor=other.actor, version=0, changes={}),
        lambda: withdraw(application_id=file.pk, actor=other.actor),
        lambda: sign_commitment(application_id=file.pk, actor=other.actor, signer="甲", way="click"),
        lambda: submit(application_id=file.pk, actor=world.handler(), declared=TRUTHFUL),
    )
    for act in acts:
        with pytest.raises(Refused) as refusal:
            act()
        assert "没有这份材料，或它不在您的职责范围内" in reason(refusal)


def test_a_withdrawn_file_is_closed_for_good(world: World) -> None:
    file, firm = world.submitted()
    withdraw(application_id=file.pk, actor=firm.actor, reason="材料有误")
    file.refresh_from_db()
    assert file.state == "withdrawn"
    with pytest.raises(Refused):
        submit(application_id=file.pk, actor=firm.actor, declared=TRUTHFUL)
    with pytest.raises(Refused):
        save_answers(application_id=file.pk, actor=firm.actor, version=file.version, changes={})
    assert OutboxMessage.objects.filter(kind="reviews.withdrawn", payload__application=file.pk).count() == 1


# ---- windows -----------------------------------------------------------------------------------------------


def test_a_flagged_window_marks_late(world: World, on_day) -> None:
    file, firm = world.draft()
    on_day(dt.date(2018, 3, 20))
    assert submit(application_id=file.pk, actor=firm.actor, declared=TRUTHFUL).late is True


def test_a_hard_window_closes_after_its_grace(world: World, on_day) -> None:
    file, firm = world.draft(place=JINJIANG)
    window = world.sichuan.window_for("enterprise", [])
    assert window is not None
    assert window.closes_on is not None
    assert window.grace_days
    on_day(window.closes_on + dt.timedelta(days=window.grace_days + 1))
    with pytest.raises(Refused) as refusal:
        submit(application_id=file.pk, actor=firm.actor, declared=BOTH)
    assert "已过" in reason(refusal)
    on_day(window.closes_on + dt.timedelta(days=window.grace_days))
    assert submit(application_id=file.pk, actor=firm.actor, declared=BOTH).late is True


def test_a_returned_file_is_not_shut_out_by_the_window(world: World, on_day) -> None:
    file, firm = world.submitted(place=JINJIANG)
    return_for_correction(application_id=file.pk, actor=world.handler(JINJIANG), reason="请补充")
    on_day(dt.date(2018, 4, 30))
    file = submit(application_id=file.pk, actor=firm.actor, declared=BOTH)
    assert (file.state, file.revision, file.late) == ("submitted", 2, False)


# ---- correction --------------------------------------------------------------------------------------------


def test_resubmission_answers_the_correction_and_keeps_its_number(world: World) -> None:
    file, firm = world.submitted()
    number = file.number
    return_for_correction(
        application_id=file.pk,
        actor=world.handler(),
        reason="研发投入与审计报告不一致",
        items=[{"anchor": "rd_expenditure-2017", "label": "2017年研发投入", "remark": "请核对"}],
        due_on=dt.date(2018, 3, 15),
    )
    file.refresh_from_db()
    item = CorrectionItem.objects.get()
    file = reply_to_remarks(
        application_id=file.pk, actor=firm.actor, version=file.version, replies={item.pk: "已按审计报告改正"}
    )
    save_figures(
        enterprise_id=firm.enterprise.pk, cells={(2017, "rd_expenditure", "audited"): "321.00"}, actor=firm.actor
    )
    draft = load_draft(file)
    changes = changes_since(file.submissions.get(), draft)
    assert [(row["label"], row["after"]) for row in changes] == [("2017年研发投入", "321.00 万元")]
    file = world.explained(file, firm.actor)
    file = world.resubmit(file, firm)
    assert (file.number, file.revision, file.state) == (number, 2, "submitted")
    correction = Correction.objects.get()
    assert correction.resolved_at is not None
    assert correction.items.get().reply == "已按审计报告改正"
    assert [row.revision for row in file.submissions.all()] == [1, 2]
    with pytest.raises(Refused):
        reply_to_remarks(application_id=file.pk, actor=firm.actor, version=file.version, replies={item.pk: "再改"})


# ---- commitment (SC-37, SC-38) -----------------------------------------------------------------------------


def test_commitment_by_click_is_a_record_of_its_own(world: World) -> None:
    file, firm = world.draft(place=JINJIANG)
    made = sign_commitment(application_id=file.pk, actor=firm.actor, signer=" 陈演示 ", way="click")
    rule = world.sichuan.programme.commitment
    assert rule is not None
    assert (made.signer, made.text_version, made.text, made.years) == ("陈演示", rule.version, rule.text, 3)
    assert (made.starts_on, made.ends_on) == (dt.date(2018, 3, 12), dt.date(2021, 3, 12))
    assert Decision.objects.get(pk=made.decision_id).action == "application.commit"


def test_commitment_by_stamped_scan(world: World) -> None:
    file, firm = world.draft(place=JINJIANG)
    with pytest.raises(Refused) as refusal:
        sign_commitment(application_id=file.pk, actor=firm.actor, signer="陈演示", way="stamped_scan")
    assert "请上传盖章后的承诺书扫描件" in reason(refusal)
    scan = world.stored(firm.actor, COMMITMENT)
    with pytest.raises(Refused) as refusal:
        sign_commitment(
            application_id=file.pk,
            actor=firm.actor,
            signer="陈演示",
            way="stamped_scan",
            scan=scan,
            signed_on=dt.date(2018, 3, 13),
        )
    assert "不能晚于今天" in reason(refusal)
    made = sign_commitment(
        application_id=file.pk,
        actor=firm.actor,
        signer="陈演示",
        way="stamped_scan",
        scan=scan,
        signed_on=dt.date(2018, 3, 1),
    )
    assert (made.way, made.scan, made.ends_on) == (Commitment.Way.STAMPED_SCAN, scan, dt.date(2021, 3, 1))


def test_commitment_can_be_signed_beside_a_submitted_file(world: World) -> None:
    file, firm = world.draft(place=JINJIANG)
    submit(application_id=file.pk, actor=firm.actor, declared=BOTH)
    assert sign_commitment(application_id=file.pk, actor=firm.actor, signer="陈演示", way="click").pk


def test_commitment_is_refused_where_none_is_asked(world: World) -> None:
    file, firm = world.draft()
    with pytest.raises(Refused) as refusal:
        sign_commitment(application_id=file.pk, actor=firm.actor, signer="陈演示", way="click")
    assert "本轮不要求监测承诺" in reason(refusal)


# ---- on behalf (ZZ-04, HN-20) ------------------------------------------------------------------------------


def test_entry_on_behalf_needs_the_paper_and_the_own_county(world: World) -> None:
    firm = world.firm()
    officer = world.handler(HETANG)
    with pytest.raises(Refused) as refusal:
        start_application(enterprise=firm.enterprise, round=world.hunan, tier="reserve", actor=officer)
    assert "必须附上企业的纸质材料扫描件" in reason(refusal)
    elsewhere = world.handler(TIANYUAN)
    paper = world.stored(elsewhere, PAPER_SOURCE)
    with pytest.raises(Refused):
        start_application(
            enterprise=firm.enterprise, round=world.hunan, tier="reserve", actor=elsewhere, paper_source=paper
        )


def test_entry_on_behalf_from_paper_to_confirmation(world: World) -> None:
    firm = world.firm()
    officer = world.handler(HETANG)
    paper = world.stored(officer, PAPER_SOURCE, owner=firm.enterprise)
    file = start_application(
        enterprise=firm.enterprise, round=world.hunan, tier="reserve", actor=officer, paper_source=paper
    )
    assert (file.filed_by, file.paper_source) == ("bureau", paper)
    file = save_answers(
        application_id=file.pk, actor=officer, version=file.version, changes={"activity_categories": ["cloud_adoption"]}
    )
    file = world.explained(file, officer)
    file = submit(application_id=file.pk, actor=officer, declared=TRUTHFUL)
    assert file.state == "submitted"
    confirm_paper(application_id=file.pk, actor=firm.actor)
    file.refresh_from_db()
    assert file.paper_confirmed_at is not None
    with pytest.raises(Refused) as refusal:
        confirm_paper(application_id=file.pk, actor=firm.actor)
    assert "已经确认过" in reason(refusal)


def test_the_firms_administrator_confirms_and_not_before_submission(world: World) -> None:
    firm = world.firm()
    officer = world.handler(HETANG)
    paper = world.stored(officer, PAPER_SOURCE)
    file = start_application(
        enterprise=firm.enterprise, round=world.hunan, tier="reserve", actor=officer, paper_source=paper
    )
    with pytest.raises(Refused) as refusal:
        confirm_paper(application_id=file.pk, actor=firm.actor)
    assert "还没有提交" in reason(refusal)
    with pytest.raises(Refused) as refusal:
        confirm_paper(application_id=file.pk, actor=member_of(firm.actor))
    assert "由企业管理员办理" in reason(refusal)


def test_a_prefectures_own_level_firm_is_entered_without_a_county(world: World) -> None:
    """HN-20: the prefecture handles it itself; its path has no county and its own window counts."""
    firm = world.firm()
    city = world.handler("430200")
    Enterprise.objects.filter(pk=firm.enterprise.pk).update(bureau_id=city.bureau_id)
    firm.enterprise.refresh_from_db()
    paper = world.stored(city, PAPER_SOURCE)
    file = start_application(
        enterprise=firm.enterprise, round=world.hunan, tier="reserve", actor=city, paper_source=paper
    )
    changes = {"activity_categories": ["cloud_adoption"]}
    file = save_answers(application_id=file.pk, actor=city, version=file.version, changes=changes)
    file = submit(application_id=world.explained(file, city).pk, actor=city, declared=TRUTHFUL)
    assert (file.state, file.bureau_id, file.path.count("/")) == ("submitted", city.bureau_id, 3)
    assert Application.objects.visible_to(city).filter(pk=file.pk).exists()


def test_an_official_never_writes_a_firms_own_file(world: World) -> None:
    file, _ = world.submitted()
    return_for_correction(application_id=file.pk, actor=world.handler(), reason="请补充")
    with pytest.raises(Refused) as refusal:
        save_answers(application_id=file.pk, actor=world.handler(), version=file.version, changes={})
    assert "主管部门不能代改" in reason(refusal)


def test_a_mistaken_entry_on_behalf_is_taken_back_before_submission_only(world: World) -> None:
    firm = world.firm()
    officer = world.handler(HETANG)
    file = start_application(
        enterprise=firm.enterprise,
        round=world.hunan,
        tier="reserve",
        actor=officer,
        paper_source=world.stored(officer, PAPER_SOURCE),
    )
    file = save_answers(
        application_id=file.pk, actor=officer, version=file.version, changes={"activity_categories": ["cloud_adoption"]}
    )
    file = world.explained(file, officer)
    submit(application_id=file.pk, actor=officer, declared=TRUTHFUL)
    with pytest.raises(Refused) as refusal:
        withdraw(application_id=file.pk, actor=officer)
    assert "申报由企业自己撤回" in reason(refusal)
