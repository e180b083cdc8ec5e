"""The one loader of the public table: data files → tables, set-wise, in one transaction, skipping what has not changed.

Nothing another table may point at is ever deleted (regions, industries, catalogue entries): it ends by a date.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Model

from foundation.core.clock import real_now
from foundation.reference import industry_groups, queries, region_history, regions, rows
from foundation.reference import size_standard as plain
from foundation.reference.models import (
    Industry,
    IndustryCatalogue,
    IndustryCatalogueItem,
    ReferenceLoad,
    Region,
    RegionName,
    SizeStandardVersion,
    SizeThreshold,
    WorkdayAdjustment,
)

#: Raised when the way rows are built changes, so that an unchanged file is loaded again.
LOADER_VERSION = "1"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What happened to one data set."""

    dataset: str
    title: str
    rows: int
    changed: bool


@dataclass(frozen=True, slots=True)
class _Dataset:
    name: str
    files: tuple[str, ...]
    model: type[Model]
    load: Callable[[], int]


def load(*, force: bool = False) -> list[Loaded]:
    """Bring every data set up to date; returns one line per set. Raises ValueError naming a wrong row."""
    report = []
    with transaction.atomic():
        before = {row.dataset: row for row in ReferenceLoad.objects.select_for_update()}
        for dataset in DATASETS:
            digest = rows.digest("sources", *dataset.files)[:60] + f"-{LOADER_VERSION}"
            known = before.get(dataset.name)
            title = rows.provenance()[dataset.name]["title"]
            if not force and known is not None and known.digest == digest and dataset.model._default_manager.exists():
                report.append(Loaded(dataset.name, title, known.rows, changed=False))
                continue
            count = dataset.load()
            ReferenceLoad.objects.update_or_create(
                dataset=dataset.name, defaults={"digest": digest, "rows": count, "loaded_at": real_now()}
            )
            report.append(Loaded(dataset.name, title, count, changed=True))
        transaction.on_commit(_forget)
        _forget()
    return report


def _forget() -> None:
    regions.forget()
    queries.forget()


def _upsert(model: type[Model], objects: list, unique: list[str]) -> None:
    """Insert or update all at once; primary keys of existing rows stay."""
    fields = [f.attname for f in model._meta.concrete_fields if not f.primary_key and f.attname not in unique]
    names = [model._meta.get_field(name).name for name in fields] if fields else []
    unique_names = [model._meta.get_field(name).name for name in unique]
    model._default_manager.bulk_create(
        objects, update_conflicts=True, unique_fields=unique_names, update_fields=names, batch_size=1000
    )


def _regions() -> int:
    periods = region_history.founding_periods()
    latest = {period.view.id: period.view for period in periods}
    order = {"province": 0, "prefecture": 1, "county": 2}
    _upsert(
        Region,
        [
            Region(
                id=view.id,
                level=view.level,
                kind=view.kind,
                code=view.code,
                name=view.name,
                parent_id=view.parent_id,
                successor_id=view.successor_id,
                sort_key=view.sort_key,
                covered=view.covered,
            )
            for view in sorted(latest.values(), key=lambda view: (order[view.level], view.id))
        ],
        ["id"],
    )
    source = rows.provenance()["regions"]
    RegionName.objects.all().delete()
    RegionName.objects.bulk_create(_region_name(period, source) for period in periods)
    return len(periods)


def _region_name(period: region_history.Period, source: dict[str, str]) -> RegionName:
    view, change = period.view, period.begun_by
    return RegionName(
        region_id=view.id,
        code=view.code,
        name=view.name,
        kind=view.kind,
        parent_id=view.parent_id,
        sort_key=view.sort_key,
        valid_from=view.valid_from,
        valid_to=view.valid_to,
        change_kind=change.kind if change else "",
        source=change.source if change else source["source"],
        trust=change.trust if change else source["trust"],
        day_trust=change.day_trust if change else source["trust"],
        note=change.note if change else "",
    )


