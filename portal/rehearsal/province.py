"""From the counties' lists to the roster: Hunan by the prefecture's plan and the province's receipt, Sichuan by approval,
public notice with two objections, and the published list. All through the functions the pages call.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cultivation.models import Round
from foundation.accounts.actor import VISITOR, Actor
from foundation.documents.actions.render import render_document
from portal.rehearsal import calendar, county
from portal.rehearsal.people import CHENGDU, SICHUAN, ZHUZHOU, Cast
from reviews.actions import approving, listing_gate, merging, noticing, objections, planning, publishing
from reviews.actions.sending import receive
from reviews.models import Application, Dispatch, Objection, PublicNotice, Publishing
from reviews.states import ApprovalOutcome, DispatchState, FileState


@dataclass(slots=True)
class Fates:
    """Files of Sichuan's list by what happens to them; the others are listed."""

    upheld: Application
    rejected: Application
    refused: Application


Move = Callable[[dt.date], None]
"""How the rehearsal comes to a day: the stage decides whether the days between are played."""


def arrived(round_: Round, place: str, cast: Cast) -> list[Dispatch]:
    """Lists that wait for a receipt at a bureau."""
    rows = Dispatch.objects.filter(round=round_, to_bureau=cast.bureaus[place], state=DispatchState.SENT)
    return list(rows.order_by("id"))


def receive_and_merge(round_: Round, cast: Cast, place: str) -> None:
    """The prefecture receives everything sent and merges it."""
    actor = cast.handler(place)
    for dispatch in arrived(round_, place, cast):
        receive(dispatch_id=dispatch.pk, actor=actor)
    ids = list(
        Application.objects.visible_to(actor)
        .filter(round=round_, state=FileState.AT_PREFECTURE)
        .values_list("pk", flat=True)
    )
    refused = [str(verdict) for verdict in merging.merge(ids=ids, actor=actor).values() if not verdict]
    if refused:
        raise RuntimeError(refused[0])


def plan(round_: Round, cast: Cast, place: str) -> None:
    """The cultivation plan that travels with the table (HN-26, HN-27)."""
    actor = cast.handler(place)
    draft = planning.start_plan(round=round_, actor=actor)
    draft = planning.save_plan(
        plan_id=draft.pk,
        actor=actor,
        version=draft.version,
        title=draft.title,
        goals="三年内培育省级小巨人企业 5 家以上，后备企业主营业务收入年均增长 10% 以上（演示）。",
        organisation="市级统筹，县市区建立联络员制度，每月调度（演示）。",
    )
    categories = [item.code for item in round_.programme.activity_categories]
    measures = [
        {
            "application_id": "",
            "category": code,
            "text": "组织后备企业参加（演示）。",
            "owner": "市经信委",
            "due_on": None,
        }
        for code in categories
    ]
    planning.set_measures(plan_id=draft.pk, actor=actor, measures=measures)
    planning.finish_plan(plan_id=draft.pk, actor=actor)


def send_up(round_: Round, cast: Cast, place: str) -> Dispatch:
    """The prefecture's list with everything the programme wants beside it, sealed and sent."""
    dispatch = county.start_list(round_, cast, place)
    if listing_gate.asks_listing_gate(
        Dispatch.objects.select_related("round__version", "to_bureau").get(pk=dispatch.pk)
    ):
        listing_gate.adopt_reasons(dispatch_id=dispatch.pk, actor=cast.handler(place))
    return county.seal_and_send(dispatch, cast, place)


def hunan(round_: Round, cast: Cast, province: str, move: Move) -> None:
    """Zhuzhou merges, plans, reports; the province's receipt begins the entries (HN-25…27)."""
    move(calendar.MERGED)
    receive_and_merge(round_, cast, ZHUZHOU)
    plan(round_, cast, ZHUZHOU)
    move(calendar.REPORTED)
    send_up(round_, cast, ZHUZHOU)
    move(calendar.RECEIVED)
    for dispatch in arrived(round_, province, cast):
        receive(dispatch_id=dispatch.pk, actor=cast.handler(province))


def sichuan(round_: Round, cast: Cast, move: Move) -> Fates:
    """Chengdu reports; the province approves with an exception, gives public notice, hears two objections, publishes."""
    move(calendar.SICHUAN_MERGED)
    receive_and_merge(round_, cast, CHENGDU)
    send_up(round_, cast, CHENGDU)
    move(calendar.SICHUAN_RECEIVED)
    for dispatch in arrived(round_, SICHUAN, cast):
        receive(dispatch_id=dispatch.pk, actor=cast.handler(SICHUAN))
    files = list(Application.objects.filter(round=round_, state=FileState.AT_PROVINCE).order_by("number"))
    fates = Fates(refused=files[-1], upheld=files[0], rejected=files[1])
    move(calendar.APPROVED)
    approve(round_, cast, fates.refused)
    move(calendar.NOTICED)
    notice = give_notice(round_, cast)
    move(calendar.OBJECTED)
    two = object_to(notice, fates, cast)
    move(calendar.SETTLED)
    settle(two, cast)
    move(calendar.PUBLISHED)
    noticing.close_notice(notice_id=notice.pk, actor=cast.signer(SICHUAN))
    publish(round_, cast, "川经信企业〔2018〕演示1号")
    return fates


