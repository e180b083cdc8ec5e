"""Celery tasks of the duties room; all thin."""

from __future__ import annotations

import datetime as dt

from celery import shared_task

from foundation.core.clock import business_today, one_installation_per_unit_of_work, real_now
from foundation.duties import daily, exports, jobs, runner
from foundation.duties.locks import is_held, only_one
from foundation.duties.models import Job

LOST_AFTER = dt.timedelta(seconds=20)
"""A waiting job this old whose task never came is sent again."""


@shared_task(name="duties.run")
def run(job_id: int) -> str:
    """Do one background job. Redelivery is harmless (see runner)."""
    return runner.run_job(job_id)


@shared_task(name="duties.sweep")
def sweep() -> int:
    """Send again the jobs nobody works on: their message was lost, or their worker was killed."""
    with only_one("duties.sweep") as free:
        if not free:
            return 0
        now = real_now()
        lost = Job.objects.filter(state=Job.State.WAITING, created_at__lt=now - LOST_AFTER) | Job.objects.filter(
            state=Job.State.RUNNING, heartbeat_at__lt=now - LOST_AFTER
        )
        ids = [pk for pk in lost.order_by("pk").values_list("pk", flat=True) if not is_held(runner.lock_name(pk))]
        for job_id in ids:
            jobs.send(job_id)
        return len(ids)


@shared_task(name="duties.expire_exports")
def expire_exports() -> int:
    """Delete export files whose time is over."""
    with only_one("duties.expire_exports") as free:
        return exports.delete_expired(real_now()) if free else 0


@shared_task(name="duties.run_for_today")
def run_for_today() -> int:
    """The day's jobs of the business day."""
    with one_installation_per_unit_of_work():
        return len(daily.run_for(business_today()))
