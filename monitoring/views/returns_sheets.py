"""The county's workbook of one month: out with all its firms, in with errors by cell and a comparison row by row (P-07)."""

from __future__ import annotations

import io
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST, require_safe

from cultivation.models import Programme
from foundation.accounts.http import PortalRequest
from foundation.accounts.transition import require
from foundation.core.errors import Refused
from foundation.core.verdict import no
from foundation.documents.actions.store import store_upload
from foundation.documents.detect import FileRefused
from foundation.documents.downloads import marked_copy
from foundation.documents.models import StoredFile
from monitoring import months, papers
from monitoring.actions import returns_importing as acts
from monitoring.models import ReturnImport, ReturnImportRow
from monitoring.month_list import chosen, month_rows, months_listed, programmes_of
from monitoring.queries import beside
from monitoring.sheets import write_county

XLSX = frozenset({StoredFile.ContentType.XLSX})
PAGE_SIZE = 100
Outcome = ReturnImportRow.Outcome
TONES = {"offered": "wait", "same": "mo", "empty": "mo", "blocked": "no", "accepted": "ok", "refused": "mo"}


def _period(request: PortalRequest) -> str:
    return chosen(request.POST.get("period", "") or request.GET.get("period", ""), months_listed(request.actor))


def _programme(request: PortalRequest, period: str) -> tuple[Programme | None, list[Programme]]:
    known = programmes_of(request.actor, period)
    wanted = request.POST.get("programme", "") or request.GET.get("programme", "")
    return next((one for one in known if one.code == wanted), known[0] if known else None), known


@require_safe
def imports(request: PortalRequest) -> HttpResponse:
    """Workbook out, workbook in, and those uploaded so far."""
    require(request.actor, "return_import.upload")
    return _imports(request)


def _imports(request: PortalRequest, problem: Refused | None = None) -> HttpResponse:
    period = _period(request)
    programme, known = _programme(request, period)
    rows = (
        ReturnImport.objects.visible_to(request.actor)
        .select_related("file", "programme")
        .annotate(
            total=Count("rows"),
            open=Count("rows", filter=Q(rows__outcome=Outcome.OFFERED)),
            entered=Count("rows", filter=Q(rows__outcome=Outcome.ACCEPTED)),
        )
        .order_by("-id")
    )
    page_obj = Paginator(rows, 20).get_page(request.GET.get("page"))
    context = {
        "period": period,
        "month": months.label(period),
        "known": [(one, months.label(one)) for one in months_listed(request.actor)],
        "programme": programme,
        "programmes": known,
        "page_obj": page_obj,
        "rows": [{"row": row, "month": months.label(row.period)} for row in page_obj],
        "problem": problem.verdict if problem else None,
    }
    return render(request, "monitoring/returns/imports.html", context, status=problem.status if problem else 200)


@require_safe
def template(request: PortalRequest) -> FileResponse:
    """The workbook of the month with all firms of the bureau in it, what is known filled in."""
    require(request.actor, "return_import.upload")
    period = _period(request)
    programme, _ = _programme(request, period)
    if programme is None:
        raise Http404("本单位本月没有应报月报的企业。")
    rows = list(
        month_rows(request.actor, period, {}).filter(bureau_id=request.actor.bureau_id, entry__programme=programme)
    )
    out = io.BytesIO()
    write_county(
        rows,
        beside([row.pk for row in rows]),
        out,
        period=period,
        programme=programme.short_title,
        bureau=request.actor.hat.holder_name,
    )
    out.seek(0)
    return FileResponse(
        out, as_attachment=True, filename=f"{months.label(period)}月报_{request.actor.hat.holder_name}.xlsx"
    )


