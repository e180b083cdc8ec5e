"""A 汇总表 that comes back as a workbook (HN-34): upload, errors by cell, rows matched, doubtful ones decided by a person."""

from __future__ import annotations

import io
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from enterprises import uscc
from enterprises.models import Enterprise
from foundation.accounts.http import PortalRequest
from foundation.accounts.roles import Level
from foundation.accounts.transition import require
from foundation.core.errors import Refused
from foundation.core.verdict import no
from foundation.documents.actions import store_upload
from foundation.documents.detect import FileRefused
from foundation.documents.downloads import marked_copy
from foundation.documents.models import StoredFile
from foundation.spreadsheets import cell_text, write_template
from reviews.actions import importing
from reviews.dispatch_papers import SHEET_IMPORT
from reviews.models import SheetImport, SheetImportRow
from reviews.sheets import summary_sheet, typed_rows
from reviews.views.county import chosen_round, rounds_for

PAGE_SIZE = 50
XLSX = frozenset({StoredFile.ContentType.XLSX})
TONES = {"matched": "ok", "decided": "ok", "created": "ok", "doubtful": "wait", "pending": "wait", "dismissed": "mo"}
Match = SheetImportRow.Match


def _page(request: PortalRequest, *, problem: Refused | None = None) -> HttpResponse:
    rounds = rounds_for(request)
    wanted = request.POST.get("round", "")
    round_ = next((one for one in rounds if str(one.pk) == wanted), None) or chosen_round(request, rounds)
    if round_ is None:
        return render(request, "reviews/county/no_round.html")
    rows = (
        SheetImport.objects.visible_to(request.actor)
        .filter(round=round_)
        .select_related("file")
        .annotate(
            total=Count("rows"),
            open=Count("rows", filter=Q(rows__match__in=[Match.DOUBTFUL, Match.PENDING])),
        )
        .order_by("-id")
    )
    context = {
        "round": round_,
        "rounds": rounds,
        "page_obj": Paginator(rows, 20).get_page(request.GET.get("page")),
        "problem": problem.verdict if problem else None,
    }
    return render(request, "reviews/dispatch/imports.html", context, status=problem.status if problem else 200)


@require_safe
def imports(request: PortalRequest) -> HttpResponse:
    """Workbooks uploaded so far, the form to upload one, the empty form to fill in."""
    require(request.actor, "sheet_import.upload")
    return _page(request)


@require_POST
def upload(request: PortalRequest) -> HttpResponse:
    """Read a workbook; nothing of a file is changed by it."""
    from reviews.views.dispatch_acts import round_of

    require(request.actor, "sheet_import.upload")
    round_ = round_of(request)
    try:
        if request.actor.level == Level.PROVINCE:
            raise Refused(no("省级不导入汇总表。"))
        sent = request.FILES.get("file")
        if sent is None:
            raise FileRefused("还没有选择文件。", "请选择按汇总表格式填写的 .xlsx 文件。")
        stored = store_upload(sent, actor=request.actor, purpose=SHEET_IMPORT, types=XLSX)
        found = importing.import_table(round=round_, actor=request.actor, file=stored)
    except Refused as refusal:
        return _page(request, problem=refusal)
    messages.success(request, f"已读入 {found.rows.count()} 行。")
    return redirect("reviews:sheet_import", pk=found.pk)


@require_safe
def template(request: PortalRequest) -> FileResponse:
    """The empty form of the round's table, with drop-down lists and a tab 填表说明."""
    require(request.actor, "sheet_import.upload")
    round_ = chosen_round(request, rounds_for(request))
    if round_ is None:
        raise Http404("没有可填报的轮次。")
    out = io.BytesIO()
    write_template(
        summary_sheet(round_.programme, round_.year), out, programme=round_.version.digest, round_=str(round_.pk)
    )
    out.seek(0)
    return FileResponse(
        out, as_attachment=True, filename=f"{round_.programme.sheet.title.format(year=round_.year)}.xlsx"
    )


def seen_import(request: PortalRequest, pk: int) -> SheetImport:
    """The import if it exists for the official; 404 otherwise."""
    row = (
        SheetImport.objects.visible_to(request.actor)
        .select_related("round__version", "bureau", "file")
        .filter(pk=pk)
        .first()
    )
    if row is None:
        raise Http404("没有这次导入，或它不在您的职责范围内。")
    return row


@require_safe
def sheet_import(request: PortalRequest, pk: int) -> HttpResponse:
    """What came of a workbook, row by row."""
    return _result(request, seen_import(request, pk))


