"""A runner killed with -9 in the middle of an item: its lock is free at once, the next one goes on, nothing is done
twice.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection

from foundation.accounts.actor import Actor
from foundation.duties import jobs, locks, runner, tasks
from foundation.duties.models import Job, JobItem, Obligation

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parents[2]
RUNNER = """
import sys, django
django.setup()
from tests.duties import kinds
kinds.register()
from foundation.duties import runner
print(runner.run_job(int(sys.argv[1])), flush=True)
"""


def run_apart(job: Job, **extra: str) -> subprocess.Popen[bytes]:
    """A runner in a process of its own, on the test database."""
    settings = connection.settings_dict
    folder = settings["OPTIONS"].get("host") or settings["HOST"]
    url = f"postgres://{settings['USER']}@/{quote(settings['NAME'])}?host={folder}"
    environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "portal.settings.test", **extra}
    return subprocess.Popen(
        [sys.executable, "-c", RUNNER, str(job.pk)], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
    )


def wait_for(condition: object, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


def test_killed_in_the_middle_then_resumed(actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = list(range(100, 107)) + [110, 111]
    job = jobs.start("test.slow", actor=actor, params={"ids": ids}, total=len(ids))
    first = run_apart(job, SLOW_ITEM="0.3")
    try:
        wait_for(lambda: JobItem.objects.filter(job=job).count() >= 3)
        assert locks.is_held(runner.lock_name(job.pk))
        assert runner.run_job(job.pk) == "another runner has it", "a redelivered task leaves"
        time.sleep(0.1)  # into the next item
        first.send_signal(signal.SIGKILL)
        first.wait(10)
    finally:
        first.kill()
    wait_for(lambda: not locks.is_held(runner.lock_name(job.pk)))
    before = JobItem.objects.filter(job=job).count()
    assert 3 <= before < len(ids)
    assert Obligation.objects.count() == before, "the act and its result are written together or not at all"
    job.refresh_from_db()
    assert job.state == "running"

    sent: list[int] = []
    monkeypatch.setattr(jobs, "send", sent.append)
    assert tasks.sweep() == 0, "not yet: its heartbeat is fresh"
    Job.objects.filter(pk=job.pk).update(heartbeat_at=job.heartbeat_at - 2 * tasks.LOST_AFTER)
    assert tasks.sweep() == 1
    assert sent == [job.pk]

    monkeypatch.setenv("SLOW_ITEM", "0")
    assert runner.run_job(job.pk) == "done"
    job.refresh_from_db()
    assert (job.state, job.done, job.attempt) == ("done", len(ids), 2)
    assert sorted(Obligation.objects.values_list("subject_id", flat=True)) == ids, "each once"


def test_only_one_holds_a_name(actor: Actor) -> None:
    with locks.only_one("test.name") as first, locks.only_one("test.other") as other:
        assert first
        assert other
        assert locks.is_held("test.name")
    assert not locks.is_held("test.name")
