"""The size standard as plain data: groups, indicators, minimums. No ORM, and it travels in a frozen verdict as JSON.

300号 states the lower bound of each class per indicator (及以上); the ceiling of one class is the floor of the next,
so three minimums per indicator say everything.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

EMPLOYEES, REVENUE, TOTAL_ASSETS = "employees", "revenue", "total_assets"
INDICATORS = (EMPLOYEES, REVENUE, TOTAL_ASSETS)
INDICATOR_LABELS = {EMPLOYEES: "从业人员", REVENUE: "营业收入", TOTAL_ASSETS: "资产总额"}


@dataclass(frozen=True, slots=True)
class Threshold:
    """Minimums of one indicator in one group; ``unit`` is 人 or 万元. None: the class has no such bound."""

    indicator: str
    unit: str
    large_min: Decimal
    medium_min: Decimal
    small_min: Decimal

    @property
    def label(self) -> str:
        """营业收入."""
        return INDICATOR_LABELS[self.indicator]


@dataclass(frozen=True, slots=True)
class GroupThresholds:
    """One of the 16 industry groups with its clause and its one or two indicators."""

    group: str
    clause: str
    scope: str
    thresholds: tuple[Threshold, ...]


@dataclass(frozen=True, slots=True)
class SizeStandard:
    """One dated standard."""

    document: str
    title: str
    valid_from: dt.date
    valid_to: dt.date | None
    groups: Mapping[str, GroupThresholds]

    def group(self, name: str) -> GroupThresholds | None:
        """The group of that name, or None: the industry is outside the standard."""
        return self.groups.get(name)

    def snapshot(self) -> dict[str, Any]:
        """JSON form, enough to repeat a verdict for ever."""
        return {
            "document": self.document,
            "title": self.title,
            "valid_from": self.valid_from.isoformat(),
            "valid_to": self.valid_to.isoformat() if self.valid_to else None,
            "rows": [
                {
                    "industry_group": group.group,
                    "clause": group.clause,
                    "gbt4754_scope": group.scope,
                    "indicator": threshold.indicator,
                    "unit": threshold.unit,
                    "large_min": str(threshold.large_min),
                    "medium_min": str(threshold.medium_min),
                    "small_min": str(threshold.small_min),
                }
                for group in self.groups.values()
                for threshold in group.thresholds
            ],
        }


def from_snapshot(data: Mapping[str, Any]) -> SizeStandard:
    """The standard a :meth:`SizeStandard.snapshot` describes."""
    return from_rows(
        data["rows"],
        document=data["document"],
        title=data["title"],
        valid_from=dt.date.fromisoformat(data["valid_from"]),
        valid_to=dt.date.fromisoformat(data["valid_to"]) if data["valid_to"] else None,
    )


def from_rows(
    rows: Iterable[Mapping[str, Any]],
    *,
    document: str,
    title: str,
    valid_from: dt.date,
    valid_to: dt.date | None = None,
) -> SizeStandard:
    """Build a standard from rows of one indicator each, in the order of the clauses.

    Raises ValueError for an unknown indicator, a group without clause, or minimums that do not fall.
    """
    groups: dict[str, GroupThresholds] = {}
    for row in rows:
        threshold = Threshold(
            row["indicator"],
            row["unit"],
            Decimal(row["large_min"]),
            Decimal(row["medium_min"]),
            Decimal(row["small_min"]),
        )
        name = row["industry_group"]
        if threshold.indicator not in INDICATORS or not name or not row["clause"]:
            raise ValueError(f"划型标准 {name}：指标 {threshold.indicator} 或条款不对")
        if not threshold.large_min > threshold.medium_min > threshold.small_min > 0:
            raise ValueError(f"划型标准 {name} {threshold.label}：大、中、小的下限应逐级降低")
        before = groups.get(name)
        earlier = before.thresholds if before else ()
        groups[name] = GroupThresholds(name, row["clause"], row["gbt4754_scope"], (*earlier, threshold))
    return SizeStandard(document, title, valid_from, valid_to, groups)
