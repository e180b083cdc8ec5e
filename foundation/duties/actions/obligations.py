"""Making and fulfilling obligations. Both are called inside the act they belong to (a notice published, a month
opened, a receipt signed), which records its own decision; an obligation points to the one that fulfilled it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection

from foundation.accounts.actor import Actor
from foundation.core.clock import business_now
from foundation.core.errors import Refused, StaleState
from foundation.core.verdict import no
from foundation.duties.models import Obligation
from foundation.journal.models import Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """An obligation to be made. ``due_on`` None means no day was set; ``path`` is the responsibility path of the
    owner, so that the bureaus above see who has not done it.
    """

    owner_kind: str
    owner_id: int
    kind: str
    due_on: dt.date | None
    period: str = ""
    subject_kind: str = ""
    subject_id: int = 0
    label: str = ""
    path: str = ""


def oblige_all(duties: Sequence[Duty]) -> int:
    """Make the obligations that are not there yet; returns how many were new. One that exists stays as it is: its
    day never moves.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("an obligation is made in the transaction of the act it comes from")
    if not duties:
        return 0
    now = business_now()
    before = _count(duties)
    Obligation.objects.bulk_create(
        [
            Obligation(
                owner_kind=duty.owner_kind,
                owner_id=duty.owner_id,
                kind=duty.kind,
                period=duty.period,
                due_on=duty.due_on,
                subject_kind=duty.subject_kind,
                subject_id=duty.subject_id,
                label=duty.label[:200],
                path=duty.path,
                opened_at=now,
            )
            for duty in duties
        ],
        ignore_conflicts=True,
    )
    return _count(duties) - before


def _count(duties: Sequence[Duty]) -> int:
    return Obligation.objects.filter(
        kind__in={duty.kind for duty in duties},
        owner_id__in={duty.owner_id for duty in duties},
        subject_id__in={duty.subject_id for duty in duties},
    ).count()


def oblige(
    *,
    owner_kind: str,
    owner_id: int,
    kind: str,
    due_on: dt.date | None,
    period: str = "",
    subject_kind: str = "",
    subject_id: int = 0,
    label: str = "",
    path: str = "",
) -> Obligation:
    """Make one obligation, or find the one that exists (with the day it was made with)."""
    duty = Duty(
        owner_kind=owner_kind,
        owner_id=owner_id,
        kind=kind,
        due_on=due_on,
        period=period,
        subject_kind=subject_kind,
        subject_id=subject_id,
        label=label,
        path=path,
    )
    oblige_all([duty])
    return Obligation.objects.get(
        owner_kind=owner_kind,
        owner_id=owner_id,
        kind=kind,
        period=period,
        subject_kind=subject_kind,
        subject_id=subject_id,
    )


def fulfil(
    *,
    owner_kind: str,
    owner_id: int,
    kind: str,
    actor: Actor,
    decision: Decision | None,
    period: str = "",
    subject_kind: str = "",
    subject_id: int = 0,
    status: str = Obligation.Status.DONE,
) -> Obligation:
    """Close an open obligation by the act ``decision`` (which has asked ``may()``); ``status`` is one of the closed
    states.

    Raises ``Refused`` where nothing is owed and ``StaleState`` where it is closed already.
    """
    if status == Obligation.Status.OPEN:
        raise ValueError("an obligation is fulfilled with a closed status")
    if not connection.in_atomic_block:
        raise RuntimeError("an obligation is fulfilled in the transaction of the act")
    duty = (
        Obligation.objects.filter(
            owner_kind=owner_kind,
            owner_id=owner_id,
            kind=kind,
            period=period,
            subject_kind=subject_kind,
            subject_id=subject_id,
        )
        .select_for_update(of=("self",))
        .first()
    )
    if duty is None:
        raise Refused(no("您的单位没有这项应办事项。"))
    if duty.status != Obligation.Status.OPEN:
        raise StaleState(no(f"“{duty}”已由{duty.done_by}办结，不必再办。", "请刷新页面。"))
    duty.status, duty.done_at, duty.decision = status, business_now(), decision
    duty.done_by = f"{actor.hat.label} {actor.name}"[:160]
    duty.save(update_fields=["status", "done_at", "done_by", "decision"])
    return duty


def close_all(
    closings: Mapping[int, tuple[str, Decision | None]], *, by: str, only_open: bool = True
) -> dict[int, Obligation]:
    """Close many open obligations at once, each with its status and the decision it rests on; three statements whatever the
    number.

    Runs inside the transaction of those decisions. With ``only_open`` one that is closed already raises ``StaleState``.
    Returns the rows by id.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("an obligation is fulfilled in the transaction of the act")
    rows = {
        row.pk: row for row in Obligation.objects.filter(pk__in=closings).order_by("pk").select_for_update(of=("self",))
    }
    now = business_now()
    for pk, row in rows.items():
        status, decision = closings[pk]
        if status == Obligation.Status.OPEN:
            raise ValueError("an obligation is closed with a closed status")
        if only_open and row.status != Obligation.Status.OPEN:
            raise StaleState(no(f"“{row}”已由{row.done_by}办结，不必再办。", "请刷新页面。"))
        row.status, row.done_at, row.decision, row.done_by = status, now, decision, by[:160]
    Obligation.objects.bulk_update(list(rows.values()), ["status", "done_at", "done_by", "decision"], batch_size=1000)
    return rows


def reopen(ids: Iterable[int]) -> int:
    """Open closed obligations again: what closed them was sent back or taken back by an act that records itself. The due day
    stays as it was. Returns how many.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("an obligation is reopened in the transaction of the act")
    return (
        Obligation.objects.filter(pk__in=list(ids))
        .exclude(status=Obligation.Status.OPEN)
        .update(status=Obligation.Status.OPEN, done_at=None, done_by="", decision=None)
    )
