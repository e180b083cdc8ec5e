"""What this room does every day, and its background jobs."""

from __future__ import annotations

import datetime as dt

from foundation.duties import daily
from monitoring import months
from monitoring.actions.returns_opening import open_months


@daily.job("monitoring.open_months", label="打开月报", order=10)
def open_the_month(day: dt.date) -> str:
    """Obligations of every month that has opened and is not there yet (SC-38, SC-39, HN-23)."""
    made = open_months(day)
    return f"新增 {made} 条{months.label(months.latest_open(day))}及以前的月报" if made else "没有新打开的月份"
