"""The writer's pages around a file: my files, start, overview, acknowledgement, print. Parse, act, redirect."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from cultivation.contexts import context_for
from cultivation.eligibility import FactSet, TierResult, evaluate_all
from cultivation.models import Round
from enterprises.facts import PATENT_WINDOW, fact_rows
from enterprises.models import Enterprise
from enterprises.places import path_for
from foundation.accounts.http import PortalRequest
from foundation.accounts.may import may
from foundation.accounts.roles import Level
from foundation.accounts.transition import require
from foundation.core.clock import business_today
from foundation.core.errors import Refused
from reviews.actions.filing import confirm_paper, start_application, withdraw
from reviews.draft import changes_since, load_draft
from reviews.evaluation import programme_of, window_verdict
from reviews.filing_queries import (
    course_of,
    files_of,
    my_rows,
    notices_for,
    rounds_for,
    same_year,
    tier_title,
    way_of,
    years_of_files,
    years_with_two,
)
from reviews.form_paper import application_form, draft_form, for_screen, form_title, submitted_form
from reviews.forms.filing import StartForm, tier_choices
from reviews.models import Application, Submission
from reviews.states import EDITABLE_STATES, LIVE_STATES, TONES, FileState, state_word
from reviews.views import draft_pages, filing_acts, on_behalf
from reviews.views.filing_common import draft_context, own_file, remarks_of


@require_safe
def mine(request: PortalRequest) -> HttpResponse:
    """我的申报: every file of the firm, rounds it can file in, two live files in one year told loudly."""
    if not request.actor.is_enterprise:
        return redirect("reviews:on_behalf") if request.actor.is_official else redirect("/")
    years = years_of_files(request.actor)
    year = int(request.GET["year"]) if request.GET.get("year", "").isdecimal() else None
    rows = my_rows(files_of(request.actor, year))
    enterprise = get_object_or_404(
        Enterprise.objects.visible_to(request.actor).prefetch_related("paths"), pk=request.actor.enterprise_id
    )
    context = {
        "rows": rows,
        "years": years,
        "twice": years_with_two(rows),
        "rounds": [item for item in rounds_for(enterprise) if item.file is None],
    }
    return render(request, "reviews/filing/mine.html", context)


# ---- start -------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: PortalRequest, round_id: int) -> HttpResponse:
    """A round as it reaches the firm: the own bureau's notice, the rungs with what is met, the choice."""
    enterprise = get_object_or_404(
        Enterprise.objects.visible_to(request.actor).select_related("bureau", "region").prefetch_related("paths"),
        pk=request.actor.enterprise_id,
    )
    round = get_object_or_404(Round.objects.select_related("version", "notice"), pk=round_id)
    form = StartForm(round.programme, request.POST if request.method == "POST" else None)
    problem: Refused | None = None
    if request.method == "POST" and form.is_valid():
        tier, subtype = form.picked()
        try:
            file = start_application(
                enterprise=enterprise, round=round, tier=tier, subtype=subtype, actor=request.actor
            )
        except Refused as refusal:
            problem = refusal
        else:
            return redirect("reviews:filing", pk=file.pk)
    return render(
        request,
        "reviews/filing/start.html",
        _start_context(request, enterprise, round, form, problem),
        status=_status(problem),
    )


def _start_context(
    request: PortalRequest, enterprise: Enterprise, round: Round, form: StartForm, problem: Refused | None
) -> dict[str, Any]:
    today = business_today()
    programme = round.programme
    rows = fact_rows(enterprise, years=range(round.year - PATENT_WINDOW, round.year), on=today)
    results = evaluate_all(
        programme,
        FactSet.from_rows(rows),
        context_for(programme, round=round, as_of=today),
        version_hash=round.version.digest,
    )
    stairs = [_step(result, programme) for result in results]
    path = path_for(enterprise, round.stage)
    live = Application.objects.filter(enterprise=enterprise, round=round, state__in=sorted(LIVE_STATES)).first()
    others = Application.objects.filter(enterprise=enterprise, year=round.year, state__in=sorted(LIVE_STATES)).exclude(
        round=round
    )
    notices, choices = notices_for(request.actor, round), tier_choices(programme)
    suggested = next((step["ways"][0]["value"] for step in reversed(stairs) if step["tone"] in {"dai", "mo"}), "")
    return {
        "round": round,
        "programme": programme,
        "notices": notices[:1],
        "sources": notices[1:],
        "single": choices[0][0] if len(choices) == 1 else "",
        "stairs": stairs,
        "window": window_verdict(round, path, Level.COUNTY, enterprise=True),
        "live": live,
        "others": [
            f"{other.round.title}（{tier_title(other)}）"
            for other in others.select_related("round__version", "programme_version")
        ],
        "form": form,
        "chosen": form.data.get("tier", "") or suggested,
        "problem": problem.verdict if problem else None,
        "can_start": may(request.actor, "application.start", enterprise),
    }


