"""A dispatch on its way: sent, recalled until received, received, returned; leave to report late."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction

from cultivation.models import Round
from cultivation.roster import list_entries
from foundation.accounts.actor import SYSTEM, Actor
from foundation.accounts.models import Bureau
from foundation.accounts.paths import bureau_path, superior_in
from foundation.accounts.roles import Act, Level
from foundation.accounts.transition import decide, decide_one, record_act, require
from foundation.core.clock import business_now, business_today
from foundation.core.errors import Refused
from foundation.core.verdict import Verdict, no, ok
from foundation.documents.actions.freeze import release, void
from foundation.journal.models import Decision
from foundation.journal.record import Message
from reviews import hands
from reviews.actions.dispatch_common import dispatch_rule, reported, with_relations
from reviews.evaluation import WindowAnswer, window_verdict
from reviews.events import DispatchReceived, DispatchSent
from reviews.models import Application, CultivationPlan, Dispatch, LatePermission
from reviews.public_notices import notice_blocks
from reviews.states import DispatchState, FileState


def sending_blocks(dispatch: Dispatch) -> list[Verdict]:
    """What keeps a dispatch from being sent: 签发, seal, plan (HN-27), window without leave."""
    rule = dispatch_rule(dispatch)
    blocks: list[Verdict] = []
    if dispatch.state == DispatchState.DRAFT:
        blocks.append(no("尚未签发"))
    if rule.needs_seal and dispatch.state == DispatchState.SIGNED:
        blocks.append(no("尚未上传盖章扫描件", "请打印汇总表、加盖公章后扫描上传。"))
    if needs_plan(dispatch) and final_plan(dispatch) is None:
        blocks.append(no("培育工作计划尚未定稿：计划与汇总表须一并报送", "请先编制并定稿培育工作计划。"))
    blocks += notice_blocks(dispatch)
    window = sending_window(dispatch)
    if not window.open:
        blocks.append(no(window.reason, "请联系上级部门准予补报。"))
    return blocks


def needs_plan(dispatch: Dispatch) -> bool:
    """Whether the programme wants the cultivation plan together with the table (HN-27)."""
    return "cultivation_plan" in dispatch_rule(dispatch).accompanies


def final_plan(dispatch: Dispatch) -> CultivationPlan | None:
    """The latest finished plan of the sending bureau for the round."""
    return (
        CultivationPlan.objects.filter(round_id=dispatch.round_id, bureau_id=dispatch.from_bureau_id, final=True)
        .select_related("document", "file")
        .order_by("-revision")
        .first()
    )


def sending_window(dispatch: Dispatch) -> WindowAnswer:
    """Whether the bureau's window is open today, with its grace and any leave to report late."""
    answer = window_verdict(dispatch.round, dispatch.path, Level(dispatch.from_bureau.level))
    if answer.open:
        return answer
    leave = current_leave(dispatch.round_id, dispatch.from_bureau_id)
    return (
        WindowAnswer(open=True, late=True, reason=f"准予补报至{leave.until:%Y-%m-%d}", closes_on=leave.until)
        if leave
        else answer
    )


def current_leave(round_id: int, bureau_id: int) -> LatePermission | None:
    """Leave to report late that still runs, None when there is none."""
    return (
        LatePermission.objects.filter(round_id=round_id, bureau_id=bureau_id, until__gte=business_today())
        .order_by("-id")
        .first()
    )


@transaction.atomic
def send(*, dispatch_id: int, actor: Actor) -> Dispatch:
    """Report the sealed list upward; its files move to the superior in the same transaction."""

    def check(dispatch: Dispatch) -> Verdict:
        blocks = sending_blocks(with_relations(dispatch))
        return (
            no("暂不能报送：" + "；".join(block.reason for block in blocks) + "。", blocks[0].hint) if blocks else ok()
        )

    def change(dispatch: Dispatch) -> None:
        window = sending_window(dispatch)
        dispatch.sent_at = business_now()
        dispatch.plan = final_plan(dispatch) if needs_plan(dispatch) else None
        dispatch.late = window.late
        dispatch.late_permission = current_leave(dispatch.round_id, dispatch.from_bureau_id) if window.late else None

    def event(dispatch: Dispatch, decision: Decision) -> DispatchSent:
        assert dispatch.document is not None
        release(dispatch.document)
        if dispatch.plan is not None and dispatch.plan.document is not None:
            release(dispatch.plan.document)
        target = FileState.AT_PROVINCE if dispatch.to_bureau.level == Level.PROVINCE else FileState.AT_PREFECTURE
        expect = {FileState.RECOMMENDED, FileState.MERGED}
        move_files(dispatch, reported(dispatch), actor, "application.dispatch", expect, target)
        return DispatchSent(dispatch_id=dispatch.pk, round_id=dispatch.round_id, decision_id=decision.pk)

    def outbox(dispatch: Dispatch, decision: Decision) -> list[Message]:
        body = {
            "dispatch": dispatch.pk,
            "title": dispatch.title,
            "bureau": dispatch.from_bureau.name,
            "late": dispatch.late,
        }
        return [
            Message(
                f"reviews.dispatch_sent:{decision.pk}", "reviews.dispatch_sent", "bureau", dispatch.to_bureau_id, body
            )
        ]

    decide_one(
        pk=dispatch_id,
        model=Dispatch,
        action="dispatch.send",
        expect={DispatchState.SIGNED, DispatchState.SEALED},
        to=DispatchState.SENT,
        actor=actor,
        check=check,
        change=change,
        fields=("sent_at", "plan", "late", "late_permission"),
        data=lambda dispatch: {
            "document": dispatch.document.digest if dispatch.document else "",
            "plan": dispatch.plan_id,
            "late": dispatch.late,
        },
        event=event,
        outbox=outbox,
    )
    return Dispatch.objects.get(pk=dispatch_id)


