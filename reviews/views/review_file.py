"""The officer's page of one file, and the acts on it. A view parses, calls the action, and leads back to the page."""

from __future__ import annotations

import datetime as dt

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_POST, require_safe

from foundation.accounts.http import PortalRequest
from foundation.accounts.may import rules
from foundation.accounts.models import Post
from foundation.accounts.roles import CASE_ROLES
from foundation.accounts.transition import require
from foundation.core.clock import business_today
from foundation.core.errors import Refused
from foundation.core.verdict import no
from foundation.documents.actions import store_upload
from reviews import queries
from reviews.actions import county, merging
from reviews.county_page import FilePage, anchors_of, file_page
from reviews.dossier import load_dossiers
from reviews.models import Application
from reviews.papers import CHECK_PROOF
from reviews.states import TONES, FileState, state_word


def seen_file(request: PortalRequest, pk: int) -> Application:
    """The file if it exists for the official; 404 otherwise."""
    rows = Application.objects.visible_to(request.actor).select_related(
        "round__version", "programme_version", "enterprise__region", "bureau__region", "paper_source"
    )
    file = rows.filter(pk=pk).first()
    if file is None:
        raise Http404("没有这份材料，或它不在您的职责范围内。")
    return file


def _render(request: PortalRequest, file: Application, *, problem: Refused | None = None) -> HttpResponse:
    shown: FilePage = file_page(file, request.actor)
    before, after = queries.neighbours(request.actor, file)
    state = state_word(file.state, request.actor.level)
    if file.state == FileState.SUBMITTED and file.revision > 1:
        state = "企业已补正，待初审"
    handles = request.actor.bureau_id == file.bureau_id
    context = {
        "p": shown,
        "file": file,
        "tier": next((tier.title for tier in shown.programme.tiers if tier.code == file.tier), file.tier),
        "state": state,
        "tone": TONES[file.state],
        "handles": handles,
        "prefecture_acts": file.state == FileState.AT_PREFECTURE and request.actor.level == "prefecture",
        "before": before,
        "after": after,
        "problem": problem.verdict if problem else None,
        "typed": request.POST if problem else {},
        "today": business_today(),
        "entries": _timeline(shown, inward=handles),
        "officers": _officers(request) if handles else [],
        "anchors": anchors_of(shown.dossier),
        "others": queries.live_applications_of_year(file),
    }
    return render(request, "reviews/county/file.html", context, status=problem.status if problem else 200)


def _timeline(page: FilePage, *, inward: bool) -> list[dict[str, object]]:
    entries = []
    for act in page.timeline:
        known = rules.get(act.action)
        entries.append(
            {
                "title": known.label if known else act.action,
                "tone": TONES.get(act.to_state, "mo") if act.to_state != act.from_state else "mo",
                "at": act.made_at,
                "who": f"{act.hat_label} {act.signature}",
                "opinion": act.opinion,
                "note": act.note if inward and act.hat_kind == "bureau" else "",
            }
        )
    return entries


def _officers(request: PortalRequest) -> list[tuple[int, str]]:
    today = business_today()
    rows = Post.objects.filter(bureau_id=request.actor.bureau_id, role__in=sorted(CASE_ROLES), valid_from__lte=today)
    return sorted(
        {
            (row.user_id, row.user.name)
            for row in rows.select_related("user")
            if row.valid_to is None or row.valid_to >= today
        }
    )


@require_safe
def page(request: PortalRequest, pk: int) -> HttpResponse:
    """Figures, evidence and criteria side by side; the acts below the criteria."""
    file = seen_file(request, pk)
    require(request.actor, "application.view", file)
    return _render(request, file)


@require_POST
def check(request: PortalRequest, pk: int) -> HttpResponse:
    """Record a credit and compliance check with its proof."""
    file = seen_file(request, pk)
    upload = request.FILES.get("proof")
    try:
        require(request.actor, "application.check", file)
        proof = store_upload(upload, actor=request.actor, purpose=CHECK_PROOF) if upload is not None else None
        county.record_check(
            application_id=pk,
            actor=request.actor,
            code=request.POST.get("code", ""),
            source=request.POST.get("source", ""),
            checked_on=_day(request.POST.get("checked_on", ""), "核查日期"),
            result=request.POST.get("result", ""),
            detail=request.POST.get("detail", ""),
            proof=proof,
        )
    except Refused as refusal:
        return _render(request, file, problem=refusal)
    messages.success(request, "已登记核查结果。")
    return redirect("reviews:file", pk=pk)