def _step(result: TierResult, programme: Any) -> dict[str, Any]:
    """One rung: its word, its criteria, the ways in."""
    best = result.best
    missing = best.count("not_met")
    tone, word, look = {
        "met": ("dai", "可以申报", "here"),
        "needs_judgement": ("dai", "可以申报", "here"),
        "undetermined": ("mo", "待补数据", "near" if not missing else ""),
    }.get(result.outcome.value, ("wait", f"差 {missing} 项", "near" if missing <= 2 else ""))
    ways = [
        {
            "value": value,
            "label": next((item.title for item in programme.tier(tier).subtypes if item.code == way), label),
        }
        for value, label, tier, way in tier_choices(programme)
        if tier == result.tier
    ]
    return {
        "result": result,
        "best": best,
        "tone": tone,
        "word": word,
        "look": look,
        "ways": ways,
        "has_ways": len(ways) > 1,
    }


# ---- one file ----------------------------------------------------------------------------------------------


@require_GET
def application(request: PortalRequest, pk: int) -> HttpResponse:
    """The one address of a file for everybody: its writer's page, or the officials' page of it."""
    file = own_file(request, pk)
    if request.actor.is_enterprise or _typed_here(request, file):
        return redirect("reviews:filing", pk=pk)
    return redirect("reviews:file", pk=pk)


@require_safe
def filing(request: PortalRequest, pk: int) -> HttpResponse:
    """Overview: what is still to do, the correction on top, the course of the file."""
    file = own_file(request, pk)
    if request.actor.is_official and not _typed_here(request, file):
        return redirect("reviews:file", pk=pk)
    return overview(request, file)


def _typed_here(request: PortalRequest, file: Application) -> bool:
    """Whether the official's bureau is still typing this file from paper."""
    on_behalf = file.filed_by == Application.FiledBy.BUREAU and file.bureau_id == request.actor.bureau_id
    return on_behalf and file.state in EDITABLE_STATES


def overview(request: PortalRequest, file: Application, problem: Refused | None = None) -> HttpResponse:
    """The overview; ``problem`` is a refusal of the act just tried."""
    submission = file.submissions.order_by("-revision").first()
    context: dict[str, Any] = {
        "file": file,
        "programme": programme_of(file),
        "tier": tier_title(file),
        "word": state_word(file.state, request.actor.level or "enterprise"),
        "tone": TONES[file.state],
        "course": course_of(file),
        "others": [f"{other.round.title}（{tier_title(other)}）" for other in same_year(file)],
        "can_withdraw": may(request.actor, "application.withdraw", file),
        "can_confirm": may(request.actor, "application.confirm_paper", file),
        "submission": submission,
        "problem": problem.verdict if problem else None,
        "steps": way_of(file, programme_of(file)),
        "commitment": file.commitments.order_by("-id").first(),
        "can_commit": may(request.actor, "application.commit", file),
    }
    if file.state in EDITABLE_STATES:
        draft = load_draft(file)
        context |= draft_context(request, draft, "")
        context["changes"] = changes_since(submission, draft) if file.state == FileState.RETURNED else []
        context["remarks"] = remarks_of(draft)
        context["replies_url"] = reverse("reviews:draft_replies", args=[file.pk])
    elif submission is not None:
        context["paper"] = for_screen(submitted_form(file, submission))
    return render(request, "reviews/filing/overview.html", context, status=_status(problem))


@require_safe
def receipt(request: PortalRequest, pk: int) -> HttpResponse:
    """The acknowledgement with its number, printable."""
    file = own_file(request, pk)
    submission = _last_submission(file)
    if submission is None:
        return redirect("reviews:filing", pk=pk)
    context = {
        "file": file,
        "submission": submission,
        "tier": tier_title(file),
        "programme": programme_of(file),
        "commitment": file.commitments.order_by("-id").first(),
    }
    return render(request, "reviews/filing/receipt.html", context)


