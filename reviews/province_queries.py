"""What the province's decision and lists ask: received files in order, whom a file goes back to, what is in the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TypeVar

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from cultivation.models import Round
from cultivation.schema.programme import Step
from foundation.accounts.actor import Actor
from foundation.accounts.may import path_condition
from foundation.accounts.paths import path_ids
from reviews import public_notices
from reviews.models import Application, Approval, ApprovalItem, DispatchItem, Publishing
from reviews.states import ApprovalOutcome, ApprovalState, DispatchState, FileState, PublishingState

APPROVE_STEP, LIST_STEP = "approve", "list"
CHUNK = 1000
"""Files per statement of a set-wise act on a whole list."""
T = TypeVar("T")


def chunks(rows: list[T], size: int = CHUNK) -> Iterator[list[T]]:
    """The list in pieces, in order."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def step_of(round: Round, code: str) -> Step | None:
    """A step of the programme, None where it does not use it (Hunan's reserve has no approval, notice or list)."""
    return next((step for step in round.programme.steps if step.code == code), None)


def on_its_way(bureau_id: int) -> Exists:
    """Condition on files: with a list that was sent to the bureau and not received yet. A file that came back once travels again
    with a later list; what counts is the last one.
    """
    return Exists(
        DispatchItem.objects.filter(
            application_id=OuterRef("pk"),
            held=False,
            dispatch__to_bureau_id=bureau_id,
            dispatch__state=DispatchState.SENT,
        )
    )


def received_order(round: Round) -> list[int]:
    """Files the province has received and not decided: senders in administrative order, inside a sender by dispatch and rank
    (SC-32). A file that travelled twice stands where it came last.
    """
    waiting = Application.objects.filter(round=round, state=FileState.AT_PROVINCE).exclude(on_its_way(round.bureau_id))
    rows = DispatchItem.objects.filter(
        held=False,
        dispatch__round=round,
        dispatch__to_bureau_id=round.bureau_id,
        dispatch__state=DispatchState.RECEIVED,
        application__in=waiting,
    ).order_by("dispatch__from_bureau__sort_key", "dispatch__from_bureau_id", "dispatch__batch", "rank")
    last: dict[int, int] = {}
    for place, pk in enumerate(rows.values_list("application_id", flat=True)):
        last[pk] = place
    return sorted(last, key=last.__getitem__)


def draft_approval(round: Round) -> Approval | None:
    """The decision that is being prepared."""
    return Approval.objects.filter(round=round, state=ApprovalState.DRAFT).first()


def draft_publishing(round: Round) -> Publishing | None:
    """The list that is being prepared."""
    return Publishing.objects.filter(round=round, state=PublishingState.DRAFT).first()


def newly_received(approval: Approval) -> list[int]:
    """Received files that are not in the draft yet."""
    known = set(approval.items.values_list("application_id", flat=True))
    return [pk for pk in received_order(approval.round) if pk not in known]


def outcome_counts(items: QuerySet[ApprovalItem]) -> dict[str, int]:
    """Number of files by outcome, every outcome named."""
    found = dict(items.order_by().values_list("outcome").annotate(Count("pk")))
    return {outcome.value: found.get(outcome.value, 0) for outcome in ApprovalOutcome}


def items_for(approval: Approval, actor: Actor) -> QuerySet[ApprovalItem]:
    """The deciding bureau reads all of it, the bureaus below only what concerns firms on their own path, once it is decided."""
    rows = approval.items.order_by("rank", "pk")
    if actor.bureau_id == approval.bureau_id:
        return rows
    return rows.filter(path_condition(actor, "application__path"))


def acting_bureau(path: str, deciding: int, handling: int, outcome: str) -> int:
    """The bureau that must act on a returned file: the one directly below, or the one that handles it (own level, HN-20)."""
    steps = path_ids(path)
    below = steps[steps.index(deciding) + 1] if deciding in steps[:-1] else handling
    return below if outcome == ApprovalOutcome.TO_PREFECTURE else handling


def return_state(path: str, deciding: int, handling: int, outcome: str) -> str:
    """State of a returned file: with the prefecture's reviewer, or in first review where that bureau handles the file itself."""
    acts = acting_bureau(path, deciding, handling, outcome)
    return FileState.SUBMITTED if acts == handling else FileState.AT_PREFECTURE


def list_order(round: Round, files: QuerySet[Application]) -> list[int]:
    """Order of a published list: highest tier first, in a tier places in administrative order × rank of the decision."""
    ranks = {tier.code: tier.rank for tier in round.programme.tiers}
    placed = ApprovalItem.objects.filter(
        application=OuterRef("pk"), approval__state=ApprovalState.DECIDED, outcome=ApprovalOutcome.APPROVE
    ).order_by("-approval_id")
    rows = files.annotate(place=placed.values("rank")[:1], sort=F("bureau__sort_key")).order_by()
    found = rows.values_list("pk", "tier", "sort", "place")
    return [pk for pk, *_ in sorted(found, key=lambda row: (-ranks.get(row[1], 0), row[2] or "", row[3] or 0, row[0]))]


def not_cleared(publishing: Publishing) -> QuerySet[Application]:
    """Files of a drafted list that may not go on it any more: struck, or an objection is open."""
    clear = public_notices.cleared(publishing.round).values("pk")
    return Application.objects.filter(publishing_items__publishing=publishing).exclude(pk__in=clear)


def newly_cleared(publishing: Publishing) -> QuerySet[Application]:
    """Files that may go on a list and are not on this draft."""
    return public_notices.cleared(publishing.round).exclude(publishing_items__publishing=publishing)


def counts_of_round(round: Round) -> Counter[str]:
    """Files of a round by state."""
    rows = Application.objects.filter(round=round).order_by().values_list("state").annotate(Count("pk"))
    return Counter(dict(rows))


def open_outcomes(file: Application) -> ApprovalItem | None:
    """The file's line in the decision that is being prepared."""
    rows = ApprovalItem.objects.filter(application=file, approval__state=ApprovalState.DRAFT)
    return rows.select_related("approval").first()


def last_return(file_ids: Iterable[int]) -> dict[int, ApprovalItem]:
    """The province's last return of each file that was returned, with its reason."""
    returned = Q(outcome__in=[ApprovalOutcome.TO_PREFECTURE, ApprovalOutcome.TO_COUNTY])
    rows = ApprovalItem.objects.filter(
        returned, application_id__in=list(file_ids), approval__state=ApprovalState.DECIDED
    )
    latest = rows.select_related("approval").order_by("application_id", "-approval_id").distinct("application_id")
    return {row.application_id: row for row in latest}
