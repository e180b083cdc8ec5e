"""The bureaus of the portal's provinces, made from the region table: names known from the notices, the rest 推定 and marked.

Known and inferred names are data (``accounts/data/bureau_names.csv``). May be run again at any time: bureaus are
found by their region, names somebody corrected stay, names still inferred follow the day (株洲县 in 2018).
"""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from foundation.accounts.actor import SYSTEM
from foundation.accounts.models import Bureau, ReportingLine
from foundation.accounts.paths import rebuild_paths
from foundation.accounts.roles import Level
from foundation.core.clock import business_today
from foundation.journal.record import Act, record
from foundation.reference import regions
from foundation.reference.region_book import RegionView, short_name

NAMES = Path(__file__).parent.parent / "data" / "bureau_names.csv"
ALWAYS = dt.date(2000, 1, 1)
"""Beginning of the lines that were never anything else, as far as this portal knows."""
RESERVE = "reserve"
DEMO_NAME = "演示县经济和信息化局（虚构）"


@dataclass(frozen=True, slots=True)
class Seeded:
    """What a run did."""

    created: int
    renamed: int
    lines: int
    paths: int


@transaction.atomic
def seed_bureaus(on: dt.date | None = None, *, demo: bool = False) -> Seeded:
    """Make or update the bureaus of every covered province as of a day, with their reporting lines; returns what changed.

    ``demo`` adds one invented county under direct provincial finance: it reports reserves through a prefecture
    (HN-20) and everything else straight to the province (policy.md a).
    """
    on = on or business_today()
    names = _names()
    wanted: list[tuple[RegionView, RegionView | None, dict[str, str]]] = []
    for province in regions.provinces(on):
        wanted.append((province, None, _spec(names, province, None)))
        for prefecture in regions.children(province, on):
            wanted.append((prefecture, province, _spec(names, prefecture, province)))
            wanted += [
                (county, prefecture, _spec(names, county, prefecture)) for county in regions.children(prefecture, on)
            ]
    by_region, created, renamed = _write_bureaus(wanted)
    pairs = [
        (by_region[place.id], by_region[above.id], stage, _line_source(stage))
        for place, above, _ in wanted
        if above is not None
        for stage in _stages(place)
    ]
    if demo:
        pairs += _demo_county(by_region)
    lines = _write_lines(pairs)
    paths = rebuild_paths(on) if lines or created else 0
    return Seeded(created, renamed, lines, paths)


def _names() -> list[dict[str, str]]:
    with NAMES.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def _spec(names: list[dict[str, str]], place: RegionView, above: RegionView | None) -> dict[str, str]:
    """The row of the name table with the longest code prefix, its pattern filled in."""
    level = "zone" if place.is_zone else place.level
    fitting = [row for row in names if row["level"] == level and place.code.startswith(row["prefix"])]
    row = max(fitting, key=lambda row: len(row["prefix"]))
    short = short_name(place.name)
    words = {
        "name": place.name,
        "above": above.name if above else "",
        "place": f"{short}州" if place.name.endswith("自治州") else place.name,
    }
    return {**row, "name": row["name"].format(**words), "short_name": row["short_name"].format(**words)}


def _write_bureaus(
    wanted: list[tuple[RegionView, RegionView | None, dict[str, str]]],
) -> tuple[dict[int, Bureau], int, int]:
    known = {row.region_id: row for row in Bureau.objects.filter(region__isnull=False).order_by("-id")}
    fresh, renamed = [], []
    for place, _, spec in wanted:
        row = known.get(place.id)
        if row is None:
            fresh.append(
                Bureau(
                    name=spec["name"],
                    short_name=spec["short_name"],
                    level=Level(place.level),
                    region_id=place.id,
                    sort_key=place.sort_key,
                    generated=spec["generated"] == "yes",
                    section=spec["section"],
                )
            )
        elif row.generated and row.name != spec["name"]:
            row.name, row.short_name = spec["name"], spec["short_name"]
            renamed.append(row)
    created = Bureau.objects.bulk_create(fresh)
    Bureau.objects.bulk_update(renamed, ["name", "short_name"])
    acts = [Act("bureau", row.pk, row.name, "bureau.create", data={"generated": row.generated}) for row in created]
    acts += [
        Act("bureau", row.pk, row.name, "bureau.update", data={"fields": ["name", "short_name"]}) for row in renamed
    ]
    record(acts, SYSTEM.label)
    by_region = {region: row for region, row in known.items() if region} | {row.region_id: row for row in created}
    return by_region, len(created), len(renamed)  # type: ignore[return-value]


def _stages(place: RegionView) -> tuple[str, ...]:
    """Stages for which a place gets a line: any, and in Hunan the reserve through its prefecture whatever changes later."""
    return ("", RESERVE) if place.code.startswith("43") and place.level == Level.COUNTY else ("",)


def _line_source(stage: str) -> str:
    return "湘经信中小发展〔2018〕49号三（二）：市州统筹本级和所辖县市区" if stage == RESERVE else "按行政区划"


def _demo_county(by_region: dict[int, Bureau]) -> list[tuple[Bureau, Bureau, str, str]]:
    prefecture_view = regions.by_name("株洲市", "430000")
    province_view = regions.find("430000")
    if prefecture_view is None or province_view is None:
        return []
    prefecture, province = by_region[prefecture_view.id], by_region[province_view.id]
    county, created = Bureau.objects.get_or_create(
        name=DEMO_NAME,
        defaults={
            "short_name": "演示县经信局（虚构）",
            "level": Level.COUNTY,
            "sort_key": f"{prefecture.sort_key}~",
            "invented": True,
        },
    )
    if created:
        record([Act("bureau", county.pk, county.name, "bureau.create", data={"invented": True})], SYSTEM.label)
    return [
        (county, province, "", "演示：省财政直管县，其他阶段直接报省"),
        (county, prefecture, RESERVE, _line_source(RESERVE)),
    ]


def _write_lines(pairs: list[tuple[Bureau, Bureau, str, str]]) -> int:
    """Lines where a bureau has none yet at that stage; existing ones were somebody's decision and stay."""
    known = set(ReportingLine.objects.values_list("bureau_id", "stage"))
    fresh = [
        ReportingLine(bureau=bureau, superior=above, stage=stage, valid_from=ALWAYS, source=source)
        for bureau, above, stage, source in pairs
        if (bureau.pk, stage) not in known
    ]
    ReportingLine.objects.bulk_create(fresh)
    return len(fresh)