@require_safe
def print_form(request: PortalRequest, pk: int) -> HttpResponse:
    """The form as a page to print: a draft is marked 草稿 on every sheet, a submitted file shows what it froze."""
    file = own_file(request, pk)
    submission = _last_submission(file)
    as_draft = file.state in EDITABLE_STATES or submission is None
    paper = draft_form(load_draft(file)) if as_draft or submission is None else submitted_form(file, submission)
    context = {
        "file": file,
        "paper": for_screen(paper),
        "title": form_title(programme_of(file), file.year),
        "as_draft": as_draft,
    }
    return render(request, "reviews/filing/print.html", context)


def _last_submission(file: Application) -> Submission | None:
    return file.submissions.order_by("-revision").first()


@require_POST
def form_pdf(request: PortalRequest, pk: int) -> HttpResponse:
    """The numbered PDF of the last submission; made once, by a worker."""
    file = own_file(request, pk)
    require(request.actor, "application.print_form", file)
    document = application_form(file=file, actor=request.actor)
    return redirect("documents:document", pk=document.pk)


@require_POST
def withdraw_file(request: PortalRequest, pk: int) -> HttpResponse:
    """Take the file back."""
    file = own_file(request, pk)
    try:
        withdraw(application_id=file.pk, actor=request.actor, reason=request.POST.get("reason", "").strip()[:400])
    except Refused as refusal:
        return overview(request, file, refusal)
    messages.success(request, "申报已撤回。如需再次申报，可以重新填写。")
    return redirect("reviews:filing", pk=pk) if request.actor.is_enterprise else redirect("reviews:on_behalf")


@require_POST
def confirm(request: PortalRequest, pk: int) -> HttpResponse:
    """The firm confirms what its bureau typed from paper."""
    file = own_file(request, pk)
    try:
        confirm_paper(application_id=file.pk, actor=request.actor)
    except Refused as refusal:
        return overview(request, file, refusal)
    messages.success(request, "已确认，代填内容与纸质材料一致。")
    return redirect("reviews:filing", pk=pk)


def _status(problem: Refused | None) -> int:
    return problem.status if problem else 200


urlpatterns = [
    path("application/<int:pk>/", application, name="application"),
    path("mine/", mine, name="mine"),
    path("mine/start/<int:round_id>/", start, name="start"),
    path("mine/<int:pk>/", filing, name="filing"),
    path("mine/<int:pk>/receipt/", receipt, name="receipt"),
    path("mine/<int:pk>/print/", print_form, name="print_form"),
    path("mine/<int:pk>/form-pdf/", form_pdf, name="form_pdf"),
    path("mine/<int:pk>/withdraw/", withdraw_file, name="withdraw"),
    path("mine/<int:pk>/confirm/", confirm, name="confirm_paper"),
    path("mine/<int:pk>/facts/", draft_pages.facts, name="draft_facts"),
    path("mine/<int:pk>/answers/", draft_pages.answers, name="draft_answers"),
    path("mine/<int:pk>/evidence/", draft_pages.evidence, name="draft_evidence"),
    path("mine/<int:pk>/check/", draft_pages.check, name="draft_check"),
    path("mine/<int:pk>/commitment/", draft_pages.commitment, name="draft_commitment"),
    path("mine/<int:pk>/submit/", draft_pages.submit_page, name="draft_submit"),
    path("mine/<int:pk>/save/", filing_acts.save, name="draft_save"),
    path("mine/<int:pk>/replies/", filing_acts.replies, name="draft_replies"),
    path("mine/<int:pk>/tier/", filing_acts.change_tier, name="draft_tier"),
    path("mine/<int:pk>/evidence/add/", filing_acts.add, name="evidence_add"),
    path("mine/<int:pk>/evidence/<int:row>/remove/", filing_acts.remove, name="evidence_remove"),
    path("mine/<int:pk>/letter/", filing_acts.letter, name="commitment_letter"),
    path("on-behalf/", on_behalf.on_behalf, name="on_behalf"),
    path("on-behalf/new/", on_behalf.new, name="on_behalf_new"),
    path("on-behalf/blank/<int:round_id>/<str:tier>/", on_behalf.blank, name="blank_form"),
]
