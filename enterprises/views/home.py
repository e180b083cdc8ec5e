"""First page of an enterprise, and the overview of one: for its people a task list, for officials the record."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from enterprises.dossier import dossier_of
from enterprises.facts import ANNUAL_FACTS, dossier_rows, registry
from enterprises.home import NOTICE_PLACE, tasks_for
from enterprises.models import Enterprise
from enterprises.queries import completeness, glances, years_shown
from enterprises.views.common import firm_context, own_enterprise, seen_enterprise
from foundation.accounts.http import PortalRequest
from foundation.accounts.may import may
from foundation.core.clock import business_today
from foundation.core.registries import panels_for
from foundation.reference import regions

OVERVIEW_PLACE = "enterprise_page"
"""Panels named ``enterprise_page.…`` stand on the page of one enterprise (roster entries, files)."""


@require_safe
def home(request: PortalRequest) -> HttpResponse:
    """Greeting, today's things, and what higher floors show. Without an enterprise: the ways to get one."""
    enterprise = own_enterprise(request)
    if enterprise is None:
        return render(
            request,
            "enterprises/welcome.html",
            {"refused_invitation": request.session.get("enterprises.invitation_refused", "")},
        )
    return render(
        request,
        "enterprises/home.html",
        {
            "enterprise": enterprise,
            "tasks": tasks_for(request.actor, enterprise),
            "panels": panels_for(NOTICE_PLACE, request.actor, enterprise),
        },
    )


@require_safe
def overview(request: PortalRequest) -> HttpResponse:
    """The menu entry 企业资料: the enterprise of the hat worn."""
    enterprise = own_enterprise(request)
    if enterprise is None:
        return redirect("enterprises:home")
    return redirect("enterprises:enterprise", pk=enterprise.pk)


@require_safe
def enterprise(request: PortalRequest, pk: int) -> HttpResponse:
    """One enterprise: what is there and what is missing for its people, the record for officials."""
    return enterprise_page(request, seen_enterprise(request, pk))


def enterprise_page(request: PortalRequest, firm: Enterprise) -> HttpResponse:
    """The page, with contacts in full when the reader may see them so."""
    dossier = dossier_of(firm.pk)
    actor = request.actor
    years = years_shown()
    today = business_today()
    rows = [
        {
            "label": registry[fact].label,
            "unit": registry[fact].unit,
            "is_count": registry[fact].type == "int",
            "cells": [dossier.current(year, fact) for year in years],
        }
        for fact in ANNUAL_FACTS
    ]
    single = {row["name"]: row["value"] for row in dossier_rows(dossier, years=(), on=today) if row["year"] is None}
    counts = [
        (registry[name].label, single.get(name))
        for name in ("invention_patents", "utility_patents", "patents_in_main_product")
    ]
    context = firm_context(
        request,
        firm,
        "enterprise",
        parts=completeness(dossier),
        dossier=dossier,
        years=years,
        figure_rows=rows,
        counts=counts,
        glance=glances([firm])[firm.pk],
        place=regions.full_name(firm.region_id, today) or firm.region.name,
        may_close=may(actor, "enterprise.close", firm),
        panels=panels_for(OVERVIEW_PLACE, actor, firm),
    )
    return render(request, "enterprises/enterprise.html", context)
