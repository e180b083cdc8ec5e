"""A row of a public notice that is struck or corrected, each with the reason the public reads (P-03)."""

from __future__ import annotations

from django.db import transaction

from foundation.accounts.actor import Actor
from foundation.accounts.roles import Act
from foundation.accounts.transition import decide_one, record_act, require
from foundation.core.clock import business_now
from foundation.core.errors import Refused, StaleState
from foundation.core.text import normalise_name
from foundation.core.verdict import Verdict, no, ok
from reviews import hands
from reviews.actions.common import to_firm
from reviews.models import Application, DispatchItem, Objection, PublicNotice, PublicNoticeRow
from reviews.states import ENDED_STATES, DispatchState, FileState, NoticeRowState, NoticeState

REASON_LENGTH = PublicNoticeRow._meta.get_field("reason").max_length or 0


def notice_of(pk: int, actor: Actor, action: str) -> PublicNotice:
    """The notice under lock, after asking ``may``; raises Refused. Must run inside a transaction."""
    notice = PublicNotice.objects.select_for_update(of=("self",)).filter(pk=pk).first()
    if notice is None:
        raise Refused(no("没有这份公示，或它不在您的职责范围内。"))
    require(actor, action, notice)
    return notice


def last_hand(actor: Actor, plan: hands.HandPlan | None = None) -> Verdict:
    """Ending, restarting, striking and settling are the last hand's where the bureau set several for 公示."""
    plan = plan or hands.plan_for(actor.bureau_id or 0, Act.PUBLIC_NOTICE)
    if actor.role in (hands.ANY_HAND if plan.hands == 1 else hands.ROLES[plan.order[-1]]):
        return ok()
    return no("这一步由签发人决定。", "如您另有签发身份，请在右上角切换。")


def current_row(row: PublicNoticeRow) -> PublicNoticeRow:
    """The row of the same file in the notice that counts now: after a restart the new one, else the row itself."""
    later = (
        PublicNoticeRow.objects.filter(application_id=row.application_id, notice__bureau_id=row.notice.bureau_id)
        .exclude(notice__state=NoticeState.RESTARTED)
        .order_by("-notice_id")
        .first()
    )
    return later or row


@transaction.atomic
def strike_row(*, row_id: int, actor: Actor, reason: str) -> PublicNoticeRow:
    """Take a firm off the notice with the reason the public reads; its file ends as 不予认定 and the firm is told."""
    row = _row(row_id)
    notice = notice_of(row.notice_id, actor, "public_notice.strike")
    mine = last_hand(actor)
    if not mine:
        raise Refused(mine)
    return strike(row, notice, actor, reason)


def strike(row: PublicNoticeRow, notice: PublicNotice, actor: Actor, reason: str) -> PublicNoticeRow:
    """The same for a locked notice whose permission was asked; an upheld objection ends here too."""
    reason = _public_reason(reason)
    row = PublicNoticeRow.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if row.state == NoticeRowState.STRUCK:
        raise StaleState(no(f"“{row}”已从公示中撤下，已有人先办理。"))
    file = Application.objects.get(pk=row.application_id)
    if file.state not in ENDED_STATES:
        decide_one(
            pk=file.pk,
            model=Application,
            action="application.strike",
            expect={FileState.APPROVED, FileState.MERGED, FileState.RECOMMENDED},
            to=FileState.NOT_APPROVED,
            actor=actor,
            opinion=reason,
            data={"notice": notice.pk, "row": row.pk},
            outbox=lambda file, decision: [to_firm(file, decision, "reviews.struck", {"reason": reason})],
        )
    row.state, row.reason, row.changed_at = NoticeRowState.STRUCK, reason, business_now()
    row.save(update_fields=["state", "reason", "changed_at"])
    _off_the_draft(row)
    _note(notice, "public_notice.strike", actor, row, reason)
    return row


def _off_the_draft(row: PublicNoticeRow) -> None:
    """A dispatch of the same bureau that is still being made no longer reports the firm."""
    items = DispatchItem.objects.filter(
        application_id=row.application_id, dispatch__state=DispatchState.DRAFT, held=False
    )
    lists = list(items.values_list("dispatch_id", flat=True))
    if lists:
        items.update(held=True)
        hands.cancel("dispatch", lists, Act.DISPATCH)


@transaction.atomic
def correct_row(*, row_id: int, actor: Actor, name: str, reason: str) -> PublicNoticeRow:
    """Correct the name a running notice shows, with the reason the public reads; what was posted stays visible."""
    row = _row(row_id)
    notice = notice_of(row.notice_id, actor, "public_notice.correct")
    row = PublicNoticeRow.objects.select_for_update(of=("self",)).get(pk=row_id)
    if row.state == NoticeRowState.STRUCK:
        raise StaleState(no(f"“{row}”已从公示中撤下，不能更正。"))
    name, reason = normalise_name(name), _public_reason(reason)
    if not name or len(name) > 120:
        raise Refused(no("请填写更正后的企业名称，不超过 120 个字。"))
    if name == (row.shown_name or row.name):
        raise Refused(no("更正后的名称与现在公示的相同。"))
    row.state, row.shown_name, row.reason, row.changed_at = NoticeRowState.CORRECTED, name, reason, business_now()
    row.save(update_fields=["state", "shown_name", "reason", "changed_at"])
    _note(notice, "public_notice.correct", actor, row, reason)
    return row


def _row(pk: int) -> PublicNoticeRow:
    row = PublicNoticeRow.objects.filter(pk=pk).first()
    if row is None:
        raise Refused(no("没有这份公示，或它不在您的职责范围内。"))
    return row


def _public_reason(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise Refused(no("请写明理由，公众可见。"))
    if len(reason) > REASON_LENGTH:
        raise Refused(no(f"公布的理由不超过 {REASON_LENGTH} 个字。"))
    return reason


def _note(notice: PublicNotice, action: str, actor: Actor, row: PublicNoticeRow, reason: str) -> None:
    record_act(
        subject_kind=notice.subject_kind,
        subject_id=notice.pk,
        subject_label=str(notice),
        action=action,
        actor=actor,
        from_state=notice.state,
        to_state=notice.state,
        opinion=reason,
        data={"row": row.pk, "application": row.application_id, "state": row.state},
    )


def row_of(objection: Objection) -> PublicNoticeRow:
    """The row an objection strikes when it is upheld."""
    return current_row(PublicNoticeRow.objects.select_related("notice").get(pk=objection.row_id))
