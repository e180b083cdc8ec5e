"""The rehearsal's own days: the real dates of the two notices, and an invented order of what happens between them."""

from __future__ import annotations

import datetime as dt

ISSUED = dt.date(2018, 2, 12)
"""49号 is issued; the posts of the rehearsal have stood since the first working day of the year."""
FORWARDED = dt.date(2018, 2, 26)
SICHUAN_OPENS = dt.date(2018, 3, 1)
FILING = dt.date(2018, 3, 5)
REVIEW = dt.date(2018, 3, 8)
DISPATCHED = dt.date(2018, 3, 9)
TODAY = dt.date(2018, 3, 12)
"""Where the rehearsal stands: a Monday, four days before both deadlines."""
STALE_CHECK = dt.date(2017, 12, 20)
"""A credit check older than the sixty days the programme allows."""
TIANYUAN_ASKS = dt.date(2018, 3, 14)
"""Until when Tianyuan's own notice asks its firms to file: two days before it must report (invented)."""
