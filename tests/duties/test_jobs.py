"""Background jobs: one result per item, refusals as results, permissions as they are when the worker begins,
exports.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse

from foundation.accounts.actor import SYSTEM, Actor
from foundation.accounts.models import Post, User
from foundation.core.errors import Refused
from foundation.duties import exports, jobs, runner, tasks
from foundation.duties.models import Job, JobItem, Obligation
from foundation.journal.models import Decision, OutboxMessage

pytestmark = pytest.mark.django_db


def start(actor: Actor, ids: list[int], kind: str = "test.mark") -> Job:
    return jobs.start(kind, actor=actor, params={"ids": ids}, total=len(ids))


def test_start_writes_the_row_and_sends_one_task_on_commit(
    actor: Actor, monkeypatch: Any, django_capture_on_commit_callbacks: Any
) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(tasks.run, "apply_async", lambda **call: sent.append(call))
    with django_capture_on_commit_callbacks(execute=True):
        job = start(actor, [1])
        assert sent == []
    assert sent == [{"args": (job.pk,), "retry": False}]
    assert job.state == "waiting"
    assert job.actor_label == "天元区经科局 · 经办 李敏"
    assert Decision.objects.get(subject_kind="job", subject_id=job.pk).action == "job.start"


def test_a_broker_that_is_away_costs_nothing(
    actor: Actor, monkeypatch: Any, django_capture_on_commit_callbacks: Any
) -> None:
    def away(**call: Any) -> None:
        raise ConnectionError("no broker")

    monkeypatch.setattr(tasks.run, "apply_async", away)
    with django_capture_on_commit_callbacks(execute=True):
        job = start(actor, [1])
    Job.objects.filter(pk=job.pk).update(created_at=job.created_at - dt.timedelta(minutes=1))
    sent: list[Any] = []
    monkeypatch.setattr(tasks.run, "apply_async", lambda **call: sent.append(call["args"]))
    assert tasks.sweep() == 1
    assert sent == [(job.pk,)]


def test_every_item_has_a_result_and_a_bad_one_stops_nothing(actor: Actor, caplog: Any) -> None:
    job = start(actor, [1, 7, 8, 9, 10])
    assert runner.run_job(job.pk) == "done"
    assert list(JobItem.objects.filter(job=job).values_list("key", "label", "ok")) == [
        ("1", "企业1", True),
        ("7", "企业7", False),
        ("8", "企业8", False),
        ("9", "企业9", False),
        ("10", "企业10", True),
    ]
    reasons = dict(JobItem.objects.filter(job=job, ok=False).values_list("key", "reason"))
    assert reasons["7"] == "第7项不具备条件。"
    assert reasons["8"] == "第8项被拒绝。"
    assert reasons["9"].startswith("系统错误（编号 ")
    assert "a programming error" in caplog.text
    job.refresh_from_db()
    assert (job.state, job.done, job.total, job.message) == ("done", 5, 5, "其中 3 项没有办成，原因见各项结果。")


def test_a_second_delivery_does_nothing(actor: Actor) -> None:
    job = start(actor, [1, 2])
    assert runner.run_job(job.pk) == "done"
    assert runner.run_job(job.pk) == "nothing to do"
    assert Obligation.objects.count() == 2


def test_items_with_a_result_are_skipped(actor: Actor) -> None:
    job = start(actor, [1, 2, 3])
    JobItem.objects.create(job=job, key="2", label="企业2", ok=True, at=job.created_at)
    Job.objects.filter(pk=job.pk).update(done=1, state="running", attempt=1)
    assert runner.run_job(job.pk) == "done"
    assert sorted(Obligation.objects.values_list("subject_id", flat=True)) == [1, 3]
    job.refresh_from_db()
    assert (job.done, job.attempt) == (3, 2)


def test_a_runner_that_was_superseded_goes_no_further(actor: Actor) -> None:
    job = start(actor, [1, 2])
    claimed = runner._claim(job.pk)
    assert claimed is not None
    run = runner.JobRun(claimed, actor)
    Job.objects.filter(pk=job.pk).update(attempt=2)
    with pytest.raises(runner.Superseded):
        run.each([1], lambda key: None)
    assert not JobItem.objects.exists()


def test_the_post_must_still_be_held_when_the_worker_begins(actor: Actor, user: User) -> None:
    job = start(actor, [1])
    Post.objects.filter(user=user).update(valid_to=dt.date(2017, 6, 30))
    assert runner.run_job(job.pk) == "failed"
    job.refresh_from_db()
    assert "已不再具有“天元区经科局 · 经办 李敏”这一身份" in job.message
    assert not Obligation.objects.exists()


def test_a_blocked_account_does_no_jobs(actor: Actor, user: User) -> None:
    job = start(actor, [1])
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert runner.run_job(job.pk) == "failed"


def test_an_error_in_the_job_itself_is_told_and_can_be_continued(actor: Actor, caplog: Any) -> None:
    job = jobs.start("test.crash", actor=actor)
    assert runner.run_job(job.pk) == "failed"
    job.refresh_from_db()
    assert job.message.startswith("系统错误（编号 ")
    assert "boom" in caplog.text
    Job.objects.filter(pk=job.pk).update(kind="test.mark", params={"ids": [1]})
    jobs.retry(pk=job.pk, actor=actor)
    assert runner.run_job(job.pk) == "done"


def test_a_job_that_kills_its_workers_is_given_up(actor: Actor) -> None:
    job = start(actor, [1])
    Job.objects.filter(pk=job.pk).update(state="running", attempt=runner.MAX_ATTEMPTS, heartbeat_at=job.created_at)
    assert runner.run_job(job.pk) == "failed"
    job.refresh_from_db()
    assert "多次中断" in job.message


def test_stopping(actor: Actor, stranger: Actor) -> None:
    waiting = start(actor, [1])
    with pytest.raises(Refused, match="没有这个任务"):
        jobs.cancel(pk=waiting.pk, actor=stranger)
    assert jobs.cancel(pk=waiting.pk, actor=actor).state == "cancelled"
    assert runner.run_job(waiting.pk) == "nothing to do"
    with pytest.raises(Refused, match="任务已经结束"):
        jobs.cancel(pk=waiting.pk, actor=actor)
    running = start(actor, [1, 2])
    Job.objects.filter(pk=running.pk).update(cancel_requested=True)
    assert runner.run_job(running.pk) == "cancelled"
    assert not Obligation.objects.exists()


def test_the_owner_is_told_once(actor: Actor) -> None:
    job = start(actor, [1])
    runner.run_job(job.pk)
    message = OutboxMessage.objects.get()
    assert (message.kind, message.recipient_kind, message.recipient_id) == (
        "duties.job_finished",
        "user",
        actor.user_id,
    )


def test_the_systems_own_jobs_tell_nobody(db: None) -> None:
    job = start(SYSTEM, [1])
    assert runner.run_job(job.pk) == "done"
    assert not OutboxMessage.objects.exists()


def test_export_is_served_to_its_owner_only_and_until_it_expires(
    actor: Actor, stranger: Actor, signed_in: Any, settings: Any
) -> None:
    job = jobs.start("test.export", actor=actor)
    assert runner.run_job(job.pk) == "done"
    job.refresh_from_db()
    assert (job.filename, job.file_size) == ("汇总表2018.csv", 9)
    assert exports.path_of(job).read_bytes() == "李敏,1\n".encode()
    assert job.progress() == {
        "state": "done",
        "done": 2,
        "total": 2,
        "message": "",
        "url": f"/duties/{job.pk}/file/".replace("/duties/", reverse("duties:jobs")),
        "label": "下载",
    }
    url = reverse("duties:job-file", args=[job.pk])
    answer = signed_in.get(url)
    assert b"".join(answer.streaming_content) == "李敏,1\n".encode()
    assert "attachment" in answer["Content-Disposition"]
    assert answer["Cache-Control"] == "private, no-store"
    signed_in.force_login(User.objects.get(pk=stranger.user_id))
    assert signed_in.get(url).status_code == 404
    signed_in.force_login(User.objects.get(pk=actor.user_id))

    assert exports.delete_expired(job.expires_at - dt.timedelta(seconds=1)) == 0
    path = exports.path_of(job)
    assert exports.delete_expired(job.expires_at) == 1
    assert not path.exists()
    answer = signed_in.get(url)
    assert answer.status_code == 403
    assert "已过保留期限" in answer.content.decode()
    assert "已过期删除" in signed_in.get(reverse("duties:jobs")).content.decode()


def test_no_path_leaves_the_export_folder(actor: Actor) -> None:
    job = Job(pk=1, file_path="../../etc/passwd")
    with pytest.raises(ValueError, match="outside"):
        exports.path_of(job)
    assert exports.clean_name("../a\nb:c?.csv") == "abc.csv"


def test_pages(actor: Actor, signed_in: Any) -> None:
    assert "还没有后台任务" in signed_in.get(reverse("duties:jobs")).content.decode()
    job = start(actor, [1, 7])
    page = signed_in.get(reverse("duties:job", args=[job.pk])).content.decode()
    assert f'data-job-url="{reverse("duties:job-progress", args=[job.pk])}"' in page
    assert signed_in.get(reverse("duties:job-progress", args=[job.pk])).json()["state"] == "waiting"
    runner.run_job(job.pk)
    page = signed_in.get(reverse("duties:job", args=[job.pk])).content.decode()
    assert "第7项不具备条件。" in page
    assert "data-job-url" not in page
    assert "企业1" not in signed_in.get(reverse("duties:job", args=[job.pk]), {"only": "problems"}).content.decode()
    assert signed_in.post(reverse("duties:job-retry", args=[job.pk])).status_code == 403
    assert signed_in.get(reverse("duties:job", args=[999])).status_code == 404


def test_stop_and_continue_from_the_page(actor: Actor, signed_in: Any) -> None:
    job = start(actor, [1])
    signed_in.post(reverse("duties:job-cancel", args=[job.pk]))
    job.refresh_from_db()
    assert job.state == "cancelled"
    assert job.progress()["state"] == "failed"
    signed_in.post(reverse("duties:job-retry", args=[job.pk]))
    job.refresh_from_db()
    assert job.state == "waiting"


@pytest.mark.parametrize(("name", "expected"), [("duties:jobs", 2), ("duties:job", 4), ("duties:job-progress", 1)])
def test_list_and_page_stay_flat(actor: Actor, signed_in: Any, queries: Any, name: str, expected: int) -> None:
    """The room's own statements with one row and with three."""
    for rows in (1, 3):
        while Job.objects.count() < rows:
            job = start(actor, list(range(10, 10 + 2 * rows)))
            runner.run_job(job.pk)
        url = reverse(name) if name == "duties:jobs" else reverse(name, args=[job.pk])
        with queries.record() as seen:
            signed_in.get(url)
        own = [line for line in seen if "foundation/duties/" in line]
        assert len(own) == expected, "\n".join(seen)
