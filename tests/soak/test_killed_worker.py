"""A worker killed with -9 in the middle of a task loses nothing: another one gets the task again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.harness.live import LivePortal

ROOT = Path(__file__).resolve().parents[2]
SEND = "from tests.soak.worker_app import slow; slow.delay({path!r}, 6)"


def _until(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.1)
    return False


def test_a_killed_workers_task_is_done_by_another(live_portal: LivePortal, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    notes.touch()
    environment = live_portal.environment() | {
        "CELERY_VISIBILITY_TIMEOUT": "10",
        # Keys of its own, so that the live portal's worker does not take the task.
        "DATABASE_URL": live_portal.address(live_portal.seed),
    }

    def worker() -> "subprocess.Popen[bytes]":
        with (tmp_path / "worker.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", "tests.soak.worker_app", "worker", "-c", "1"],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    first = worker()
    try:
        subprocess.run([sys.executable, "-c", SEND.format(path=str(notes))], cwd=ROOT, env=environment, check=True)
        assert _until(lambda: "begin" in notes.read_text(), 30), (tmp_path / "worker.log").read_text()
    finally:
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
    assert "end" not in notes.read_text()

    second = worker()
    try:
        assert _until(lambda: "end" in notes.read_text(), 60), (tmp_path / "worker.log").read_text()
    finally:
        os.killpg(second.pid, signal.SIGKILL)
        second.wait()
    assert notes.read_text().count("begin") == 2
