"""The month for officials: the list of firms with figures beside, out as a workbook."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST, require_safe

from foundation.accounts.http import PortalRequest
from foundation.accounts.may import may
from foundation.accounts.roles import Level
from foundation.accounts.transition import require
from foundation.duties import jobs
from monitoring import months
from monitoring.jobs import EXPORT_MONTH
from monitoring.month_list import (
    FILTERS,
    TABS,
    bureaus_of,
    chosen,
    counts,
    ids_in_order,
    in_order,
    month_rows,
    months_listed,
    shown_rows,
)

PAGE_SIZE = 50


def filters_of(request: PortalRequest) -> dict[str, str]:
    """The filters in the address."""
    return {name: request.GET.get(name, "").strip()[:60] for name in FILTERS}


@require_safe
def month(request: PortalRequest) -> HttpResponse:
    """Who filed, declared zero or a stoppage, was sent back or is missing, with figures, last month and the year so far."""
    require(request.actor, "return.board")
    actor = request.actor
    known = months_listed(actor)
    period, filters = chosen(request.GET.get("period", ""), known), filters_of(request)
    numbers = counts(actor, period, filters["bureau"])
    pages = Paginator(ids_in_order(month_rows(actor, period, filters)), PAGE_SIZE)
    page_obj = pages.get_page(request.GET.get("page"))
    context = {
        "period": period,
        "month": months.label(period),
        "known": [(one, months.label(one)) for one in known],
        "filters": filters,
        "numbers": numbers,
        "tabs": [(name, label, numbers[name]) for name, (label, _) in TABS.items()],
        "page_obj": page_obj,
        "rows": shown_rows(in_order(page_obj.object_list), actor),
        "bureaus": bureaus_of(actor, period) if actor.level != Level.COUNTY else [],
        "can_import": may(actor, "return_import.upload"),
    }
    return render(request, "monitoring/returns/month.html", context)


@require_POST
def export(request: PortalRequest) -> HttpResponse:
    """The list of the month as a workbook, made by a job."""
    require(request.actor, "return.board")
    period = chosen(request.GET.get("period", ""), months_listed(request.actor))
    job = jobs.start(
        EXPORT_MONTH,
        actor=request.actor,
        params={"period": period, "filters": filters_of(request)},
        label=f"导出{months.label(period)}企业月报",
    )
    return redirect("duties:job", pk=job.pk)


urlpatterns = [
    path("month/", month, name="month"),
    path("month/export/", export, name="month_export"),
]
