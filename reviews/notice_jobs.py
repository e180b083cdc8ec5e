"""The day's look at notices and objections, and the two exports of objections (P-03)."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest

from foundation.accounts import privacy
from foundation.accounts.actor import Actor
from foundation.accounts.transition import record_act
from foundation.core.clock import business_today, current_installation
from foundation.core.errors import Refused
from foundation.core.verdict import no
from foundation.documents.models import StoredFile
from foundation.duties import daily, jobs
from foundation.duties.models import Job
from foundation.duties.runner import JobRun
from foundation.journal.record import Message, send
from foundation.spreadsheets import Column, Kind, Sheet, write_xlsx
from reviews.models import Objection, PublicNotice
from reviews.states import OBJECTION_OPEN, NoticeState

EXPORT_OBJECTIONS = "reviews.export_objections"
privacy.export_labels.register(EXPORT_OBJECTIONS, "公示异议（含异议人信息）")


@daily.job("reviews.notice_days", label="公示期满与异议超期提醒", order=30)
def look_at_notices(day: dt.date) -> str:
    """Tell a bureau once that the days of its notice are over, and once per objection that its deadline has passed."""
    over = list(
        PublicNotice.objects.filter(state=NoticeState.RUNNING, ends_on__lt=day).annotate(
            open=Count("objections", filter=Q(objections__state__in=OBJECTION_OPEN))
        )
    )
    late = list(
        Objection.objects.filter(state__in=OBJECTION_OPEN, due_on__lt=day).values_list(
            "pk", "receipt", "due_on", "notice__bureau_id"
        )
    )
    kind, overdue = "reviews.notice_over", "reviews.objection_overdue"
    send(
        [
            Message(f"{kind}:{row.pk}", kind, "bureau", row.bureau_id,
                    {"notice": row.pk, "title": row.title, "to": f"{row.ends_on}", "open": row.open})
            for row in over
        ]
        + [
            Message(f"{overdue}:{pk}", overdue, "bureau", bureau,
                    {"objection": pk, "receipt": receipt, "due": f"{due}"})
            for pk, receipt, due, bureau in late
        ]
    )  # fmt: skip
    return f"公示期满 {len(over)} 份，异议超期 {len(late)} 件"


# ---- exports -------------------------------------------------------------------------------------------------

_PLAIN = (
    Column("receipt", "回执编号", Kind.TEXT, width=16),
    Column("notice", "公示", Kind.TEXT, width=40),
    Column("firm", "所涉企业", Kind.TEXT, width=30),
    Column("by", "提出方", Kind.TEXT, width=8),
    Column("received_on", "收到日期", Kind.DATE, width=12),
    Column("late", "公示期外", Kind.TEXT, width=10),
    Column("due_on", "办理期限", Kind.DATE, width=12),
    Column("state", "状态", Kind.TEXT, width=12),
    Column("settled_on", "办结日期", Kind.DATE, width=12),
    Column("overdue", "是否超期", Kind.TEXT, width=10),
)
_PERSONAL = (
    Column("name", "姓名或单位名称", Kind.TEXT, width=24),
    Column("contact_name", "联系人", Kind.TEXT, width=12),
    Column("phone", "联系电话", Kind.PHONE, width=16),
    Column("email", "电子邮箱", Kind.TEXT, width=24),
    Column("text", "异议内容", Kind.TEXT, width=60),
    Column("reply", "答复", Kind.TEXT, width=40),
)


def objection_sheet(*, personal: bool) -> Sheet:
    """The columns of an export: without anything of the objector, or with it."""
    columns = (*_PLAIN, *_PERSONAL) if personal else _PLAIN
    return Sheet(
        code="reviews.objections",
        version="1",
        title="公示异议办理情况",
        tab_title="异议",
        columns=columns,
        landscape=True,
    )


def objection_row(objection: Objection, today: dt.date) -> dict[str, Any]:
    """One objection as cells; an export without personal columns leaves the rest unread."""
    return {
        "receipt": objection.receipt,
        "notice": objection.notice.title,
        "firm": str(objection.row),
        "by": objection.get_by_display(),
        "received_on": objection.received_at.date(),
        "late": "是" if objection.late_reason else "否",
        "due_on": objection.due_on,
        "state": objection.get_state_display(),
        "settled_on": objection.settled_at.date() if objection.settled_at else None,
        "overdue": "是" if is_overdue(objection, today) else "否",
        **{name: getattr(objection, name) for name in ("name", "contact_name", "phone", "email", "text", "reply")},
    }


def is_overdue(objection: Objection, today: dt.date) -> bool:
    """Past its day and not settled, or settled after it."""
    if objection.due_on is None:
        return False
    return (objection.settled_at.date() if objection.settled_at else today) > objection.due_on


@transaction.atomic
def start_export(
    *, actor: Actor, notice_id: int | None, personal: bool, reason: str, request: HttpRequest | None = None
) -> Job:
    """Start the export; with the objectors' data only for a reason, which goes into the log of looks (B.1 7)."""
    reason = reason.strip()
    if personal and not reason:
        raise Refused(no("导出异议人信息须写明理由。", "不需要个人信息的，请用“导出（不含个人信息）”。"))
    job = jobs.start(
        EXPORT_OBJECTIONS,
        actor=actor,
        params={"notice": notice_id, "personal": personal},
        label="导出公示异议" + ("（含异议人信息）" if personal else ""),
    )
    if personal:
        rows = Objection.objects.visible_to(actor)
        number = (rows.filter(notice_id=notice_id) if notice_id is not None else rows).count()
        privacy.note_export(
            actor=actor, what=EXPORT_OBJECTIONS, subject_kind=Objection.subject_kind, rows=number, reason=reason,
            request=request,
        )  # fmt: skip
    record_act(
        subject_kind=Job.subject_kind,
        subject_id=job.pk,
        subject_label=job.label,
        action="objection.export",
        actor=actor,
        opinion=reason[:300],
        data={"notice": notice_id, "personal": personal},
    )
    return job


@jobs.kind(EXPORT_OBJECTIONS, label="导出公示异议", permission="objection.export")
def export_objections(job: JobRun) -> None:
    """The objections of the bureau's notices as a workbook."""
    rows: QuerySet[Objection] = Objection.objects.visible_to(job.actor).select_related("notice", "row").order_by("id")
    if job.params.get("notice"):
        rows = rows.filter(notice_id=job.params["notice"])
    today, found = business_today(), list(rows)
    out = io.BytesIO()
    write_xlsx(
        objection_sheet(personal=bool(job.params.get("personal"))),
        [objection_row(row, today) for row in found],
        out,
        mark="演练" if current_installation().is_rehearsal else "",
    )
    job.progress(len(found), total=len(found))
    job.attach(filename="公示异议.xlsx", content_type=StoredFile.ContentType.XLSX.value, content=out.getvalue())


__all__ = ["EXPORT_OBJECTIONS", "is_overdue", "look_at_notices", "objection_row", "start_export"]
