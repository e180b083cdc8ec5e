"""Names a firm bore, and its place."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from enterprises import evidence
from enterprises.actions import identity as actions
from enterprises.forms import MoveForm, RenameForm
from enterprises.models import Enterprise
from enterprises.views.common import firm_context, seen_enterprise
from foundation.accounts.http import PortalRequest
from foundation.accounts.may import may
from foundation.core.clock import business_today
from foundation.core.errors import Refused
from foundation.reference import regions


@require_safe
def names(request: PortalRequest, pk: int) -> HttpResponse:
    """History of names, present place, and the two changes."""
    return _page(request, seen_enterprise(request, pk))


def _page(request: PortalRequest, enterprise: Enterprise, status: int = 200, **forms: Any) -> HttpResponse:
    today = business_today()
    history = [
        {"name": row, "file_url": evidence.url_of(row.evidence)}
        for row in enterprise.names.select_related("evidence").order_by("-pk")
    ]
    context = firm_context(
        request,
        enterprise,
        "names",
        history=history,
        place=regions.full_name(enterprise.region_id, today) or enterprise.region.name,
        may_rename=may(request.actor, "enterprise.rename", enterprise),
        may_move=may(request.actor, "enterprise.move", enterprise),
        **{"rename_form": RenameForm(), "move_form": MoveForm(), **forms},
    )
    return render(request, "enterprises/names.html", context, status=status)


@require_POST
def rename(request: PortalRequest, pk: int) -> HttpResponse:
    """Another name."""
    enterprise = seen_enterprise(request, pk, "enterprise.rename")
    form = RenameForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            file = evidence.take(form.cleaned_data["evidence"], actor=request.actor, enterprise=enterprise)
            actions.rename(
                enterprise_id=enterprise.pk,
                name=form.cleaned_data["name"],
                since=form.cleaned_data["since"] or business_today(),
                actor=request.actor,
                evidence=file,
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "名称已变更，原名称保留在记录中。")
            return redirect("enterprises:names", pk=enterprise.pk)
    return _page(request, enterprise, 400, rename_form=form)


@require_POST
def move(request: PortalRequest, pk: int) -> HttpResponse:
    """Another county."""
    enterprise = seen_enterprise(request, pk, "enterprise.move")
    form = MoveForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            file = evidence.take(form.cleaned_data["evidence"], actor=request.actor, enterprise=enterprise)
            moved = actions.move(
                enterprise_id=enterprise.pk,
                region_id=form.cleaned_data["place"].id,
                actor=request.actor,
                evidence=file,
                reason=form.cleaned_data["reason"],
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"所属县市区已变更，现由{moved.bureau.name}办理。")
            own = request.actor.is_enterprise
            return redirect("enterprises:names", pk=enterprise.pk) if own else redirect("enterprises:list")
    return _page(request, enterprise, 400, move_form=form)
