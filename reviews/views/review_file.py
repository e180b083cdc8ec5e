"""The officer's page of one file, and the acts on it. A view parses, calls the action, and leads back to the page."""

from __future__ import annotations

import datetime as dt
from itertools import zip_longest

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_POST, require_safe

from foundation.accounts.actor import Actor
from foundation.accounts.http import PortalRequest
from foundation.accounts.may import action_label, may
from foundation.accounts.roles import Act, Level, Role
from foundation.accounts.transition import require
from foundation.core.clock import business_today
from foundation.core.errors import Refused
from foundation.core.verdict import no
from foundation.documents.actions import store_upload
from reviews import province_queries, queries
from reviews.actions import county, merging
from reviews.county_page import FilePage, anchors_of, file_page
from reviews.dossier import load_dossiers
from reviews.hands import HandPlan, plan_for
from reviews.models import Application, Explanation, OpinionRecord
from reviews.papers import CHECK_PROOF
from reviews.province_page import OUTCOME_TONES, standing_of
from reviews.states import TONES, ApprovalOutcome, FileState, state_word

TYPED = ("opinion", "note", "source", "checked_on", "result", "detail", "due_on")
"""Fields that come back after a refusal."""


def seen_file(request: PortalRequest, pk: int) -> Application:
    """The file if it exists for the official; 404 otherwise."""
    rows = Application.objects.visible_to(request.actor).select_related(
        "round__version", "programme_version", "enterprise", "bureau", "paper_source"
    )
    rows = rows.defer("round__version__document", "programme_version__document")
    file = rows.filter(pk=pk).first()
    if file is None or not request.actor.is_official:
        raise Http404("没有这份材料，或它不在您的职责范围内。")
    return file


def _render(
    request: PortalRequest, file: Application, *, problem: Refused | None = None, again: str = ""
) -> HttpResponse:
    """The page; after a refusal with everything that was typed, in the dialog ``again`` it was typed in."""
    others = queries.live_applications_of_year(file)
    shown: FilePage = file_page(file, request.actor, same_year=[str(other.round) for other in others])
    if problem is not None:
        retype(shown, request.POST)
    for row in shown.checks:
        row["again"] = again == f"check-{row['rule'].code}"
    before, after = queries.neighbours(request.actor, file, shown.plan)
    state = state_word(file.state, request.actor.level)
    if file.state == FileState.SUBMITTED and shown.hands_given and shown.hand_due:
        state = f"待{shown.hand_due}"
    elif file.state == FileState.SUBMITTED and file.revision > 1:
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
        **_at_province(request, file),
        "sent_back": _sent_back(shown, file),
        "again": again,
        "verb": shown.verb,
        "remarks": list(
            zip_longest("123", request.POST.getlist("anchor")[:3], request.POST.getlist("remark")[:3], fillvalue="")
        ),
        "before": before,
        "after": after,
        "problem": {"reason": problem.verdict.reason, "hint": problem.verdict.hint} if problem else None,
        "typed": {name: request.POST.get(name, "") if problem else "" for name in TYPED},
        "today": business_today(),
        "entries": _timeline(shown, request.actor.bureau_id),
        "officers": queries.officers_of(request.actor) if shown.may_check else [],
        "anchors": anchors_of(shown.dossier),
        "others": others,
    }
    return render(request, "reviews/county/file.html", context, status=problem.status if problem else 200)


def _at_province(request: PortalRequest, file: Application) -> dict[str, object]:
    """For the deciding bureau: the file's line in the decision that is being prepared, the firm's entries and history (SC-42)."""
    if request.actor.level != Level.PROVINCE:
        return {"approval_item": None, "standing": ()}
    item = province_queries.open_outcomes(file) if file.state == FileState.AT_PROVINCE else None
    return {
        "approval_item": item,
        "approval_edit": may(request.actor, "approval.edit", item.approval) if item is not None else None,
        "outcome_tone": OUTCOME_TONES[item.outcome] if item is not None else "",
        "outcomes": [(value, label) for value, label in ApprovalOutcome.choices if value != ApprovalOutcome.APPROVE],
        "standing": standing_of([file.enterprise_id]).get(file.enterprise_id, ()),
    }


def _sent_back(page: FilePage, file: Application) -> object | None:
    """The province's return while the bureau it named has the file: said at the top of the page, with the reason."""
    if file.state not in {FileState.SUBMITTED, FileState.AT_PREFECTURE}:
        return None
    moved = next((act for act in page.timeline if act.to_state != act.from_state), None)
    return moved if moved is not None and moved.action == "application.send_back" else None


def _timeline(page: FilePage, bureau_id: int | None) -> list[dict[str, object]]:
    """The acts on the file; an inward note is shown to the bureau that wrote it and to nobody else."""
    entries = []
    for act in page.timeline:
        entries.append(
            {
                "title": action_label(act.action),
                "tone": TONES.get(act.to_state, "mo") if act.to_state != act.from_state else "mo",
                "at": act.made_at,
                "who": f"{act.hat_label} {act.signature}",
                "opinion": act.opinion,
                "note": act.note if act.hat_kind == "bureau" and act.hat_holder_id == bureau_id else "",
            }
        )
    return entries


