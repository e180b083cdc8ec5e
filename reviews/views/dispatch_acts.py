"""Acts on a dispatch: a view parses, calls the action and leads back to the page; a refusal is shown there with what was typed."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_POST

from cultivation.models import Round
from foundation.accounts.http import PortalRequest
from foundation.accounts.models import Bureau
from foundation.accounts.transition import require
from foundation.core.errors import Refused
from foundation.core.verdict import no
from foundation.documents.actions import set_official_number, store_upload
from foundation.documents.actions.seal import SCAN_TYPES
from foundation.documents.detect import FileRefused
from foundation.documents.permissions import SCAN
from foundation.duties import jobs
from reviews import queries
from reviews.actions import dispatching, listing_gate, merging, sending
from reviews.jobs import BULK_MERGE, start_table
from reviews.models import Application, Dispatch
from reviews.states import DispatchState

Acts = Callable[[PortalRequest, Dispatch], str]


def _seen(request: PortalRequest, pk: int) -> Dispatch:
    from reviews.views.dispatch import seen_dispatch

    return seen_dispatch(request, pk)


def act(request: PortalRequest, pk: int, do: Acts, anchor: str = "") -> HttpResponse:
    """Do one act on a dispatch; a refusal comes back on the page with its reason."""
    row = _seen(request, pk)
    try:
        said = do(request, row)
    except Refused as refusal:
        from reviews.views.dispatch import page

        typed = {name: str(value) for name, value in request.POST.items() if name != "csrfmiddlewaretoken"}
        return page(request, _seen(request, pk), problem=refusal, typed=typed)
    if said:
        messages.success(request, said)
    if not Dispatch.objects.visible_to(request.actor).filter(pk=pk).exists():
        return redirect(f"{reverse('reviews:dispatches')}?round={row.round_id}")
    return redirect(reverse("reviews:dispatch", args=[pk]) + anchor)


def round_of(request: PortalRequest) -> Round:
    """The round named by the form, if the bureau takes part in it."""
    wanted = request.POST.get("round", "")
    row = queries.rounds_of(request.actor).filter(pk=wanted).first() if wanted.isdecimal() else None
    if row is None:
        raise Http404("没有这个轮次，或它不在您的职责范围内。")
    return row


@require_POST
def start(request: PortalRequest) -> HttpResponse:
    """Open the bureau's dispatch of a round."""
    from reviews.views.dispatch import home

    round_ = round_of(request)
    try:
        row = dispatching.start_dispatch(round=round_, actor=request.actor)
    except Refused as refusal:
        return home(request, round_=round_, problem=refusal)
    messages.success(request, f"已建立报送，收入 {row.items.count()} 户。顺序可以拖动调整。")
    return redirect("reviews:dispatch", pk=row.pk)


@require_POST
def order(request: PortalRequest, pk: int) -> JsonResponse:
    """The order by hand: ``{"ids": [...], "version": n}``; those held back stay behind."""
    row = _seen(request, pk)
    try:
        sent = json.loads(request.body)
        ids = [int(one) for one in sent["ids"]]
        version = int(sent["version"])
    except (ValueError, KeyError, TypeError):
        return JsonResponse({"reason": "顺序没有读懂，请刷新后再调整。"}, status=400)
    held = list(row.items.filter(held=True).order_by("rank").values_list("application_id", flat=True))
    try:
        row = dispatching.reorder(dispatch_id=pk, actor=request.actor, order=[*ids, *held], version=version)
    except Refused as refusal:
        return JsonResponse({"reason": str(refusal.verdict)}, status=refusal.status)
    return JsonResponse({"version": row.version})


@require_POST
def hold(request: PortalRequest, pk: int) -> HttpResponse:
    """Leave a firm out, or take it in again."""

    def do(request: PortalRequest, row: Dispatch) -> str:
        held = request.POST.get("held") == "1"
        dispatching.hold(dispatch_id=pk, actor=request.actor, application_id=_number(request, "application"), held=held)
        return "已移到“暂不报送”。" if held else "已重新列入名单。"

    return act(request, pk, do, "#list")


@require_POST
def collect(request: PortalRequest, pk: int) -> HttpResponse:
    """Take in what was recommended or merged since."""

    def do(request: PortalRequest, row: Dispatch) -> str:
        added = dispatching.collect(dispatch=row, actor=request.actor)
        return f"新收入 {added} 户，排在名单末尾。" if added else "没有新推荐的材料。"

    return act(request, pk, do, "#list")


@require_POST
def reporter(request: PortalRequest, pk: int) -> HttpResponse:
    """填报人 and telephone (HN-32)."""

    def do(request: PortalRequest, row: Dispatch) -> str:
        name, phone = request.POST.get("name", ""), request.POST.get("phone", "")
        dispatching.set_reporter(dispatch_id=pk, actor=request.actor, name=name, phone=phone)
        return "填报人已保存。"

    return act(request, pk, do, "#reporter")


