"""Changes on the roster: proposed, heard, decided, carried out; what may not be done, twice, stale, by somebody else (SC-33…SC-41)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import DatabaseError, transaction

from cultivation.models import EntryEvent, RosterEntry
from cultivation.roster import observed_on
from enterprises.actions.identity import close
from foundation.core.errors import Refused, StaleState
from foundation.documents.models import FrozenDocument
from foundation.journal.models import Decision, OutboxMessage
from foundation.reference import queries as reference
from portal.rehearsal.people import HUNAN, SICHUAN
from reviews.actions import lifecycle
from reviews.lifecycle_papers import PROPOSAL_FILE
from reviews.models import HearingStatement, Proposal
from tests.reviews.conftest import HETANG, JINJIANG, LILING, TODAY, World
from tests.reviews.lifecycle_world import (
    BREACH,
    REASON,
    at,
    decided,
    delisting,
    hunan_province,
    listed,
    prefecture,
    province,
)

HEARD_UNTIL = "2018-07-19"


def _messages(kind: str) -> list[tuple[str, int]]:
    rows = OutboxMessage.objects.filter(kind=f"reviews.{kind}").order_by("id")
    return [(row.recipient_kind, row.recipient_id) for row in rows]


def _text(document: FrozenDocument | None) -> str:
    assert document is not None
    return "\n".join(part["text"] for part in document.snapshot["body"])


# ---- delisting, the long way -------------------------------------------------------------------------------


def test_delisted_after_a_hearing_in_which_the_firm_said_nothing(world: World) -> None:
    entry, firm = listed(world)
    at("2018-07-12")
    proposal = delisting(world, entry)
    assert (proposal.state, proposal.cause, proposal.bureau_id) == ("draft", "delisted", province(world).bureau_id)
    assert _messages("proposal_raised") == []  # the deciding bureau proposed it itself
    with pytest.raises(Refused, match="还没有听取企业意见"):
        decided(world, proposal)
    proposal = lifecycle.open_hearing(proposal_id=proposal.pk, actor=province(world))
    assert (str(proposal.hearing_from), str(proposal.hearing_until)) == ("2018-07-12", HEARD_UNTIL)
    assert reference.working_days_between(dt.date(2018, 7, 12), dt.date(2018, 7, 19)) == 5
    letter = _text(proposal.hearing_document)
    for said in (REASON, "2018年5月", "238号 五（四）", "从名单中直接剔除", "2018年7月19日", "5个工作日", "重新申请"):
        assert said in letter
    told = _messages("hearing_opened")
    assert told[0] == ("enterprise", firm.enterprise.pk)
    assert len(told) == 3  # the firm, its county, its prefecture; not the province that acts
    at(HEARD_UNTIL)
    with pytest.raises(Refused, match="听取意见到2018年7月19日结束"):
        decided(world, proposal)
    at("2018-07-20")
    proposal = decided(world, proposal, "情况属实")
    assert (proposal.state, str(proposal.effective_on), proposal.opinion) == ("adopted", "2018-07-20", "情况属实")
    entry.refresh_from_db()
    assert (entry.exit, str(entry.until), entry.exit_document_id) == ("delisted", "2018-07-20", proposal.document_id)
    event = entry.events.get(kind="left")
    assert (event.proposal_id, event.document_id, event.decision_id) == (
        proposal.pk,
        proposal.document_id,
        entry.exit_decision_id,
    )
    paper = _text(proposal.document)
    for said in ("未陈述意见", "取消享有相关培育政策的资格", "不得沿用原资格", "情况属实", "2018年7月20日"):
        assert said in paper
    assert proposal.document is not None
    assert proposal.document.released_at is not None
    assert [kind for kind, _ in _messages("proposal_decided")] == ["enterprise", "bureau", "bureau"]


def test_a_statement_lets_the_bureau_decide_before_the_days_are_over_and_cancels_hands(world: World) -> None:
    entry, firm = listed(world)
    at("2018-07-12")
    proposal = lifecycle.open_hearing(proposal_id=delisting(world, entry).pk, actor=province(world))
    at("2018-07-13")
    file = world.stored(firm.actor, PROPOSAL_FILE, owner=firm.enterprise)
    lifecycle.state_case(proposal_id=proposal.pk, actor=firm.actor, text="会计离职，已补报。", file=file)
    assert _messages("case_stated") == [("bureau", proposal.bureau_id)]
    half = lifecycle.decide_proposal(proposal_id=proposal.pk, actor=world.handler(SICHUAN), opinion="拟剔除")
    assert half.state == "hearing"
    lifecycle.state_case(proposal_id=proposal.pk, actor=firm.actor, text="补充：六月已报。")
    proposal.refresh_from_db()
    assert [row.text for row in proposal.statements.all()] == ["会计离职，已补报。", "补充：六月已报。"]
    assert proposal.statement == "补充：六月已报。"
    # The first hand fell with the new statement: the signer finds that it is not the turn of 签发.
    with pytest.raises(Refused, match="现在轮到"):
        lifecycle.decide_proposal(proposal_id=proposal.pk, actor=world.signer(SICHUAN), opinion="剔除")
    with pytest.raises(StaleState, match="刚有新的情况"):
        lifecycle.decide_proposal(proposal_id=proposal.pk, actor=world.handler(SICHUAN), version=half.version)
    proposal = decided(world, proposal)
    assert proposal.state == "adopted"
    assert "你单位已陈述意见" in _text(proposal.document)


def test_the_firm_may_not_speak_outside_the_days_nor_for_another(world: World) -> None:
    entry, firm = listed(world)
    _, other = listed(world)
    at("2018-07-12")
    proposal = delisting(world, entry)
    assert not Proposal.objects.visible_to(firm.actor).exists()  # a draft is the bureaus' own business
    with pytest.raises(Refused, match="没有这份材料"):
        lifecycle.state_case(proposal_id=proposal.pk, actor=firm.actor, text="早了")
    lifecycle.open_hearing(proposal_id=proposal.pk, actor=province(world))
    assert Proposal.objects.visible_to(firm.actor).count() == 1
    with pytest.raises(Refused, match="没有这份材料"):
        lifecycle.state_case(proposal_id=proposal.pk, actor=other.actor, text="不是我的")
    with pytest.raises(Refused, match="请填写陈述意见"):
        lifecycle.state_case(proposal_id=proposal.pk, actor=firm.actor, text="   ")
    with pytest.raises(Refused, match="不超过 5000 字"):
        lifecycle.state_case(proposal_id=proposal.pk, actor=firm.actor, text="长" * 5001)
    at("2018-07-20")
    with pytest.raises(Refused, match="期限到2018年7月19日为止"):
        lifecycle.state_case(proposal_id=proposal.pk, actor=firm.actor, text="晚了")


def test_a_paper_statement_is_entered_by_the_county_with_its_scan_and_day(world: World) -> None:
    entry, firm = listed(world)
    at("2018-07-12")
    proposal = lifecycle.open_hearing(proposal_id=delisting(world, entry).pk, actor=province(world))
    county = world.handler(JINJIANG)
    scan = world.stored(county, PROPOSAL_FILE, owner=firm.enterprise)
    at("2018-07-23")
    with pytest.raises(Refused, match="扫描件"):
        lifecycle.state_case(proposal_id=proposal.pk, actor=county, text="纸质", received_on=dt.date(2018, 7, 18))
    with pytest.raises(Refused, match="期限到"):
        lifecycle.state_case(proposal_id=proposal.pk, actor=county, file=scan, received_on=dt.date(2018, 7, 20))
    with pytest.raises(Refused, match="由其主管部门或决定单位代录"):
        lifecycle.state_case(proposal_id=proposal.pk, actor=prefecture(world, JINJIANG), text="x", file=scan)
    lifecycle.state_case(proposal_id=proposal.pk, actor=county, file=scan, received_on=dt.date(2018, 7, 19))
    row = HearingStatement.objects.get()
    assert (str(row.received_on), row.file_id) == ("2018-07-19", scan.pk)
    with pytest.raises(DatabaseError), transaction.atomic():
        HearingStatement.objects.filter(pk=row.pk).update(text="另一个说法")


def test_what_the_firm_types_is_kept_and_told_when_another_window_was_faster(world: World) -> None:
    entry, firm = listed(world)
    at("2018-07-12")
    proposal = lifecycle.open_hearing(proposal_id=delisting(world, entry).pk, actor=province(world))
    kept = lifecycle.save_statement_draft(proposal_id=proposal.pk, actor=firm.actor, text="我们", version=0)
    assert (kept.draft, kept.draft_version, kept.version) == ("我们", 1, proposal.version)
    with pytest.raises(StaleState, match="另一个窗口"):
        lifecycle.save_statement_draft(proposal_id=proposal.pk, actor=firm.actor, text="我", version=0)
    with pytest.raises(Refused, match="企业自己"):
        lifecycle.save_statement_draft(proposal_id=proposal.pk, actor=province(world), text="我", version=1)
    lifecycle.state_case(proposal_id=proposal.pk, actor=firm.actor, text="我们已补报")
    proposal.refresh_from_db()
    assert proposal.draft == ""


# ---- evidence and proposals --------------------------------------------------------------------------------


def test_evidence_is_frozen_with_its_digest_and_one_proposal_runs_at_a_time(world: World) -> None:
    entry, _ = listed(world)
    at("2018-07-12")
    proposal = delisting(world, entry)
    assert proposal.evidence["months"] == BREACH["months"]
    assert proposal.evidence["entry"]["since"] == TODAY.isoformat()
    for column, value in (("evidence", {}), ("reason", "另一个理由"), ("kind", "observe"), ("digest", "0" * 64)):
        with pytest.raises(DatabaseError), transaction.atomic():
            Proposal.objects.filter(pk=proposal.pk).update(**{column: value})
    with pytest.raises(StaleState, match="已有一项名单调整建议"):
        lifecycle.propose(entry_id=entry.pk, kind="observe", reason="下滑", actor=province(world))


def test_county_and_prefecture_may_propose_and_the_province_is_told(world: World) -> None:
    entry, firm = listed(world)
    proposal = delisting(world, entry, world.handler(JINJIANG))
    assert _messages("proposal_raised") == [("bureau", proposal.bureau_id)]
    county = world.handler(JINJIANG)
    for act in (lifecycle.open_hearing, lifecycle.decide_proposal):
        with pytest.raises(Refused, match="决定"):
            act(proposal_id=proposal.pk, actor=county)
    with pytest.raises(Refused):
        lifecycle.propose(entry_id=entry.pk, kind="delist", reason="x", actor=firm.actor)
    # The proposer takes it back while the firm has not been told.
    dropped = lifecycle.drop_proposal(proposal_id=proposal.pk, actor=county, reason="核实有误")
    assert dropped.state == "dropped"
    assert _messages("proposal_dropped") == [("bureau", proposal.bureau_id)]
    assert not Proposal.objects.visible_to(firm.actor).exists()
    entry.refresh_from_db()
    assert entry.until is None


def test_nobody_of_another_path_proposes_or_sees(world: World) -> None:
    entry, _ = listed(world)
    for stranger in (hunan_province(world), world.handler(HETANG)):
        with pytest.raises(Refused, match="没有这份材料"):
            delisting(world, entry, stranger)
    proposal = delisting(world, entry)
    assert not Proposal.objects.visible_to(hunan_province(world)).exists()
    with pytest.raises(Refused, match="没有这份材料"):
        lifecycle.open_hearing(proposal_id=proposal.pk, actor=hunan_province(world))


def test_an_empty_reason_an_unknown_kind_and_a_leave_without_cause_are_refused(world: World) -> None:
    entry, _ = listed(world)
    for kind, cause, reason, said in (
        ("delist", "", " ", "写明理由"),
        ("vanish", "", "x", "选择调整的类别"),
        ("leave", "", "x", "选择离开名单的原因"),
        ("leave", "delisted", "x", "选择离开名单的原因"),
        ("restore", "", "x", "不在观察期内"),
        ("remove", "", "x", "规定先进入观察期"),
    ):
        with pytest.raises(Refused, match=said):
            lifecycle.propose(entry_id=entry.pk, kind=kind, cause=cause, reason=reason, actor=province(world))
    assert not Proposal.objects.exists()


def test_dropped_after_the_hearing_the_firm_is_told_why(world: World) -> None:
    entry, firm = listed(world)
    proposal = lifecycle.open_hearing(proposal_id=delisting(world, entry).pk, actor=province(world))
    with pytest.raises(Refused, match="理由"):
        lifecycle.drop_proposal(proposal_id=proposal.pk, actor=province(world), reason="")
    lifecycle.drop_proposal(proposal_id=proposal.pk, actor=province(world), reason="平台故障所致")
    assert ("enterprise", firm.enterprise.pk) in _messages("proposal_dropped")
    with pytest.raises(Refused):
        lifecycle.decide_proposal(proposal_id=proposal.pk, actor=world.handler(SICHUAN))
    assert entry.events.count() == 1


# ---- observation -------------------------------------------------------------------------------------------


def test_observed_for_a_year_then_restored(world: World) -> None:
    entry, firm = listed(world)
    at("2019-03-20")
    evidence = {"figures": [{"label": "主营业务收入增长", "value": "-3.20%", "note": "2018年比2017年"}]}
    proposal = lifecycle.propose(
        entry_id=entry.pk, kind="observe", reason="成长性指标下滑", evidence=evidence, actor=province(world)
    )
    proposal = decided(world, proposal)
    event = entry.events.get(kind="observed")
    assert (str(event.on), str(event.due_on), event.ended_on) == ("2019-03-20", "2020-03-20", None)
    assert "观察期内保留层级，继续享受相关培育政策" in _text(proposal.document)
    assert "-3.20%" in _text(proposal.document)
    told = OutboxMessage.objects.get(kind="reviews.proposal_decided", recipient_kind="enterprise")
    assert told.payload["due_on"] == "2020-03-20"
    with pytest.raises(Refused, match="已在观察期内"):
        lifecycle.propose(entry_id=entry.pk, kind="observe", reason="再来", actor=province(world))
    with pytest.raises(Refused, match="届满前不能调出"):
        lifecycle.propose(entry_id=entry.pk, kind="remove", reason="早了", actor=province(world))
    at("2020-03-20")
    decided(world, lifecycle.propose(entry_id=entry.pk, kind="restore", reason="恢复增长", actor=province(world)))
    event.refresh_from_db()
    assert str(event.ended_on) == "2020-03-20"
    found = {day: RosterEntry.objects.filter(observed_on(dt.date.fromisoformat(day)), pk=entry.pk).exists()
             for day in ("2019-03-19", "2019-03-20", "2020-03-19", "2020-03-20")}  # fmt: skip
    assert found == {"2019-03-19": False, "2019-03-20": True, "2020-03-19": True, "2020-03-20": False}
    assert firm.enterprise.pk == entry.enterprise_id


def test_removed_after_the_year_only_after_a_hearing(world: World) -> None:
    entry, _ = listed(world)
    at("2019-03-20")
    decided(world, lifecycle.propose(entry_id=entry.pk, kind="observe", reason="下滑", actor=province(world)))
    at("2020-03-20")
    proposal = lifecycle.propose(entry_id=entry.pk, kind="remove", reason="期满仍下滑", actor=province(world))
    with pytest.raises(Refused, match="还没有听取企业意见"):
        decided(world, proposal)
    proposal = lifecycle.open_hearing(proposal_id=proposal.pk, actor=province(world))
    at("2020-04-01")
    proposal = decided(world, proposal)
    entry.refresh_from_db()
    assert (entry.exit, str(entry.until)) == ("removed", "2020-04-01")
    assert str(EntryEvent.objects.get(entry=entry, kind="observed").ended_on) == "2020-04-01"


# ---- other ways out ----------------------------------------------------------------------------------------


def test_the_firm_asks_to_leave_takes_it_back_and_asks_again(world: World) -> None:
    entry, firm = listed(world)
    asked = lifecycle.ask_to_leave(entry_id=entry.pk, reason="转行", actor=firm.actor)
    assert [kind for kind, _ in _messages("leave_asked")] == ["bureau", "bureau"]  # county and province
    assert Proposal.objects.visible_to(firm.actor).get() == asked
    lifecycle.take_back(proposal_id=asked.pk, actor=firm.actor)
    again = lifecycle.ask_to_leave(entry_id=entry.pk, reason="决定转行", actor=firm.actor)
    again = decided(world, again)
    entry.refresh_from_db()
    assert (again.state, entry.exit) == ("adopted", "withdrawn")
    with pytest.raises(Refused, match="离开名单"):
        lifecycle.ask_to_leave(entry_id=entry.pk, reason="又来", actor=firm.actor)


def test_a_merger_needs_its_paper_instead_of_a_hearing(world: World) -> None:
    entry, _ = listed(world)
    bare = lifecycle.propose(entry_id=entry.pk, kind="leave", cause="merged", reason="并入他企", actor=province(world))
    with pytest.raises(Refused, match="还没有合并的登记证明或协议"):
        decided(world, bare)
    lifecycle.drop_proposal(proposal_id=bare.pk, actor=province(world), reason="补材料")
    paper = world.stored(province(world), PROPOSAL_FILE)
    full = lifecycle.propose(
        entry_id=entry.pk, kind="leave", cause="merged", reason="并入他企", actor=province(world), paper=paper
    )
    decided(world, full)
    entry.refresh_from_db()
    assert entry.exit == "merged"


def test_a_cancelled_firm_is_pointed_out_and_nothing_happens_by_itself(world: World) -> None:
    entry, firm = listed(world)
    close(enterprise_id=firm.enterprise.pk, actor=world.handler(JINJIANG), reason="注销通知书 2018-6-1")
    entry.refresh_from_db()
    assert entry.until is None
    assert [kind for kind, _ in _messages("leave_suggested")] == ["bureau", "bureau"]
    proposal = lifecycle.propose(
        entry_id=entry.pk,
        kind="leave",
        cause="closed",
        reason="已注销",
        source="enterprise_closed",
        actor=province(world),
    )
    decided(world, proposal)
    entry.refresh_from_db()
    assert entry.exit == "closed"


def test_an_entry_that_leaves_another_way_ends_what_was_proposed(world: World) -> None:
    from cultivation.roster import close_entry

    entry, _ = listed(world)
    proposal = lifecycle.open_hearing(proposal_id=delisting(world, entry).pk, actor=province(world))
    with transaction.atomic():
        close_entry(
            entry=RosterEntry.objects.get(pk=entry.pk),
            cause="promoted",
            on=TODAY,
            decision=Decision.objects.latest("id"),
        )
    proposal.refresh_from_db()
    assert proposal.state == "dropped"
    assert "晋级" in proposal.opinion


# ---- Hunan -------------------------------------------------------------------------------------------------


def test_in_hunan_the_prefecture_decides_and_there_is_no_observation(world: World) -> None:
    entry, firm = listed(world, HETANG)
    with pytest.raises(Refused, match="没有规定观察期"):
        lifecycle.propose(entry_id=entry.pk, kind="observe", reason="下滑", actor=world.handler(HETANG))
    proposal = lifecycle.propose(
        entry_id=entry.pk, kind="remove", reason=REASON, evidence=BREACH, actor=world.handler(HETANG)
    )
    assert proposal.bureau.level == "prefecture"
    with pytest.raises(Refused, match="决定"):
        lifecycle.open_hearing(proposal_id=proposal.pk, actor=world.signer(HUNAN))
    proposal = lifecycle.open_hearing(proposal_id=proposal.pk, actor=prefecture(world))
    lifecycle.state_case(proposal_id=proposal.pk, actor=firm.actor, text="同意移出")
    proposal = decided(world, proposal)
    entry.refresh_from_db()
    assert (proposal.state, entry.exit) == ("adopted", "removed")
    assert Proposal.objects.visible_to(hunan_province(world)).count() == 1  # the province reads it
    assert Proposal.objects.visible_to(world.handler(LILING)).count() == 0
