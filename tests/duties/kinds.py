"""Job kinds for the tests; also imported by a runner that is a process of its own."""

from __future__ import annotations

import os
import time

from foundation.accounts.models import User
from foundation.core.clock import real_now
from foundation.core.errors import Refused
from foundation.core.verdict import Verdict, no, ok
from foundation.duties import jobs
from foundation.duties.models import Obligation
from foundation.duties.runner import JobRun

NAMES = ("test.mark", "test.export", "test.crash", "test.slow")


def mark(job: JobRun, pause: float = 0.0) -> None:
    """Leaves one row per item (an obligation serves as the act's trace), so that doing an item twice shows."""

    def act(key: int) -> Verdict | None:
        if key % 10 == 7:
            raise Refused(no(f"第{key}项不具备条件。"))
        if key % 10 == 8:
            return no(f"第{key}项被拒绝。")
        if key % 10 == 9:
            raise ValueError("a programming error")
        Obligation.objects.create(
            owner_kind="user",
            owner_id=job.actor.user_id or 0,
            kind="test",
            subject_id=key,
            label="x",
            opened_at=real_now(),
        )
        if pause:
            time.sleep(pause)
        return ok()

    job.each(job.params["ids"], act, label=lambda key: f"企业{key}")


def slow(job: JobRun) -> None:
    """The same, slowly enough to be killed in the middle of an item."""
    mark(job, pause=float(os.environ.get("SLOW_ITEM", "0.05")))


def export(job: JobRun) -> None:
    """Writes a file."""
    job.progress(0, total=2)
    name = User.objects.get(pk=job.actor.user_id).name
    job.attach(filename="汇总表/2018.csv", content_type="text/csv", content=f"{name},1\n".encode())
    job.progress(2, force=True)


def crash(job: JobRun) -> None:
    """Fails as a whole."""
    raise RuntimeError("boom")


def register() -> None:
    """Put them into the registry."""
    for name, run in zip(NAMES, (mark, export, crash, slow), strict=True):
        jobs.kinds.register(name, jobs.JobKind(name, f"测试任务 {name}", run))
