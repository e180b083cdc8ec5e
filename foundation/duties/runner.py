"""Doing a job: claim, one result per item in the item's own transaction, progress, the file, the end.

Three things keep a job from being done twice. A session lock named after the job is held while it runs and is gone
the moment its process dies, so a redelivered task (Celery's visibility timeout) finds it held and leaves. Each
claim counts ``attempt`` up and every item checks it in its transaction, so a runner that lost its database session
cannot go on beside its successor. And an item's result is written in the transaction of the act itself under a
unique key: after ``kill -9`` either both are there or neither.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from foundation.accounts.actor import SYSTEM, Actor, actor_for
from foundation.accounts.may import may
from foundation.core.clock import one_installation_per_unit_of_work, real_now
from foundation.core.errors import Refused
from foundation.core.events import Event, announce
from foundation.core.verdict import Verdict
from foundation.duties import exports
from foundation.duties.jobs import kinds
from foundation.duties.locks import only_one
from foundation.duties.models import Job, JobItem

log = logging.getLogger(__name__)

PROGRESS_EVERY = 0.5
"""Seconds between two writes of the progress outside the items' own transactions."""
MAX_ATTEMPTS = 5
"""A job that takes its worker down this often is given up (it would take down every other worker, too)."""


class Stopped(Exception):
    """The person asked to stop."""


class Superseded(Exception):
    """Another runner has taken the job over."""


class JobFailed(Exception):
    """Raised by a job's function to end it with a sentence for the person."""


@dataclass(frozen=True, kw_only=True)
class JobFinished(Event):
    """A job came to its end; announced in the transaction that writes it."""

    job: Job
    failed_items: int


class JobRun:
    """What a job's function gets: who acts, with which parameters, and how results, progress and the file are
    written.
    """

    def __init__(self, job: Job, actor: Actor) -> None:
        self.job_id = job.pk
        self.attempt = job.attempt
        self.params: dict[str, Any] = job.params
        self.actor = actor
        self._done = job.done
        self._written = 0.0

    def each(
        self,
        keys: Iterable[Any],
        act: Callable[[Any], Verdict | str | None],
        *,
        label: Callable[[Any], str] | None = None,
    ) -> None:
        """Do ``act`` for every key that has no result yet, each in a transaction of its own.

        ``act`` returns None or a text (done, with that remark), or a Verdict; ``Refused`` and every other error
        become the item's result. ``label`` names the item for the person; it is asked before the act.
        """
        keys = list(keys)
        known = set(JobItem.objects.filter(job_id=self.job_id).values_list("key", flat=True))
        self.progress(len(known), total=max(len(keys), len(known)))
        for key in keys:
            if str(key) not in known:
                self._one(key, act, label(key) if label else str(key))
                known.add(str(key))
        self.progress(len(known), force=True)

    def _one(self, key: Any, act: Callable[[Any], Verdict | str | None], label: str) -> None:
        result: Verdict
        try:
            with transaction.atomic():
                self._fence()
                answer = act(key)
                result = answer if isinstance(answer, Verdict) else Verdict(allowed=True, reason=answer or "")
                self._write(key, label, result)
                return
        except (Stopped, Superseded):
            raise
        except Refused as refusal:
            result = refusal.verdict
        except Exception:
            number = uuid.uuid4().hex[:8]
            log.exception("job %s item %s failed (%s)", self.job_id, key, number)
            if not connection.is_usable():
                raise
            result = Verdict(allowed=False, reason=f"系统错误（编号 {number}），这一项没有办理。")
        with transaction.atomic():
            self._fence()
            self._write(key, label, result)

    def _fence(self) -> None:
        """Lock the job's row, and leave when it is no longer ours or is to stop."""
        row = (
            Job.objects.filter(pk=self.job_id)
            .select_for_update(of=("self",))
            .values_list("attempt", "state", "cancel_requested")
            .first()
        )
        if row is None or row[0] != self.attempt or row[1] != Job.State.RUNNING:
            raise Superseded
        if row[2]:
            raise Stopped

    def _write(self, key: Any, label: str, result: Verdict) -> None:
        now = real_now()
        JobItem.objects.create(
            job_id=self.job_id, key=str(key), label=label[:200], ok=result.allowed, reason=str(result)[:400], at=now
        )
        Job.objects.filter(pk=self.job_id).update(done=F("done") + 1, heartbeat_at=now)

    def progress(self, done: int, *, total: int | None = None, message: str = "", force: bool = False) -> None:
        """Say how far the job is (at most twice a second, unless ``force`` or ``total`` is given); ends the job if
        it is to stop.
        """
        now = time.monotonic()
        if not force and total is None and now - self._written < PROGRESS_EVERY:
            return
        self._written = now
        changes: dict[str, Any] = {"done": done, "heartbeat_at": real_now()}
        if total is not None:
            changes["total"] = total
        if message:
            changes["message"] = message[:300]
        with transaction.atomic():
            self._fence()
            Job.objects.filter(pk=self.job_id).update(**changes)

    def result_page(self, url: str) -> None:
        """The page that shows what came out, offered when the job is done."""
        Job.objects.filter(pk=self.job_id, attempt=self.attempt).update(result_url=url[:300])

    def attach(self, *, filename: str, content_type: str, content: bytes | Path) -> None:
        """Keep the file for its owner to download until it expires."""
        with transaction.atomic():
            self._fence()
            exports.keep(job_id=self.job_id, filename=filename, content_type=content_type, content=content)


