"""The roster: list as of a day, one entry with its life, the firm's own entries."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cultivation.models import RosterEntry
from cultivation.roster_page import OWN_PLACE, entry_context, own_entries
from foundation.accounts.http import PortalRequest
from foundation.accounts.transition import require
from foundation.core.registries import panels_for


@require_safe
def entry(request: PortalRequest, pk: int) -> HttpResponse:
    """One entry with everything that happened to it."""
    rows = RosterEntry.objects.visible_to(request.actor).select_related(
        "enterprise", "programme", "region", "round__version", "roster_list__bureau", "document", "exit_document"
    )
    row = rows.filter(pk=pk).first()
    if row is None:
        raise Http404("没有这条名单记录，或它不在您的职责范围内。")
    require(request.actor, "roster.view", row)
    return render(request, "cultivation/roster_entry.html", entry_context(row, request.actor))


@require_safe
def mine(request: PortalRequest) -> HttpResponse:
    """The firm's own entries."""
    require(request.actor, "roster.own")
    context = {
        "entries": own_entries(request.actor),
        "panels": panels_for(OWN_PLACE, request.actor, request.actor.enterprise_id),
    }
    return render(request, "cultivation/roster_mine.html", context)
