"""Writing and asking the roster. Called by the room that decides: the province's receipt, or the published list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Protocol

from django.db import connection

from cultivation.events import EntryLeft, EntryListed
from cultivation.models import RosterEntry, Round
from enterprises.models import Enterprise
from foundation.core.events import announce
from foundation.documents.models import FrozenDocument
from foundation.journal.models import Decision


class ListedFile(Protocol):
    """What the roster needs to know of a file."""

    pk: int
    enterprise_id: int
    tier: str
    path: str


def list_entries(
    *,
    round: Round,
    files: Iterable[ListedFile],
    document: FrozenDocument | None,
    decision: Decision,
    on: dt.date,
) -> list[RosterEntry]:
    """Put the firms of these files on the roster from ``on``, by this paper and decision (HN-22, HN-25, SC-43).

    Runs inside the transaction of the decision. A firm that stands in the same tier already keeps its entry; one in
    another tier of the programme leaves it (晋级) and begins the new one on the same day. Announces ``EntryListed``
    per new entry. Returns the new entries.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("the roster is written in the transaction of the decision it rests on")
    wanted = {file.enterprise_id: file for file in files}
    tiers = {tier.code: tier.title for tier in round.programme.tiers}
    current = {
        entry.enterprise_id: entry
        for entry in RosterEntry.objects.filter(
            programme_id=round.family_id, enterprise_id__in=wanted, until__isnull=True
        ).select_for_update(of=("self",))
    }
    firms = Enterprise.objects.in_bulk(wanted)
    left: list[RosterEntry] = []
    fresh: list[RosterEntry] = []
    for enterprise_id, file in sorted(wanted.items()):
        before = current.get(enterprise_id)
        if before is not None and before.tier == file.tier:
            continue
        if before is not None:
            before.until, before.exit = on, RosterEntry.Exit.PROMOTED
            left.append(before)
        firm = firms[enterprise_id]
        fresh.append(
            RosterEntry(
                enterprise=firm,
                programme_id=round.family_id,
                province=round.programme.province,
                round=round,
                tier=file.tier,
                tier_title=tiers[file.tier],
                year=round.year,
                batch=round.batch,
                name=firm.name,
                region_id=firm.region_id,
                path=file.path,
                since=on,
                document=document,
                decision=decision,
                application_id=file.pk,
            )
        )
    RosterEntry.objects.bulk_update(left, ["until", "exit"])
    made = RosterEntry.objects.bulk_create(fresh)
    code = round.programme.code
    for entry in left:
        announce(
            EntryLeft(
                entry_id=entry.pk,
                enterprise_id=entry.enterprise_id,
                programme=code,
                cause=RosterEntry.Exit.PROMOTED,
                until=on,
                decision_id=decision.pk,
            )
        )
    for entry in made:
        announce(
            EntryListed(
                entry_id=entry.pk,
                enterprise_id=entry.enterprise_id,
                programme=code,
                tier=entry.tier,
                since=on,
                decision_id=decision.pk,
            )
        )
    return made


def current_entries_of(enterprise_id: int) -> list[RosterEntry]:
    """Entries a firm holds now, in any programme (SC-02, HN-14)."""
    return list(RosterEntry.objects.filter(enterprise_id=enterprise_id, until__isnull=True).order_by("since", "id"))