def _industries() -> int:
    source = rows.provenance()["industries"]
    table = rows.read("industries")
    groups = industry_groups.coverage(table)
    _upsert(
        Industry,
        [
            Industry(
                code=row["code"],
                name=row["name"],
                level=row["level"],
                parent_id=row["parent"] or None,
                section=row["section"],
                size_group=groups[row["code"]][0],
                size_state=groups[row["code"]][1],
                standard=source["title"].split()[-1],
                valid_from=_day(source["cut_on"]),
            )
            for row in table
        ],
        ["code"],
    )
    return len(table)


def _size_standard() -> int:
    table = rows.read("size_standard")
    for row in rows.read("size_standards"):
        lines = [line for line in table if line["document"] == row["document"]]
        # Building the plain form checks indicators, clauses and the order of the minimums.
        plain.from_rows(lines, document=row["document"], title=row["title"], valid_from=_day(row["valid_from"]))
        version, _ = SizeStandardVersion.objects.update_or_create(
            document=row["document"],
            defaults={
                "title": row["title"],
                "issued_on": _day(row["issued_on"]),
                "valid_from": _day(row["valid_from"]),
                "valid_to": rows.day(row["valid_to"]),
                "source": row["source"],
                "trust": row["trust"],
                "note": row["note"],
            },
        )
        version.thresholds.all().delete()
        SizeThreshold.objects.bulk_create(
            SizeThreshold(
                version=version,
                order=order,
                industry_group=line["industry_group"],
                clause=line["clause"],
                gbt4754_scope=line["gbt4754_scope"],
                indicator=line["indicator"],
                unit=line["unit"],
                large_min=line["large_min"],
                medium_min=line["medium_min"],
                small_min=line["small_min"],
            )
            for order, line in enumerate(lines, start=1)
        )
    return len(table)


def _catalogues() -> int:
    heads = rows.read("catalogues")
    _upsert(
        IndustryCatalogue,
        [
            IndustryCatalogue(
                code=row["code"],
                version=row["version"],
                name=row["name"],
                kind=row["kind"],
                province_id=int(row["province"]),
                valid_from=_day(row["valid_from"]),
                valid_to=rows.day(row["valid_to"]),
                source=row["source"],
                trust=row["trust"],
                note=row["note"],
            )
            for row in heads
        ],
        ["code", "version"],
    )
    ids = {(row.code, row.version): row.pk for row in IndustryCatalogue.objects.all()}
    items = rows.read("catalogue_items")
    _upsert(
        IndustryCatalogueItem,
        [
            IndustryCatalogueItem(
                catalogue_id=ids[row["catalogue"], row["version"]],
                code=row["code"],
                name=row["name"],
                trust=row["trust"],
                valid_from=rows.day(row["valid_from"]),
                valid_to=rows.day(row["valid_to"]),
                note=row["note"],
            )
            for row in items
        ],
        ["catalogue_id", "code"],
    )
    return len(items)


def _workdays() -> int:
    table = rows.read("workday_adjustments")
    days = [
        WorkdayAdjustment(day=_day(row["date"]), kind=row["kind"], holiday=row["holiday"], from_file=True)
        for row in table
    ]
    # A year brought by the file replaces the file's own earlier reading of it; what an administrator typed stays.
    WorkdayAdjustment.objects.filter(from_file=True).exclude(day__in=[row.day for row in days]).delete()
    _upsert(WorkdayAdjustment, days, ["day"])
    return len(table)


def _day(text: str) -> dt.date:
    """A day that must be there."""
    return dt.date.fromisoformat(text)


DATASETS = (
    _Dataset("regions", ("regions", "statistical_zones", "provinces", "region_changes"), RegionName, _regions),
    _Dataset("industries", ("industries",), Industry, _industries),
    _Dataset("size_standard", ("size_standards", "size_standard"), SizeThreshold, _size_standard),
    _Dataset("catalogues", ("catalogues", "catalogue_items"), IndustryCatalogueItem, _catalogues),
    _Dataset("workdays", ("workday_adjustments",), WorkdayAdjustment, _workdays),
)