def retype(shown: FilePage, post: QueryDict) -> None:
    """Put typed opinions and reasons back into the form after a refusal."""
    for row in shown.opinion_items:
        code = row["item"].code
        if f"line_{code}" in post:
            row["line"] = post[f"line_{code}"]
            row["answer"] = {"yes": True, "no": False}.get(post.get(f"answer_{code}", ""))
    for item in shown.to_explain:
        item["reason"] = post.get(f"reason_{item['criterion']}", item["reason"])


@require_safe
def page(request: PortalRequest, pk: int) -> HttpResponse:
    """Figures, evidence and criteria side by side; the acts below the criteria."""
    if request.actor.is_enterprise:
        return redirect(
            "reviews:filing", pk=pk
        )  # checks, opinions and the bureaus' words to each other are not for the firm
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
        return _render(request, file, problem=refusal, again=f"check-{request.POST.get('code', '')}")
    messages.success(request, "已登记核查结果。")
    return redirect("reviews:file", pk=pk)


@require_POST
def opinions(request: PortalRequest, pk: int) -> HttpResponse:
    """Answer the opinion items and the reasons for gates in one form; only what was answered is saved."""
    file = seen_file(request, pk)
    post = request.POST
    try:
        require(request.actor, "application.give_opinion", file)
        answers = _answers(pk, post)
        with transaction.atomic():
            if answers:
                county.give_opinions(application_id=pk, actor=request.actor, answers=answers)
            for code, text in _changed_reasons(pk, post).items():
                county.explain_gate(application_id=pk, actor=request.actor, step="recommendation", code=code, text=text)
    except Refused as refusal:
        return _render(request, file, problem=refusal)
    messages.success(request, "研判意见已保存。")
    return redirect(reverse("reviews:file", args=[pk]) + "#opinion")


def _answers(pk: int, post: QueryDict) -> dict[str, tuple[bool, str]]:
    """Yes or no with its line per item, where it differs from the last answer. Items left empty stay open; a line without yes or
    no is refused, since it would be lost.
    """
    rows = OpinionRecord.objects.filter(application_id=pk).order_by("id")
    known = {row.item: (row.answer, row.line) for row in rows}
    found = {}
    for code in sorted(name.removeprefix("line_") for name in post if name.startswith("line_")):
        answer, line = post.get(f"answer_{code}", ""), str(post[f"line_{code}"]).strip()
        if answer in {"yes", "no"}:
            found[code] = (answer == "yes", line)
        elif line:
            raise Refused(no(f"依据“{line[:20]}”还没有选择“是”或“否”。", "请选择后再保存。"))
    return {code: given for code, given in found.items() if given != known.get(code)}


def _changed_reasons(pk: int, post: QueryDict) -> dict[str, str]:
    """Reasons that differ from those given before: what is left as it was is no new act."""
    typed = {name.removeprefix("reason_"): str(post[name]).strip() for name in post if name.startswith("reason_")}
    if not typed:
        return {}
    rows = Explanation.objects.filter(application_id=pk, kind=Explanation.Kind.GATE, step="recommendation")
    known = dict(rows.values_list("code", "text"))
    return {code: text for code, text in typed.items() if text != known.get(code, "")}


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
    messages.success(request, "理由已保存。" if request.POST.get("text", "").strip() else "理由已撤去。")
    return redirect("reviews:file", pk=pk)


@require_POST
def decide(request: PortalRequest, pk: int) -> HttpResponse:
    """Recommend, return, refuse; or, at the prefecture, merge and return to the county."""
    file = seen_file(request, pk)
    plan = plan_for(request.actor.bureau_id or 0, Act.RECOMMEND)
    following = _following(request.actor, file, plan) if request.POST.get("next") else None
    action = request.POST.get("action", "")
    opinion, note = request.POST.get("opinion", ""), request.POST.get("note", "")
    try:
        done = _act(request, pk, action, opinion, note, plan)
    except Refused as refusal:
        return _render(request, file, problem=refusal, again=action)
    messages.success(request, f"{file.enterprise_name}：{done}。")
    if not request.POST.get("next"):
        return redirect("reviews:file", pk=pk)
    if following is None:  # the last one: back to the list
        return redirect(f"{reverse('reviews:queue')}?round={file.round_id}")
    return redirect("reviews:file", pk=following)


def _following(actor: Actor, file: Application, plan: HandPlan) -> int | None:
    """The file to lead to when this one is done."""
    before, after = queries.neighbours(actor, file, plan)
    return after or before


def _act(request: PortalRequest, pk: int, action: str, opinion: str, note: str, plan: HandPlan) -> str:
    actor, post = request.actor, request.POST
    if action == "recommend":
        verdict = county.recommend(ids=[pk], actor=actor, opinion=opinion, note=note, plan=plan)[pk]
        if not verdict:
            raise Refused(verdict)
        recommended = plan.hands == 1 or actor.role == Role.SIGNER  # 签发 is the last hand wherever there are several
        return "已办理推荐，材料已推荐" if recommended else "已办理推荐，送下一环节"
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
