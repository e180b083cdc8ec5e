"""The province's decision: the list as a whole with exceptions, by hands, in one transaction (SC-32, SC-42)."""

from __future__ import annotations

import pytest

from foundation.accounts.actions.bureaus import set_hands
from foundation.accounts.actor import SYSTEM
from foundation.accounts.roles import Act
from foundation.core.errors import Refused, StaleState
from foundation.documents.actions.render import render_document
from foundation.journal.models import Decision, OutboxMessage
from portal.rehearsal.people import CHENGDU, HUNAN, SICHUAN
from reviews.actions import approving, county, merging, sending
from reviews.models import Application, Approval, ApprovalItem, Endorsement
from reviews.province_queries import items_for, newly_received, received_order
from reviews.states import ApprovalOutcome, ApprovalState, FileState
from tests.reviews.conftest import JINJIANG, World
from tests.reviews.on_the_way import heard, merged, received, sent, started
from tests.reviews.province_way import WUHOU, at_province, decided, drafted, states, to_province

Outcome = ApprovalOutcome


def mark(world: World, approval: Approval, files: list[Application], outcome: str, reason: str = "演示理由") -> None:
    approving.set_outcome(
        approval_id=approval.pk,
        application_ids=[file.pk for file in files],
        outcome=outcome,
        reason=reason,
        actor=world.handler(SICHUAN),
    )


def told(kind: str) -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(kind=kind).order_by("id"))


def test_hunan_knows_no_such_step(world: World) -> None:
    with pytest.raises(Refused, match="没有省级审定环节"):
        approving.start_approval(round=world.hunan, actor=world.handler(HUNAN))
    with pytest.raises(Refused, match="由组织本轮的主管部门审定"):
        approving.start_approval(round=world.sichuan, actor=world.handler(HUNAN))
    with pytest.raises(Refused, match="由省级主管部门办理"):
        approving.start_approval(round=world.sichuan, actor=world.handler(CHENGDU))


def test_only_what_was_received_is_decided_in_the_order_of_the_list(world: World) -> None:
    with pytest.raises(Refused, match="还没有已接收、待审定的材料"):
        drafted(world)
    ids = merged(world, received(world, JINJIANG, 3))
    dispatch = to_province(world, receive=False)
    with pytest.raises(Refused, match="还没有已接收"):
        drafted(world)
    sending.receive(dispatch_id=dispatch.pk, actor=world.handler(SICHUAN))
    approval = drafted(world)
    order = list(dispatch.items.order_by("rank").values_list("application_id", flat=True))
    assert sorted(order) == sorted(ids)
    assert list(approval.items.order_by("rank").values_list("application_id", flat=True)) == order
    assert set(approval.items.values_list("outcome", "reason")) == {("approve", "")}
    with pytest.raises(StaleState, match="正在拟办"):
        drafted(world)


def test_the_list_is_approved_as_a_whole(world: World) -> None:
    files = at_province(world, 3)
    with heard(approving.ApprovalDecided) as events:
        done = decided(world)
    assert (done.state, done.version > 0, len(events)) == (ApprovalState.DECIDED, True, 1)
    assert states(files) == [FileState.APPROVED] * 3
    acts = Decision.objects.filter(subject_kind="application", action="application.approve").select_related("entry")
    assert acts.count() == 3
    assert all(act.entry.digest and act.opinion == "同意（演示）。" for act in acts)
    firms = told("reviews.approved")
    assert {row.recipient_id for row in firms} == {file.enterprise_id for file in files}
    assert firms[0].payload["next"] == "公示、公布名单"
    assert {row.recipient_id for row in told("reviews.approval_decided")} == {files[0].bureau_id, _chengdu(world)}
    with pytest.raises(Refused, match="已审定"):
        decided(world, done)
    with pytest.raises(Refused, match="已审定"):
        mark(world, done, files[:1], Outcome.REFUSE)


def _chengdu(world: World) -> int:
    return world.handler(CHENGDU).bureau_id or 0


