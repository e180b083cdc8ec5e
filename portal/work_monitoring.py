"""What waits for officials from the life of the roster: months overdue, signals, changes to decide, objections to answer."""

from __future__ import annotations

from django.urls import reverse

from foundation.accounts.may import may
from foundation.accounts.roles import CASE_ROLES
from foundation.core.clock import business_today
from foundation.duties.models import Obligation
from monitoring.models import Signal
from monitoring.months import MONTHLY
from portal.overview import Desk, Todo, todo
from reviews.models import Objection, Proposal
from reviews.states import OBJECTION_OPEN, PROPOSAL_OPEN


def months_overdue(desk: Desk) -> list[Todo]:
    """Months nobody has reported though their day is over (SC-39, SC-40)."""
    if desk.actor.role not in CASE_ROLES:
        return []
    rows = Obligation.objects.visible_to(desk.actor).filter(
        kind=MONTHLY, status=Obligation.Status.OPEN, due_on__lt=business_today()
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


def objections_to_answer(desk: Desk) -> list[Todo]:
    """Objections of this bureau's notices that are not settled (P-03)."""
    if desk.actor.role not in CASE_ROLES:
        return []
    count = Objection.objects.visible_to(desk.actor).filter(state__in=OBJECTION_OPEN).count()
    return [Todo(f"{count} 件公示异议待办理", "", reverse("reviews:objections"), "去办理", order=24)] if count else []


todo.register("monitoring.months", months_overdue)
todo.register("monitoring.signals", signals_to_handle)
todo.register("reviews.proposals", changes_to_decide)
todo.register("reviews.objections", objections_to_answer)
