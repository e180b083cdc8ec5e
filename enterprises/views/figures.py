"""年度数据: the grid with autosave, its sheet out and in, every value ever given."""

from __future__ import annotations

import io
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enterprises import evidence
from enterprises.actions import facts as actions
from enterprises.dossier import Dossier, dossier_of
from enterprises.facts import ANNUAL_FACTS, json_form, registry
from enterprises.models import AnnualFigure, Basis, Enterprise
from enterprises.queries import years_shown
from enterprises.sheets import Preview, read_figures, write_figures
from enterprises.views.common import firm_context, seen_enterprise, whole_number
from enterprises.views.facts import answer, autosave_body, conflict
from foundation.accounts.http import PortalRequest
from foundation.documents.models import StoredFile
from foundation.spreadsheets import SheetRefused

XLSX = StoredFile.ContentType.XLSX.value


@require_http_methods(["GET", "POST"])
def figures(request: PortalRequest, pk: int) -> HttpResponse:
    """年度数据: years as columns, facts as rows, one basis at a time; the other basis is shown under each cell."""
    enterprise = seen_enterprise(request, pk)
    more = request.GET.get("years") == "5"
    basis = Basis.FLASH if request.GET.get("basis") == Basis.FLASH else Basis.AUDITED
    years = years_shown(more)
    errors: dict[str, str] = {}
    if request.method == "POST":
        cells = {cell: raw for name, raw in request.POST.items() if (cell := actions.cell_of(name)) is not None}
        saved = actions.save_figures(
            enterprise_id=enterprise.pk,
            cells=cells,
            actor=request.actor,
            version=whole_number(request.POST.get("version")),
        )
        _save_year_sources(enterprise, request, request.POST)
        if not saved.errors:
            messages.success(request, "已保存。" if saved.changed else "没有改动。")
            return redirect(request.get_full_path())
        errors = saved.errors
    dossier = dossier_of(enterprise.pk)
    other = Basis.AUDITED if basis == Basis.FLASH else Basis.FLASH
    sent = request.POST if errors else {}
    rows = [
        {
            "label": registry[fact].label,
            "unit": registry[fact].unit,
            "is_count": registry[fact].type == "int",
            "cells": [_cell(dossier, year, fact, basis, other, sent, errors) for year in years],
        }
        for fact in ANNUAL_FACTS
    ]
    sources = [
        {
            "year": year,
            "row": dossier.year_sources.get((year, basis)),
            "file_url": evidence.url_of(getattr(dossier.year_sources.get((year, basis)), "evidence", None)),
        }
        for year in years
    ]
    context = firm_context(
        request,
        enterprise,
        "figures",
        rows=rows,
        years=years,
        sources=sources,
        basis=basis,
        more=more,
        bases=[(one.value, one.label) for one in (Basis.AUDITED, Basis.FLASH)],
        version=dossier.profile.figures_version,
        errors=errors,
    )
    return render(request, "enterprises/figures.html", context, status=400 if errors else 200)


def _cell(
    dossier: Dossier, year: int, fact: str, basis: str, other: str, sent: Any, errors: dict[str, str]
) -> dict[str, Any]:
    figure, beside = dossier.figures.get((year, fact, basis)), dossier.figures.get((year, fact, other))
    name = actions.cell_name(year, fact, basis)
    count = registry[fact].type == "int"

    def text(found: AnnualFigure | None) -> str:
        if found is None or found.value is None:
            return ""
        return f"{int(found.value)}" if count else f"{found.value:,.2f}"

    return {
        "name": name,
        "year": year,
        "value": sent.get(name, text(figure)),
        "other": text(beside),
        "error": errors.get(name, ""),
        "source": figure.source if figure else "",
    }


def _save_year_sources(enterprise: Enterprise, request: PortalRequest, fields: Any) -> None:
    """Texts named ``source-2017-audited``."""
    for name, text in fields.items():
        cell = actions.cell_of(name)
        if cell is not None and cell[1] == "source":
            actions.set_year_source(
                enterprise_id=enterprise.pk, year=cell[0], basis=cell[2], text=str(text), actor=request.actor
            )


