"""The Celery application and the one table of what runs when (times in Asia/Shanghai)."""

import os
from typing import Any

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.dev")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

#: Task name, when, and why then. A name without a task stops beat's start (tests/machine/test_schedule.py).
SCHEDULE: dict[str, dict[str, Any]] = {}

app.conf.beat_schedule = SCHEDULE
_ = crontab
