"""Questions about industries, size standards, catalogues, the calendar and provincial averages."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Length

from foundation.core.clock import business_today
from foundation.core.text import normalise_name
from foundation.reference import size_standard as plain
from foundation.reference import workdays
from foundation.reference.models import (
    Industry,
    IndustryCatalogue,
    IndustryCatalogueItem,
    ProvincialAverage,
    SizeStandardVersion,
    WorkdayAdjustment,
)
from foundation.reference.region_book import region_id
from foundation.reference.snapshots import Snapshot

SEARCH_LIMIT = 20


# --- industries ---------------------------------------------------------------------------------------------------


def search_industries(text: str, limit: int = SEARCH_LIMIT) -> QuerySet[Industry]:
    """Industries by code or name fragment: the exact code first, then codes and names that begin so, then the rest.

    Several words must all occur in the name ("农 种植"). An empty text finds nothing.
    """
    text = normalise_name(text).replace("（", "").replace("）", "")[:40]
    words = text.split()
    if not words:
        return Industry.objects.none()
    joined = "".join(words)
    in_name = Q()
    for word in words:
        in_name &= Q(name__icontains=word)
    rank = Case(
        When(code__iexact=joined, then=Value(0)),
        When(code__istartswith=joined, then=Value(1)),
        When(name=joined, then=Value(2)),
        When(name__startswith=joined, then=Value(3)),
        default=Value(4),
        output_field=IntegerField(),
    )
    return (
        Industry.objects.filter(Q(code__istartswith=joined) | in_name)
        .annotate(rank=rank)
        .order_by("rank", "code")[:limit]
    )


def industry(code: str) -> Industry | None:
    """The industry of that code, or None."""
    return Industry.objects.filter(code=code.strip().upper()).first()


def industry_by_name(name: str) -> Industry | None:
    """The one finest industry of that exact name (a group with one class shares its name); None if none."""
    return Industry.objects.filter(name=normalise_name(name)).order_by(Length("code").desc(), "code").first()


# --- size standard ------------------------------------------------------------------------------------------------


def _build_standards() -> list[plain.SizeStandard]:
    fields = ("industry_group", "clause", "gbt4754_scope", "indicator", "unit", "large_min", "medium_min", "small_min")
    return [
        plain.from_rows(
            [{field: getattr(row, field) for field in fields} for row in version.thresholds.all()],
            document=version.document,
            title=version.title,
            valid_from=version.valid_from,
            valid_to=version.valid_to,
        )
        for version in SizeStandardVersion.objects.prefetch_related("thresholds")
    ]


_standards: Snapshot[list[plain.SizeStandard]] = Snapshot(_build_standards, is_empty=lambda built: not built)


def size_standard(as_of: dt.date | None = None) -> plain.SizeStandard | None:
    """The size standard in force on the day, as plain data; None if the table has none."""
    day = as_of or business_today()
    in_force = [s for s in _standards.get() if s.valid_from <= day and (s.valid_to is None or day < s.valid_to)]
    return max(in_force, key=lambda standard: standard.valid_from, default=None)


# --- catalogues ---------------------------------------------------------------------------------------------------


def catalogues(province: Any, as_of: dt.date | None = None, *, kind: str = "") -> QuerySet[IndustryCatalogue]:
    """Catalogues of a province in force on the day, items prefetched; ``kind`` narrows to key industries or chains."""
    day = as_of or business_today()
    found = IndustryCatalogue.objects.filter(province_id=region_id(province), valid_from__lte=day)
    found = found.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day))
    if kind:
        found = found.filter(kind=kind)
    return found.prefetch_related("items").order_by("code", "version")


def catalogue_items(province: Any, as_of: dt.date | None = None, *, kind: str = "") -> QuerySet[IndustryCatalogueItem]:
    """The entries a firm may choose on the day, with their catalogue."""
    day = as_of or business_today()
    found = IndustryCatalogueItem.objects.filter(
        Q(catalogue__valid_to__isnull=True) | Q(catalogue__valid_to__gt=day),
        Q(valid_from__isnull=True) | Q(valid_from__lte=day),
        Q(valid_to__isnull=True) | Q(valid_to__gt=day),
        catalogue__province_id=region_id(province),
        catalogue__valid_from__lte=day,
    )
    if kind:
        found = found.filter(catalogue__kind=kind)
    return found.select_related("catalogue").order_by("catalogue__code", "catalogue__version", "code")


def valid_on(item: IndustryCatalogueItem, on: dt.date) -> bool:
    """Whether a chosen entry is in force on the day (asked at application, not when it was chosen)."""
    begins = max(item.catalogue.valid_from, item.valid_from or item.catalogue.valid_from)
    ends = [day for day in (item.catalogue.valid_to, item.valid_to) if day is not None]
    return begins <= on and all(on < day for day in ends)


# --- calendar -----------------------------------------------------------------------------------------------------


def _build_calendar() -> workdays.WorkCalendar:
    return workdays.from_rows(WorkdayAdjustment.objects.order_by().values_list("day", "kind"))


_calendar = Snapshot(_build_calendar, is_empty=lambda built: not built.known_years)


def calendar() -> workdays.WorkCalendar:
    """The working-day calendar."""
    return _calendar.get()


def is_workday(day: dt.date) -> bool:
    """Whether offices work on ``day``."""
    return calendar().is_workday(day)


def next_working_day(day: dt.date) -> dt.date:
    """``day`` itself if it is a working day, else the first one after it."""
    return calendar().next_working_day(day)


def add_working_days(start: dt.date, count: int, *, include_start: bool = False) -> dt.date:
    """The ``count``-th working day after ``start``."""
    return calendar().add_working_days(start, count, include_start=include_start)


def working_days_between(start: dt.date, end: dt.date, *, include_start: bool = False) -> int:
    """Working days after ``start`` up to and including ``end``."""
    return calendar().working_days_between(start, end, include_start=include_start)


def calendar_note(*days: dt.date) -> workdays.CalendarNote | None:
    """A note when the span of days passes the years that have been entered."""
    return calendar().note(*days)


# --- provincial averages ------------------------------------------------------------------------------------------


def provincial_average(province: Any, year: int, indicator: str) -> Decimal | None:
    """Average growth in per cent; None when not entered (A1-07: undetermined, not failed)."""
    found = ProvincialAverage.objects.filter(province_id=region_id(province), year=year, indicator=indicator)
    return found.values_list("growth_pct", flat=True).first()


def forget() -> None:
    """Read standards and calendar again at the next question."""
    _standards.forget()
    _calendar.forget()
