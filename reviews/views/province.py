"""What the bureaus below owe in a round, and the province's steps after it: receive, decide, public notice, list."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST, require_safe

from cultivation.models import Round
from foundation.accounts.http import PortalRequest
from foundation.accounts.may import may
from foundation.accounts.roles import Level
from foundation.accounts.transition import require
from foundation.core.clock import business_today
from foundation.core.errors import Refused
from reviews import province_matrix as asked
from reviews.actions import reminding
from reviews.jobs_province import XLSX
from reviews.views import approval, publishing
from reviews.views.county import chosen_round, rounds_for
from reviews.views.dispatch_acts import round_of


def _round(request: PortalRequest) -> tuple[list[Round], Round | None]:
    require(request.actor, "application.list_queue")
    if request.actor.level == Level.COUNTY:
        raise Http404("县级没有下级报送单位。")
    rounds = rounds_for(request)
    return rounds, chosen_round(request, rounds)


@require_safe
def overview(request: PortalRequest) -> HttpResponse:
    """The matrix of a round, at the province with the steps that follow."""
    rounds, round_ = _round(request)
    if round_ is None:
        return render(request, "reviews/county/no_round.html")
    return page(request, rounds, round_)


def page(request: PortalRequest, rounds: list[Round], round_: Round, *, problem: Refused | None = None) -> HttpResponse:
    """The page; ``problem`` is the refusal of the act just tried."""
    actor = request.actor
    found = asked.matrix(actor, round_)
    province = actor.level == Level.PROVINCE
    approvals, lists = asked.papers_of(round_, actor)
    decides = province and round_.bureau_id == actor.bureau_id
    context: dict[str, Any] = {
        "round": round_,
        "rounds": rounds,
        "matrix": found,
        "province": province,
        "steps": asked.steps(actor, round_, found) if province else [],
        "approvals": approvals,
        "lists": lists,
        "may_grant": may(actor, "late.grant"),
        "may_remind": may(actor, "dispatch.remind"),
        "may_approve": decides and bool(may(actor, "approval.start")),
        "may_publish": decides and bool(may(actor, "publishing.start")),
        "today": business_today(),
        "problem": problem.verdict if problem else None,
    }
    return render(request, "reviews/province/overview.html", context, status=problem.status if problem else 200)


@require_POST
def remind(request: PortalRequest) -> HttpResponse:
    """Remind one bureau, or all that have not reported."""
    require(request.actor, "dispatch.remind")
    round_ = round_of(request)
    chosen = [int(pk) for pk in request.POST.getlist("bureau") if pk.isdecimal()]
    if request.POST.get("all") == "1":
        chosen = [row.below.bureau.pk for row in asked.matrix(request.actor, round_).owing if row.missing]
    try:
        count = reminding.remind(
            round=round_, bureau_ids=chosen, actor=request.actor, note=request.POST.get("note", "")
        )
    except Refused as refusal:
        return page(request, rounds_for(request), round_, problem=refusal)
    messages.success(request, f"已提醒 {count} 个单位，站内消息和邮件一并发出。")
    return redirect(f"{reverse('reviews:province')}?round={round_.pk}")


@require_safe
def matrix_file(request: PortalRequest) -> HttpResponse:
    """The matrix as a workbook."""
    _, round_ = _round(request)
    if round_ is None:
        raise Http404("没有可导出的轮次。")
    content = asked.workbook(asked.matrix(request.actor, round_), round_, request.actor)
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = approval.attachment(f"{round_.title}报送情况.xlsx")
    return response


urlpatterns = [
    path("province/", overview, name="province"),
    path("province/remind/", remind, name="province_remind"),
    path("province/matrix.xlsx", matrix_file, name="province_matrix"),
    *approval.urlpatterns,
    *publishing.urlpatterns,
]
