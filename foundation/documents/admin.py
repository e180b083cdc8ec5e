"""Read-only: papers are changed by acts, never here."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from foundation.documents.models import DocumentScan, FrozenDocument, ReferenceSeries, StoredFile


class ReadOnly(admin.ModelAdmin):
    """Nothing is added, changed or deleted."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(StoredFile)
class StoredFileAdmin(ReadOnly):
    list_display = ("id", "purpose", "content_type", "size", "uploaded_at")
    fields = ("sha256", "size", "content_type", "purpose", "owner_kind", "owner_id", "uploaded_at")


@admin.register(FrozenDocument)
class FrozenDocumentAdmin(ReadOnly):
    """Without the snapshot: the three administrators see no business content."""

    list_display = ("id", "reference", "kind", "state", "created_at")
    fields = (
        "reference",
        "kind",
        "state",
        "digest",
        "page_count",
        "created_at",
        "released_at",
        "sealed_at",
        "voided_at",
    )


@admin.register(DocumentScan)
class DocumentScanAdmin(ReadOnly):
    list_display = ("id", "document_id", "by_hand", "attached_at")
    fields = ("by_hand", "attached_at")


@admin.register(ReferenceSeries)
class ReferenceSeriesAdmin(ReadOnly):
    list_display = ("code", "year", "last")
