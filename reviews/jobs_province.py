"""Background jobs of the province: deciding and publishing long lists over the page's own functions, papers, workbooks."""

from __future__ import annotations

import io

from django.urls import reverse

from foundation.accounts.actor import Actor
from foundation.core.errors import Refused
from foundation.documents.actions.render import render_document
from foundation.documents.models import FrozenDocument, StoredFile
from foundation.duties import jobs
from foundation.duties.models import Job
from foundation.duties.runner import JobFailed, JobRun
from foundation.spreadsheets import write_xlsx
from reviews.actions import approving, publishing
from reviews.models import Approval, Publishing
from reviews.province_papers import approval_snapshot, approval_table, list_sheet, rehearsal_mark
from reviews.province_queries import items_for

DECIDE, PUBLISH = "reviews.decide_approval", "reviews.publish_list"
RENDER_APPROVAL, RENDER_LIST = "reviews.render_approval", "reviews.render_list"
EXPORT_APPROVAL = "reviews.export_approval"
IN_THE_PAGE = 300
"""Lists up to this long are decided while the person waits; longer ones by a worker."""
XLSX = StoredFile.ContentType.XLSX.value


@jobs.kind(DECIDE, label="审定", permission="approval.start")
def decide_approval(job: JobRun) -> None:
    """The hand that is due on a long decision: all of it or nothing."""
    job.progress(0, total=1, message="正在审定，全部材料一次办理")
    try:
        row = approving.endorse_approval(
            approval_id=job.params["approval"], actor=job.actor, opinion=job.params.get("opinion", "")
        )
    except Refused as refusal:
        raise JobFailed(str(refusal.verdict)) from refusal
    if row.document_id is not None:
        start_papers(RENDER_APPROVAL, row, job.actor)
    job.progress(1, message="已办理", force=True)


@jobs.kind(PUBLISH, label="公布名单", permission="publishing.start")
def publish_list(job: JobRun) -> None:
    """The hand that is due on a long list: gates, document, entries and messages, all of it or nothing."""
    job.progress(0, total=1, message="正在逐户核对列入条件并公布")
    try:
        row = publishing.publish(
            publishing_id=job.params["publishing"], actor=job.actor, opinion=job.params.get("opinion", "")
        )
    except Refused as refusal:
        raise JobFailed(str(refusal.verdict)) from refusal
    if row.document_id is not None:
        start_papers(RENDER_LIST, row, job.actor)
    job.progress(1, message="已办理", force=True)


def start_papers(kind: str, row: Approval | Publishing, actor: Actor) -> Job:
    """Start making the PDF of a decision or list."""
    name = "approval" if isinstance(row, Approval) else "publishing"
    return jobs.start(
        kind,
        actor=actor,
        params={name: row.pk, "document": row.document_id},
        total=1,
        label=f"生成{row.title}",
        result_url=reverse(f"reviews:{name}", args=[row.pk]),
    )


def _paper(job: JobRun, row: Approval | Publishing | None) -> FrozenDocument:
    if row is None or row.document is None:
        raise JobFailed("没有这份文书，或它不在您的职责范围内。")
    job.progress(0, total=1, message="正在生成 PDF")
    try:
        document = render_document(row.document)
    except Refused as refusal:
        raise JobFailed(str(refusal.verdict)) from refusal
    job.progress(1, message="PDF 已生成", force=True)
    return document


@jobs.kind(RENDER_APPROVAL, label="生成审定表", permission="approval.start")
def render_approval(job: JobRun) -> None:
    """The frozen 审定表 as PDF."""
    rows = Approval.objects.visible_to(job.actor).select_related("document")
    _paper(job, rows.filter(pk=job.params["approval"]).first())


@jobs.kind(RENDER_LIST, label="生成名单", permission="publishing.start")
def render_list(job: JobRun) -> None:
    """The frozen list as PDF."""
    rows = Publishing.objects.visible_to(job.actor).select_related("document")
    _paper(job, rows.filter(pk=job.params["publishing"]).first())


@jobs.kind(EXPORT_APPROVAL, label="导出审定表", permission="approval.start")
def export_approval(job: JobRun) -> None:
    """The decision as a workbook: the frozen one once it is decided, the draft as it stands before."""
    rows = Approval.objects.visible_to(job.actor).select_related("round__version", "bureau", "document")
    approval = rows.filter(pk=job.params["approval"]).first()
    if approval is None:
        raise JobFailed("没有这份审定，或它不在您的职责范围内。")
    total = items_for(approval, job.actor).count()
    job.progress(0, total=total, message="正在生成电子表格")
    snapshot = approval.document.snapshot if approval.document is not None else approval_snapshot(approval)
    sheet, lines = approval_table(snapshot)
    out = io.BytesIO()
    write_xlsx(
        sheet,
        lines,
        out,
        heads={"round": snapshot["round"]["title"], "bureau": snapshot["bureau"]},
        programme=snapshot["programme"],
        round_=str(approval.round_id),
        mark=rehearsal_mark(),
    )
    job.attach(filename=f"{approval.title}.xlsx", content_type=XLSX, content=out.getvalue())
    job.progress(total, message="电子表格已生成", force=True)


def list_workbook(document: FrozenDocument) -> bytes:
    """The frozen list as a workbook: the public fields and nothing else."""
    snapshot, day = document.snapshot, document.dated
    rows = [{"rank": number, **row} for number, row in enumerate(snapshot["rows"], start=1)]
    heads = {
        "bureau": snapshot["bureau"],
        "number": document.official_number,
        "date": f"{day.year}年{day.month}月{day.day}日",
    }
    out = io.BytesIO()
    write_xlsx(
        list_sheet(snapshot),
        rows,
        out,
        heads=heads,
        programme=snapshot["programme"],
        round_=str(snapshot["round"]["id"]),
        mark="演练" if document.rehearsal else "",
    )
    return out.getvalue()
