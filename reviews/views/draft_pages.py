"""The groups of a draft, one page each. A page shows; what it sends goes to an action and on to the next group."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from foundation.accounts.http import PortalRequest
from foundation.accounts.may import may
from foundation.accounts.transition import require
from foundation.core.errors import Refused
from foundation.core.verdict import no
from reviews.actions.commitment import sign_commitment
from reviews.actions.filing import submit
from reviews.draft import ANSWERS, CHECK, COMMITMENT, EVIDENCE, FACTS, SUBMIT, Draft, explained, load_draft
from reviews.evaluation import programme_of
from reviews.form_paper import letter_of
from reviews.forms.filing import AnswersForm, CommitmentForm, tier_choices
from reviews.models import Application, Commitment
from reviews.states import EDITABLE_STATES, FileState
from reviews.views.filing_acts import save_posted, store_scan
from reviews.views.filing_common import draft_context, next_group, own_file


def _open_draft(request: PortalRequest, pk: int) -> Draft | HttpResponse:
    """The draft for writing; a file that may not be written any more leads to its overview."""
    file = own_file(request, pk)
    if file.state not in EDITABLE_STATES:
        return redirect("reviews:filing", pk=pk)
    require(request.actor, "application.edit", file)
    return load_draft(file)


def _page(
    request: PortalRequest, draft: Draft, code: str, *, problem: Refused | None = None, **more: Any
) -> HttpResponse:
    context = draft_context(request, draft, code) | {"problem": problem.verdict if problem else None} | more
    context["next_url"] = next_group(draft, code) if code != SUBMIT else ""
    return render(request, f"reviews/filing/{code}.html", context, status=problem.status if problem else 200)


@require_safe
def facts(request: PortalRequest, pk: int) -> HttpResponse:
    """Facts of the firm this tier asks, carried over with their sources; they are edited where they live."""
    draft = _open_draft(request, pk)
    if isinstance(draft, HttpResponse):
        return draft
    firm = draft.file.enterprise
    editable = may(request.actor, "enterprise.edit_facts", firm)
    lines = [{"line": line, "url": reverse(f"enterprises:{line.page}", args=[firm.pk])} for line in draft.asked.lines]
    choices = tier_choices(draft.programme)
    return _page(
        request,
        draft,
        FACTS,
        lines=lines,
        editable=editable,
        figures_url=reverse("enterprises:figures", args=[firm.pk]),
        basic_url=reverse("enterprises:basic", args=[firm.pk]),
        ways=[
            {"value": value, "label": label, "current": (tier, way) == (draft.file.tier, draft.file.subtype)}
            for value, label, tier, way in choices
        ],
        can_change_tier=len(choices) > 1 and not draft.file.revision,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def answers(request: PortalRequest, pk: int) -> HttpResponse:
    """The programme's own questions; saved field by field, and as a whole where scripts do not run."""
    draft = _open_draft(request, pk)
    if isinstance(draft, HttpResponse):
        return draft
    problem: Refused | None = None
    if request.method == "POST":
        try:
            errors = save_posted(request, draft.file, draft.programme)
        except Refused as refusal:
            problem = refusal
        else:
            return redirect("reviews:draft_answers", pk=pk) if errors else redirect(next_group(draft, ANSWERS))
    form = AnswersForm(draft.programme, draft.file, counts=_counts(draft))
    if problem is not None:
        form.take_back(request.POST)
    fields = [{"question": question, "fields": [form[name] for name in names]} for question, names in form.groups]
    return _page(request, draft, ANSWERS, problem=problem, form=form, question_groups=fields)


def _counts(draft: Draft) -> dict[str, Any]:
    """What the lists say beside a claimed number."""
    pairs = [
        (check.claimed, check.listed, check.year_offset)
        for check in draft.programme.cross_checks
        if check.kind == "count_matches"
    ]
    return {
        claimed: draft.facts.raw(listed, None if offset is None else draft.file.year + offset)
        for claimed, listed, offset in pairs
    }


@require_safe
def evidence(request: PortalRequest, pk: int) -> HttpResponse:
    """Files, slot by slot; each travels alone, so that a refused one takes nothing with it."""
    draft = _open_draft(request, pk)
    if isinstance(draft, HttpResponse):
        return draft
    return _page(
        request, draft, EVIDENCE, max_bytes=settings.UPLOAD_MAX_BYTES, max_mb=settings.UPLOAD_MAX_BYTES // 1048576
    )


