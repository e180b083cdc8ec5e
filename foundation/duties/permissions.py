"""Who sees and handles duties and jobs.

A job belongs to the person *and* the hat it was started under: whoever has left a post no longer reaches what was
exported there.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from foundation.accounts.actor import Actor
from foundation.accounts.may import action_labels, path_condition, rule, scope
from foundation.accounts.roles import EVERYONE, Role
from foundation.core.verdict import Verdict, no, ok
from foundation.duties.models import Job, Obligation

SIGNED_IN = EVERYONE - {Role.VISITOR}


def _own_jobs(actor: Actor) -> Q:
    if actor.user_id is None:
        return Q(user__isnull=True) if actor.role == Role.SYSTEM else Q(pk__in=[])
    return Q(user_id=actor.user_id, hat_key=actor.hat.key)


def _is_own_job(actor: Actor, job: Job) -> bool:
    if actor.user_id is None:
        return actor.role == Role.SYSTEM and job.user_id is None
    return job.user_id == actor.user_id and job.hat_key == actor.hat.key


scope(Job, condition=_own_jobs, sees=_is_own_job)


def _own_duties(actor: Actor) -> Q:
    condition = Q(owner_kind=Obligation.Owner.USER, owner_id=actor.user_id) if actor.user_id else Q(pk__in=[])
    if actor.is_enterprise:
        condition |= Q(owner_kind=Obligation.Owner.ENTERPRISE, owner_id=actor.enterprise_id)
    if actor.is_official:
        condition |= Q(owner_kind=Obligation.Owner.BUREAU, owner_id=actor.bureau_id) | path_condition(actor, "path")
    return condition


def _sees_duty(actor: Actor, duty: Obligation) -> bool:
    if duty.owner_kind == Obligation.Owner.USER and actor.user_id and duty.owner_id == actor.user_id:
        return True
    if actor.is_enterprise and duty.owner_kind == Obligation.Owner.ENTERPRISE and duty.owner_id == actor.enterprise_id:
        return True
    if not actor.is_official:
        return False
    return (duty.owner_kind == Obligation.Owner.BUREAU and duty.owner_id == actor.bureau_id) or actor.answers_for(
        duty.path
    )


scope(Obligation, condition=_own_duties, sees=_sees_duty)


@rule("job.view", label="查看任务与导出", roles=SIGNED_IN)
def view_job(actor: Actor, job: Any) -> Verdict:
    """The owner, wearing the hat the job was started under (the scope says so)."""
    return ok()


@rule("job.download", label="下载导出文件", roles=SIGNED_IN)
def download(actor: Actor, job: Job | None) -> Verdict:
    """As long as the file is kept."""
    if job is None or job.has_file:
        return ok()
    if job.is_expired:
        return no("这个导出文件已过保留期限并已删除。", "请回到列表重新导出。")
    return no("这个任务没有可下载的文件。", "请等任务完成后再试。")


@rule("job.cancel", label="停止任务", roles=SIGNED_IN)
def cancel(actor: Actor, job: Job | None) -> Verdict:
    """While it waits or runs."""
    return no("任务已经结束，不能停止。") if job is not None and job.is_finished else ok()


@rule("job.retry", label="继续未完成的任务", roles=SIGNED_IN)
def retry(actor: Actor, job: Job | None) -> Verdict:
    """After a failure or a stop: items already done are not done again."""
    if job is not None and job.state not in {Job.State.FAILED, Job.State.CANCELLED}:
        return no("只有未完成或已停止的任务可以继续。")
    return ok()


action_labels.register("job.start", "发起后台任务")
