"""Exactly one beat: the second waits for the lock and takes over when the first ends."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.harness.live import LivePortal

ROOT = Path(__file__).resolve().parents[2]
HOLDERS = (
    "SELECT l.pid FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
    " WHERE l.locktype = 'advisory' AND l.classid = 7441102 AND l.granted AND d.datname = current_database()"
)


def _beat(portal: LivePortal, folder: Path, name: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "portal", "beat", "--scheduler", "portal.beat:LockedScheduler"]
        + ["--schedule", str(folder / name), "--pidfile=", "--loglevel", "INFO"],
        cwd=ROOT,
        env=portal.environment(),
        stdin=subprocess.DEVNULL,
        stdout=(folder / f"{name}.log").open("wb"),
        stderr=subprocess.STDOUT,
    )


@pytest.fixture
def beats() -> Iterator[list[Any]]:
    """Whatever a test starts is ended."""
    started: list[Any] = []
    yield started
    for process in started:
        process.kill()
        process.wait()


def _holder(portal: LivePortal, other_than: int = 0, seconds: float = 30) -> int:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = [pid for (pid,) in portal.rows(HOLDERS) if pid != other_than]
        if found:
            assert len(found) == 1
            return int(found[0])
        time.sleep(0.1)
    pytest.fail("no beat holds the lock")


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_second_beat_waits_and_takes_over(live_portal: LivePortal, tmp_path: Path, beats: list[Any]) -> None:
    beats.append(_beat(live_portal, tmp_path, "first"))
    first = _holder(live_portal)
    beats.append(_beat(live_portal, tmp_path, "second"))
    deadline = time.monotonic() + 30
    while "waiting for its lock" not in (tmp_path / "second.log").read_text() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert "waiting for its lock" in (tmp_path / "second.log").read_text()
    assert _holder(live_portal) == first
    beats[0].kill()
    assert _holder(live_portal, other_than=first) != first


def test_every_scheduled_task_exists() -> None:
    from portal.celery import SCHEDULE, app

    app.loader.import_default_modules()
    assert {entry["task"] for entry in SCHEDULE.values()} <= set(app.tasks)
