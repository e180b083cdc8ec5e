"""What the acts on a proposal share: the locked entry, the observation that runs, who is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cultivation.models import EntryEvent, RosterEntry
from foundation.accounts.actor import Actor
from foundation.accounts.paths import path_ids
from foundation.core.errors import Refused
from foundation.core.verdict import no
from foundation.journal.models import Decision
from foundation.journal.record import Message
from reviews import lifecycle
from reviews.models import Proposal

SUBJECT = Proposal.subject_kind


def observation_of(entry: RosterEntry) -> EntryEvent | None:
    """The observation that runs, None outside one."""
    return entry.events.filter(kind=EntryEvent.Kind.OBSERVED, ended_on__isnull=True).first()


def locked_entry(pk: int) -> RosterEntry:
    """The entry under lock with what its rules need; Refused when there is none."""
    rows = RosterEntry.objects.select_for_update(of=("self",)).select_related(
        "round__version", "programme", "enterprise", "roster_list"
    )
    entry = rows.filter(pk=pk).first()
    if entry is None:
        raise Refused(no("没有这条名单记录，或它不在您的职责范围内。"))
    return entry


def payload_of(proposal: Proposal) -> dict[str, Any]:
    """What every message about a proposal names: the proposal, the firm, the change in a word, who decides."""
    return {
        "proposal": proposal.pk,
        "name": proposal.enterprise.name,
        "what": lifecycle.verb(proposal.kind, proposal.cause),
        "by": proposal.bureau.name,
    }


def with_entry(proposal: Proposal) -> None:
    """Entry, firm and bureau in one statement."""
    known = Proposal.objects.select_related(
        "entry__round__version", "entry__programme", "entry__roster_list", "enterprise", "bureau__region"
    ).get(pk=proposal.pk)
    proposal.entry, proposal.enterprise, proposal.bureau = known.entry, known.enterprise, known.bureau


def to_firm_and_path(
    proposal: Proposal, decision: Decision, kind: str, more: Mapping[str, Any], actor: Actor
) -> list[Message]:
    """To the firm and to every bureau on its path but the one that acts."""
    payload = {**payload_of(proposal), **more}
    told = [Message(f"{kind}:{decision.pk}", kind, "enterprise", proposal.enterprise_id, payload)]
    told += [
        Message(f"{kind}:{decision.pk}:{one}", kind, "bureau", one, payload)
        for one in path_ids(proposal.path)
        if one != actor.bureau_id
    ]
    return told
