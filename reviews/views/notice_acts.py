"""Acts on a public notice: a view parses, calls the action and leads back; a refusal is shown there with what was typed (P-03)."""

from __future__ import annotations

import json
from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from foundation.accounts.http import PortalRequest
from foundation.core.errors import Refused
from foundation.core.verdict import no
from foundation.documents.tasks import render_soon
from reviews.actions import noticing
from reviews.models import PublicNotice
from reviews.views.dispatch_acts import round_of
from reviews.views.notice_desk import home, own_notice, page

Acts = Callable[[PortalRequest, PublicNotice], str]


def act(request: PortalRequest, pk: int, do: Acts, anchor: str = "") -> HttpResponse:
    """Do one act on a notice; a refusal comes back on the page with its reason."""
    row = own_notice(request, pk)
    try:
        said = do(request, row)
    except Refused as refusal:
        typed = {name: str(value) for name, value in request.POST.items() if name != "csrfmiddlewaretoken"}
        return page(request, own_notice(request, pk), problem=refusal, typed=typed)
    if said:
        messages.success(request, said)
    return redirect(reverse("reviews:public_notice", args=[pk]) + anchor)


@require_POST
def start(request: PortalRequest) -> HttpResponse:
    """Draft the bureau's notice of a round."""
    round_ = round_of(request)
    try:
        row = noticing.start_notice(round=round_, actor=request.actor)
    except Refused as refusal:
        return home(request, round_=round_, problem=refusal)
    messages.success(request, f"已拟制公示，收入 {row.rows.count()} 户。请核对文字、联系人和名单。")
    return redirect("reviews:public_notice", pk=row.pk)


@require_POST
def edit(request: PortalRequest, pk: int) -> HttpResponse:
    """Words, contacts and days of the draft."""

    def do(request: PortalRequest, row: PublicNotice) -> str:
        days = request.POST.get("working_days", "").strip()
        if days and not (days.isdecimal() and len(days) < 4):
            raise Refused(no("公示期请填写工作日数，如 5。"))
        texts = {name: request.POST[name] for name in noticing.TEXTS if name in request.POST}
        noticing.edit_notice(notice_id=pk, actor=request.actor, working_days=int(days) if days else None, **texts)
        return "已保存。"

    return act(request, pk, do)


@require_POST
def order(request: PortalRequest, pk: int) -> JsonResponse:
    """The order by hand: ``{"ids": [...], "version": n}``."""
    own_notice(request, pk)
    try:
        sent = json.loads(request.body)
        ids, version = [int(one) for one in sent["ids"]], int(sent["version"])
    except (ValueError, KeyError, TypeError):
        return JsonResponse({"reason": "顺序没有读懂，请刷新后再调整。"}, status=400)
    try:
        row = noticing.reorder_rows(notice_id=pk, actor=request.actor, order=ids, version=version)
    except Refused as refusal:
        return JsonResponse({"reason": str(refusal.verdict)}, status=refusal.status)
    return JsonResponse({"version": row.version})


@require_POST
def rows(request: PortalRequest, pk: int) -> HttpResponse:
    """Acts on the list: take in, leave out, strike, correct."""

    def do(request: PortalRequest, row: PublicNotice) -> str:
        action = request.POST.get("action", "")
        if action == "collect":
            added = noticing.collect_rows(notice_id=pk, actor=request.actor)
            return f"新收入 {added} 户，排在名单末尾。" if added else "没有新的企业。"
        chosen = request.POST.get("row", "")
        if not chosen.isdecimal() or not row.rows.filter(pk=int(chosen)).exists():
            raise Refused(no("没有选中企业。", "请刷新后再办理。"))
        reason = request.POST.get("reason", "")
        if action == "leave_out":
            noticing.leave_out(notice_id=pk, actor=request.actor, row_id=int(chosen))
            return "已移出，可以在下一次公示中再收入。"
        if action == "strike":
            noticing.strike_row(row_id=int(chosen), actor=request.actor, reason=reason)
            return "已撤下，公示页面上显示理由，并已告知企业。"
        if action == "correct":
            noticing.correct_row(
                row_id=int(chosen), actor=request.actor, name=request.POST.get("name", ""), reason=reason
            )
            return "已更正，公示页面上显示理由。"
        raise Refused(no("没有这项办理。", "请刷新后再办理。"))

    return act(request, pk, do, "#list")


@require_POST
def sign(request: PortalRequest, pk: int) -> HttpResponse:
    """Give the hand that is due; the last one posts the notice and has its paper made."""

    def do(request: PortalRequest, row: PublicNotice) -> str:
        done = noticing.open_notice(notice_id=pk, actor=request.actor, opinion=request.POST.get("opinion", "")[:500])
        if done.document is None:
            return "已签批，请下一环节办理。"
        render_soon(done.document)
        assert done.starts_on is not None
        return f"已发布，{done.starts_on.month}月{done.starts_on.day}日起公示，并已告知名单中的企业。"

    return act(request, pk, do)


@require_POST
def close(request: PortalRequest, pk: int) -> HttpResponse:
    """End the notice after its last day."""

    def do(request: PortalRequest, row: PublicNotice) -> str:
        noticing.close_notice(notice_id=pk, actor=request.actor)
        return "公示已结束。没有未办结异议的企业可以列入名单。"

    return act(request, pk, do)


@require_POST
def restart(request: PortalRequest, pk: int) -> HttpResponse:
    """Give it anew: the new draft is shown."""
    row = own_notice(request, pk)
    try:
        new = noticing.restart_notice(notice_id=row.pk, actor=request.actor, reason=request.POST.get("reason", ""))
    except Refused as refusal:
        return page(
            request, own_notice(request, pk), problem=refusal, typed={"restart": request.POST.get("reason", "")}
        )
    messages.success(request, "原公示已停止，请核对后重新签批发布，公示期从发布起重新计算。")
    return redirect("reviews:public_notice", pk=new.pk)


urlpatterns = [
    path("public-notices/start/", start, name="public_notice_start"),
    path("public-notices/<int:pk>/edit/", edit, name="public_notice_edit"),
    path("public-notices/<int:pk>/order/", order, name="public_notice_order"),
    path("public-notices/<int:pk>/rows/", rows, name="public_notice_rows"),
    path("public-notices/<int:pk>/sign/", sign, name="public_notice_sign"),
    path("public-notices/<int:pk>/close/", close, name="public_notice_close"),
    path("public-notices/<int:pk>/restart/", restart, name="public_notice_restart"),
]
