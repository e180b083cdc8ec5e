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

# ---- from the counties' lists to the roster (Hunan's dates are the notice's; Sichuan's round is invented) --------
MERGED = dt.date(2018, 3, 15)
REPORTED = dt.date(2018, 3, 16)
"""Hunan: plan and table together by this day (HN-27)."""
RECEIVED = dt.date(2018, 3, 19)
"""The province receives: the reserves are listed."""
SICHUAN_FILED = dt.date(2018, 4, 10)
SICHUAN_SENT = dt.date(2018, 4, 26)
SICHUAN_MERGED = dt.date(2018, 5, 8)
SICHUAN_RECEIVED = dt.date(2018, 5, 10)
APPROVED = dt.date(2018, 5, 17)
NOTICED = dt.date(2018, 5, 21)
"""Five working days from the next day on: 22 to 28 May."""
OBJECTED = dt.date(2018, 5, 23)
SETTLED = dt.date(2018, 5, 28)
PUBLISHED = dt.date(2018, 6, 1)
LISTED_TODAY = dt.date(2018, 6, 4)
"""Where the stage ``listed`` stands."""
YEAR_ENDS = dt.date(2019, 6, 17)
"""Where the stage ``year`` stands: twelve months have been due."""