@require_POST
def upload(request: PortalRequest) -> HttpResponse:
    """Read a workbook; nothing is entered by it."""
    require(request.actor, "return_import.upload")
    period = _period(request)
    programme, _ = _programme(request, period)
    try:
        if programme is None:
            raise Refused(no("本单位本月没有应报月报的企业。"))
        sent = request.FILES.get("file")
        if sent is None:
            raise FileRefused("还没有选择文件。", "请选择填好的 .xlsx 文件。")
        stored = store_upload(sent, actor=request.actor, purpose=papers.SHEET, types=XLSX)
        found = acts.import_month(programme=programme, period=period, actor=request.actor, file=stored)
    except Refused as refusal:
        return _imports(request, refusal)
    return redirect("monitoring:return_import", pk=found.pk)


def _seen(request: PortalRequest, pk: int) -> ReturnImport:
    rows = ReturnImport.objects.visible_to(request.actor).select_related("file", "programme", "bureau")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404("没有这次导入，或它不在您的职责范围内。")
    return found


@require_safe
def return_import(request: PortalRequest, pk: int) -> HttpResponse:
    """What would come of a workbook, row by row."""
    return _result(request, _seen(request, pk))


def _result(request: PortalRequest, found: ReturnImport, problem: Refused | None = None) -> HttpResponse:
    wanted = request.GET.get("outcome", "")
    tally = {row["outcome"]: row["n"] for row in found.rows.order_by().values("outcome").annotate(n=Count("pk"))}
    rows = found.rows.order_by("row_number")
    if wanted in Outcome.values:
        rows = rows.filter(outcome=wanted)
    page_obj = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "found": found,
        "month": months.label(found.period),
        "errors": found.errors,
        "page_obj": page_obj,
        "rows": [{"row": row, "tone": TONES[row.outcome], "open": row.outcome in acts.OPEN} for row in page_obj],
        "tabs": [(value, label, tally.get(value, 0)) for value, label in Outcome.choices if tally.get(value)],
        "total": sum(tally.values()),
        "offered": tally.get(Outcome.OFFERED, 0),
        "can_decide": bool(tally.get(Outcome.OFFERED, 0) or tally.get(Outcome.REFUSED, 0)),
        "problem": problem.verdict if problem else None,
    }
    return render(request, "monitoring/returns/import_result.html", context, status=problem.status if problem else 200)


@require_POST
def decide(request: PortalRequest, pk: int) -> HttpResponse:
    """Accept or refuse the ticked rows, or all that are offered."""
    found = _seen(request, pk)
    ids = [int(value) for value in request.POST.getlist("ids") if value.isdecimal()]
    if request.POST.get("all") == "1":
        ids = list(found.rows.filter(outcome=Outcome.OFFERED).values_list("pk", flat=True))
    try:
        if request.POST.get("action") == "refuse":
            left = acts.refuse_rows(import_id=found.pk, row_ids=ids, actor=request.actor)
            messages.success(request, f"{left} 行不采用。")
        else:
            verdicts = acts.accept_rows(import_id=found.pk, row_ids=ids, actor=request.actor)
            entered = sum(1 for verdict in verdicts.values() if verdict)
            messages.success(request, f"已报送 {entered} 家企业的月报，企业会收到通知。")
            if entered < len(verdicts):
                messages.warning(request, f"{len(verdicts) - entered} 行没有采用，原因写在各行。")
    except Refused as refusal:
        return _result(request, found, refusal)
    return redirect("monitoring:return_import", pk=pk)


@require_safe
def error_copy(request: PortalRequest, pk: int) -> FileResponse:
    """The person's own workbook with the wrong cells red and commented."""
    found = _seen(request, pk)
    return marked_copy(found.file, found.errors)


urlpatterns = [
    path("sheets/", imports, name="return_imports"),
    path("sheets/template/", template, name="return_sheet"),
    path("sheets/upload/", upload, name="return_upload"),
    path("sheets/<int:pk>/", return_import, name="return_import"),
    path("sheets/<int:pk>/decide/", decide, name="return_import_decide"),
    path("sheets/<int:pk>/errors.xlsx", error_copy, name="return_import_errors"),
]
