"""Which rung of the ladder is due for whom (SC-39, SC-40). Pure rules; reading and sending are beside them.

Per audience only the latest rung whose day has come counts, and only while it may still be caught up: after a missed
night nobody gets two letters, and a duty found years late sets nothing off.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

LADDER = Path(__file__).parent / "ladder.yaml"
WAYS = (("inbox",), ("inbox", "mail"), ("inbox", "mail", "sms"))
"""Ways a reminder may go: each adds one to the way before it."""
AUDIENCES = ("enterprise", "county", "prefecture")
BUREAUS = {"county": "县市区主管部门", "prefecture": "市州主管部门"}


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung: ``offset`` calendar days from the due day, to whom, by which ways, for how many days caught up."""

    code: str
    offset: int
    audience: str
    channels: tuple[str, ...]
    catch_up: int = 0

    def day_for(self, due_on: dt.date) -> dt.date:
        """The day on which it goes out."""
        return due_on + dt.timedelta(days=self.offset)


def due_rungs(rungs: Iterable[Rung], due_on: dt.date, day: dt.date) -> list[Rung]:
    """The rung due on a day per audience, in the order of the ladder."""
    latest: dict[str, Rung] = {}
    for rung in sorted(rungs, key=lambda rung: rung.offset):
        if rung.day_for(due_on) <= day:
            latest[rung.audience] = rung
    fresh = [rung for rung in latest.values() if day <= rung.day_for(due_on) + dt.timedelta(days=rung.catch_up)]
    return sorted(fresh, key=lambda rung: rung.offset)


def window(rungs: Iterable[Rung], day: dt.date) -> tuple[dt.date, dt.date] | None:
    """First and last due day a rung of the ladder can concern on a day; None for an empty ladder."""
    found = list(rungs)
    if not found:
        return None
    earliest = min(day - dt.timedelta(days=rung.offset + rung.catch_up) for rung in found)
    latest = max(day - dt.timedelta(days=rung.offset) for rung in found)
    return earliest, latest


def why(rung: Rung, due_on: dt.date, day: dt.date) -> str:
    """The reason a reminder goes out, for the dry run: 期限7月10日，逾期3天，阶梯T+3。"""
    left = (due_on - day).days
    standing = f"还有{left}天" if left > 0 else "今天到期" if left == 0 else f"逾期{-left}天"
    return f"期限{due_on.month}月{due_on.day}日，{standing}，阶梯{rung.code}"


class LadderError(ValueError):
    """The ladder's data cannot be used; says where and why."""


def read_ladder(path: Path = LADDER) -> dict[str, list[Rung]]:
    """The founding ladder by kind of duty. ``LadderError`` names rung and field."""
    found: dict[str, list[Rung]] = {}
    for block in yaml.safe_load(path.read_text(encoding="utf-8")):
        kind = str(block["duty_kind"])
        rungs = [_rung(kind, row) for row in block["rungs"]]
        if len({rung.code for rung in rungs}) != len(rungs):
            raise LadderError(f"{kind}：阶梯代码重复")
        found[kind] = rungs
    return found


def _rung(kind: str, row: dict[str, Any]) -> Rung:
    where = f"{kind} {row.get('code', '？')}"
    channels = tuple(row.get("channels", ()))
    if channels not in WAYS:
        raise LadderError(f"{where}：方式应为 inbox，或再加 mail，或再加 sms")
    if row.get("audience") not in AUDIENCES:
        raise LadderError(f"{where}：对象应为 enterprise、county 或 prefecture")
    return Rung(str(row["code"]), int(row["offset_days"]), row["audience"], channels, int(row.get("catch_up_days", 0)))
