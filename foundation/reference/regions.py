"""Questions about regions; answered from one in-memory book, so that a list of 300 firms asks the database nothing.

``as_of`` is always a day; left out it is the business day (in a rehearsal of 2018 that is 2018).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from foundation.core.clock import business_today
from foundation.reference.models import RegionName
from foundation.reference.region_book import CodeReading, RegionBook, RegionView
from foundation.reference.snapshots import Snapshot

__all__ = [
    "CodeReading", "RegionBook", "RegionView", "all_by_name", "as_of", "book", "by_name", "children", "find", "forget",
    "full_name", "path", "provinces", "read_code",
]  # fmt: skip


def _build() -> RegionBook:
    periods = RegionName.objects.values_list(
        "region_id", "code", "name", "region__level", "kind", "parent_id", "sort_key", "valid_from", "valid_to",
        "region__covered", "region__successor_id",
    )  # fmt: skip
    return RegionBook(RegionView(*period) for period in periods.order_by())


_snapshot = Snapshot(_build, is_empty=lambda built: len(built) == 0)


def book() -> RegionBook:
    """All regions by date; one query at most once a minute per process."""
    return _snapshot.get()


def forget() -> None:
    """Read the table again at the next question (the loader calls this)."""
    _snapshot.forget()


def as_of(code_or_region: Any, on: dt.date) -> RegionView | None:
    """The place (code of any year, id, Region or view) as it stood on ``on``; None if unknown or not yet there."""
    return book().as_of(code_or_region, on)


def find(code: str, as_of: dt.date | None = None) -> RegionView | None:
    """The identity a code of any year leads to, as it stood on ``as_of``."""
    return book().find(code, as_of or business_today())


def read_code(code: str, as_of: dt.date | None = None) -> CodeReading:
    """Whether a code is ``current``, ``abolished``, ``future`` or ``unknown`` that day, and its place."""
    return book().read_code(code, as_of or business_today())


def by_name(
    name: str, province: Any = None, as_of: dt.date | None = None, *, prefecture: Any = None
) -> RegionView | None:
    """The one place a name means within a province or prefecture; None when there is none or more than one."""
    return book().by_name(name, as_of or business_today(), province=province, prefecture=prefecture)


def all_by_name(
    name: str, province: Any = None, as_of: dt.date | None = None, *, prefecture: Any = None
) -> list[RegionView]:
    """Every place a name can mean (市中区 is two in Sichuan), in administrative order."""
    return book().all_by_name(name, as_of or business_today(), province=province, prefecture=prefecture)


def children(code_or_region: Any, as_of: dt.date | None = None, *, zones: bool = True) -> list[RegionView]:
    """The places directly below, in administrative order; ``zones=False`` leaves statistical zones out."""
    return book().children(code_or_region, as_of or business_today(), zones=zones)


def provinces(as_of: dt.date | None = None, *, covered: bool = True) -> list[RegionView]:
    """The provinces of this portal; with ``covered=False`` all of the country."""
    return book().provinces(as_of or business_today(), covered=covered)


def path(code_or_region: Any, as_of: dt.date | None = None) -> list[RegionView]:
    """Province, prefecture, county down to the place."""
    return book().path(code_or_region, as_of or business_today())


def full_name(code_or_region: Any, as_of: dt.date | None = None) -> str:
    """湖南省株洲市攸县."""
    return book().full_name(code_or_region, as_of or business_today())
