"""The public table in the admin: read-only, but for the working days of the next year and the provincial averages."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from foundation.reference import queries
from foundation.reference.models import (
    Industry,
    IndustryCatalogue,
    IndustryCatalogueItem,
    ProvincialAverage,
    ReferenceLoad,
    Region,
    RegionName,
    SizeStandardVersion,
    SizeThreshold,
    WorkdayAdjustment,
)


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that come from the data files; they are changed there and loaded again."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Region)
class RegionAdmin(ReadOnlyAdmin):
    list_display = ("code", "name", "level", "kind", "parent", "successor")
    list_filter = ("level", "kind", "covered")
    list_select_related = ("parent", "successor")
    search_fields = ("code", "name", "names__code", "names__name")


@admin.register(RegionName)
class RegionNameAdmin(ReadOnlyAdmin):
    list_display = ("code", "name", "kind", "valid_from", "valid_to", "change_kind", "trust", "day_trust", "source")
    list_filter = ("change_kind", "trust", "day_trust", "kind")
    search_fields = ("code", "name")


@admin.register(Industry)
class IndustryAdmin(ReadOnlyAdmin):
    list_display = ("code", "name", "level", "size_group", "size_state")
    list_filter = ("level", "size_state", "section")
    search_fields = ("code", "name")


class SizeThresholdInline(admin.TabularInline):
    model = SizeThreshold
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(SizeStandardVersion)
class SizeStandardVersionAdmin(ReadOnlyAdmin):
    list_display = ("document", "title", "valid_from", "valid_to", "trust")
    inlines = (SizeThresholdInline,)


class CatalogueItemInline(admin.TabularInline):
    model = IndustryCatalogueItem
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(IndustryCatalogue)
class IndustryCatalogueAdmin(ReadOnlyAdmin):
    list_display = ("name", "version", "kind", "province", "valid_from", "valid_to", "trust")
    list_filter = ("province", "kind", "trust")
    list_select_related = ("province",)
    inlines = (CatalogueItemInline,)


@admin.register(ReferenceLoad)
class ReferenceLoadAdmin(ReadOnlyAdmin):
    list_display = ("dataset", "rows", "loaded_at", "digest")


@admin.register(WorkdayAdjustment)
class WorkdayAdjustmentAdmin(admin.ModelAdmin):
    """The State Council announces the next year each November; it is typed in here."""

    list_display = ("day", "kind", "holiday", "from_file")
    list_filter = ("kind", "from_file")
    date_hierarchy = "day"

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        queries.forget()

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        queries.forget()

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        super().delete_queryset(request, queryset)
        queries.forget()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # A row of the file would come back with the next load.
        return super().has_change_permission(request, obj) and not (obj is not None and obj.from_file)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj is not None and obj.from_file)


@admin.register(ProvincialAverage)
class ProvincialAverageAdmin(admin.ModelAdmin):
    """Average growth per province and year (A1-07)."""

    list_display = ("province", "year", "indicator", "growth_pct", "source")
    list_filter = ("province", "year", "indicator")
    list_select_related = ("province",)
