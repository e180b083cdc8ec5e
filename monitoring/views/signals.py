"""Signals: the list, the evidence of one, and what a person makes of it; the yearly adjustment at a glance."""

from __future__ import annotations

import io
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from foundation.accounts.http import PortalRequest
from foundation.accounts.may import may
from foundation.accounts.transition import require
from foundation.core.clock import business_today, current_installation
from foundation.core.errors import Refused
from foundation.documents.models import StoredFile
from foundation.spreadsheets import Column, Kind, Sheet, write_xlsx
from monitoring import adjustment
from monitoring.actions import signals as acts
from monitoring.models import Signal
from monitoring.standing import rules_of
from reviews.states import ProposalKind

PAGE_SIZE = 50
TONES = {"warning": "wait", "breach": "no", "growth_fall": "wait", "observation_end": "dai"}


@require_safe
def signals(request: PortalRequest) -> HttpResponse:
    """Signals of the actor's firms, newest first; open ones unless asked otherwise."""
    require(request.actor, "signal.view")
    kind, state = request.GET.get("kind", ""), request.GET.get("state", "open")
    rows = Signal.objects.visible_to(request.actor).select_related("entry")
    if kind in Signal.Kind.values:
        rows = rows.filter(kind=kind)
    if state == "open":
        rows = rows.filter(proposal_id__isnull=True, dismissed_at__isnull=True).exclude(kind=Signal.Kind.WARNING)
    page_obj = Paginator(rows.order_by("-id"), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page_obj,
        "lines": [(row, TONES[row.kind]) for row in page_obj],
        "kinds": Signal.Kind.choices,
        "kind": kind,
        "state": state,
    }
    return render(request, "monitoring/signals/list.html", context)


@require_safe
def signal(request: PortalRequest, pk: int) -> HttpResponse:
    """One signal with its evidence."""
    return _signal(request, pk)


def _signal(request: PortalRequest, pk: int, problem: Refused | None = None) -> HttpResponse:
    row = get_object_or_404(
        Signal.objects.visible_to(request.actor).select_related(
            "entry__programme", "entry__round__version", "entry__enterprise"
        ),
        pk=pk,
    )
    require(request.actor, "signal.view", row)
    suggested = ""
    if row.kind != Signal.Kind.WARNING:
        suggested = acts.proposal_kind(row, rules_of([row.entry])[row.entry_id])[0]
    context: dict[str, Any] = {
        "signal": row,
        "tone": TONES[row.kind],
        "evidence": row.evidence,
        "suggested": ProposalKind(suggested).label if suggested else "",
        "undetermined": row.kind == Signal.Kind.OBSERVATION_END and row.evidence.get("answer") != "held",
        "may_raise": may(request.actor, "signal.raise", row),
        "may_dismiss": may(request.actor, "signal.dismiss", row),
        "problem": problem.verdict if problem else None,
        "typed": {name: request.POST.get(name, "") for name in ("kind", "reason")},
    }
    return render(request, "monitoring/signals/signal.html", context, status=problem.status if problem else 200)


@require_POST
def act(request: PortalRequest, pk: int) -> HttpResponse:
    """Make a proposal of the signal, or decide not to."""
    get_object_or_404(Signal.objects.visible_to(request.actor), pk=pk)
    try:
        if request.POST.get("action") == "dismiss":
            acts.dismiss_signal(signal_id=pk, actor=request.actor, reason=request.POST.get("reason", ""))
            return redirect("monitoring:signal", pk=pk)
        proposal = acts.raise_proposal(
            signal_id=pk,
            actor=request.actor,
            reason=request.POST.get("reason", ""),
            kind=request.POST.get("kind", ""),
        )
    except Refused as refusal:
        return _signal(request, pk, refusal)
    return redirect(reverse("reviews:proposal", args=[proposal.pk]))


# ---- the yearly adjustment (SC-33) -------------------------------------------------------------------------------


def _year(request: PortalRequest) -> int:
    asked = request.GET.get("year", "")
    last = business_today().year - 1
    if not asked:
        return last
    if not asked.isdecimal() or not 2000 <= int(asked) <= last:
        raise Http404
    return int(asked)


@require_safe
def yearly(request: PortalRequest) -> HttpResponse:
    """Every listed firm of the area with its growth of a year and what follows: keep, observe, restore, remove."""
    require(request.actor, "signal.view")
    year = _year(request)
    page_obj = Paginator(adjustment.entries_of(request.actor), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page_obj,
        "lines": adjustment.lines_of(list(page_obj), year),
        "year": year,
        "years": [business_today().year - back for back in range(1, 4)],
    }
    return render(request, "monitoring/signals/yearly.html", context)


@require_safe
def yearly_sheet(request: PortalRequest) -> HttpResponse:
    """The whole table as a workbook."""
    require(request.actor, "signal.view")
    year = _year(request)
    columns = (
        Column("name", "企业名称", Kind.TEXT, width=30),
        Column("tier", "层级", Kind.TEXT, width=20),
        Column("before", f"{year - 1}年", Kind.WAN, width=16, unit="万元"),
        Column("now", f"{year}年", Kind.WAN, width=16, unit="万元"),
        Column("pct", "增长", Kind.TEXT, width=12),
        Column("source", "数据来源", Kind.TEXT, width=34),
        Column("advice", "建议", Kind.TEXT, width=16),
    )
    sheet = Sheet(
        code="monitoring.yearly",
        version="1",
        title=f"{year}年度名单调整",
        tab_title="调整",
        columns=columns,
        landscape=True,
    )
    out = io.BytesIO()
    entries = list(adjustment.entries_of(request.actor))
    rows = [line.as_row() for line in adjustment.lines_of(entries, year)]
    write_xlsx(sheet, rows, out, mark="演练" if current_installation().is_rehearsal else "")
    header = content_disposition_header(True, f"{year}年度名单调整.xlsx") or "attachment"
    return HttpResponse(
        out.getvalue(), content_type=StoredFile.ContentType.XLSX.value, headers={"Content-Disposition": header}
    )


urlpatterns = [
    path("signals/", signals, name="signals"),
    path("signals/<int:pk>/", signal, name="signal"),
    path("signals/<int:pk>/act/", act, name="signal_act"),
    path("yearly/", yearly, name="yearly"),
    path("yearly/table.xlsx", yearly_sheet, name="yearly_sheet"),
]