def test_exceptions_each_with_its_reason(world: World) -> None:
    files = at_province(world, 5)
    approval = drafted(world)
    for wrong in ("", "   "):
        with pytest.raises(Refused, match="请写明理由"):
            mark(world, approval, files[:1], Outcome.REFUSE, wrong)
    with pytest.raises(Refused, match="不超过 400 个字"):
        mark(world, approval, files[:1], Outcome.REFUSE, "字" * 401)
    mark(world, approval, files[:1], Outcome.REFUSE, "主营业务与目录不符（演示）")
    mark(world, approval, files[1:2], Outcome.HOLD, "等待核实（演示）")
    mark(world, approval, files[2:3], Outcome.TO_PREFECTURE, "请复核排序（演示）")
    mark(world, approval, files[3:], Outcome.TO_COUNTY, "请补充证明（演示）")
    mark(world, approval, files[4:], Outcome.APPROVE, "写了也不算")
    assert ApprovalItem.objects.get(application=files[4]).reason == ""
    decided(world, approval)
    assert states(files) == [
        FileState.NOT_APPROVED,
        FileState.AT_PROVINCE,
        FileState.AT_PREFECTURE,
        FileState.SUBMITTED,
        FileState.APPROVED,
    ]
    refused = told("reviews.not_approved")
    assert [(row.recipient_kind, row.recipient_id) for row in refused] == [("enterprise", files[0].enterprise_id)]
    assert refused[0].payload["reason"] == "主营业务与目录不符（演示）"
    back = {row.recipient_id: row.payload for row in told("reviews.sent_back")}
    assert back.keys() == {_chengdu(world), files[3].bureau_id}
    assert back[files[3].bureau_id]["files"] == [{"name": files[3].enterprise_name, "reason": "请补充证明（演示）"}]
    assert not Endorsement.objects.filter(
        subject_kind="application", subject_id=files[3].pk, act=Act.RECOMMEND, cancelled=False
    ).exists()
    last = Decision.objects.filter(subject_kind="application", subject_id=files[2].pk).latest("id")
    assert (last.action, last.opinion) == ("application.send_back", "请复核排序（演示）")


def test_somebody_elses_file_and_an_empty_choice_are_refused(world: World) -> None:
    at_province(world, 1)
    approval = drafted(world)
    other, _ = world.submitted(place=WUHOU)
    for wrong in ([other], []):
        with pytest.raises(Refused, match="不在本次审定中"):
            mark(world, approval, wrong, Outcome.REFUSE)
    with pytest.raises(Refused, match="没有这份材料"):
        approving.set_outcome(
            approval_id=approval.pk,
            application_ids=[other.pk],
            outcome="refuse",
            reason="x",
            actor=world.handler(CHENGDU),
        )
    with pytest.raises(Refused, match="没有这份审定"):
        approving.set_outcome(
            approval_id=0, application_ids=[other.pk], outcome="refuse", reason="x", actor=world.handler(SICHUAN)
        )


def test_two_hands_and_a_change_between_them(world: World) -> None:
    files = at_province(world, 2)
    handler, signer = world.handler(SICHUAN), world.signer(SICHUAN)
    set_hands(actor=SYSTEM, bureau_id=handler.bureau_id, act=Act.APPROVE, hands=2)  # as in the rehearsal
    approval = drafted(world)
    with pytest.raises(Refused, match="现在轮到“经办”"):
        approving.endorse_approval(approval_id=approval.pk, actor=signer)
    once = approving.endorse_approval(approval_id=approval.pk, actor=handler, opinion="拟同意（演示）。")
    assert (once.state, once.document_id, states(files)) == ("draft", None, ["at_province"] * 2)
    with pytest.raises(Refused, match="现在轮到“签发”"):
        approving.endorse_approval(approval_id=approval.pk, actor=handler)
    mark(world, approval, files[:1], Outcome.HOLD)
    with pytest.raises(Refused, match="现在轮到“经办”"):
        approving.endorse_approval(approval_id=approval.pk, actor=signer)
    approving.endorse_approval(approval_id=approval.pk, actor=handler)
    done = approving.endorse_approval(approval_id=approval.pk, actor=signer)
    assert (done.state, states(files)) == ("decided", ["at_province", "approved"])


def test_held_files_come_up_again(world: World) -> None:
    files = at_province(world, 2)
    approval = drafted(world)
    mark(world, approval, files[:1], Outcome.HOLD)
    first = decided(world, approval)
    again = drafted(world)
    assert (again.sequence, list(again.items.values_list("application_id", flat=True))) == (2, [files[0].pk])
    assert again.title != first.title
    decided(world, again)
    assert states(files) == ["approved", "approved"]