@require_POST
def explain(request: PortalRequest, pk: int) -> HttpResponse:
    """Reasons at listing: those typed, or the counties' own taken over."""

    def do(request: PortalRequest, row: Dispatch) -> str:
        if request.POST.get("action") == "adopt":
            return f"已沿用 {listing_gate.adopt_reasons(dispatch_id=pk, actor=request.actor)} 条县级理由，请核对。"
        texts = {}
        for name, text in request.POST.items():
            file, _, code = name.removeprefix("reason_").partition("_")
            if name.startswith("reason_") and file.isdecimal() and code:
                texts[int(file), code] = str(text)
        listing_gate.explain_listings(dispatch_id=pk, actor=request.actor, texts=texts)
        return "说明已保存。"

    return act(request, pk, do, "#gates")


@require_POST
def sign(request: PortalRequest, pk: int) -> HttpResponse:
    """Give the hand that is due; after 签发 the table is made by a job."""

    def do(request: PortalRequest, row: Dispatch) -> str:
        signed = dispatching.sign(dispatch_id=pk, actor=request.actor, opinion=request.POST.get("opinion", ""))
        if signed.document_id is None:
            return "已签批，请下一环节办理。"
        start_table(signed, request.actor)
        return "已签发，名单和顺序已定稿，正在生成汇总表。"

    return act(request, pk, do)


@require_POST
def make_table(request: PortalRequest, pk: int) -> HttpResponse:
    """Start the job anew where it failed or was never started."""

    def do(request: PortalRequest, row: Dispatch) -> str:
        require(request.actor, "dispatch.download", row)
        if row.document_id is None:
            raise Refused(no("还没有签发，汇总表尚未定稿。"))
        start_table(row, request.actor)
        return ""

    return act(request, pk, do, "#papers")


@require_POST
def seal(request: PortalRequest, pk: int) -> HttpResponse:
    """The stamped scan comes back; its code is compared with the table."""

    def do(request: PortalRequest, row: Dispatch) -> str:
        require(request.actor, "dispatch.seal", row)
        upload = request.FILES.get("file")
        if upload is None:
            raise FileRefused("还没有选择文件。", "请选择盖章后的扫描件（PDF、JPG 或 PNG）。")
        stored = store_upload(
            upload, actor=request.actor, purpose=SCAN, owner=("bureau", row.from_bureau_id), types=SCAN_TYPES
        )
        sealed = dispatching.seal(dispatch_id=pk, actor=request.actor, scan=stored)
        assert sealed.document is not None
        return f"盖章扫描件已登记：{sealed.document.scans.latest('id').note}。"

    return act(request, pk, do, "#papers")


@require_POST
def number(request: PortalRequest, pk: int) -> HttpResponse:
    """The 文号 the bureau's office gave."""

    def do(request: PortalRequest, row: Dispatch) -> str:
        if row.document is None or row.from_bureau_id != request.actor.bureau_id:
            raise Refused(no("签发后才有汇总表，文号由报送单位登记。"))
        set_official_number(document=row.document, number=request.POST.get("number", "")[:80], actor=request.actor)
        return "文号已登记。"

    return act(request, pk, do, "#papers")


@require_POST
def send(request: PortalRequest, pk: int) -> HttpResponse:
    """Report upward."""

    def do(request: PortalRequest, row: Dispatch) -> str:
        sent = sending.send(dispatch_id=pk, actor=request.actor)
        return f"已报送{sent.to_bureau.name}" + ("（逾期）。" if sent.late else "。上级接收前可以撤回。")

    return act(request, pk, do)


@require_POST
def recall(request: PortalRequest, pk: int) -> HttpResponse:
    """Take it back until it is received."""

    def do(request: PortalRequest, row: Dispatch) -> str:
        sending.recall(dispatch_id=pk, actor=request.actor, reason=request.POST.get("reason", ""))
        return "已撤回到编制中，原汇总表作废；改好后重新签发。"

    return act(request, pk, do)


@require_POST
def receive(request: PortalRequest, pk: int) -> HttpResponse:
    """The superior receives the list."""

    def do(request: PortalRequest, row: Dispatch) -> str:
        sending.receive(dispatch_id=pk, actor=request.actor)
        listed = Application.objects.filter(dispatch_items__dispatch=row, state="listed").count()
        return f"已接收，{listed} 户列入名单。" if listed else "已接收。"

    return act(request, pk, do)


@require_POST
def give_back(request: PortalRequest, pk: int) -> HttpResponse:
    """The superior returns the whole list."""

    def do(request: PortalRequest, row: Dispatch) -> str:
        sending.return_dispatch(dispatch_id=pk, actor=request.actor, reason=request.POST.get("reason", ""))
        return f"已退回{row.from_bureau.name}。"

    return act(request, pk, do)


