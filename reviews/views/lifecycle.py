"""Proposals on roster entries: desk, form, page of one with hearing and decision, papers (SC-33…SC-41)."""

from __future__ import annotations

import io
from typing import Any

from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from cultivation.models import RosterEntry
from cultivation.queries import programmes
from foundation.accounts.http import PortalRequest
from foundation.accounts.transition import require
from foundation.core.errors import Refused
from foundation.core.registries import panels_for
from foundation.documents.actions import open_stored
from foundation.spreadsheets import write_xlsx
from reviews import lifecycle_queries as queries
from reviews.jobs import rehearsal_mark
from reviews.lifecycle_page import page_context, propose_context
from reviews.lifecycle_sheet import PROPOSALS, rows_of
from reviews.models import Proposal
from reviews.states import ProposalKind
from reviews.views import lifecycle_acts as acts

PAGE_SIZE = 50


@require_safe
def desk(request: PortalRequest) -> HttpResponse:
    """Proposals by view and filter; entries somebody should look at stand above."""
    require(request.actor, "proposal.list")
    counted = queries.counts(request.actor)
    view = request.GET.get("view", "")
    if view not in queries.VIEWS:
        view = next((name for name in ("mine", "hearing") if counted[name]), "all")
    filters = {name: request.GET.get(name, "").strip() for name in ("kind", "programme", "q")}
    rows = queries.proposals(request.actor, view=view, **filters)
    page_obj = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page_obj,
        "lines": [queries.line_of(row) for row in page_obj],
        "view": view,
        "views": [(name, label, counted[name]) for name, label in queries.VIEWS.items()],
        "kinds": ProposalKind.choices,
        "programmes": list(programmes().only("code", "short_title").prefetch_related(None)),
        "suggested": list(queries.suggestions(request.actor)[:20]),
        "panels": panels_for("proposal_desk", request.actor, None),
        **filters,
    }
    return render(request, "reviews/lifecycle/desk.html", context)


@require_safe
def export(request: PortalRequest) -> FileResponse:
    """The rows of the desk as a workbook, in the same view and filters."""
    require(request.actor, "proposal.list")
    filters = {name: request.GET.get(name, "").strip() for name in ("view", "kind", "programme", "q")}
    rows = queries.proposals(request.actor, **filters)
    out = io.BytesIO()
    write_xlsx(PROPOSALS, rows_of(rows), out, mark=rehearsal_mark())
    out.seek(0)
    return FileResponse(out, as_attachment=True, filename="名单调整.xlsx")


def seen_proposal(request: PortalRequest, pk: int) -> Proposal:
    """The proposal with what its page needs, if it exists for the person; 404 otherwise."""
    rows = Proposal.objects.visible_to(request.actor).select_related(
        "entry__round__version",
        "entry__programme",
        "entry__roster_list",
        "entry__region",
        "enterprise",
        "bureau",
        "proposed_by",
        "paper",
        "hearing_document__pdf",
        "document__pdf",
    )
    row = rows.filter(pk=pk).first()
    if row is None:
        raise Http404("没有这项名单调整，或它不在您的职责范围内。")
    return row


@require_safe
def proposal(request: PortalRequest, pk: int) -> HttpResponse:
    """One proposal."""
    return proposal_page(request, seen_proposal(request, pk))


def proposal_page(
    request: PortalRequest, row: Proposal, *, problem: Refused | None = None, typed: dict[str, Any] | None = None
) -> HttpResponse:
    """The page, with what was typed when an act was refused."""
    require(request.actor, "proposal.view", row)
    context = {
        **page_context(row, request.actor),
        "problem": problem.verdict if problem else None,
        "typed": {**dict.fromkeys(acts.TYPED, ""), "sent": typed is not None, **(typed or {})},
    }
    return render(request, "reviews/lifecycle/proposal.html", context, status=problem.status if problem else 200)


def seen_entry(request: PortalRequest, pk: int) -> RosterEntry:
    """The entry with its rules, if it exists for the person; 404 otherwise."""
    rows = RosterEntry.objects.visible_to(request.actor).select_related(
        "round__version", "programme", "enterprise", "region", "roster_list"
    )
    entry = rows.filter(pk=pk).first()
    if entry is None:
        raise Http404("没有这条名单记录，或它不在您的职责范围内。")
    return entry


@require_safe
def propose(request: PortalRequest, pk: int) -> HttpResponse:
    """The form for a new proposal on an entry."""
    return propose_page(request, seen_entry(request, pk))


def propose_page(
    request: PortalRequest, entry: RosterEntry, *, problem: Refused | None = None, typed: dict[str, str] | None = None
) -> HttpResponse:
    """The form, filled with what was typed or with what a suggestion knows."""
    require(request.actor, "proposal.make", entry)
    known = {name: request.GET.get(name, "") for name in acts.FORM}
    context = {
        **propose_context(entry, request.actor),
        "typed": typed or known,
        "problem": problem.verdict if problem else None,
    }
    return render(request, "reviews/lifecycle/propose.html", context, status=problem.status if problem else 200)


@require_safe
def leave(request: PortalRequest, pk: int) -> HttpResponse:
    """The firm asks to leave: what it means stands above the form."""
    return leave_page(request, seen_entry(request, pk))


def leave_page(
    request: PortalRequest, entry: RosterEntry, *, problem: Refused | None = None, reason: str = ""
) -> HttpResponse:
    """The form with what was typed."""
    require(request.actor, "proposal.ask_leave", entry)
    context = {
        **propose_context(entry, request.actor),
        "rule": acts.WITHDRAWN,
        "reason": reason,
        "problem": problem.verdict if problem else None,
    }
    return render(request, "reviews/lifecycle/leave.html", context, status=problem.status if problem else 200)


@require_safe
def paper(request: PortalRequest, pk: int, kind: str) -> FileResponse:
    """The letter or the decision as PDF, for everybody who sees the proposal: the firm and the bureaus on its path."""
    row = seen_proposal(request, pk)
    require(request.actor, "proposal.view", row)
    document = {"letter": row.hearing_document, "decision": row.document}.get(kind)
    if document is None or document.pdf is None:
        raise Http404("这份文书还没有生成。")
    response = FileResponse(
        open_stored(document.pdf),
        filename=f"{document.title}_{document.reference}.pdf",
        content_type=document.pdf.content_type,
    )
    response["Cache-Control"] = "private, no-store"
    return response


urlpatterns = [
    path("lifecycle/", desk, name="proposals"),
    path("lifecycle/export/", export, name="proposals_export"),
    path("lifecycle/<int:pk>/", proposal, name="proposal"),
    path("lifecycle/<int:pk>/<str:kind>.pdf", paper, name="proposal_paper"),
    path("lifecycle/entries/<int:pk>/propose/", propose, name="propose"),
    path("lifecycle/entries/<int:pk>/leave/", leave, name="ask_leave"),
    *acts.urlpatterns,
]
