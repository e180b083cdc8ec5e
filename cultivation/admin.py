"""Read-only look at the rows of this room; everything here changes by acts."""

from __future__ import annotations

from django.contrib import admin

from cultivation import models
from foundation.journal.admin import ReadOnlyAdmin


@admin.register(models.ProgrammeVersion)
class ProgrammeVersionAdmin(ReadOnlyAdmin):
    list_display = ("document_number", "number", "digest", "published_at")


@admin.register(models.Notice)
class NoticeAdmin(ReadOnlyAdmin):
    list_display = ("title", "number", "bureau", "state", "issued_on")
    list_select_related = ("bureau",)


@admin.register(models.Round)
class RoundAdmin(ReadOnlyAdmin):
    list_display = ("title", "year", "batch", "state")


@admin.register(models.RosterEntry)
class RosterEntryAdmin(ReadOnlyAdmin):
    list_display = ("name", "tier_title", "since", "until")


admin.site.register([models.Programme, models.NoticeReceipt, models.RoundWindow], ReadOnlyAdmin)
