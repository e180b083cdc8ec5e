"""Many changes on the roster at once: the page's own functions one by one; what cannot be done is skipped with its reason."""

from __future__ import annotations

from collections.abc import Callable

from foundation.accounts.actor import Actor
from foundation.core.errors import Refused
from foundation.core.verdict import Verdict, ok
from foundation.duties import jobs
from foundation.duties.runner import JobRun
from reviews.actions import lifecycle
from reviews.models import Proposal

BULK_DECIDE, BULK_HEAR = "reviews.bulk_decide_changes", "reviews.bulk_hear_changes"


def _each(job: JobRun, act: Callable[[int, Actor], object]) -> None:
    ids = [int(pk) for pk in job.params["ids"]]
    names = dict(Proposal.objects.visible_to(job.actor).filter(pk__in=ids).values_list("pk", "title"))

    def one(pk: int) -> Verdict:
        try:
            act(pk, job.actor)
        except Refused as refusal:
            return refusal.verdict
        return ok()

    job.each(ids, one, label=lambda pk: names.get(pk, str(pk)))


@jobs.kind(BULK_DECIDE, label="批量决定名单调整", permission="proposal.list")
def bulk_decide(job: JobRun) -> None:
    """Give the hand that is due on each chosen proposal (SC-33: a year's adjustment is many of a kind)."""
    opinion = str(job.params.get("opinion", ""))
    _each(job, lambda pk, actor: lifecycle.decide_proposal(proposal_id=pk, actor=actor, opinion=opinion))


@jobs.kind(BULK_HEAR, label="批量听取意见", permission="proposal.list")
def bulk_hear(job: JobRun) -> None:
    """Send the letter of each chosen proposal."""
    _each(job, lambda pk, actor: lifecycle.open_hearing(proposal_id=pk, actor=actor))
