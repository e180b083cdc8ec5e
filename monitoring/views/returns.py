"""A month's pages: the firm's list, the page it fills in, the page officials read. Parse, act, redirect."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foundation.accounts.http import PortalRequest
from foundation.accounts.transition import require
from foundation.core.clock import business_today
from foundation.core.errors import Refused, StaleState
from foundation.core.middleware import wants_json
from foundation.core.verdict import no
from foundation.documents.actions.store import store_upload
from foundation.documents.detect import FileRefused
from foundation.documents.models import StoredFile
from monitoring import months, papers
from monitoring.actions import returns as acts
from monitoring.forms import PaperForm, read
from monitoring.models import MonthlyReturn
from monitoring.permissions import WRITABLE
from monitoring.queries import my_months
from monitoring.return_page import FIRM_WORDS, TONES, page_of, revisions, timeline
from monitoring.standing_of_firm import commitment_of

SCANS = frozenset({StoredFile.ContentType.PDF, StoredFile.ContentType.JPEG, StoredFile.ContentType.PNG})
PAGE_SIZE = 24


# ---- the firm's list ---------------------------------------------------------------------------------------


@require_safe
def mine(request: PortalRequest) -> HttpResponse:
    """我的月报: the months with their states, the oldest one still owed as the one thing to do."""
    if not request.actor.is_enterprise:
        return redirect("monitoring:month") if request.actor.is_official else redirect("/")
    rows = my_months(request.actor)
    page_obj = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    today = business_today()
    owed = [row for row in rows if row.state in WRITABLE and (row.entry.until is None or row.entry.exit == "promoted")]
    first = min(owed, key=lambda row: row.period, default=None)
    context = {
        "page_obj": page_obj,
        "rows": [
            {
                "row": row,
                "month": months.label(row.period),
                "word": FIRM_WORDS[row.state],
                "tone": TONES[row.state],
                "overdue": row.state in WRITABLE
                and row.obligation.due_on is not None
                and row.obligation.due_on < today,
            }
            for row in page_obj
        ],
        "first": first,
        "first_month": months.label(first.period) if first else "",
        "owed": len(owed),
        "overdue": sum(1 for row in owed if row.obligation.due_on and row.obligation.due_on < today),
        "commitment": commitment_of(request.actor.enterprise_id or 0, today),
    }
    return render(request, "monitoring/returns/mine.html", context)


# ---- one month ---------------------------------------------------------------------------------------------


def seen(request: PortalRequest, pk: int) -> MonthlyReturn:
    """The month if it exists for the person; 404 otherwise."""
    rows = MonthlyReturn.objects.visible_to(request.actor).select_related(
        "obligation", "entry__round__version", "entry__programme", "enterprise", "bureau", "source", "elsewhere_proof"
    )
    row = rows.filter(pk=pk).first()
    if row is None:
        raise Http404("没有这个月的月报，或它不在您的职责范围内。")
    return row


@require_safe
def monthly_return(request: PortalRequest, pk: int) -> HttpResponse:
    """The one address of a month for everybody."""
    return _shown(request, seen(request, pk))


def _shown(
    request: PortalRequest, row: MonthlyReturn, *, problem: Refused | None = None, errors: dict[str, str] | None = None
) -> HttpResponse:
    context = page_of(row, request.actor, errors=errors)
    context["problem"] = problem.verdict if problem else None
    context["max_bytes"] = settings.UPLOAD_MAX_BYTES
    if request.actor.is_enterprise and row.state in WRITABLE:
        template = "monitoring/returns/fill.html"
    else:
        template = "monitoring/returns/read.html"
        context["revisions"] = revisions(row)
        context["entries"] = timeline(row)
        context["source_shown"] = row.source is not None and row.source.purpose == papers.SOURCE
    return render(request, template, context, status=problem.status if problem else 200)


@require_POST
def save(request: PortalRequest, pk: int) -> HttpResponse:
    """Autosave: the fields that changed, with the version the page was opened with."""
    row = seen(request, pk)
    try:
        sent = json.loads(request.body or b"{}")
        version, fields = int(sent["version"]), dict(sent["fields"])
    except (ValueError, KeyError, TypeError):
        return JsonResponse({"reason": "内容不完整，没有保存。"}, status=400)
    typed = read(fields)
    try:
        saved = acts.save_return(
            obligation_id=row.obligation_id,
            actor=request.actor,
            version=version,
            values=typed.values,
            explanations=typed.explanations,
            unreadable=typed.unreadable,
        )
    except StaleState as stale:
        return JsonResponse({"reason": stale.verdict.reason.rstrip("。")}, status=stale.status)
    at = timezone.localtime(saved.saved_at)
    return JsonResponse({"version": saved.version, "saved_at": f"{at.hour}:{at.minute:02d}", "errors": typed.errors})


@require_POST
def submit(request: PortalRequest, pk: int) -> HttpResponse:
    """Save what the form carries and submit it; whatever is missing is told at once, on the page with all that was typed."""
    row = seen(request, pk)
    version = request.POST.get("version", "")
    typed = read(
        {name: value for name, value in request.POST.items() if name not in ("csrfmiddlewaretoken", "version")}
    )
    try:
        if not version.isdecimal():
            raise Refused(no("页面不完整，没有提交。", "请刷新后重试。"))
        if row.state in WRITABLE:
            acts.save_return(
                obligation_id=row.obligation_id,
                actor=request.actor,
                version=int(version),
                values=typed.values,
                explanations=typed.explanations,
                unreadable=typed.unreadable,
            )
        done = acts.submit_return(obligation_id=row.obligation_id, actor=request.actor)
    except Refused as refusal:
        return _shown(request, seen(request, pk), problem=refusal, errors=typed.errors)
    late = "，本次逾期，已记录" if done.late else ""
    messages.success(request, f"{months.label(done.period)}月报已报送{late}。")
    return redirect("monitoring:return", pk=pk)


@require_POST
def proof(request: PortalRequest, pk: int) -> HttpResponse:
    """The proof of a report on the national platform: one file, a new one replaces the old."""
    row = seen(request, pk)
    require(request.actor, "return.fill", row)
    sent = request.FILES.get("file")
    try:
        if sent is None:
            raise FileRefused("还没有选择文件。", "请选择截图或回执。")
        with transaction.atomic():
            owner = ("enterprise", row.enterprise_id)
            file = store_upload(sent, actor=request.actor, purpose=papers.PROOF, owner=owner, types=SCANS)
            acts.attach_proof(obligation_id=row.obligation_id, actor=request.actor, file=file)
    except Refused as refusal:
        if wants_json(request):
            return JsonResponse({"reason": str(refusal)}, status=refusal.status)
        return _shown(request, seen(request, pk), problem=refusal)
    if wants_json(request):
        size = f"{max(1, round(file.size / 1024))} KB"
        return JsonResponse({"name": file.name, "url": reverse("documents:file", args=[file.pk]), "size_text": size})
    return redirect("monitoring:return", pk=pk)


@require_POST
def drop_proof(request: PortalRequest, pk: int) -> HttpResponse:
    """Take the proof away again."""
    row = seen(request, pk)
    acts.attach_proof(obligation_id=row.obligation_id, actor=request.actor, file=None)
    return HttpResponse(status=204) if wants_json(request) else redirect("monitoring:return", pk=pk)


@require_POST
def recall(request: PortalRequest, pk: int) -> HttpResponse:
    """The firm takes its month back to correct it."""
    row = seen(request, pk)
    try:
        acts.recall(obligation_id=row.obligation_id, actor=request.actor, reason=request.POST.get("reason", "").strip())
    except Refused as refusal:
        return _shown(request, seen(request, pk), problem=refusal)
    messages.warning(request, f"{months.label(row.period)}月报已撤回，修改后请重新报送；在重新报送以前视为未报。")
    return redirect("monitoring:return", pk=pk)


# ---- officials ---------------------------------------------------------------------------------------------


@require_POST
def send_back(request: PortalRequest, pk: int) -> HttpResponse:
    """Return the month to the firm with a reason."""
    row = seen(request, pk)
    try:
        acts.send_back(return_id=row.pk, actor=request.actor, reason=request.POST.get("opinion", ""))
    except Refused as refusal:
        return _shown(request, seen(request, pk), problem=refusal)
    messages.success(request, f"已退回{row.enterprise_name}，企业会收到通知。")
    return redirect("monitoring:return", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def on_behalf(request: PortalRequest, pk: int) -> HttpResponse:
    """The bureau types a month from the firm's paper, which stays attached."""
    row = seen(request, pk)
    require(request.actor, "return.file_on_behalf", row)
    form = PaperForm(request.POST or None, request.FILES or None)
    typed = read(request.POST) if request.method == "POST" else read({})
    problem: Refused | None = None
    if request.method == "POST" and form.is_valid() and not typed.errors:
        try:
            with transaction.atomic():
                owner = ("enterprise", row.enterprise_id)
                source = store_upload(
                    form.cleaned_data["source"], actor=request.actor, purpose=papers.SOURCE, owner=owner, types=SCANS
                )
                acts.file_on_behalf(
                    obligation_id=row.obligation_id,
                    actor=request.actor,
                    values=typed.values,
                    explanations=typed.explanations,
                    source=source,
                )
        except Refused as refusal:
            problem = refusal
        else:
            messages.success(request, f"已代填{row.enterprise_name}{months.label(row.period)}的月报，企业会收到通知。")
            return redirect("monitoring:return", pk=pk)
    return _paper(request, row, form, typed, problem)