@require_POST
def opinions(request: PortalRequest, pk: int) -> HttpResponse:
    """Answer the opinion items and the reasons for gates in one form; only what was answered is saved."""
    file = seen_file(request, pk)
    answers = {
        name.removeprefix("answer_"): (value == "yes", request.POST.get(f"line_{name.removeprefix('answer_')}", ""))
        for name, value in request.POST.items()
        if name.startswith("answer_") and value in {"yes", "no"}
    }
    try:
        if answers:
            county.give_opinions(application_id=pk, actor=request.actor, answers=answers)
        for name, value in request.POST.items():
            if name.startswith("reason_"):
                county.explain_gate(
                    application_id=pk,
                    actor=request.actor,
                    step="recommendation",
                    code=name.removeprefix("reason_"),
                    text=value,
                )
    except Refused as refusal:
        return _render(request, file, problem=refusal)
    messages.success(request, "研判意见已保存。")
    return redirect(reverse("reviews:file", args=[pk]) + "#opinion")


@require_POST
def explain(request: PortalRequest, pk: int) -> HttpResponse:
    """The reason for one criterion whose gate asks for it."""
    file = seen_file(request, pk)
    try:
        county.explain_gate(
            application_id=pk,
            actor=request.actor,
            step="recommendation",
            code=request.POST.get("code", ""),
            text=request.POST.get("text", ""),
        )
    except Refused as refusal:
        return _render(request, file, problem=refusal)
    messages.success(request, "理由已保存。")
    return redirect("reviews:file", pk=pk)


@require_POST
def decide(request: PortalRequest, pk: int) -> HttpResponse:
    """Recommend, return, refuse; or, at the prefecture, merge and return to the county."""
    file = seen_file(request, pk)
    after = queries.neighbours(request.actor, file)[1]
    action = request.POST.get("action", "")
    opinion, note = request.POST.get("opinion", ""), request.POST.get("note", "")
    try:
        done = _act(request, pk, action, opinion, note)
    except Refused as refusal:
        return _render(request, file, problem=refusal)
    messages.success(request, f"{file.enterprise_name}：{done}。")
    return redirect("reviews:file", pk=after) if after and request.POST.get("next") else redirect("reviews:file", pk=pk)


def _act(request: PortalRequest, pk: int, action: str, opinion: str, note: str) -> str:
    actor, post = request.actor, request.POST
    if action == "recommend":
        verdict = county.recommend(ids=[pk], actor=actor, opinion=opinion, note=note)[pk]
        if not verdict:
            raise Refused(verdict)
        return "已办理推荐"
    if action == "return":
        titles = dict(anchors_of(load_dossiers(Application.objects.filter(pk=pk))[pk]))
        remarks = zip(post.getlist("anchor"), post.getlist("remark"), strict=False)
        items = [{"anchor": anchor, "label": titles.get(anchor, ""), "remark": remark} for anchor, remark in remarks]
        due = _day(post["due_on"], "答复期限") if post.get("due_on") else None
        county.return_for_correction(application_id=pk, actor=actor, reason=opinion, items=items, due_on=due, note=note)
        return "已退回企业补正"
    if action == "refuse":
        county.refuse(application_id=pk, actor=actor, reason=opinion, note=note)
        return "已决定不予推荐"
    if action == "merge":
        verdict = merging.merge(ids=[pk], actor=actor, opinion=opinion)[pk]
        if not verdict:
            raise Refused(verdict)
        return "已审核通过并汇总"
    if action == "return_to_county":
        merging.return_to_county(application_id=pk, actor=actor, reason=opinion)
        return "已退回县级"
    raise Http404("没有这种办理。")


@require_POST
def assign(request: PortalRequest, pk: int) -> HttpResponse:
    """Name the officer in charge."""
    seen_file(request, pk)
    wanted = request.POST.get("user", "")
    county.assign(application_id=pk, actor=request.actor, user_id=int(wanted) if wanted.isdigit() else 0)
    messages.success(request, "已分派承办人。")
    return redirect("reviews:file", pk=pk)


def _day(text: str, what: str) -> dt.date:
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise Refused(no(f"{what}不是有效的日期。", "请按 2018-03-12 的形式填写。"))
    return day