def lock_name(job_id: int) -> str:
    """Name of the session lock held while the job runs."""
    return f"duties.job.{job_id}"


def run_job(job_id: int) -> str:
    """Do the job unless it is being done or is over; returns what became of it (for the worker's log)."""
    with only_one(lock_name(job_id)) as free:
        if not free:
            return "another runner has it"
        with one_installation_per_unit_of_work():
            return _run_claimed(job_id)


def _run_claimed(job_id: int) -> str:
    job = _claim(job_id)
    if job is None:
        return "nothing to do"
    try:
        if job.attempt > MAX_ATTEMPTS:
            raise JobFailed("任务多次中断，已停止重试。已办的各项见下表，可由您继续或联系系统管理员。")
        actor = _actor(job)
        kind = kinds.get(job.kind)
        if kind is None:
            raise JobFailed(f"系统不认识这类任务（{job.kind}），请联系系统管理员。")
        if kind.permission:
            verdict = may(actor, kind.permission)
            if not verdict:
                raise JobFailed(str(verdict))
        kind.run(JobRun(job, actor))
    except Superseded:
        return "superseded"
    except Stopped:
        return _finish(job, Job.State.CANCELLED, "已按要求停止，已办的各项有效。")
    except JobFailed as failure:
        return _finish(job, Job.State.FAILED, str(failure))
    except Refused as refusal:
        return _finish(job, Job.State.FAILED, str(refusal))
    except Exception:
        number = uuid.uuid4().hex[:8]
        log.exception("job %s failed (%s)", job_id, number)
        return _finish(
            job, Job.State.FAILED, f"系统错误（编号 {number}），任务没有完成。可以继续，已办的各项不会重办。"
        )
    return _finish(job, Job.State.DONE, "")


def _claim(job_id: int) -> Job | None:
    with transaction.atomic():
        job = Job.objects.filter(pk=job_id).select_for_update(of=("self",)).first()
        if job is None or job.is_finished:
            return None
        now = real_now()
        job.state, job.attempt, job.heartbeat_at = Job.State.RUNNING, job.attempt + 1, now
        job.started_at = job.started_at or now
        job.save(update_fields=["state", "attempt", "heartbeat_at", "started_at"])
    return job


def _actor(job: Job) -> Actor:
    """The person with the hat the job was started under, as both are *now*: a post that ended ends the job."""
    if job.user_id is None:
        return SYSTEM
    user = job.user
    assert user is not None
    actor = actor_for(user, job.hat_key)
    if not user.is_active or actor.hat.key != job.hat_key:
        raise JobFailed(f"发起人已不再具有“{job.actor_label}”这一身份，任务没有继续。")
    return actor


def _finish(job: Job, state: str, message: str) -> str:
    with transaction.atomic():
        current = Job.objects.select_for_update(of=("self",)).get(pk=job.pk)
        if current.attempt != job.attempt or current.is_finished:
            return "superseded"
        failed = JobItem.objects.filter(job=current, ok=False).count()
        if not message and failed:
            message = f"其中 {failed} 项没有办成，原因见各项结果。"
        current.state, current.finished_at, current.heartbeat_at = state, real_now(), real_now()
        if state == Job.State.DONE and not current.items.exists():
            current.done = current.total  # progress is written twice a second; the last step need not have been
        if message:
            current.message = message[:300]
        elif state == Job.State.DONE:
            current.message = ""
        current.save(update_fields=["state", "finished_at", "heartbeat_at", "message", "done"])
        announce(JobFinished(job=current, failed_items=failed))
    return state
