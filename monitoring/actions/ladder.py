"""Changing the chasing ladder: a recorded act, whole kinds at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction

from foundation.accounts.actor import Actor
from foundation.accounts.transition import record_act, require
from monitoring.chasing import Rung
from monitoring.models import ChaseRung


def rung_of(row: ChaseRung) -> Rung:
    """The row as the pure rules read it."""
    return Rung(row.code, row.offset_days, row.audience, tuple(row.channels), row.catch_up_days)


def current_ladder() -> dict[str, list[Rung]]:
    """The active rungs in force by kind of duty, in order; one query."""
    found: dict[str, list[Rung]] = {}
    for row in ChaseRung.objects.filter(active=True).order_by("duty_kind", "offset_days", "id"):
        found.setdefault(row.duty_kind, []).append(rung_of(row))
    return found


@transaction.atomic
def replace_ladder(*, ladder: Mapping[str, Sequence[Rung]], actor: Actor) -> dict[str, bool]:
    """Put these rungs in the place of those of the kinds named; returns per kind whether anything changed.

    What went out already stays claimed under its code, so a replaced ladder sends nothing twice.
    """
    require(actor, "chasing.change_ladder")
    changed: dict[str, bool] = {}
    before = current_ladder()
    for kind, rungs in ladder.items():
        changed[kind] = sorted(before.get(kind, []), key=str) != sorted(rungs, key=str)
        if not changed[kind]:
            continue
        ChaseRung.objects.filter(duty_kind=kind).delete()
        ChaseRung.objects.bulk_create(
            ChaseRung(
                duty_kind=kind,
                code=rung.code,
                offset_days=rung.offset,
                audience=rung.audience,
                channels=list(rung.channels),
                catch_up_days=rung.catch_up,
            )
            for rung in rungs
        )
        record_act(
            subject_kind="chase_ladder",
            subject_id=1,
            subject_label=f"催报阶梯 {kind}",
            action="chasing.change_ladder",
            actor=actor,
            data={"kind": kind, "rungs": [f"{rung.code}:{rung.offset}:{rung.audience}" for rung in rungs]},
        )
    return changed
