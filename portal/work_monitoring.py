"""What waits for officials from the life of the roster: months overdue, signals, changes to decide, notices to end,
objections to answer.
"""

from __future__ import annotations

from django.urls import reverse

from foundation.accounts.may import may
from foundation.accounts.roles import CASE_ROLES
from foundation.core.clock import business_today
from foundation.duties.models import Obligation
from monitoring.models import Signal
from monitoring.months import MONTHLY
from portal.overview import Desk, Todo, todo
from reviews.models import Objection, Proposal, PublicNotice
from reviews.states import OBJECTION_OPEN, PROPOSAL_OPEN, NoticeState

SHOWN = 5
"""Notices named one by one."""


def months_overdue(desk: Desk) -> list[Todo]:
    """Months of firms on the roster that nobody has reported though their day is over (SC-39, SC-40)."""
    if desk.actor.role not in CASE_ROLES:
        return []
    rows = Obligation.objects.visible_to(desk.actor).filter(
        kind=MONTHLY,
        status=Obligation.Status.OPEN,
        due_on__lt=business_today(),
        monthly_return__entry__until__isnull=True,
    )
    newest = rows.order_by("-period").values_list("period", flat=True).first()
    if newest is None:
        return []
    where = f"{reverse('monitoring:board')}?period={newest}"
    return [Todo(f"{rows.count()} 份企业月报逾期未报", "", where, "看未报企业", order=35, tone="late")]


def signals_to_handle(desk: Desk) -> list[Todo]:
    """Findings a person has to make something of (SC-34, SC-41)."""
    if not may(desk.actor, "signal.raise"):
        return []
    rows = Signal.objects.visible_to(desk.actor).filter(proposal_id__isnull=True, dismissed_at__isnull=True)
    count = rows.exclude(kind=Signal.Kind.WARNING).filter(entry__until__isnull=True).count()
    return [Todo(f"{count} 条监测信号待办理", "", reverse("monitoring:signals"), "去办理", order=25)] if count else []


def changes_to_decide(desk: Desk) -> list[Todo]:
    """Proposals this bureau decides."""
    if desk.actor.role not in CASE_ROLES:
        return []
    rows = Proposal.objects.visible_to(desk.actor).filter(bureau_id=desk.actor.bureau_id, state__in=PROPOSAL_OPEN)
    count = rows.count()
    return [Todo(f"{count} 项名单调整待办理", "", reverse("reviews:proposals"), "去办理", order=26)] if count else []


def notices_that_are_over(desk: Desk) -> list[Todo]:
    """Notices of this bureau whose days are over and which nobody has ended: the list waits for it (P-03)."""
    if desk.actor.role not in CASE_ROLES:
        return []
    rows = PublicNotice.objects.filter(
        bureau_id=desk.actor.bureau_id, state=NoticeState.RUNNING, ends_on__lt=business_today()
    )
    return [
        Todo("公示期已满，待结束", row.title, reverse("reviews:public_notice", args=[row.pk]), "去结束公示", order=15)
        for row in rows.order_by("ends_on", "id")[:SHOWN]
    ]


def objections_to_answer(desk: Desk) -> list[Todo]:
    """Objections of this bureau's notices that are not settled (P-03)."""
    if desk.actor.role not in CASE_ROLES:
        return []
    count = Objection.objects.visible_to(desk.actor).filter(state__in=OBJECTION_OPEN).count()
    return [Todo(f"{count} 件公示异议待办理", "", reverse("reviews:objections"), "去办理", order=24)] if count else []


todo.register("monitoring.months", months_overdue)
todo.register("monitoring.signals", signals_to_handle)
todo.register("reviews.proposals", changes_to_decide)
todo.register("reviews.notices_over", notices_that_are_over)
todo.register("reviews.objections", objections_to_answer)
