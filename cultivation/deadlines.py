"""Whether a date leaves the level above enough working days (ZZ-06). It warns and never forbids."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from cultivation.models import Round
from foundation.accounts.paths import path_ids
from foundation.reference import queries as reference

ABOVE = {"enterprise": "county", "county": "prefecture", "prefecture": "province"}


@dataclass(frozen=True)
class DeadlineWarning:
    """A date that is too tight: working days left for the level above, how many there should be, the sentence."""

    left: int
    wanted: int
    text: str


def _day(day: dt.date) -> str:
    return f"{day.month}月{day.day}日"


def deadline_warning(round: Round, level: str, path: str, closes_on: dt.date | None) -> DeadlineWarning | None:
    """Compare the closing date of ``level`` (for bureaus on ``path``) with that of the next level up.

    None when there is no date, no window above, or enough working days between the two.
    """
    above = ABOVE.get(level)
    if closes_on is None or above is None:
        return None
    window = round.window_for(above, path_ids(path))
    if window is None or window.closes_on is None:
        return None
    wanted = round.programme.windows.min_working_days
    if closes_on > window.closes_on:
        text = f"您定的{_day(closes_on)}晚于上一级的截止日{_day(window.closes_on)}，下级报来时已经来不及上报。"
        return DeadlineWarning(0, wanted, text)
    left = reference.working_days_between(closes_on, window.closes_on)
    if left >= wanted:
        return None
    same = "就是" if left == 0 and closes_on == window.closes_on else "到"
    text = (
        f"您定的{_day(closes_on)}{same}上一级的截止日{_day(window.closes_on)}，中间只有 {left} 个工作日"
        f"（建议至少 {wanted} 个），合并、签发和盖章可能来不及。"
    )
    return DeadlineWarning(left, wanted, text)
