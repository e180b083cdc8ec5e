"""What this room does every day, and its background jobs."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

from foundation.documents.models import StoredFile
from foundation.duties import daily, jobs
from foundation.duties.runner import JobRun
from monitoring import months
from monitoring.actions.returns_opening import open_months
from monitoring.month_list import month_rows
from monitoring.queries import beside
from monitoring.sheets import month_row, write_month

EXPORT_MONTH = "monitoring.export_month"
BATCH = 500


@daily.job("monitoring.open_months", label="打开月报", order=10)
def open_the_month(day: dt.date) -> str:
    """Obligations of every month that has opened and is not there yet (SC-38, SC-39, HN-23)."""
    made = open_months(day)
    return f"新增 {made} 条{months.label(months.latest_open(day))}及以前的月报" if made else "没有新打开的月份"


@jobs.kind(EXPORT_MONTH, label="导出企业月报", permission="return.board")
def export_month(job: JobRun) -> None:
    """The list of the month as the person sees it, read in batches."""
    period = str(job.params["period"])
    ids = list(month_rows(job.actor, period, job.params.get("filters", {})).values_list("pk", flat=True))
    cells: list[dict[str, Any]] = []
    for start in range(0, len(ids), BATCH):
        wanted = ids[start : start + BATCH]
        around = beside(wanted)
        for row in month_rows(job.actor, period, {}).filter(pk__in=wanted):
            cells.append(month_row(len(cells) + 1, row, around[row.pk], job.actor))
        job.progress(len(cells), total=len(ids))
    out = io.BytesIO()
    write_month(cells, out, period=period)
    job.attach(
        filename=f"{months.label(period)}企业月报.xlsx",
        content_type=StoredFile.ContentType.XLSX.value,
        content=out.getvalue(),
    )