@pytest.mark.parametrize("outcome", [Outcome.TO_PREFECTURE, Outcome.TO_COUNTY])
def test_a_returned_file_travels_again_to_a_later_decision(world: World, outcome: str) -> None:
    files = at_province(world, 2)
    approval = drafted(world)
    mark(world, approval, files[:1], outcome, "请核实后重报（演示）")
    decided(world, approval)
    back, prefecture, keeper = files[0], world.handler(CHENGDU), world.handler(JINJIANG)
    if outcome == Outcome.TO_COUNTY:
        with pytest.raises(Refused):
            merging.return_to_county(application_id=back.pk, actor=prefecture, reason="x")
        verdict = county.recommend(ids=[back.pk], actor=keeper, opinion="已核实（演示）。")[back.pk]
        assert verdict, verdict
        second = sent(world, started(world, JINJIANG), JINJIANG)
        assert (second.batch, list(second.items.values_list("application_id", flat=True))) == (2, [back.pk])
        assert not merging.merge(ids=[back.pk], actor=prefecture)[back.pk], "sent again and not received yet"
        sending.receive(dispatch_id=second.pk, actor=prefecture)
    assert merging.merge(ids=[back.pk], actor=prefecture)[back.pk]
    later = to_province(world, receive=False)
    assert (later.batch, list(later.items.values_list("application_id", flat=True))) == (2, [back.pk])
    assert received_order(world.sichuan) == [], "on its way again: not received yet"
    sending.receive(dispatch_id=later.pk, actor=world.handler(SICHUAN))
    again = drafted(world)
    assert (again.sequence, list(again.items.values_list("application_id", flat=True))) == (2, [back.pk])
    decided(world, again)
    assert states(files) == ["approved", "approved"]


def test_received_while_it_is_prepared(world: World) -> None:
    first = at_province(world, 1)
    approval = drafted(world)
    mark(world, approval, first, Outcome.HOLD)
    second = at_province(world, 1, WUHOU)
    assert newly_received(approval) == [second[0].pk]
    assert approving.collect(approval_id=approval.pk, actor=world.handler(SICHUAN)) == 1
    assert approving.collect(approval_id=approval.pk, actor=world.handler(SICHUAN)) == 0
    rows = list(approval.items.order_by("rank").values_list("application_id", "rank", "outcome"))
    assert rows == [(first[0].pk, 1, "hold"), (second[0].pk, 2, "approve")]


def test_below_only_own_firms_and_only_after_the_decision(world: World) -> None:
    jinjiang, wuhou = at_province(world, 1), at_province(world, 1, WUHOU)
    approval = drafted(world)
    watchers = {place: world.handler(place) for place in (CHENGDU, JINJIANG, WUHOU, HUNAN)}
    assert not any(Approval.objects.visible_to(actor).exists() for actor in watchers.values())
    done = decided(world, approval)
    seen = {
        place: set(items_for(done, actor).values_list("application_id", flat=True))
        for place, actor in watchers.items()
        if Approval.objects.visible_to(actor).exists()
    }
    assert seen == {
        CHENGDU: {jinjiang[0].pk, wuhou[0].pk},
        JINJIANG: {jinjiang[0].pk},
        WUHOU: {wuhou[0].pk},
    }


def test_the_paper_says_what_was_decided(world: World) -> None:
    files = at_province(world, 2)
    approval = drafted(world)
    mark(world, approval, files[:1], Outcome.REFUSE, "主营业务与目录不符（演示）")
    done = decided(world, approval)
    assert done.document is not None
    snapshot = done.document.snapshot
    assert [(row["name"], row["outcome"], row["reason"]) for row in snapshot["rows"]] == [
        (files[0].enterprise_name, "不予认定", "主营业务与目录不符（演示）"),
        (files[1].enterprise_name, "通过", ""),
    ]
    assert snapshot["counts"] == {"通过": 1, "不予认定": 1}
    assert render_document(done.document).page_count == 1


def test_a_file_that_cannot_move_stops_the_whole(world: World) -> None:
    files = at_province(world, 2)
    approval = drafted(world)
    Application.objects.filter(pk=files[0].pk).update(state=FileState.MERGED)
    with pytest.raises(Refused, match="已不在省级"):
        decided(world, approval)
    assert states(files) == ["merged", "at_province"]
    assert Approval.objects.get(pk=approval.pk).state == "draft"
