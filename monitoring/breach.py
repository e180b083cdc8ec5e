"""When missed months are a breach of the duty (SC-41, HN-23; numbers are data of the programme, point 3). Pure.

A month is missed when its due day is over and nothing has been filed; what was filed late is not missed, and a return
sent back for correction is missed only when the next month's due day is over, too. A person decides; this only finds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from cultivation.schema.programme import Breach


@dataclass(frozen=True, slots=True)
class Month:
    """One month of the duty: ``filed`` also when declared zero, stopped or reported elsewhere; ``waived`` does not count."""

    period: str
    due_on: dt.date
    filed: bool
    waived: bool = False
    sent_back: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """How a firm stands: months missed in a row up to now, months missed within the window, and what that amounts to."""

    in_a_row: int
    within: int
    missed: tuple[str, ...]
    window: tuple[str, ...]
    rule: str = ""

    @property
    def is_breach(self) -> bool:
        """Whether the programme's numbers are reached."""
        return bool(self.rule)


def missed(months: Sequence[Month], day: dt.date) -> list[bool]:
    """For each month (ordered by period) whether it counts as missed on ``day``."""
    found = []
    for place, month in enumerate(months):
        due = month.due_on
        if month.sent_back and place + 1 < len(months):
            due = months[place + 1].due_on
        elif month.sent_back:
            due = dt.date.max
        found.append(not month.filed and not month.waived and due < day)
    return found


def assess(months: Sequence[Month], rule: Breach, day: dt.date) -> Finding:
    """How the months stand on ``day`` against the programme's rule: so many in a row, or so many within the window."""
    over = [
        month for month in sorted(months, key=lambda month: month.period) if month.due_on < day and not month.waived
    ]
    flags = missed(over, day)
    in_a_row = 0
    for flag in reversed(flags):
        if not flag:
            break
        in_a_row += 1
    window = over[-rule.within_months :]
    inside = flags[-rule.within_months :]
    names = tuple(month.period for month, flag in zip(window, inside, strict=True) if flag)
    reached = ""
    if in_a_row >= rule.consecutive:
        reached = f"连续{in_a_row}个月未填报（规定{rule.consecutive}个月）"
    elif len(names) >= rule.count:
        reached = f"{rule.within_months}个月内累计{len(names)}个月未填报（规定{rule.count}个月）"
    return Finding(in_a_row, len(names), names, tuple(month.period for month in window), reached)
