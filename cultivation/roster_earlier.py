"""Entries from a list published before the portal existed: the list itself and its firms, set-wise (HN-22)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from cultivation.events import EntryListed
from cultivation.models import EntryEvent, RosterEntry, RosterImport, RosterList
from enterprises.models import Enterprise, EnterprisePath
from foundation.accounts.paths import bureau_path
from foundation.core.clock import business_today
from foundation.core.events import announce
from foundation.journal.models import Decision


@dataclass(frozen=True, slots=True)
class EarlierFirm:
    """A firm of the list: under which name it stood there, since when."""

    enterprise_id: int
    name: str
    since: dt.date


def list_of(source: RosterImport, stage: str, decision: Decision) -> RosterList:
    """The earlier list as a paper of the roster, made with the first firms entered from it."""
    return RosterList.objects.create(
        programme=source.programme,
        bureau=source.bureau,
        path=bureau_path(source.bureau_id, stage, business_today()),
        kind=RosterList.Kind.EARLIER,
        number=source.number,
        title=source.title,
        year=source.year,
        batch=source.batch,
        published_on=source.published_on,
        source_file=source.file,
        decision=decision,
    )


def enter_earlier(
    *, source: RosterImport, roster_list: RosterList, stage: str, firms: Sequence[EarlierFirm], decision: Decision
) -> dict[int, RosterEntry]:
    """Put firms of an earlier list on the roster; inside the transaction of the decision. Announces ``EntryListed`` for each.

    None of them may stand in the programme (the constraint repeats it). Returns the entries by firm.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("the roster is written in the transaction of the decision it rests on")
    ids = [firm.enterprise_id for firm in firms]
    known = Enterprise.objects.in_bulk(ids)
    paths = dict(
        EnterprisePath.objects.filter(enterprise_id__in=ids, stage__in=["", stage])
        .order_by("stage")
        .values_list("enterprise_id", "path")
    )
    made = RosterEntry.objects.bulk_create(
        RosterEntry(
            enterprise=known[firm.enterprise_id],
            programme=source.programme,
            province=source.programme.province,
            tier=source.tier,
            tier_title=source.tier_title,
            year=source.year,
            batch=source.batch,
            name=firm.name,
            region_id=known[firm.enterprise_id].region_id,
            path=paths[firm.enterprise_id],
            since=firm.since,
            roster_list=roster_list,
            decision=decision,
        )
        for firm in firms
    )
    EntryEvent.objects.bulk_create(
        EntryEvent(
            entry=entry, kind=EntryEvent.Kind.LISTED, on=entry.since, text=str(roster_list)[:400], decision=decision
        )
        for entry in made
    )
    for entry in made:
        announce(
            EntryListed(
                entry_id=entry.pk,
                enterprise_id=entry.enterprise_id,
                programme=source.programme.code,
                tier=entry.tier,
                since=entry.since,
                decision_id=decision.pk,
            )
        )
    return {entry.enterprise_id: entry for entry in made}
