"""Turns the cut of one day and the dated list of changes into identities with periods. No ORM."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace

from foundation.reference import rows
from foundation.reference.region_book import FIRST_DAY, ZONE, RegionView

CHANGE_KINDS = ("rename", "recode", "replace", "merge")


@dataclass(frozen=True, slots=True)
class Change:
    """One line of ``region_changes.csv``: on ``day`` the place ``old`` became ``new`` (``merge``: went into it)."""

    day: dt.date
    kind: str
    old_code: str
    old_name: str
    new_code: str
    new_name: str
    source: str = ""
    trust: str = "K"
    day_trust: str = "K"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Period:
    """A view with the change that began it (None: since ever)."""

    view: RegionView
    begun_by: Change | None


@dataclass(slots=True)
class _Identity:
    """A place while its history is being put together: periods newest first while walking back."""

    id: int
    level: str
    covered: bool
    periods: list[Period] = field(default_factory=list)
    successor_id: int | None = None


def read_changes() -> list[Change]:
    """The change list in order of days; raises ValueError naming the line that cannot be right."""
    changes = []
    for line, row in enumerate(rows.read("region_changes"), start=2):
        day = rows.day(row.pop("day"))
        if day is None or row["kind"] not in CHANGE_KINDS or len(row["old_code"]) != 6 or len(row["new_code"]) != 6:
            raise ValueError(f"region_changes.csv 第 {line} 行：日期、种类或代码不对")
        changes.append(Change(day=day, **row))
    return sorted(changes, key=lambda change: change.day)


def build(
    cut: list[dict[str, str]],
    changes: list[Change],
    cut_on: dt.date,
    outside: list[dict[str, str]] = (),  # type: ignore[assignment]
) -> list[Period]:
    """Periods of all places.

    ``cut`` are the rows valid on ``cut_on`` (code, name, level, parent, kind); changes up to that day are walked
    backwards from it, later ones forwards. ``outside`` are provinces known by name only. The id of a place is its code
    in the cut as a number (for one that ended before the cut: its own last code), so it stays when changes are added.
    """
    holders: dict[str, _Identity] = {}
    for row in cut:
        parent = int(row["parent"]) if row["parent"] else None
        identity = _Identity(int(row["code"]), row["level"], covered=True)
        view = RegionView(
            identity.id, row["code"], row["name"], row["level"], row["kind"], parent, row["code"], FIRST_DAY, None
        )
        identity.periods.append(Period(view, None))
        holders[row["code"]] = identity
    everybody = list(holders.values())
    for change in sorted((c for c in changes if c.day <= cut_on), key=lambda c: c.day, reverse=True):
        identity = _holder(holders, change.new_code, change)
        if change.kind == "merge":
            ended = _Identity(int(change.old_code), identity.level, True, successor_id=identity.id)
            ended.periods.append(Period(_old_view(ended, change), None))
            holders[change.old_code] = ended
            everybody.append(ended)
            continue
        newest = identity.periods.pop()
        identity.periods.append(Period(replace(newest.view, valid_from=change.day), change))
        identity.periods.append(Period(_old_view(identity, change), None))
        if change.new_code != change.old_code:
            del holders[change.new_code]
        holders[change.old_code] = identity
    for identity in everybody:
        identity.periods.reverse()
    _walk_forward(everybody, [c for c in changes if c.day > cut_on])
    known = {int(row["code"]) for row in cut}
    for row in outside:
        if int(row["code"]) not in known:
            view = RegionView(
                int(row["code"]),
                row["code"],
                row["name"],
                "province",
                row["kind"],
                None,
                row["code"],
                FIRST_DAY,
                None,
                False,
            )
            everybody.append(_Identity(view.id, "province", False, [Period(view, None)]))
    return [
        Period(replace(period.view, successor_id=identity.successor_id), period.begun_by)
        for identity in everybody
        for period in identity.periods
    ]


def founding_periods() -> list[Period]:
    """The history the data files tell."""
    cut = rows.read("regions") + rows.read("statistical_zones")
    cut_on = rows.day(rows.provenance()["regions"]["cut_on"])
    assert cut_on is not None
    return build(cut, read_changes(), cut_on, rows.read("provinces"))


def _walk_forward(everybody: list[_Identity], changes: list[Change]) -> None:
    """Apply changes after the cut: the last period of each place ends and the next begins."""
    now = {
        identity.periods[-1].view.code: identity for identity in everybody if identity.periods[-1].view.valid_to is None
    }
    for change in changes:
        identity = _holder(now, change.old_code, change)
        last = identity.periods.pop()
        identity.periods.append(Period(replace(last.view, valid_to=change.day), last.begun_by))
        del now[change.old_code]
        if change.kind == "merge":
            identity.successor_id = _holder(now, change.new_code, change).id
            continue
        view = replace(
            last.view,
            code=change.new_code,
            name=change.new_name,
            kind=_kind(change.new_name, last.view.kind),
            parent_id=_parent(change.new_code, last.view),
            sort_key=change.new_code,
            valid_from=change.day,
        )
        identity.periods.append(Period(view, change))
        now[change.new_code] = identity


def _holder(holders: dict[str, _Identity], code: str, change: Change) -> _Identity:
    if code not in holders:
        raise ValueError(f"region_changes.csv {change.day}：代码 {code} 当时没有对应的区划")
    return holders[code]


def _old_view(identity: _Identity, change: Change) -> RegionView:
    """The period before ``change``; kind follows from the name, parent from the code (简阳 moved to another city)."""
    return RegionView(
        identity.id,
        change.old_code,
        change.old_name,
        identity.level,
        _kind(change.old_name, ""),
        int(change.old_code[:4] + "00") if identity.level == "county" else int(change.old_code[:2] + "0000"),
        change.old_code,
        FIRST_DAY,
        change.day,
    )


def _parent(code: str, before: RegionView) -> int | None:
    return int(code[:4] + "00") if before.level == "county" else before.parent_id


def _kind(name: str, otherwise: str) -> str:
    if otherwise == ZONE:
        return ZONE
    for suffix, kind in (("自治县", "自治县"), ("自治州", "自治州"), ("县", "县"), ("区", "市辖区"), ("市", "县级市")):
        if name.endswith(suffix):
            return kind
    return otherwise
