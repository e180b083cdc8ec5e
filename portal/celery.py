"""The Celery application and the one table of what runs when (times in Asia/Shanghai)."""

import ctypes
import os
import signal
import sys
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.dev")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def _every(task: str, when: float | crontab, *, expires: float | None = None) -> dict[str, Any]:
    # A short-period task that waited longer than its period has been overtaken by the next one.
    return {"task": task, "schedule": when, "options": {"expires": expires} if expires else {}}


#: What runs when. Every name must be a task's (tests/machine/test_beat.py).
SCHEDULE: dict[str, dict[str, Any]] = {
    # /healthz asks when a worker last answered.
    "heartbeat": _every("portal.heartbeat", 15.0, expires=15),
    # The outbox is looked at often: a letter or a notice should arrive while the officer is still at the desk.
    "deliver letters and notices": _every("notifications.deliver", 20.0, expires=20),
    # Jobs whose worker was killed or whose message was lost are sent again.
    "sweep lost jobs": _every("duties.sweep", 15.0, expires=15),
    # New journal entries join the hash chain.
    "seal the journal": _every("journal.seal", 60.0, expires=60),
    # Yesterday's head goes to the ledger outside the database, after everything of the day is sealed.
    "close the journal's day": _every("journal.close_day", crontab(minute=20, hour=0)),
    # Frozen documents whose PDF was not made, because a worker was killed, are rendered.
    "render missing papers": _every("documents.render_missing", 60.0, expires=60),
    # Reporting lines that begin today take effect before anything else of the day asks for paths.
    "the day's reporting lines": _every("accounts.new_day", crontab(minute=5, hour=0)),
    # Dues, reminders and expiries of the business day, before offices open.
    "the day's duties": _every("duties.run_for_today", crontab(minute=30, hour=5)),
    # Finished export files whose time is over.
    "delete expired exports": _every("duties.expire_exports", crontab(minute=10)),
}

app.conf.beat_schedule = SCHEDULE

_PR_SET_PDEATHSIG = 1


@worker_process_init.connect
def end_with_the_worker(**_given: Any) -> None:
    """A pool process whose worker was killed ends with it, instead of living on beside the next one (Linux)."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == 1:  # killed before this line
        os._exit(0)
