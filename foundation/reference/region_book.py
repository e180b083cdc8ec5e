"""Regions by date, in memory and without the ORM: one identity, several names and codes over the years.

A place keeps its identity (``id``) when it is renamed, recoded or turned from a county into a city or district; each
period of it is a :class:`RegionView`. Periods are half open: ``valid_from`` is the first day, ``valid_to`` the first
day after.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

#: The table's "since ever": no notice, licence or file of this portal is older.
FIRST_DAY = dt.date(1949, 10, 1)
ZONE = "zone"
_SUFFIXES = ("土家族苗族自治州", "藏族羌族自治州", "自治州", "自治县", "省", "市", "州", "县", "区")


@dataclass(frozen=True, slots=True)
class RegionView:
    """One place as it stood in one period."""

    id: int
    code: str
    name: str
    level: str
    kind: str
    parent_id: int | None
    sort_key: str
    valid_from: dt.date
    valid_to: dt.date | None
    covered: bool = True
    successor_id: int | None = None

    @property
    def is_zone(self) -> bool:
        """A statistical zone (开发区/管理区): reports like a county, but is not one of GB/T 2260."""
        return self.kind == ZONE

    def holds_on(self, on: dt.date) -> bool:
        """Whether this period contains ``on``."""
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)


@dataclass(frozen=True, slots=True)
class CodeReading:
    """What a six-digit code means on a day: ``current``, ``abolished`` (no longer valid), ``future`` or ``unknown``.

    ``region`` is the identity as it stands on that day, whatever code it was found by; None when the code is unknown or
    the place did not exist on that day. ``meant`` is the period in which the code itself was valid.
    """

    status: str
    region: RegionView | None
    meant: RegionView | None


def region_id(ref: Any) -> int | None:
    """The id behind a view, a model instance or an id; codes are resolved by the book, not here."""
    if isinstance(ref, int):
        return ref
    if isinstance(ref, RegionView):
        return ref.id
    return getattr(ref, "pk", None)


def short_name(name: str) -> str:
    """株洲市 → 株洲, 炎陵县 → 炎陵; two-character names (攸县, 澧县) stay whole."""
    for suffix in _SUFFIXES:
        if name.endswith(suffix) and len(name) - len(suffix) >= 2:
            return name[: -len(suffix)]
    return name


class RegionBook:
    """All periods of all regions, indexed. Immutable once built."""

    def __init__(self, periods: Iterable[RegionView]) -> None:
        self._periods: dict[int, list[RegionView]] = defaultdict(list)
        self._by_code: dict[str, list[RegionView]] = defaultdict(list)
        self._by_name: dict[str, list[RegionView]] = defaultdict(list)
        self._children: dict[int, set[int]] = defaultdict(set)
        for period in sorted(periods, key=lambda p: (p.id, p.valid_from)):
            self._periods[period.id].append(period)
            self._by_code[period.code].append(period)
            for name in {period.name, short_name(period.name)}:
                self._by_name[name].append(period)
            if period.parent_id is not None:
                self._children[period.parent_id].add(period.id)

    def __len__(self) -> int:
        return len(self._periods)

    def as_of(self, ref: Any, on: dt.date) -> RegionView | None:
        """The place behind ``ref`` (id, code of any year, view or model) on that day; None if it did not exist."""
        if isinstance(ref, str):
            return self.find(ref, on)
        found = region_id(ref)
        if found is None:
            return None
        return next((period for period in self._periods.get(found, ()) if period.holds_on(on)), None)

    def find(self, code: str, on: dt.date) -> RegionView | None:
        """The identity a code of any year leads to, as it stood on ``on`` (431181 asked in 2018 gives 祁阳县)."""
        return self.read_code(code, on).region

    def read_code(self, code: str, on: dt.date) -> CodeReading:
        """What ``code`` means on ``on``; see :class:`CodeReading` (registration notes abolished and unknown codes)."""
        meant = self._by_code.get(code, [])
        if not meant:
            return CodeReading("unknown", None, None)
        # A code given to two places at different times means the one valid on the day, else the latest before it.
        now = [period for period in meant if period.holds_on(on)]
        if now:
            return CodeReading("current", now[0], now[0])
        earlier = [period for period in meant if period.valid_from <= on]
        chosen = earlier[-1] if earlier else meant[0]
        return CodeReading("abolished" if earlier else "future", self.as_of(chosen.id, on), chosen)

    def all_by_name(self, name: str, on: dt.date, *, province: Any = None, prefecture: Any = None) -> list[RegionView]:
        """Every place the name can mean: by its full name of the day, else of other years, else by a short name.

        Only the best of these kinds is returned, so that 株洲市 never also offers a county called 株洲. Each answer is
        the place as it stood on ``on``.
        """
        province_id, prefecture_id = self._resolve(province, on), self._resolve(prefecture, on)
        ranked: dict[int, dict[int, RegionView]] = defaultdict(dict)
        for period in self._by_name.get(name, []):
            view = self.as_of(period.id, on)
            if view is None or not self._lies_in(view, on, province_id, prefecture_id):
                continue
            rank = (0 if period.holds_on(on) else 1) if period.name == name else (2 if period.holds_on(on) else 3)
            ranked[rank][view.id] = view
        if not ranked:
            return []
        return sorted(ranked[min(ranked)].values(), key=lambda view: view.sort_key)

    def by_name(self, name: str, on: dt.date, *, province: Any = None, prefecture: Any = None) -> RegionView | None:
        """The one place the name means; None when there is none or more than one (市中区: use :meth:`all_by_name`)."""
        found = self.all_by_name(name, on, province=province, prefecture=prefecture)
        return found[0] if len(found) == 1 else None

    def children(self, ref: Any, on: dt.date, *, zones: bool = True) -> list[RegionView]:
        """The places directly below on that day, in administrative (code) order."""
        found = self._resolve(ref, on)
        views = (self.as_of(child, on) for child in self._children.get(found or 0, ()))
        below = [view for view in views if view is not None and view.parent_id == found and (zones or not view.is_zone)]
        return sorted(below, key=lambda view: view.sort_key)

    def provinces(self, on: dt.date, *, covered: bool = True) -> list[RegionView]:
        """Provinces in code order; with ``covered`` only those whose counties are in the table."""
        views = (self.as_of(found, on) for found, periods in self._periods.items() if periods[0].level == "province")
        return sorted(
            (v for v in views if v is not None and (v.covered or not covered)), key=lambda view: view.sort_key
        )

    def path(self, ref: Any, on: dt.date) -> list[RegionView]:
        """Province, prefecture, county: from the top down to the place itself."""
        steps: list[RegionView] = []
        view = self.as_of(ref, on)
        while view is not None:
            steps.append(view)
            view = None if view.parent_id is None else self.as_of(view.parent_id, on)
        return steps[::-1]

    def full_name(self, ref: Any, on: dt.date, *, separator: str = "") -> str:
        """湖南省株洲市株洲县."""
        return separator.join(view.name for view in self.path(ref, on))

    def history(self, ref: Any) -> list[RegionView]:
        """All periods of a place, oldest first."""
        found = self._by_code[ref][0].id if isinstance(ref, str) and ref in self._by_code else region_id(ref)
        return list(self._periods.get(found or 0, ()))

    def _resolve(self, ref: Any, on: dt.date) -> int | None:
        if isinstance(ref, str):
            view = self.find(ref, on)
            return view.id if view else -1
        return region_id(ref)

    def _lies_in(self, view: RegionView, on: dt.date, province_id: int | None, prefecture_id: int | None) -> bool:
        above = {step.id for step in self.path(view, on)}
        return (province_id is None or province_id in above) and (prefecture_id is None or prefecture_id in above)