def move_files(
    dispatch: Dispatch, files: list[Application], actor: Actor, action: str, expect: Iterable[str], target: str
) -> None:
    """Move every reported file of a dispatch; one that cannot move stops the whole (nobody sends half a list)."""
    verdicts = decide(
        model=Application,
        ids=[file.pk for file in files],
        action=action,
        expect=frozenset(expect),
        to=target,
        actor=actor,
        data={"dispatch": dispatch.pk},
    )
    names = {file.pk: file.enterprise_name for file in files}
    failed = [f"{names[pk]}：{verdict.reason}" for pk, verdict in verdicts.items() if not verdict]
    if failed:
        raise Refused(no("以下材料不能随本次报送办理：" + "；".join(failed)))


def _home_state(dispatch: Dispatch) -> dict[int, str]:
    """State each file goes back to when the dispatch comes back: recommended by this bureau, or merged from below."""
    return {
        file.pk: FileState.RECOMMENDED if file.bureau_id == dispatch.from_bureau_id else FileState.MERGED
        for file in reported(dispatch)
    }


def _bring_home(dispatch: Dispatch, actor: Actor, action: str) -> None:
    home = _home_state(dispatch)
    verdicts = decide(
        model=Application,
        ids=home,
        action=action,
        expect={FileState.AT_PREFECTURE, FileState.AT_PROVINCE},
        to=lambda file: home[file.pk],
        actor=actor,
        data={"dispatch": dispatch.pk},
    )
    failed = [verdict.reason for verdict in verdicts.values() if not verdict]
    if failed:
        raise Refused(no("部分材料已由上级办理：" + "；".join(failed)))


@transaction.atomic
def recall(*, dispatch_id: int, actor: Actor, reason: str) -> Dispatch:
    """Take the dispatch back to the desk: until the superior has received it (SENT), or before sending. The table is void."""
    if not reason.strip():
        raise Refused(no("请写明撤回理由。"))
    before = Dispatch.objects.select_related("document").filter(pk=dispatch_id).first()
    was_sent = before is not None and before.state == DispatchState.SENT
    paper = before.document if before is not None else None

    def change(dispatch: Dispatch) -> None:
        dispatch.document = dispatch.plan = dispatch.late_permission = None
        dispatch.signed_at = dispatch.sent_at = None
        dispatch.late = False

    def event(dispatch: Dispatch, decision: Decision) -> None:
        hands.cancel("dispatch", [dispatch.pk], Act.DISPATCH)
        if paper is not None:
            void(document=paper, reason=f"报送撤回：{reason.strip()}", actor=SYSTEM)
        if was_sent:
            _bring_home(dispatch, actor, "application.recall")

    def outbox(dispatch: Dispatch, decision: Decision) -> list[Message]:
        if not was_sent:
            return []
        body = {"title": dispatch.title, "bureau": dispatch.from_bureau.name, "reason": reason.strip()}
        kind = "reviews.dispatch_recalled"
        return [Message(f"{kind}:{decision.pk}", kind, "bureau", dispatch.to_bureau_id, body)]

    decide_one(
        pk=dispatch_id,
        model=Dispatch,
        action="dispatch.recall",
        expect={DispatchState.SENT} if was_sent else {DispatchState.SIGNED, DispatchState.SEALED},
        to=DispatchState.DRAFT,
        actor=actor,
        opinion=reason.strip(),
        change=change,
        fields=("document", "plan", "late", "late_permission", "signed_at", "sent_at"),
        event=event,
        outbox=outbox,
    )
    return Dispatch.objects.get(pk=dispatch_id)


def begins_entries(dispatch: Dispatch) -> bool:
    """Whether this receipt lists the firms: Hunan's reserves on arrival at the province; 238号 lists by publication."""
    at = dispatch.round.programme.listing.entry_begins
    return dispatch.to_bureau.level == Level.PROVINCE and at == "dispatch_received_by_province"


def _listed(file: Application, dispatch: Dispatch, decision: Decision) -> Message:
    body = {"application": file.pk, "name": file.enterprise_name, "list": dispatch.round.title}
    return Message(f"reviews.listed:{decision.pk}:{file.pk}", "reviews.listed", "enterprise", file.enterprise_id, body)


