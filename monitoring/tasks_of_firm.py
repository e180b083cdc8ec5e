"""The months on the firm's first page."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse

from enterprises.home import Task
from enterprises.models import Enterprise
from foundation.accounts.actor import Actor
from foundation.core.clock import business_today
from foundation.core.templatetags.tidu import cn_date_short, days_left
from monitoring import months
from monitoring.models import MonthlyReturn
from monitoring.queries import open_months_of

SHOWN = 3
"""Months told one by one; more are told together."""


def month_tasks(actor: Actor, enterprise: Enterprise) -> Iterable[Task]:
    """Months sent back first, then months not reported, the oldest first (SC-39)."""
    rows = list(open_months_of(enterprise.pk)[: SHOWN * 5])
    today = business_today()
    for row in rows[:SHOWN]:
        due = row.obligation.due_on
        late = due is not None and due < today
        url = reverse("monitoring:return", args=[row.pk])
        if row.state == MonthlyReturn.State.RETURNED:
            yield Task(
                f"{months.label(row.period)}月报被退回修改", f"退回理由：{row.return_reason}", url, "去修改", "late", 8
            )
        else:
            told = f"截止 {cn_date_short(due)}（{days_left(due)}）" if due else "请尽快报送"
            started = "已开始填，尚未提交 · " if row.version else ""
            yield Task(
                f"{months.label(row.period)}月报还没有报送",
                f"{started}{told}{'，仍可报送' if late else ''}",
                url,
                "继续填写" if row.version else "去填报",
                "late" if late else "waiting",
                10 if late else 20,
            )
    if len(rows) > SHOWN:
        yield Task(
            f"另有 {len(rows) - SHOWN} 个月的月报没有报送",
            "按月逐一报送；逾期的仍可报送",
            reverse("monitoring:mine"),
            "查看全部",
            "late",
            12,
        )