@require_http_methods(["GET", "HEAD", "POST"])
def check(request: PortalRequest, pk: int) -> HttpResponse:
    """Findings with their severity and reasons; criteria with figures, clause, distance and what they do at each step."""
    draft = _open_draft(request, pk)
    if isinstance(draft, HttpResponse):
        return draft
    problem: Refused | None = None
    if request.method == "POST":
        try:
            save_posted(request, draft.file, draft.programme)
        except Refused as refusal:
            problem = refusal
        else:
            return redirect(next_group(draft, CHECK))
    typed = request.POST if problem else {}
    findings = [
        {
            "finding": item,
            "name": f"explain:{item.key}",
            "text": typed.get(f"explain:{item.key}", draft.explanations.get(item.key, "")),
            "explained": explained(draft.explanations, item.key),
        }
        for item in sorted(draft.findings, key=lambda item: not item.stops)
    ]
    return _page(request, draft, CHECK, problem=problem, findings=findings, result=draft.evaluation.result)


@require_http_methods(["GET", "HEAD", "POST"])
def commitment(request: PortalRequest, pk: int) -> HttpResponse:
    """The monitoring commitment: read, sign by click, or print, stamp and scan back (SC-37, SC-38)."""
    file = own_file(request, pk)
    rule = programme_of(file).commitment
    if rule is None:
        return redirect("reviews:filing", pk=pk)
    if not may(request.actor, "application.commit", file):
        return redirect("reviews:filing", pk=pk)
    ways = [way for way in rule.ways if way != Commitment.Way.CLICK or request.actor.is_enterprise]
    forms = {way: CommitmentForm(way) for way in ways}
    problem: Refused | None = None
    if request.method == "POST":
        way = request.POST.get("way", "")
        if way in forms:
            forms[way] = CommitmentForm(way, request.POST, request.FILES)
        if way not in forms:
            problem = Refused(no("本轮不接受这种承诺方式。"))
        elif forms[way].is_valid():
            try:
                _sign(request, file, forms[way])
            except Refused as refusal:
                problem = refusal
            else:
                return redirect("reviews:draft_commitment", pk=pk)
    more = {
        "rule": rule,
        "forms": forms,
        "signed": file.commitments.order_by("-id").first(),
        "letter": letter_of(file),
        "paragraphs": [text for text in rule.text.split("\n") if text.strip()],
    }
    if file.state in EDITABLE_STATES:
        return _page(request, load_draft(file), COMMITMENT, problem=problem, **more)
    context = {"file": file, "problem": problem.verdict if problem else None, "groups": [], "next_url": "", **more}
    context |= {"current": COMMITMENT, "on_behalf": file.filed_by == Application.FiledBy.BUREAU, "draft": None}
    return render(request, "reviews/filing/commitment.html", context, status=problem.status if problem else 200)


def _sign(request: PortalRequest, file: Application, form: CommitmentForm) -> None:
    data = form.cleaned_data
    with store_scan(request, file, data.get("scan")) as scan:
        sign_commitment(
            application_id=file.pk,
            actor=request.actor,
            signer=data["signer"],
            way=data["way"],
            scan=scan,
            signed_on=data.get("signed_on"),
        )


@require_http_methods(["GET", "HEAD", "POST"])
def submit_page(request: PortalRequest, pk: int) -> HttpResponse:
    """Everything still missing with links, the declarations, and one explicit act; pressed twice it is one submission."""
    file = own_file(request, pk)
    if request.method == "POST":
        declared = frozenset(request.POST.getlist("declared"))
        try:
            submit(application_id=file.pk, actor=request.actor, declared=declared)
        except Refused as refusal:
            fresh = own_file(request, pk)
            if fresh.state == FileState.SUBMITTED:
                return redirect("reviews:receipt", pk=pk)
            if fresh.state not in EDITABLE_STATES:
                return redirect("reviews:filing", pk=pk)
            return _submit_page(request, load_draft(fresh, declared), problem=refusal)
        return redirect("reviews:receipt", pk=pk)
    draft = _open_draft(request, pk)
    return draft if isinstance(draft, HttpResponse) else _submit_page(request, draft)


def _submit_page(request: PortalRequest, draft: Draft, problem: Refused | None = None) -> HttpResponse:
    blocks = draft.blocks(with_declarations=False)
    rows = [
        {"block": block, "url": reverse(f"reviews:draft_{block.section}", args=[draft.file.pk])} for block in blocks
    ]
    return _page(
        request,
        draft,
        SUBMIT,
        problem=problem,
        blocks=rows,
        can_submit=no(f"还有 {len(rows)} 处需要处理，处理后才能提交。")
        if rows
        else may(request.actor, "application.submit", draft.file),
        missing=draft.asked.missing,
        replies_missing=[item for item in draft.correction.items.all() if not item.reply] if draft.correction else [],
    )
