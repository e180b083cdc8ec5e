"""Writing and asking the roster. Called by the room that decides: the province's receipt, or the published list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Protocol

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from cultivation.events import EntryLeft, EntryListed, EntryObserved, EntryRestored
from cultivation.models import EntryEvent, RosterEntry, RosterList, Round
from enterprises.models import Enterprise
from foundation.core.errors import Refused, StaleState
from foundation.core.events import announce
from foundation.core.verdict import no
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
    roster_list: RosterList | None = None,
) -> list[RosterEntry]:
    """Put the firms of these files on the roster from ``on``, by this paper and decision (HN-22, HN-25, SC-43).

    Runs inside the transaction of the decision. A firm that stands in the same tier already keeps its entry; one in
    another tier of the programme leaves it (晋级) and begins the new one on the same day. Announces ``EntryListed``
    per new entry. Returns the new entries.
    """
    _inside_a_decision()
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
            before.exit_decision, before.exit_document = decision, document
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
                roster_list=roster_list,
                document=document,
                decision=decision,
                application_id=file.pk,
            )
        )
    RosterEntry.objects.bulk_update(left, ["until", "exit", "exit_decision", "exit_document"])
    _end_observations([entry.pk for entry in left], on)
    made = RosterEntry.objects.bulk_create(fresh)
    kinds = [(EntryEvent.Kind.LEFT, RosterEntry.Exit.PROMOTED.label, left), (EntryEvent.Kind.LISTED, "", made)]
    EntryEvent.objects.bulk_create(
        EntryEvent(entry=entry, kind=kind, on=on, text=text, document=document, decision=decision)
        for kind, text, entries in kinds
        for entry in entries
    )
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


def close_entry(
    *,
    entry: RosterEntry,
    cause: str,
    on: dt.date,
    decision: Decision,
    document: FrozenDocument | None = None,
    text: str = "",
    proposal_id: int | None = None,
) -> None:
    """End an entry from ``on`` for one of the causes of ``RosterEntry.Exit`` (SC-36, SC-41, SC-42).

    Inside the transaction of the decision, on a locked current entry; an observation that runs ends with it. The way
    back is a new application only. Announces ``EntryLeft``.
    """
    _inside_a_decision()
    if entry.until is not None:
        raise StaleState(no(f"“{entry.name}”已于{entry.until:%Y-%m-%d}离开名单。", "请刷新后再看。"))
    if on < entry.since:
        raise Refused(no("离开日期不能早于列入日期。"))
    entry.until, entry.exit, entry.exit_text = on, RosterEntry.Exit(cause), text[:400]
    entry.exit_decision, entry.exit_document = decision, document
    entry.save(update_fields=["until", "exit", "exit_text", "exit_decision", "exit_document"])
    _end_observations([entry.pk], on)
    EntryEvent.objects.create(
        entry=entry,
        kind=EntryEvent.Kind.LEFT,
        on=on,
        text=text[:400] or RosterEntry.Exit(cause).label,
        document=document,
        decision=decision,
        proposal_id=proposal_id,
    )
    announce(
        EntryLeft(
            entry_id=entry.pk,
            enterprise_id=entry.enterprise_id,
            programme=entry.programme.code,
            cause=RosterEntry.Exit(cause),
            until=on,
            decision_id=decision.pk,
        )
    )


def observe_entry(
    *,
    entry: RosterEntry,
    on: dt.date,
    due_on: dt.date,
    decision: Decision,
    document: FrozenDocument | None = None,
    text: str = "",
    proposal_id: int | None = None,
) -> EntryEvent:
    """Begin the observation period of a current entry: from ``on`` until ``due_on`` (SC-34, SC-35). Tier and rights
    are a setting of the programme; the entry stays current.
    """
    _inside_a_decision()
    if entry.until is not None:
        raise StaleState(no(f"“{entry.name}”已离开名单。", "请刷新后再看。"))
    if EntryEvent.objects.filter(entry=entry, kind=EntryEvent.Kind.OBSERVED, ended_on__isnull=True).exists():
        raise StaleState(no(f"“{entry.name}”已在观察期内。", "请刷新后再看。"))
    event = EntryEvent.objects.create(
        entry=entry,
        kind=EntryEvent.Kind.OBSERVED,
        on=on,
        due_on=due_on,
        text=text[:400],
        document=document,
        decision=decision,
        proposal_id=proposal_id,
    )
    announce(
        EntryObserved(
            entry_id=entry.pk, enterprise_id=entry.enterprise_id, on=on, due_on=due_on, decision_id=decision.pk
        )
    )
    return event


def restore_entry(
    *,
    entry: RosterEntry,
    on: dt.date,
    decision: Decision,
    document: FrozenDocument | None = None,
    text: str = "",
    proposal_id: int | None = None,
) -> None:
    """End the running observation: the firm meets the condition again (SC-36)."""
    _inside_a_decision()
    if not _end_observations([entry.pk], on):
        raise StaleState(no(f"“{entry.name}”不在观察期内。", "请刷新后再看。"))
    EntryEvent.objects.create(
        entry=entry,
        kind=EntryEvent.Kind.RESTORED,
        on=on,
        text=text[:400],
        document=document,
        decision=decision,
        proposal_id=proposal_id,
    )
    announce(EntryRestored(entry_id=entry.pk, enterprise_id=entry.enterprise_id, on=on, decision_id=decision.pk))


def _inside_a_decision() -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("the roster is written in the transaction of the decision it rests on")


def _end_observations(entry_ids: list[int], on: dt.date) -> int:
    running = EntryEvent.objects.filter(entry_id__in=entry_ids, kind=EntryEvent.Kind.OBSERVED, ended_on__isnull=True)
    return running.update(ended_on=on)


def observed_on(day: dt.date) -> Exists:
    """Whether a roster entry (outer row) is in its observation period on a day, as one condition of a query."""
    return Exists(
        EntryEvent.objects.filter(
            Q(ended_on__isnull=True) | Q(ended_on__gt=day),
            entry=OuterRef("pk"),
            kind=EntryEvent.Kind.OBSERVED,
            on__lte=day,
        )
    )


def current_entries_of(enterprise_id: int) -> list[RosterEntry]:
    """Entries a firm holds now, in any programme (SC-02, HN-14)."""
    return list(RosterEntry.objects.filter(enterprise_id=enterprise_id, until__isnull=True).order_by("since", "id"))
