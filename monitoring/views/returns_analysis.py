"""The monthly analysis: the same page for the firm and for the officials above it (A3-18)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from enterprises.models import Enterprise
from foundation.accounts.http import PortalRequest
from foundation.accounts.roles import Level
from foundation.accounts.transition import require
from foundation.core.clock import business_today
from monitoring import months
from monitoring.analysis import Month, beside_firm, bureau_year, chart_of, falls, firm_year
from monitoring.models import MonthlyReturn


def _years(request: PortalRequest) -> list[int]:
    """Years with months the person sees, newest first."""
    rows = MonthlyReturn.objects.visible_to(request.actor).order_by().values_list("period", flat=True).distinct()
    return sorted({int(period[:4]) for period in rows}, reverse=True)


@require_safe
def analysis(request: PortalRequest) -> HttpResponse:
    """Does the year lie above the year before? For one firm, or for everything the official answers for."""
    years = _years(request)
    wanted = request.GET.get("year", "")
    newest = years[0] if years else int(months.latest_open(business_today())[:4])
    year = int(wanted) if wanted.isdecimal() and int(wanted) in years else newest
    context: dict[str, Any] = {"years": years, "year": year}
    firm_id = request.actor.enterprise_id if request.actor.is_enterprise else _number(request.GET.get("firm", ""))
    if firm_id is not None:
        if request.actor.is_enterprise:
            require(request.actor, "return.view")
        else:
            require(request.actor, "return.board")
        context |= _firm(request, firm_id, year)
    else:
        require(request.actor, "return.board")
        context |= _bureau(request, year)
    return render(request, "monitoring/returns/analysis.html", context)


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 12 else None


def _firm(request: PortalRequest, firm_id: int, year: int) -> dict[str, Any]:
    visible = MonthlyReturn.objects.visible_to(request.actor).filter(enterprise_id=firm_id)
    if request.actor.is_official and not visible.exists():
        raise Http404("没有这家企业的月报，或它不在您的职责范围内。")
    firm = Enterprise.objects.get(pk=firm_id)
    parts = []
    for around in beside_firm(firm_id, year).values():
        rows = firm_year(year, around)
        programme = next(iter(around.submitted.values())).entry.programme.short_title if around.submitted else ""
        parts.append({"title": programme, "months": rows, "chart": chart_of(rows), "last": _last(rows)})
    return {"firm": firm, "parts": parts, "falls": []}


def _bureau(request: PortalRequest, year: int) -> dict[str, Any]:
    bureau = request.GET.get("bureau", "")
    rows = bureau_year(request.actor, year, bureau)
    part = {"title": "", "months": rows, "chart": chart_of(rows), "last": _last(rows)}
    return {
        "firm": None,
        "parts": [part] if rows else [],
        "falls": falls(request.actor, year, bureau),
        "many": request.actor.level != Level.COUNTY,
    }


def _last(rows: list[Month]) -> Month | None:
    """The newest month whose sums are known."""
    return next((row for row in reversed(rows) if row.growth is not None), None)


urlpatterns = [path("analysis/", analysis, name="analysis")]