@transaction.atomic
def receive(*, dispatch_id: int, actor: Actor) -> Dispatch:
    """The superior receives the list. Where the programme says so, the province's receipt lists the firms (design idea 1, HN-22)."""

    files: list[Application] = []

    def check(dispatch: Dispatch) -> Verdict:
        files[:] = reported(with_relations(dispatch))
        return ok()

    def change(dispatch: Dispatch) -> None:
        dispatch.received_at = business_now()
        dispatch.received_by = f"{actor.hat.label} {actor.name}"

    def event(dispatch: Dispatch, decision: Decision) -> DispatchReceived:
        if begins_entries(dispatch):
            move_files(dispatch, files, actor, "application.list", {FileState.AT_PROVINCE}, FileState.LISTED)
            list_entries(
                round=dispatch.round, files=files, document=dispatch.document, decision=decision, on=business_today()
            )
        return DispatchReceived(
            dispatch_id=dispatch.pk,
            round_id=dispatch.round_id,
            decision_id=decision.pk,
            application_ids=tuple(file.pk for file in files),
        )

    def outbox(dispatch: Dispatch, decision: Decision) -> list[Message]:
        body = {"dispatch": dispatch.pk, "title": dispatch.title, "by": dispatch.to_bureau.name}
        kind = "reviews.dispatch_received"
        told = [Message(f"{kind}:{decision.pk}", kind, "bureau", dispatch.from_bureau_id, body)]
        if begins_entries(dispatch):
            told += [_listed(file, dispatch, decision) for file in files]
        return told

    decide_one(
        pk=dispatch_id,
        model=Dispatch,
        action="dispatch.receive",
        expect={DispatchState.SENT},
        to=DispatchState.RECEIVED,
        actor=actor,
        check=check,
        change=change,
        fields=("received_at", "received_by"),
        data=lambda dispatch: {"document": dispatch.document.digest if dispatch.document else ""},
        event=event,
        outbox=outbox,
    )
    return Dispatch.objects.get(pk=dispatch_id)


@transaction.atomic
def return_dispatch(*, dispatch_id: int, actor: Actor, reason: str) -> Dispatch:
    """The superior returns the whole list with a reason; its files go back to the sender, who starts anew."""
    if not reason.strip():
        raise Refused(no("请写明退回理由。"))

    def event(dispatch: Dispatch, decision: Decision) -> None:
        hands.cancel("dispatch", [dispatch.pk], Act.DISPATCH)
        if dispatch.document is not None:
            void(document=dispatch.document, reason=f"上级退回：{reason.strip()}", actor=SYSTEM)
        _bring_home(dispatch, actor, "application.recall")

    decide_one(
        pk=dispatch_id,
        model=Dispatch,
        action="dispatch.return",
        expect={DispatchState.SENT},
        to=DispatchState.RETURNED,
        actor=actor,
        opinion=reason.strip(),
        event=event,
        outbox=lambda dispatch, decision: [
            Message(
                f"reviews.dispatch_returned:{decision.pk}",
                "reviews.dispatch_returned",
                "bureau",
                dispatch.from_bureau_id,
                {"dispatch": dispatch.pk, "title": dispatch.title, "reason": reason.strip()},
            )
        ],
    )
    return Dispatch.objects.get(pk=dispatch_id)


@transaction.atomic
def grant_late(*, round: Round, bureau: Bureau, actor: Actor, until: dt.date, reason: str) -> LatePermission:
    """The superior's recorded leave for one bureau to report after the window (补报)."""
    require(actor, "late.grant")
    path = bureau_path(bureau.pk, round.programme.stage, business_today())
    if superior_in(path, bureau.pk) != actor.bureau_id:
        raise Refused(no(f"{bureau.name}不向本单位报送。"))
    if until < business_today():
        raise Refused(no("补报期限不能早于今天。"))
    if not reason.strip():
        raise Refused(no("请写明准予补报的理由。"))
    leave = LatePermission.objects.create(
        round=round,
        bureau=bureau,
        granted_by_bureau_id=actor.bureau_id,
        until=until,
        reason=reason.strip(),
        granted_by=f"{actor.hat.label} {actor.name}",
        granted_at=business_now(),
    )
    decision = record_act(
        subject_kind=leave.subject_kind,
        subject_id=leave.pk,
        subject_label=f"{bureau.short_name}补报",
        action="late.grant",
        actor=actor,
        opinion=leave.reason,
        data={"round": round.pk, "bureau": bureau.pk, "until": until.isoformat()},
        messages=[
            Message(
                f"reviews.late_granted:{leave.pk}",
                "reviews.late_granted",
                "bureau",
                bureau.pk,
                {"round": str(round), "until": until.isoformat()},
            )
        ],
    )
    leave.decision_id = decision.pk
    leave.save(update_fields=["decision_id"])
    return leave
