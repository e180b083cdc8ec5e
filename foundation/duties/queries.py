"""Questions about duties and jobs."""

from __future__ import annotations

import datetime as dt

from django.db.models import Count, Q, QuerySet

from foundation.accounts.actor import Actor
from foundation.duties.models import Job, Obligation


def jobs_of(actor: Actor) -> QuerySet[Job]:
    """The actor's jobs and exports under the hat worn, newest first, with the number of items that were not done."""
    return Job.objects.visible_to(actor).annotate(problems=Count("items", filter=Q(items__ok=False))).order_by("-id")


def running_jobs(actor: Actor) -> QuerySet[Job]:
    """The actor's jobs that are not over."""
    return Job.objects.visible_to(actor).filter(state__in=[Job.State.WAITING, Job.State.RUNNING])


def open_duties(actor: Actor) -> QuerySet[Obligation]:
    """What the actor's own bureau, enterprise or person still owes, most urgent first."""
    mine = Q(owner_kind=Obligation.Owner.USER, owner_id=actor.user_id or 0)
    if actor.is_official:
        mine |= Q(owner_kind=Obligation.Owner.BUREAU, owner_id=actor.bureau_id)
    if actor.is_enterprise:
        mine |= Q(owner_kind=Obligation.Owner.ENTERPRISE, owner_id=actor.enterprise_id)
    return Obligation.objects.visible_to(actor).filter(mine, status=Obligation.Status.OPEN).order_by("due_on", "id")


def overdue(actor: Actor, day: dt.date) -> QuerySet[Obligation]:
    """Everything visible that was due before ``day`` and is still open."""
    return (
        Obligation.objects.visible_to(actor)
        .filter(status=Obligation.Status.OPEN, due_on__lt=day)
        .order_by("due_on", "id")
    )