def _result(
    request: PortalRequest, found: SheetImport, *, problem: Refused | None = None, typed: dict[str, Any] | None = None
) -> HttpResponse:
    sheet = summary_sheet(found.round.programme, found.round.year)
    wanted = request.GET.get("match", "")
    rows = found.rows.select_related("application").order_by("row_number")
    counts = {row["match"]: row["n"] for row in found.rows.order_by().values("match").annotate(n=Count("pk"))}
    if wanted in Match.values:
        rows = rows.filter(match=wanted)
    page_obj = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    faulty = {error.get("row") for error in found.errors}
    context = {
        "found": found,
        "errors": found.errors,
        "page_obj": page_obj,
        "rows": [_line(row, sheet, faulty) for row in page_obj],
        "columns": [_head(column) for column in sheet.columns],
        "tabs": [(value, label, counts.get(value, 0)) for value, label in Match.choices if counts.get(value)],
        "total": sum(counts.values()),
        "open": counts.get(Match.DOUBTFUL, 0) + counts.get(Match.PENDING, 0),
        "problem": problem.verdict if problem else None,
        "typed": typed or {},
    }
    return render(request, "reviews/dispatch/import_result.html", context, status=problem.status if problem else 200)


def _head(column: Any) -> str:
    years = f" {column.years_text}" if column.years else ""
    return f"{column.title}{years}" + (f"（{column.unit}）" if column.unit else "")


def _line(row: SheetImportRow, sheet: Any, faulty: set[Any]) -> dict[str, Any]:
    values = typed_rows(sheet, [row.values])[0]
    known = {
        "uscc": row.uscc,
        "name": str(row.values.get("name", "")),
        "contact_name": str(row.values.get("contact_name", "")),
        "contact_phone": str(row.values.get("contact_phone", "")),
    }
    return {
        "row": row,
        "name": known["name"],
        "tone": TONES[row.match],
        "word": row.get_match_display(),
        "cells": [cell_text(column, values[column.key]) for column in sheet.columns],
        "faulty": row.row_number in faulty,
        "files": [one for one in row.candidates if one["application_id"] is not None],
        "firms": [one for one in row.candidates if one["application_id"] is None],
        "register": f"{reverse('enterprises:register_on_behalf')}?{urlencode({k: v for k, v in known.items() if v})}",
    }


@require_POST
def row(request: PortalRequest, pk: int) -> HttpResponse:
    """Decide one row: which file it speaks of, none of them, leave it aside, or give its firm's code."""
    found = seen_import(request, pk)
    wanted = request.POST.get("row", "")
    one = found.rows.filter(pk=wanted).first() if wanted.isdecimal() else None
    if one is None:
        raise Http404("没有这一行。")
    try:
        said = _decide(request, one)
    except Refused as refusal:
        typed = {"row": one.pk, "uscc": request.POST.get("uscc", ""), "register": _register_link(one, request)}
        return _result(request, found, problem=refusal, typed=typed)
    messages.success(request, f"第 {one.row_number} 行：{said}")
    return redirect(f"{reverse('reviews:sheet_import', args=[pk])}#row-{one.pk}")


def _register_link(one: SheetImportRow, request: PortalRequest) -> str:
    code = uscc.compact(request.POST.get("uscc", ""))
    known = {
        "uscc": code,
        **{name: str(one.values.get(name, "")) for name in ("name", "contact_name", "contact_phone")},
    }
    filled = urlencode({name: value for name, value in known.items() if value})
    return f"{reverse('enterprises:register_on_behalf')}?{filled}"


def _decide(request: PortalRequest, one: SheetImportRow) -> str:
    action = request.POST.get("action", "")
    if action == "dismiss":
        importing.dismiss_row(row_id=one.pk, actor=request.actor)
        return "不采用。"
    if action == "none":
        importing.decide_row(row_id=one.pk, actor=request.actor, application_id=None)
        return "不是已有材料，请补信用代码。"
    if action == "choose":
        chosen = request.POST.get("application", "")
        if not chosen.isdecimal():
            raise Refused(no("请选择对应的材料。"))
        importing.decide_row(row_id=one.pk, actor=request.actor, application_id=int(chosen))
        return "已确认对应。"
    if action == "code":
        file = importing.give_code(row_id=one.pk, actor=request.actor, enterprise=_firm(request))
        return f"已为{file.enterprise_name}建立代填草稿。"
    raise Http404("没有这种办理。")


def _firm(request: PortalRequest) -> Enterprise:
    """The firm of the typed code: among those the bureau handles."""
    code = uscc.compact(request.POST.get("uscc", ""))
    wrong = uscc.form_finding(code)
    if wrong is not None:
        raise Refused(no(f"统一社会信用代码有误：{wrong.text}", "请核对营业执照。"))
    firm = Enterprise.objects.filter(uscc=code).first()
    if firm is None:
        raise Refused(no(f"还没有登记代码为 {code} 的企业。", "请先代企业登记，再回到这里建档。"))
    return firm


@require_safe
def error_copy(request: PortalRequest, pk: int) -> FileResponse:
    """The person's own workbook with the wrong cells red and commented."""
    found = seen_import(request, pk)
    return marked_copy(found.file, found.errors)


urlpatterns = [
    path("dispatches/imports/", imports, name="sheet_imports"),
    path("dispatches/imports/upload/", upload, name="sheet_import_upload"),
    path("dispatches/imports/template/", template, name="sheet_import_template"),
    path("dispatches/imports/<int:pk>/", sheet_import, name="sheet_import"),
    path("dispatches/imports/<int:pk>/row/", row, name="sheet_import_row"),
    path("dispatches/imports/<int:pk>/errors.xlsx", error_copy, name="sheet_import_errors"),
]
