"""Acts on a proposal: a view parses, calls the action and leads back to the page; a refusal is shown there with what was typed."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_POST

from cultivation.models import RosterEntry
from foundation.accounts.http import PortalRequest
from foundation.accounts.transition import require
from foundation.core.clock import real_now
from foundation.core.errors import Refused
from foundation.core.verdict import no
from foundation.documents.actions import store_upload
from foundation.documents.models import StoredFile
from foundation.duties import jobs
from reviews.actions import lifecycle
from reviews.lifecycle import EXITS
from reviews.lifecycle_jobs import BULK_DECIDE, BULK_HEAR
from reviews.lifecycle_papers import PROPOSAL_FILE
from reviews.models import Proposal
from reviews.states import ProposalState

WITHDRAWN = EXITS[RosterEntry.Exit.WITHDRAWN]
FORM = ("kind", "cause", "reason", "clause")
TYPED = ("opinion", "reason", "text", "received_on", "version")


def _act(request: PortalRequest, pk: int, do: Callable[[Proposal], str], anchor: str = "") -> HttpResponse:
    """Do one act; a refusal comes back on the page with its reason and everything typed."""
    from reviews.views.lifecycle import proposal_page, seen_proposal

    row = seen_proposal(request, pk)
    try:
        said = do(row)
    except Refused as refusal:
        typed = {name: request.POST.get(name, "") for name in TYPED}
        return proposal_page(request, seen_proposal(request, pk), problem=refusal, typed=typed)
    messages.success(request, said)
    response = redirect("reviews:proposal", pk=pk)
    response["Location"] += anchor
    return response


def _upload(request: PortalRequest, owner: tuple[str, int]) -> StoredFile | None:
    sent = request.FILES.get("file")
    return store_upload(sent, actor=request.actor, purpose=PROPOSAL_FILE, owner=owner) if sent is not None else None


@require_POST
def make(request: PortalRequest, pk: int) -> HttpResponse:
    """Propose a change of an entry."""
    from reviews.views.lifecycle import propose_page, seen_entry

    entry = seen_entry(request, pk)
    typed = {name: request.POST.get(name, "") for name in FORM}
    try:
        require(request.actor, "proposal.make", entry)
        stored = _upload(request, ("enterprise", entry.enterprise_id))
        row = lifecycle.propose(
            entry_id=pk,
            actor=request.actor,
            kind=typed["kind"],
            cause=typed["cause"],
            reason=typed["reason"],
            clause=typed["clause"],
            paper=stored,
        )
    except Refused as refusal:
        return propose_page(request, entry, problem=refusal, typed=typed)
    mine = row.bureau_id == request.actor.bureau_id
    messages.success(request, "已提出，请继续办理。" if mine else f"已提交{row.bureau.name}决定。")
    return redirect("reviews:proposal", pk=row.pk)


@require_POST
def ask_leave(request: PortalRequest, pk: int) -> HttpResponse:
    """The firm asks to leave the list."""
    from reviews.views.lifecycle import leave_page, seen_entry

    entry = seen_entry(request, pk)
    reason = request.POST.get("reason", "")
    try:
        require(request.actor, "proposal.ask_leave", entry)
        stored = _upload(request, ("enterprise", entry.enterprise_id))
        row = lifecycle.ask_to_leave(entry_id=pk, reason=reason, actor=request.actor, paper=stored)
    except Refused as refusal:
        return leave_page(request, entry, problem=refusal, reason=reason)
    messages.success(request, "退出申请已提交，决定前可以撤回。")
    return redirect("reviews:proposal", pk=row.pk)


@require_POST
def take_back(request: PortalRequest, pk: int) -> HttpResponse:
    """The firm takes its wish back."""

    def do(row: Proposal) -> str:
        lifecycle.take_back(proposal_id=row.pk, actor=request.actor)
        return "退出申请已撤回，企业仍在名单中。"

    return _act(request, pk, do)


@require_POST
def many(request: PortalRequest) -> HttpResponse:
    """One act on many proposals, as a job over the page's own functions: send the letters, or give the hand that is due."""
    from reviews.lifecycle_queries import proposals

    kind = {"hearing": BULK_HEAR, "decide": BULK_DECIDE}.get(request.POST.get("action", ""))
    if kind is None:
        raise Http404("没有这种办理。")
    require(request.actor, "proposal.list")
    filters = {name: request.GET.get(name, "").strip() for name in ("view", "kind", "programme", "q")}
    rows = proposals(request.actor, **filters)
    if request.POST.get("all") != "1":
        rows = rows.filter(pk__in=[int(one) for one in request.POST.getlist("ids") if one.isdecimal()])
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    if not ids:
        messages.warning(request, "没有选中名单调整。请先勾选。")
        return redirect("reviews:proposals")
    job = jobs.start(
        kind,
        actor=request.actor,
        params={"ids": ids, "opinion": request.POST.get("opinion", "")},
        total=len(ids),
        label=f"{'听取意见' if kind == BULK_HEAR else '决定'} {len(ids)} 项名单调整",
        result_url=reverse("reviews:proposals"),
    )
    return redirect("duties:job", pk=job.pk)


