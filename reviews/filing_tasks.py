"""Things of this room on an enterprise's first page: corrections, drafts nobody submitted, paper entries to confirm, open rounds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.urls import reverse
from django.utils import timezone

from enterprises.home import Task
from enterprises.models import Enterprise
from foundation.accounts.actor import Actor
from foundation.accounts.roles import Role
from foundation.core.clock import business_today
from reviews.filing_queries import MyFile, files_of, my_rows, rounds_for
from reviews.models import Application
from reviews.states import FileState


def tasks_of_firm(actor: Actor, enterprise: Enterprise) -> Iterator[Task]:
    """What waits for the firm, as tasks of its first page."""
    if not actor.is_enterprise or actor.enterprise_id != enterprise.pk:
        return
    rows = my_rows(files_of(actor).filter(state__in=[FileState.DRAFT, FileState.RETURNED]))
    for row in rows:
        yield _correction(row) if row.file.state == FileState.RETURNED else _draft(row)
    if actor.role == Role.ENTERPRISE_ADMIN:
        waiting = files_of(actor).filter(filed_by=Application.FiledBy.BUREAU, paper_confirmed_at=None, revision__gt=0)
        for file in waiting.exclude(state=FileState.WITHDRAWN):
            yield Task(
                "主管部门据纸质材料代填了申报，请核对确认",
                file.round.title,
                reverse("reviews:filing", args=[file.pk]),
                "核对",
                "waiting",
                15,
            )
    for item in rounds_for(enterprise):
        if item.file is None and item.window.open:
            closes = f"截止 {_day(item.window.closes_on)}" if item.window.closes_on else "可以申报"
            yield Task(
                f"{item.round.title}可以申报",
                closes if not item.window.late else f"已过截止日 {_day(item.window.closes_on)}，仍可提交，将标注逾期",
                reverse("reviews:start", args=[item.round.pk]),
                "去申报",
                "",
                45,
            )


def _correction(row: MyFile) -> Task:
    due = f"请在 {_day(row.closes_on)}前重新提交" if row.closes_on else "请修改后重新提交"
    return Task(f"{row.title}需要补正", due, reverse("reviews:filing", args=[row.file.pk]), "去补正", "late", 5)


def _draft(row: MyFile) -> Task:
    at = timezone.localtime(row.file.saved_at)
    saved = f"{at.hour}:{at.minute:02d} 保存" if at.date() == timezone.localdate() else f"{at.month}月{at.day}日保存"
    closes = f" · 截止 {_day(row.closes_on)}" if row.closes_on else ""
    late = row.closes_on is not None and (row.closes_on - business_today()).days <= 3
    return Task(
        "申报草稿还没有提交",
        f"{row.title} · {row.tier} · {saved}{closes}",
        reverse("reviews:filing", args=[row.file.pk]),
        "继续填写",
        "late" if late else "waiting",
        10,
    )


def _day(day: dt.date | None) -> str:
    return f"{day.month}月{day.day}日" if day else ""
