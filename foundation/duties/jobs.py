"""Background jobs: the registry of kinds, and starting, stopping and continuing one.

    @jobs.kind("reviews.bulk_recommend", label="批量推荐")
    def bulk_recommend(job: JobRun) -> None:
        job.each(job.params["ids"], lambda pk: recommend(pk=pk, actor=job.actor), label=name_of)

    job = jobs.start("reviews.bulk_recommend", actor=request.actor, params={"ids": ids}, total=len(ids))

The row is written in the caller's transaction; one Celery task per job goes out when it commits. If the broker is
away at that moment the sweep (``duties.sweep``) sends it later.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import transaction

from foundation.accounts.actor import Actor
from foundation.accounts.may import may
from foundation.accounts.transition import record_act, require
from foundation.core.clock import real_now
from foundation.core.errors import Refused
from foundation.core.registries import Registry
from foundation.core.verdict import no
from foundation.duties.models import Job

if TYPE_CHECKING:
    from foundation.duties.runner import JobRun

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class JobKind:
    """What a kind of job is called and which function does it. ``permission`` (an action without object) is asked
    at start and again when the worker begins.
    """

    name: str
    label: str
    run: Callable[[JobRun], None] = field(repr=False)
    permission: str = ""


kinds: Registry[JobKind] = Registry("job kind")


def kind(
    name: str, *, label: str, permission: str = ""
) -> Callable[[Callable[[JobRun], None]], Callable[[JobRun], None]]:
    """Register the function that does the jobs of this kind."""

    def register(run: Callable[[JobRun], None]) -> Callable[[JobRun], None]:
        kinds.register(name, JobKind(name, label, run, permission))
        return run

    return register


def start(
    kind: str,
    *,
    actor: Actor,
    params: dict[str, Any] | None = None,
    total: int = 0,
    label: str = "",
    result_url: str = "",
) -> Job:
    """Write the job's row and send its task on commit. ``total`` is the number of items if known; ``label`` says
    more than the kind.

    Raises ``Refused`` where the kind's permission refuses, KeyError for an unknown kind.
    """
    known = kinds[kind]
    if known.permission:
        require(actor, known.permission)
    with transaction.atomic():
        job = Job.objects.create(
            kind=kind,
            label=(label or known.label)[:200],
            user_id=actor.user_id,
            hat_key=actor.hat.key,
            actor_label=f"{actor.hat.label} {actor.name}"[:240],
            params=params or {},
            total=total,
            result_url=result_url,
            created_at=real_now(),
        )
        record_act(
            subject_kind=Job.subject_kind,
            subject_id=job.pk,
            subject_label=job.label,
            action="job.start",
            actor=actor,
            to_state=job.state,
            data={"kind": kind, "total": total},
        )
        transaction.on_commit(lambda: send(job.pk))
    return job


def send(job_id: int) -> None:
    """Hand the job to a worker. A broker that does not answer costs the person nothing: the sweep sends it again."""
    from foundation.duties.tasks import run

    try:
        run.apply_async(args=(job_id,), retry=False)
    except Exception:
        log.exception("job %s was not sent to the broker; the sweep will send it", job_id)


def cancel(*, pk: int, actor: Actor) -> Job:
    """Stop a job: at once while it waits, before the next item while it runs. What is done stays done and is listed."""
    with transaction.atomic():
        job = _locked(pk, "job.cancel", actor)
        before = job.state
        if job.state == Job.State.WAITING:
            job.state, job.finished_at, job.message = Job.State.CANCELLED, real_now(), "开始前已停止。"
        job.cancel_requested = True
        job.save(update_fields=["state", "finished_at", "message", "cancel_requested"])
        _record(job, "job.cancel", actor, before)
    return job


def retry(*, pk: int, actor: Actor) -> Job:
    """Continue a failed or stopped job: items with a result are not done again."""
    with transaction.atomic():
        job = _locked(pk, "job.retry", actor)
        before = job.state
        job.state, job.finished_at, job.message = Job.State.WAITING, None, ""
        job.cancel_requested, job.attempt, job.created_at = False, 0, real_now()
        job.save(update_fields=["state", "finished_at", "message", "cancel_requested", "attempt", "created_at"])
        _record(job, "job.retry", actor, before)
        transaction.on_commit(lambda: send(job.pk))
    return job


def _locked(pk: int, action: str, actor: Actor) -> Job:
    job = Job.objects.visible_to(actor).filter(pk=pk).select_for_update(of=("self",)).first()
    if job is None:
        raise Refused(no("没有这个任务，或它不是您以现在的身份发起的。", "如您另有身份，请在右上角切换。"))
    verdict = may(actor, action, job)
    if not verdict:
        raise Refused(verdict)
    return job


def _record(job: Job, action: str, actor: Actor, before: str) -> None:
    record_act(
        subject_kind=Job.subject_kind,
        subject_id=job.pk,
        subject_label=job.label,
        action=action,
        actor=actor,
        from_state=before,
        to_state=job.state,
    )
