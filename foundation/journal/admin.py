"""The journal in the administration pages: to look at, never to touch."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from foundation.journal.models import ChainLink, DayHead, JournalCheck, JournalEntry


class ReadOnlyAdmin(admin.ModelAdmin):
    """No adding, no changing, no deleting."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(JournalEntry)
class JournalEntryAdmin(ReadOnlyAdmin):
    """Kind, number and digest only: the decision's words are business content."""

    list_display = ["id", "subject_kind", "subject_id", "seq", "digest"]
    fields = ["subject_kind", "subject_id", "seq", "digest"]
    list_filter = ["subject_kind"]


@admin.register(ChainLink)
class ChainLinkAdmin(ReadOnlyAdmin):
    """The chain."""

    list_display = ["number", "entry_id", "digest", "sealed_at"]
    fields = ["number", "previous", "digest", "sealed_at"]


@admin.register(DayHead)
class DayHeadAdmin(ReadOnlyAdmin):
    """Heads at the end of each day."""

    list_display = ["day", "number", "digest"]


@admin.register(JournalCheck)
class JournalCheckAdmin(ReadOnlyAdmin):
    """Runs of the full check."""

    list_display = ["asked_at", "asked_by", "state", "entries", "fault_count"]
