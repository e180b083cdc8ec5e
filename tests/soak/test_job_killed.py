"""A real Celery worker on the real broker is killed with -9 in the middle of a job: the task is handed out again, a fresh worker goes
on where the first one stopped, and every item is done once (asks 14).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection

from foundation.accounts.actor import Actor
from foundation.duties import jobs
from foundation.duties.models import Job, JobItem, Obligation
from tests.duties.conftest import actor, bureau, test_kinds, user  # noqa: F401  fixtures

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def environment() -> dict[str, str]:
    settings = connection.settings_dict
    folder = settings["OPTIONS"].get("host") or settings["HOST"]
    return {
        **os.environ,
        "DATABASE_URL": f"postgres://{settings['USER']}@/{quote(settings['NAME'])}?host={folder}",
        "DJANGO_SETTINGS_MODULE": "portal.settings.test",
        "CELERY_VISIBILITY_TIMEOUT": "5",
        "SLOW_ITEM": "0.4",
    }


@pytest.fixture
def workers(environment: dict[str, str], tmp_path: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Workers started by the test; the fixture ends what is left of them."""
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


def start_worker(environment: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "celery", "-A", "portal", "worker", "-c", "1", "--loglevel", "info"]
    with log.open("wb") as out:
        return subprocess.Popen(
            [*command, "--include", "tests.duties.kinds_of_worker"],
            cwd=ROOT,
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def wait_for(condition: object, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.1)


def test_killed_worker_redelivered_task(
    actor: Actor,  # noqa: F811
    environment: dict[str, str],
    workers: list[subprocess.Popen[bytes]],
    tmp_path: Path,
) -> None:
    ids = list(range(100, 107)) + list(range(110, 117)) + list(range(120, 127))
    first = start_worker(environment, tmp_path / "first.log")
    workers.append(first)
    job = jobs.start("test.slow", actor=actor, params={"ids": ids}, total=len(ids))
    send_from_a_process_of_its_own(job, environment)
    wait_for(lambda: JobItem.objects.filter(job=job).count() >= 4, 60)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait(10)
    before = JobItem.objects.filter(job=job).count()
    assert before < len(ids)
    killed_at = time.monotonic()

    workers.append(start_worker(environment, tmp_path / "second.log"))
    wait_for(lambda: Job.objects.get(pk=job.pk).state == "done", 120)
    took = time.monotonic() - killed_at
    done = Job.objects.get(pk=job.pk)
    assert (done.done, done.attempt) == (len(ids), 2)
    assert sorted(Obligation.objects.values_list("subject_id", flat=True)) == ids, "each once"
    print(f"killed after {before} of {len(ids)} items, done {took:.1f} s later by the second worker")


def send_from_a_process_of_its_own(job: Job, environment: dict[str, str]) -> None:
    """The task as the web process would send it: this test's own settings have another Redis prefix."""
    code = "import django,sys;django.setup();from foundation.duties import jobs;jobs.send(int(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", code, str(job.pk)], cwd=ROOT, env=environment, check=True, timeout=60)
