"""What other rooms' news means for entries: a cancelled firm is only pointed out, an entry that left ends what was proposed."""

from __future__ import annotations

from cultivation.events import EntryLeft
from cultivation.models import RosterEntry
from cultivation.roster_rules import deciding_bureau
from enterprises.events import EnterpriseClosed
from foundation.accounts.actor import SYSTEM
from foundation.accounts.paths import path_ids
from foundation.accounts.transition import decide, record_act
from foundation.core.clock import business_now
from foundation.core.events import on
from foundation.journal.record import Message
from reviews import hands
from reviews.actions.lifecycle import ACT
from reviews.actions.lifecycle_common import SUBJECT
from reviews.models import Proposal
from reviews.states import PROPOSAL_OPEN, ProposalState


@on(EnterpriseClosed)
def point_out_closed(event: EnterpriseClosed) -> None:
    """The firm was cancelled: the bureaus that handle and decide are told; nothing happens to the entry by itself (P-04)."""
    rows = RosterEntry.objects.filter(enterprise_id=event.enterprise_id, until__isnull=True)
    for entry in rows.select_related("round__version", "programme", "enterprise"):
        kind = "reviews.leave_suggested"
        payload = {"entry": entry.pk, "name": entry.enterprise.name, "what": "已注销"}
        holders = dict.fromkeys((path_ids(entry.path)[-1], deciding_bureau(entry).pk))
        record_act(
            subject_kind=RosterEntry.subject_kind,
            subject_id=entry.pk,
            subject_label=f"{entry.name} {entry}",
            action="proposal.suggested",
            actor=SYSTEM,
            data={"cause": RosterEntry.Exit.CLOSED.value},
            messages=[Message(f"{kind}:{entry.pk}:closed:{one}", kind, "bureau", one, payload) for one in holders],
        )


@on(EntryLeft)
def end_what_was_proposed(event: EntryLeft) -> None:
    """The entry left in another way (晋级, another decision): what was proposed for it has nothing left to change."""
    ids = list(Proposal.objects.filter(entry_id=event.entry_id, state__in=PROPOSAL_OPEN).values_list("pk", flat=True))
    if not ids:
        return
    said = f"企业已于{event.until:%Y-%m-%d}因“{RosterEntry.Exit(event.cause).label}”离开名单，原建议失效。"

    def change(proposal: Proposal) -> None:
        proposal.opinion, proposal.decided_at = said, business_now()

    decide(
        model=Proposal,
        ids=ids,
        action="proposal.lapse",
        expect=PROPOSAL_OPEN,
        to=ProposalState.DROPPED,
        actor=SYSTEM,
        opinion=said,
        change=change,
        fields=("opinion", "decided_at"),
    )
    hands.cancel(SUBJECT, ids, ACT)
