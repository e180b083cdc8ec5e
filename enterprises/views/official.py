"""Officials: the list of enterprises, its export, contacts in full on the record, striking off."""

from __future__ import annotations

import io
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enterprises.actions import identity
from enterprises.models import Enterprise
from enterprises.queries import enterprise_list as enterprises_of
from enterprises.queries import glances, page_of
from enterprises.sheets import ENTERPRISE_LIST, write_list
from enterprises.views.common import seen_enterprise, whole_number
from enterprises.views.figures import workbook
from foundation.accounts import privacy
from foundation.accounts.http import PortalRequest
from foundation.accounts.may import may
from foundation.accounts.models import Bureau
from foundation.accounts.transition import require
from foundation.core.clock import business_today
from foundation.core.errors import Refused
from foundation.core.verdict import no
from foundation.reference import regions

A_PAGE = 50


def _filtered(request: PortalRequest) -> QuerySet[Enterprise]:
    return enterprises_of(
        request.actor,
        text=request.GET.get("q", ""),
        region=whole_number(request.GET.get("region")),
        state=request.GET.get("state", Enterprise.State.ACTIVE),
        looked_after=request.GET.get("members", ""),
    )


def _places(request: PortalRequest) -> list[tuple[int, str]]:
    """Places to filter by: what lies below the bureau's own region, two levels deep at most."""
    own = Bureau.objects.filter(pk=request.actor.bureau_id).values_list("region_id", flat=True).first()
    if own is None:
        return []
    today = business_today()
    found = []
    for view in regions.children(own, today):
        found.append((view.id, view.name))
        found += [(below.id, f"　{below.name}") for below in regions.children(view.id, today)]
    return found


@require_safe
def enterprise_list(request: PortalRequest) -> HttpResponse:
    """The bureau's enterprises: find, filter, open, export."""
    require(request.actor, "enterprise.list")
    page = page_of(_filtered(request), request.actor, request.GET, A_PAGE)
    beside = glances(page.object_list)
    today = business_today()
    rows: list[dict[str, Any]] = [
        {"firm": firm, "place": firm.region.name_on(today), "glance": beside[firm.pk]} for firm in page.object_list
    ]
    context = {
        "page_obj": page,
        "rows": rows,
        "places": _places(request),
        "q": request.GET.get("q", ""),
        "region": whole_number(request.GET.get("region")),
        "state": request.GET.get("state", Enterprise.State.ACTIVE),
        "members": request.GET.get("members", ""),
        "states": Enterprise.State.choices,
        "may_register": may(request.actor, "enterprise.register_on_behalf"),
    }
    return render(request, "enterprises/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def export(request: PortalRequest) -> HttpResponse:
    """The list as filtered, as a workbook, phones masked; by POST with a reason those of the own firms in full, which is
    written into the log of looks (B.1 7).
    """
    require(request.actor, "enterprise.list")
    rows = list(_filtered(request)[: ENTERPRISE_LIST.row_cap + 1])
    if len(rows) > ENTERPRISE_LIST.row_cap:
        raise Refused(no(f"名录超过 {ENTERPRISE_LIST.row_cap} 家，一次导不出。", "请先按县市区筛选再导出。"))
    bureau_id = None
    if request.method == "POST":
        bureau_id = request.actor.bureau_id
        own = sum(firm.bureau_id == bureau_id for firm in rows)
        try:
            privacy.note_export(
                actor=request.actor, what="enterprises.list", subject_kind="enterprise", rows=own,
                reason=request.POST.get("reason", ""), request=request,
            )  # fmt: skip
        except ValidationError as error:
            raise Refused("".join(error.messages)) from None
    out = io.BytesIO()
    write_list(rows, glances(rows), out, bureau_id=bureau_id)
    return workbook(out, f"企业名录 {business_today():%Y-%m-%d}.xlsx")


@require_POST
def close(request: PortalRequest, pk: int) -> HttpResponse:
    """Strike a firm off."""
    enterprise = seen_enterprise(request, pk)
    identity.close(enterprise_id=enterprise.pk, actor=request.actor, reason=request.POST.get("reason", ""))
    messages.success(request, f"{enterprise.name}已标为注销。")
    return redirect("enterprises:enterprise", pk=enterprise.pk)
