"""The year of the roster by region and tier, the years one after another, and how far the targets are (SC-03)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from cultivation import roster_queries
from cultivation.models import RosterEntry
from cultivation.schema import Programme
from foundation.accounts.actor import Actor
from foundation.accounts.models import Bureau
from foundation.core.clock import business_today
from foundation.reference import regions

MEASURES = (
    ("before", "年初在册"),
    ("came", "新列入"),
    ("left", "离开"),
    ("standing", "期末在册"),
    ("observed", "其中观察期"),
)


@dataclass
class Row:
    """One region or the total: a number per tier and measure."""

    label: str
    region: int | None
    sort_key: str = ""
    numbers: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))

    def add(self, tier: str, found: dict[str, Any]) -> None:
        """Count one group in."""
        for name, _ in MEASURES:
            self.numbers[tier][name] += found[name]

    def cells(self, tiers: list[str]) -> list[tuple[str, int]]:
        """Measure and number per tier in order, then over all tiers where there are several."""
        found = [(label, self.numbers[tier][name]) for tier in tiers for name, label in MEASURES]
        if len(tiers) < 2:
            return found
        return found + [(label, sum(self.numbers[tier][name] for tier in tiers)) for name, label in MEASURES]


def base_region(actor: Actor) -> int | None:
    """The region the official's bureau answers for; None for a bureau that is no place."""
    return Bureau.objects.filter(pk=actor.bureau_id).values_list("region_id", flat=True).first()


def by_region(actor: Actor, year: int, programme: Programme, base: int | None) -> tuple[list[Row], Row]:
    """Rows of the level directly below the reader's own region, in administrative order, and the total."""
    today = business_today()
    below = {view.id: view for view in regions.children(base, today)} if base is not None else {}
    rows: dict[int | None, Row] = {}
    total = Row("合计", None)
    for found in roster_queries.year_by_region(actor, year, programme.code):
        place = next((view for view in regions.path(found["region_id"], today) if view.id in below), None)
        key = place.id if place else found["region_id"]
        if key not in rows:
            view = place or regions.as_of(key, today)
            rows[key] = Row(view.name if view else "未知区划", key, view.sort_key if view else "~")
        rows[key].add(found["tier"], found)
        total.add(found["tier"], found)
    return sorted(rows.values(), key=lambda row: row.sort_key), total


def over_years(actor: Actor, programme: Programme) -> list[dict[str, Any]]:
    """Year by year: who came and who left by cause, and how many stood at its end."""
    came: dict[int, int] = defaultdict(int)
    left: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for found in roster_queries.by_year(actor, programme.code):
        if found["exit"] is None:
            came[found["year"]] += found["n"]
        else:
            left[found["year"]][found["exit"]] += found["n"]
    years = sorted({*came, *left})
    standing, lines = 0, []
    for year in years:
        gone = sum(left[year].values())
        standing += came[year] - gone
        causes = [(RosterEntry.Exit(cause).label, number) for cause, number in sorted(left[year].items())]
        lines.append({"year": year, "came": came[year], "left": gone, "causes": causes, "standing": standing})
    return lines[::-1]


def targets(actor: Actor, programme: Programme) -> list[dict[str, Any]]:
    """The notice's targets with their figures and clauses; those that count firms of a tier with what was reached.

    A target is countable when it has a tier's own code; others are told from elsewhere and stand without a number.
    """
    counted = roster_queries.ever_listed(actor, programme.code)
    tiers = {tier.code for tier in programme.tiers}
    lines = []
    for target in programme.targets:
        reached = counted.get(target.code, 0) if target.code in tiers else None
        goal = max(figure.value for figure in target.figures)
        share = None if reached is None else (Decimal(reached) * 100 / goal).quantize(Decimal("0.01"))
        lines.append({"target": target, "reached": reached, "goal": goal, "share": share})
    return lines
