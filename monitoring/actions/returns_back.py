"""A month goes back: taken back by the firm while the next has not opened, or sent back by officials with a reason."""

from __future__ import annotations

from django.db import transaction

from foundation.accounts.actor import Actor
from foundation.accounts.transition import decide_one
from foundation.core.clock import business_today
from foundation.core.errors import Refused
from foundation.core.verdict import Verdict, no, ok
from foundation.duties.actions.obligations import reopen
from foundation.journal.models import Decision
from foundation.journal.record import Message
from monitoring import months
from monitoring.models import MonthlyReturn

State = MonthlyReturn.State
ABSENT = no("没有这个月的月报，或它不在您的职责范围内。")


@transaction.atomic
def recall(*, obligation_id: int, actor: Actor, reason: str = "") -> MonthlyReturn:
    """The firm takes its month back to correct it, until the next month opens for reporting; then only the bureau sends it
    back. What was submitted stays on record, the obligation is open again with its old due day.
    """
    row = MonthlyReturn.objects.filter(obligation_id=obligation_id).first()
    if row is None:
        raise Refused(ABSENT)

    decide_one(
        pk=row.pk,
        model=MonthlyReturn,
        action="return.recall",
        expect={State.SUBMITTED},
        to=State.DRAFT,
        actor=actor,
        opinion=reason[:400],
        check=can_recall,
        data={"period": row.period, "revision": row.revision},
    )
    reopen([obligation_id])
    return MonthlyReturn.objects.select_related("obligation").get(pk=row.pk)


def can_recall(row: MonthlyReturn) -> Verdict:
    """Until the next month opens (its first reporting day)."""
    closes = months.first_day(months.shift(row.period, 2))
    if business_today() < closes:
        return ok()
    return no(
        f"{months.label(months.shift(row.period, 1))}的月报已开始填报，不能再自行撤回。",
        "请联系主管部门退回后修改。",
    )


@transaction.atomic
def send_back(*, return_id: int, actor: Actor, reason: str) -> MonthlyReturn:
    """Officials return a month with a reason and never edit it: the obligation is open again, its due day stays. The firm is
    told, and its bureau where a level above has done it.
    """
    said = reason.strip()
    if not said:
        raise Refused(no("退回月报须写明理由。", "请说明哪一项需要修改。"))

    def change(row: MonthlyReturn) -> None:
        row.return_reason = said[:400]

    def outbox(row: MonthlyReturn, decision: Decision) -> list[Message]:
        messages = [told(row, decision, "monitoring.sent_back")]
        if row.bureau_id != actor.bureau_id:
            messages.append(told(row, decision, "monitoring.sent_back_above"))
        return messages

    decide_one(
        pk=return_id,
        model=MonthlyReturn,
        action="return.send_back",
        expect={State.SUBMITTED},
        to=State.RETURNED,
        actor=actor,
        opinion=said[:400],
        change=change,
        fields=("return_reason",),
        outbox=outbox,
    )
    reopen(MonthlyReturn.objects.filter(pk=return_id).values_list("obligation_id", flat=True))
    return MonthlyReturn.objects.select_related("obligation").get(pk=return_id)


def told(row: MonthlyReturn, decision: Decision, kind: str) -> Message:
    """A message of one of this room's kinds about the month: to the firm, or to the bureau that handles it."""
    to_bureau = kind == "monitoring.sent_back_above"
    return Message(
        key=f"{kind}:{decision.pk}",
        kind=kind,
        recipient_kind="bureau" if to_bureau else "enterprise",
        recipient_id=row.bureau_id if to_bureau else row.enterprise_id,
        payload={
            "return": row.pk,
            "name": row.enterprise_name,
            "month": months.label(row.period),
            "reason": row.return_reason,
            "by": decision.hat_label,
        },
    )