@require_POST
def save_figures(request: PortalRequest, pk: int) -> HttpResponse:
    """Autosave of the grid."""
    enterprise = seen_enterprise(request, pk, "enterprise.edit_facts")
    version, fields = autosave_body(request)
    cells = {
        cell: raw
        for name, raw in fields.items()
        if (cell := actions.cell_of(name)) is not None and cell[1] in ANNUAL_FACTS
    }
    try:
        saved = actions.save_figures(enterprise_id=enterprise.pk, cells=cells, actor=request.actor, version=version)
        _save_year_sources(enterprise, request, fields)
    except actions.SomebodyElse as error:
        return conflict(error)
    return answer(saved)


@require_safe
def figures_sheet(request: PortalRequest, pk: int) -> HttpResponse:
    """The grid as a workbook, to be filled in and sent back."""
    enterprise = seen_enterprise(request, pk)
    out = io.BytesIO()
    write_figures(dossier_of(enterprise.pk), years_shown(True), out)
    return workbook(out, f"{enterprise.name} 年度数据.xlsx")


def workbook(out: io.BytesIO, name: str) -> HttpResponse:
    """A workbook as a download."""
    header = content_disposition_header(True, name) or "attachment"
    return HttpResponse(out.getvalue(), content_type=XLSX, headers={"Content-Disposition": header})


@require_http_methods(["GET", "POST"])
def import_figures(request: PortalRequest, pk: int) -> HttpResponse:
    """A filled-in workbook: what would change, cell by cell; nothing is stored before it is applied."""
    enterprise = seen_enterprise(request, pk, "enterprise.edit_facts")
    preview: Preview | None = None
    refused = ""
    file = request.FILES.get("file")
    dossier = dossier_of(enterprise.pk)
    if request.method == "POST":
        if file is None:
            refused = "请选择要导入的工作簿。"
        else:
            try:
                preview = read_figures(dossier, years_shown(True), file)
            except SheetRefused as refusal:
                refused = str(refusal)
    context = firm_context(
        request,
        enterprise,
        "figures",
        preview=preview,
        refused=refused,
        file_name=file.name if file is not None else "",
        version=dossier.profile.figures_version,
        lines=[
            {"change": change, "name": actions.cell_name(*change.cell), "typed": json_form(change.after)}
            for change in (preview.changes if preview else ())
        ],
    )
    return render(request, "enterprises/figures_import.html", context, status=400 if refused else 200)


@require_POST
def apply_figures(request: PortalRequest, pk: int) -> HttpResponse:
    """Take over the cells of the preview that are ticked."""
    enterprise = seen_enterprise(request, pk, "enterprise.edit_facts")
    cells = {
        cell: request.POST.get(f"value:{name}", "")
        for name in request.POST.getlist("take")
        if (cell := actions.cell_of(name)) is not None
    }
    source = f"导入：{request.POST.get('file_name', '')}"[:200]
    saved = actions.save_figures(
        enterprise_id=enterprise.pk,
        cells=cells,
        actor=request.actor,
        version=whole_number(request.POST.get("version")),
        source=source,
    )
    for name, sentence in saved.errors.items():
        messages.error(request, f"{name}：{sentence}")
    messages.success(request, f"已导入 {len(saved.changed)} 个数。")
    return redirect("enterprises:figures", pk=enterprise.pk)


@require_safe
def figures_history(request: PortalRequest, pk: int) -> HttpResponse:
    """Every value ever given, newest first."""
    enterprise = seen_enterprise(request, pk)
    rows = enterprise.figures.order_by("-entered_at", "-pk")[:500]
    lines = [
        {"figure": row, "label": registry[row.fact].label, "is_count": registry[row.fact].type == "int"} for row in rows
    ]
    context = firm_context(request, enterprise, "figures", lines=lines, back=reverse("enterprises:figures", args=[pk]))
    return render(request, "enterprises/figures_history.html", context)
