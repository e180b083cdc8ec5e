"""Jobs, obligations and the day's runs in the administration pages: to look at, never to touch, and without business content."""

from __future__ import annotations

from django.contrib import admin

from foundation.duties.models import DailyRun, Job, Obligation
from foundation.journal.admin import ReadOnlyAdmin


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    """Whether the machine does its work; not what the work was about."""

    list_display = ["id", "kind", "state", "done", "total", "attempt", "created_at", "heartbeat_at", "finished_at"]
    fields = ["kind", "state", "done", "total", "attempt", "created_at", "started_at", "heartbeat_at", "finished_at"]
    list_filter = ["state", "kind"]


@admin.register(Obligation)
class ObligationAdmin(ReadOnlyAdmin):
    """Kinds, days and statuses."""

    list_display = ["id", "kind", "period", "owner_kind", "owner_id", "due_on", "status"]
    fields = ["kind", "period", "owner_kind", "owner_id", "due_on", "status", "opened_at", "done_at"]
    list_filter = ["status", "kind"]


@admin.register(DailyRun)
class DailyRunAdmin(ReadOnlyAdmin):
    """The table of the day's jobs."""

    list_display = ["day", "name", "state", "summary", "started_at", "finished_at"]
    list_filter = ["state", "name"]
