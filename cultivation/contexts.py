"""The public tables of a day as the engine wants them: one snapshot per province, day and round year."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.cache import cache

from cultivation.eligibility import Context
from cultivation.schema import Programme
from foundation.core.clock import business_today
from foundation.reference import queries as reference
from foundation.reference import regions
from foundation.reference.models import Industry, IndustryCatalogue, ProvincialAverage
from foundation.reference.snapshots import Snapshot

if TYPE_CHECKING:
    from cultivation.models import Round

#: Catalogues and averages change rarely and are asked for with every file of a queue.
KEEP_SECONDS = 60
AVERAGE_YEARS = 5

_groups: Snapshot[dict[str, tuple[str, str]]] = Snapshot(
    lambda: {
        code: (group, state)
        for code, group, state in Industry.objects.order_by().values_list("code", "size_group", "size_state")
    },
    is_empty=lambda built: not built,
)


def context_for(
    programme: Programme, *, round: Round | None = None, as_of: dt.date | None = None, year: int | None = None
) -> Context:
    """Everything public a verdict rests on: size standard, industry groups, provincial averages, catalogues.

    The round gives year and reference date; without one ``year`` or the year of ``as_of`` counts. ``as_of`` is the
    business day by default.
    """
    day = as_of or business_today()
    round_year = round.year if round is not None else (year or day.year)
    standard = reference.size_standard(day)
    tables = _tables(programme.province, round_year)
    return Context(
        as_of=day,
        round_year=round_year,
        reference_date=round.reference_date if round is not None else None,
        size_standard=standard.snapshot() if standard else None,
        industry_groups=_groups.get(),
        averages={(row["fact"], row["year"]): Decimal(row["pct"]) for row in tables["averages"]},
        catalogues=tuple(tables["catalogues"]),
    )


def _tables(province: str, round_year: int) -> dict[str, Any]:
    key = f"cultivation.tables:{province}:{round_year}"
    kept: dict[str, Any] | None = cache.get(key)
    if kept is None:
        kept = _read_tables(province, round_year)
        cache.set(key, kept, KEEP_SECONDS)
    return kept


def _read_tables(province: str, round_year: int) -> dict[str, Any]:
    found = regions.find(f"{province}0000")
    place = found.id if found else None
    averages = ProvincialAverage.objects.filter(
        province_id=place, year__gte=round_year - AVERAGE_YEARS, year__lt=round_year
    ).order_by("indicator", "year")
    # Editions no longer in force are kept: a firm that chose from one is told so, with the edition's name.
    catalogues = (
        IndustryCatalogue.objects.filter(province_id=place).prefetch_related("items").order_by("code", "version")
    )
    return {
        "averages": [{"fact": row.indicator, "year": row.year, "pct": str(row.growth_pct)} for row in averages],
        "catalogues": [
            {
                "code": row.code,
                "version": row.version,
                "name": row.name,
                "valid_from": row.valid_from.isoformat(),
                "valid_to": row.valid_to.isoformat() if row.valid_to else None,
                "items": {item.code: item.name for item in row.items.all()},
            }
            for row in catalogues
        ],
    }


def forget() -> None:
    """Read industry groups again at the next question (after the public tables were loaded)."""
    _groups.forget()
