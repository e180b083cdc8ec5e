"""Background jobs of this room: bulk recommendation and merging over the same functions as the page, tables as files."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import transaction
from django.urls import reverse

from cultivation.models import Round
from foundation.accounts.actor import Actor
from foundation.core.clock import current_installation
from foundation.core.errors import Refused
from foundation.core.verdict import Verdict, ok
from foundation.documents.actions.freeze import attach_sheet
from foundation.documents.actions.render import render_document
from foundation.documents.actions.store import read_stored, store_bytes
from foundation.documents.models import FrozenDocument, StoredFile
from foundation.documents.permissions import SHEET
from foundation.duties import jobs
from foundation.duties.models import Job
from foundation.duties.runner import JobFailed, JobRun
from foundation.spreadsheets import write_xlsx
from reviews import jobs_province
from reviews.actions import county, merging
from reviews.dispatch_papers import sheet_of
from reviews.models import Application, Dispatch
from reviews.queries import queue_rows
from reviews.sheets import stream_typed, summary_sheet, typed_rows

BULK_RECOMMEND = "reviews.bulk_recommend"
BULK_MERGE = "reviews.bulk_merge"
BULK_RETURN = "reviews.bulk_return"
RENDER_TABLE = "reviews.render_table"
EXPORT_QUEUE = "reviews.export_queue"
XLSX = StoredFile.ContentType.XLSX.value


def _names(ids: list[int]) -> dict[int, str]:
    return dict(Application.objects.filter(pk__in=ids).values_list("pk", "enterprise_name"))


@jobs.kind(BULK_RECOMMEND, label="批量推荐", permission="application.list_queue")
def bulk_recommend(job: JobRun) -> None:
    """Recommend the chosen files one by one with the page's own function; a file that cannot be is skipped with its reason."""
    ids = [int(pk) for pk in job.params["ids"]]
    names = _names(ids)

    def act(pk: int) -> Verdict:
        return county.recommend(ids=[pk], actor=job.actor, opinion=job.params.get("opinion", ""))[pk]

    job.each(ids, act, label=lambda pk: names.get(pk, str(pk)))


@jobs.kind(BULK_RETURN, label="批量退回补正", permission="application.list_queue")
def bulk_return(job: JobRun) -> None:
    """Return the chosen files to their firms for one and the same reason, with the page's own function."""
    ids = [int(pk) for pk in job.params["ids"]]
    names = _names(ids)

    def act(pk: int) -> Verdict:
        try:
            county.return_for_correction(application_id=pk, actor=job.actor, reason=job.params.get("opinion", ""))
        except Refused as refusal:
            return refusal.verdict
        return ok()

    job.each(ids, act, label=lambda pk: names.get(pk, str(pk)))


@jobs.kind(BULK_MERGE, label="批量审核通过", permission="application.list_queue")
def bulk_merge(job: JobRun) -> None:
    """Merge the chosen files of counties into the prefecture's list."""
    ids = [int(pk) for pk in job.params["ids"]]
    names = _names(ids)
    job.each(ids, lambda pk: merging.merge(ids=[pk], actor=job.actor)[pk], label=lambda pk: names.get(pk, str(pk)))


@jobs.kind(EXPORT_QUEUE, label="导出申报材料列表", permission="application.list_queue")
def export_queue(job: JobRun) -> None:
    """The queue as a workbook in the form of the programme's table: what the person sees in the list, and nothing more."""
    round_ = Round.objects.get(pk=job.params["round"])
    sheet = summary_sheet(round_.programme, round_.year)
    rows = queue_rows(job.actor, round_, job.params.get("filters", {}))
    total = rows.count()
    # The table's row of a file was written with its list row at submission; nothing else is read.
    cells = rows.values_list("listing__cells", flat=True).iterator(chunk_size=500)
    out = io.BytesIO()
    write_xlsx(
        sheet,
        stream_typed(sheet, _counted(job, cells, total)),
        out,
        programme=round_.version.digest,
        round_=str(round_.pk),
        mark=rehearsal_mark(),
    )
    job.attach(
        filename=f"{round_.year}年{round_.programme.short_title}申报材料列表.xlsx",
        content_type=XLSX,
        content=out.getvalue(),
    )


def _counted(job: JobRun, cells: Iterable[dict[str, Any] | None], total: int) -> Iterator[dict[str, Any]]:
    """The rows as they pass by, with the progress told every five hundred; a draft without a row of the table is an empty one."""
    job.progress(0, total=total)
    for position, row in enumerate(cells, start=1):
        if position % 500 == 0 or position == total:
            job.progress(position)
        yield row or {}


def start_table(dispatch: Dispatch, actor: Actor) -> Job:
    """Start making PDF and workbook of a signed list; the page shows the progress, the file lies in 我的任务与导出."""
    return jobs.start(
        RENDER_TABLE,
        actor=actor,
        params={"dispatch": dispatch.pk, "document": dispatch.document_id},
        total=2,
        label=f"生成{dispatch.title}",
        result_url=reverse("reviews:dispatch", args=[dispatch.pk]),
    )


@jobs.kind(RENDER_TABLE, label="生成汇总表", permission="application.list_queue")
def render_table(job: JobRun) -> None:
    """The frozen table as PDF and workbook, both from the snapshot alone (HN-30…33, design idea 4)."""
    dispatch = (
        Dispatch.objects.visible_to(job.actor)
        .select_related("document__sheet", "round__version", "from_bureau")
        .filter(pk=job.params["dispatch"])
        .first()
    )
    document = dispatch.document if dispatch is not None else None
    if dispatch is None or document is None or document.pk != job.params.get("document", document.pk):
        raise JobFailed("报送已撤回，汇总表不再生成。")
    job.progress(0, total=2, message="正在生成 PDF")
    render_document(document)
    job.progress(1, total=2, message="正在生成电子表格")
    content = keep_workbook(document, job.actor, dispatch.from_bureau_id)
    job.attach(filename=f"{document.title}（{document.reference}）.xlsx", content_type=XLSX, content=content)
    job.progress(2, message="汇总表已生成", force=True)


def keep_workbook(document: FrozenDocument, actor: Actor, bureau_id: int) -> bytes:
    """Make the workbook of a frozen table and keep it beside the PDF, once; returns its bytes."""
    if document.sheet is not None:
        return read_stored(document.sheet)
    content = table_workbook(document)
    stored = store_bytes(
        content,
        name=f"{document.title}_{document.reference}.xlsx",
        content_type=XLSX,
        purpose=SHEET,
        actor=actor,
        owner=("bureau", bureau_id),
    )
    with transaction.atomic():
        row = FrozenDocument.objects.select_for_update(of=("self",)).get(pk=document.pk)
        if row.sheet_id is None:
            attach_sheet(row, stored)
    return content


def table_workbook(document: FrozenDocument) -> bytes:
    """The workbook of a frozen table: nine columns by default, the yearly columns on a second tab, codes and phones as text."""
    snapshot = document.snapshot
    sheet = sheet_of(snapshot)
    out = io.BytesIO()
    write_xlsx(
        sheet,
        typed_rows(sheet, [row["cells"] for row in snapshot["rows"]]),
        out,
        heads=snapshot["heads"],
        feet=snapshot["feet"],
        programme=snapshot["sheet"]["programme"],
        round_=str(snapshot["round"]["id"]),
        mark="演练" if document.rehearsal else "",
    )
    return out.getvalue()


def rehearsal_mark() -> str:
    """演练 on every paper and sheet made in a rehearsal database (design idea 6)."""
    return "演练" if current_installation().is_rehearsal else ""


__all__ = ["jobs_province"]