@require_POST
def open_hearing(request: PortalRequest, pk: int) -> HttpResponse:
    """Send the letter."""

    def do(row: Proposal) -> str:
        heard = lifecycle.open_hearing(proposal_id=row.pk, actor=request.actor)
        assert heard.hearing_until is not None
        return f"听取意见通知书已发出，企业可在{heard.hearing_until.month}月{heard.hearing_until.day}日前陈述意见。"

    return _act(request, pk, do)


@require_POST
def decide(request: PortalRequest, pk: int) -> HttpResponse:
    """Give the hand that is due; the last one decides."""

    def do(row: Proposal) -> str:
        version = request.POST.get("version", "")
        decided = lifecycle.decide_proposal(
            proposal_id=row.pk,
            actor=request.actor,
            opinion=request.POST.get("opinion", ""),
            version=int(version) if version.isdecimal() else None,
        )
        if decided.state != ProposalState.ADOPTED:
            return "已签批，请下一环节办理。"
        return "已决定，决定书已生成并告知企业和各级主管部门。"

    return _act(request, pk, do)


@require_POST
def drop(request: PortalRequest, pk: int) -> HttpResponse:
    """Do not adopt it, with the reason."""

    def do(row: Proposal) -> str:
        lifecycle.drop_proposal(proposal_id=row.pk, actor=request.actor, reason=request.POST.get("reason", ""))
        return "已办结：不采纳这项建议，企业名单状态不变。"

    return _act(request, pk, do)


@require_POST
def state(request: PortalRequest, pk: int) -> HttpResponse:
    """The firm's statement, or its paper entered by a bureau."""

    def do(row: Proposal) -> str:
        require(request.actor, "proposal.state", row)
        stored = _upload(request, ("enterprise", row.enterprise_id))
        day = None
        if request.actor.is_official:
            day = _day(request.POST.get("received_on", ""))
        lifecycle.state_case(
            proposal_id=row.pk,
            actor=request.actor,
            text=request.POST.get("text", ""),
            file=stored,
            received_on=day,
        )
        return "书面意见已代录。" if request.actor.is_official else "陈述意见已提交，决定单位将据此作出决定。"

    return _act(request, pk, do, "#statement")


def _day(text: str) -> dt.date:
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise Refused(no("请填写收到书面意见的日期。", "按 2018-03-20 的形式填写。"))
    return day


@require_POST
def save_draft(request: PortalRequest, pk: int) -> JsonResponse:
    """Autosave of the firm's text: ``{"version": n, "fields": {"text": "…"}}``."""
    from reviews.views.lifecycle import seen_proposal

    seen_proposal(request, pk)
    try:
        sent = json.loads(request.body)
        text, version = str(sent.get("fields", {}).get("text", "")), int(sent["version"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return JsonResponse({"reason": "没有读懂，请刷新后再填写。"}, status=400)
    try:
        row = lifecycle.save_statement_draft(proposal_id=pk, actor=request.actor, text=text, version=version)
    except Refused as refusal:
        return JsonResponse({"reason": str(refusal.verdict), "who": "", "when": ""}, status=refusal.status)
    at = timezone.localtime(real_now())
    return JsonResponse({"version": row.draft_version, "saved_at": f"{at.hour}:{at.minute:02d}", "errors": {}})


urlpatterns = [
    path("lifecycle/many/", many, name="proposals_many"),
    path("lifecycle/entries/<int:pk>/propose/send/", make, name="proposal_make"),
    path("lifecycle/entries/<int:pk>/leave/send/", ask_leave, name="proposal_ask_leave"),
    path("lifecycle/<int:pk>/take-back/", take_back, name="proposal_take_back"),
    path("lifecycle/<int:pk>/hearing/", open_hearing, name="proposal_hearing"),
    path("lifecycle/<int:pk>/decide/", decide, name="proposal_decide"),
    path("lifecycle/<int:pk>/drop/", drop, name="proposal_drop"),
    path("lifecycle/<int:pk>/state/", state, name="proposal_state"),
    path("lifecycle/<int:pk>/draft/", save_draft, name="proposal_draft"),
]