def _paper(
    request: PortalRequest, row: MonthlyReturn, form: PaperForm, typed: Any, problem: Refused | None
) -> HttpResponse:
    """The page with what was typed: the row in memory carries it, nothing is saved."""
    blank = MonthlyReturn(
        pk=row.pk, obligation=row.obligation, entry=row.entry, enterprise=row.enterprise, bureau=row.bureau,
        path=row.path, period=row.period, enterprise_name=row.enterprise_name, state=MonthlyReturn.State.SUBMITTED,
        unreadable=typed.unreadable, explanations=typed.explanations,
        **{"main_revenue_prior": row.main_revenue_prior, **typed.values},
    )  # fmt: skip
    context = page_of(blank, request.actor, errors=typed.errors)
    context |= {
        "form": form,
        "problem": problem.verdict if problem else None,
        "typed_errors": typed.errors,
        "tried": request.method == "POST",
    }
    status = problem.status if problem else 200
    return render(request, "monitoring/returns/on_behalf.html", context, status=status)


urlpatterns = [
    path("mine/", mine, name="mine"),
    path("return/<int:pk>/", monthly_return, name="return"),
    path("return/<int:pk>/save/", save, name="return_save"),
    path("return/<int:pk>/submit/", submit, name="return_submit"),
    path("return/<int:pk>/proof/", proof, name="return_proof"),
    path("return/<int:pk>/proof/drop/", drop_proof, name="return_drop_proof"),
    path("return/<int:pk>/recall/", recall, name="return_recall"),
    path("return/<int:pk>/send-back/", send_back, name="return_send_back"),
    path("return/<int:pk>/on-behalf/", on_behalf, name="return_on_behalf"),
]