@require_POST
def files(request: PortalRequest, pk: int) -> HttpResponse:
    """The prefecture's acts on files of a received list: one at once, many as a job over the same function."""

    def do(request: PortalRequest, row: Dispatch) -> str:
        if request.POST.get("action") == "return_to_county":
            chosen = _number(request, "application")
            _on_list(row, [chosen])
            merging.return_to_county(application_id=chosen, actor=request.actor, reason=request.POST.get("reason", ""))
            return "已退回县级重新办理。"
        single = request.POST.get("merge", "")
        if single.isdecimal():
            _on_list(row, [int(single)])
            verdict = merging.merge(ids=[int(single)], actor=request.actor)[int(single)]
            if not verdict:
                raise Refused(verdict)
            return "已审核通过并汇总。"
        raise Refused(no("没有选中材料。", "请先勾选要办理的材料。"))

    if request.POST.get("action") == "merge_many":
        return _merge_many(request, pk)
    return act(request, pk, do, "#list")


def _merge_many(request: PortalRequest, pk: int) -> HttpResponse:
    row = _seen(request, pk)
    waiting = row.items.filter(held=False, application__state="at_prefecture")
    if request.POST.get("all") != "1":
        waiting = waiting.filter(
            application_id__in=[int(one) for one in request.POST.getlist("ids") if one.isdecimal()]
        )
    ids = list(waiting.order_by("rank").values_list("application_id", flat=True))
    if not ids:
        messages.warning(request, "没有选中待审核的材料。请先勾选。")
        return redirect("reviews:dispatch", pk=pk)
    job = jobs.start(
        BULK_MERGE,
        actor=request.actor,
        params={"ids": ids},
        total=len(ids),
        label=f"审核通过并汇总 {len(ids)} 份",
        result_url=reverse("reviews:dispatch", args=[pk]),
    )
    return redirect("duties:job", pk=job.pk)


def _on_list(row: Dispatch, ids: list[int]) -> None:
    if row.state != DispatchState.RECEIVED or row.items.filter(application_id__in=ids, held=False).count() != len(ids):
        raise Refused(no("这份材料不在已接收的名单中。", "请先接收报送。"))


def _number(request: PortalRequest, name: str) -> int:
    text = request.POST.get(name, "")
    if not text.isdecimal():
        raise Refused(no("没有选中企业。", "请刷新后再办理。"))
    return int(text)


@require_POST
def grant_late(request: PortalRequest) -> HttpResponse:
    """Leave to report late (补报), recorded."""
    from reviews.views.dispatch import home

    round_ = round_of(request)
    typed = {name: request.POST.get(name, "") for name in ("bureau", "until", "reason")}
    try:
        bureau = Bureau.objects.filter(pk=typed["bureau"]).first() if typed["bureau"].isdecimal() else None
        if bureau is None:
            raise Refused(no("请选择准予补报的单位。"))
        until = _day(typed["until"])
        sending.grant_late(round=round_, bureau=bureau, actor=request.actor, until=until, reason=typed["reason"])
    except Refused as refusal:
        return home(request, round_=round_, problem=refusal, typed=typed)
    messages.success(request, f"已准予{bureau.name}补报至{until.month}月{until.day}日。")
    back = "reviews:province" if request.POST.get("back") == "province" else "reviews:dispatches"
    return redirect(f"{reverse(back)}?round={round_.pk}")


def _day(text: str) -> dt.date:
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise Refused(no("补报期限不是有效的日期。", "请按 2018-03-20 的形式填写。"))
    return day


urlpatterns = [
    path("dispatches/start/", start, name="dispatch_start"),
    path("dispatches/late/", grant_late, name="late_grant"),
    path("dispatches/<int:pk>/order/", order, name="dispatch_order"),
    path("dispatches/<int:pk>/hold/", hold, name="dispatch_hold"),
    path("dispatches/<int:pk>/collect/", collect, name="dispatch_collect"),
    path("dispatches/<int:pk>/reporter/", reporter, name="dispatch_reporter"),
    path("dispatches/<int:pk>/explain/", explain, name="dispatch_explain"),
    path("dispatches/<int:pk>/sign/", sign, name="dispatch_sign"),
    path("dispatches/<int:pk>/table/", make_table, name="dispatch_table"),
    path("dispatches/<int:pk>/seal/", seal, name="dispatch_seal"),
    path("dispatches/<int:pk>/number/", number, name="dispatch_number"),
    path("dispatches/<int:pk>/send/", send, name="dispatch_send"),
    path("dispatches/<int:pk>/recall/", recall, name="dispatch_recall"),
    path("dispatches/<int:pk>/receive/", receive, name="dispatch_receive"),
    path("dispatches/<int:pk>/return/", give_back, name="dispatch_return"),
    path("dispatches/<int:pk>/files/", files, name="dispatch_files"),
]