def approve(round_: Round, cast: Cast, refused: Application) -> None:
    """The list as a whole, one firm refused with its reason."""
    actor = cast.handler(SICHUAN)
    approval = approving.start_approval(round=round_, actor=actor)
    approving.set_outcome(
        approval_id=approval.pk,
        application_ids=[refused.pk],
        outcome=ApprovalOutcome.REFUSE,
        reason="主营业务不够突出，建议下年度再申报（演示）。",
        actor=actor,
    )
    for hand in _hands(cast):
        approval.refresh_from_db()
        if approval.state == "draft":
            approving.endorse_approval(approval_id=approval.pk, actor=hand, opinion="同意（演示）。")
    approval.refresh_from_db()
    if approval.document is not None:
        render_document(approval.document)


def _hands(cast: Cast) -> Sequence[Actor]:
    return (cast.handler(SICHUAN), cast.signer(SICHUAN))


def give_notice(round_: Round, cast: Cast) -> PublicNotice:
    """Five working days before the public, with both contacts."""
    actor = cast.handler(SICHUAN)
    notice = noticing.start_notice(round=round_, actor=actor)
    noticing.edit_notice(
        notice_id=notice.pk,
        actor=actor,
        title=notice.title,
        body=notice.body,
        business_name="企业处 杨（演示）",
        business_phone="028-00000031",
        business_email="510000@example.com",
        discipline_name="机关纪委 严（演示）",
        discipline_phone="028-00000032",
        discipline_email="discipline@example.com",
        address="成都市（演示地址）",
    )
    for hand in _hands(cast):
        notice.refresh_from_db()
        if notice.state == "draft":
            noticing.open_notice(notice_id=notice.pk, actor=hand, opinion="同意公示（演示）。")
    notice.refresh_from_db()
    if notice.document is not None:
        render_document(notice.document)
    return notice


def object_to(notice: PublicNotice, fates: Fates, cast: Cast) -> tuple[Objection, Objection]:
    """Two people object to two firms, with real name and telephone."""
    found = []
    for file, text in (
        (fates.upheld, "该企业2017年审计报告的主营业务收入与所报数据不一致（演示）。"),
        (fates.rejected, "认为该企业注册时间不足两年（演示）。"),
    ):
        row = notice.rows.get(application=file)
        objection, _ = objections.lodge(
            row_id=row.pk, by="person", name="异议人（演示）", phone="13900000077", text=text, actor=VISITOR
        )
        found.append(objection)
    return found[0], found[1]


def settle(two: tuple[Objection, Objection], cast: Cast) -> None:
    """Received → checked → verified → one upheld, one rejected."""
    for objection, upheld in zip(two, (True, False), strict=True):
        objections.check_objection(objection_id=objection.pk, actor=cast.handler(SICHUAN))
        objections.verify_objection(
            objection_id=objection.pk,
            actor=cast.handler(SICHUAN),
            finding="调阅审计报告，反映属实（演示）。" if upheld else "核对营业执照，成立已满两年（演示）。",
        )
        objections.settle(
            objection_id=objection.pk,
            actor=cast.signer(SICHUAN),
            upheld=upheld,
            reply="经核实，您反映的情况属实，该企业已撤下（演示）。"
            if upheld
            else "经核实，您反映的情况与事实不符（演示）。",
        )


def publish(round_: Round, cast: Cast, number: str) -> Publishing:
    """The list with its number; reasons the counties gave hold again."""
    actor = cast.handler(SICHUAN)
    draft = publishing.start_publishing(round=round_, actor=actor)
    publishing.set_heading(publishing_id=draft.pk, title=draft.title, number=number, actor=actor)
    publishing.adopt_reasons(publishing_id=draft.pk, actor=actor)
    for hand in _hands(cast):
        draft.refresh_from_db()
        if draft.state == "draft":
            publishing.publish(publishing_id=draft.pk, actor=hand, opinion="同意公布（演示）。")
    draft.refresh_from_db()
    if draft.document is not None:
        render_document(draft.document)
    return draft


__all__ = ["Fates", "hunan", "sichuan"]
