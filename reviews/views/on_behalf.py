"""Entry on behalf (代填): a firm filed on paper, its bureau types it with the source attached (ZZ-04, HN-20)."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from cultivation.models import Round
from enterprises.models import Enterprise
from foundation.accounts.http import PortalRequest
from foundation.accounts.transition import require
from foundation.core.errors import Refused
from foundation.core.text import normalise_name
from foundation.documents.actions.store import store_upload
from reviews import papers
from reviews.actions.filing import start_application
from reviews.filing_queries import my_rows, on_behalf_files
from reviews.form_paper import blank_form, for_screen, form_title
from reviews.forms.filing import OnBehalfForm, tier_choices
from reviews.states import state_word
from reviews.views.filing_acts import SCANS

PAGE_SIZE = 30
_OFFERED = 50
"""Firms offered in the list at once; more are found by name or code."""


@require_safe
def on_behalf(request: PortalRequest) -> HttpResponse:
    """Files the bureau typed from paper: drafts still to finish, and whether the firm has confirmed."""
    require(request.actor, "application.enter_paper")
    page_obj = Paginator(on_behalf_files(request.actor), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = my_rows(page_obj.object_list)
    words = {row.file.pk: state_word(row.file.state, request.actor.level) for row in rows}
    context = {
        "page_obj": page_obj,
        "rows": [{"row": row, "word": words[row.file.pk]} for row in rows],
        "rounds": _blanks(request),
    }
    return render(request, "reviews/filing/on_behalf.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: PortalRequest) -> HttpResponse:
    """Pick the firm (or register it first), the round and the rung, attach the paper; then the ordinary draft pages follow."""
    require(request.actor, "application.enter_paper")
    q = request.GET.get("q", "").strip()
    firms = Enterprise.objects.visible_to(request.actor).filter(
        bureau_id=request.actor.bureau_id, state=Enterprise.State.ACTIVE
    )
    rounds = _rounds(request)
    offered = firms if request.method == "POST" else _found(firms, q)
    sent = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = OnBehalfForm(offered, rounds, *sent, initial={"enterprise": request.GET.get("enterprise")})
    problem: Refused | None = None
    if request.method == "POST" and form.is_valid():
        round_id, tier, subtype = form.picked()
        firm = form.cleaned_data["enterprise"]
        try:
            with transaction.atomic():
                source = store_upload(
                    form.cleaned_data["paper_source"],
                    actor=request.actor,
                    purpose=papers.PAPER_SOURCE,
                    owner=("enterprise", firm.pk),
                    types=SCANS,
                )
                file = start_application(
                    enterprise=firm,
                    round=next(item for item in rounds if item.pk == round_id),
                    tier=tier,
                    subtype=subtype,
                    actor=request.actor,
                    paper_source=source,
                )
        except Refused as refusal:
            problem = refusal
        else:
            messages.success(request, "已建立代填材料，请按纸质内容填写。")
            return redirect("reviews:filing", pk=file.pk)
    if request.method == "POST":
        chosen = request.POST.get("enterprise", "")
        form.offer(firms.filter(pk=chosen) if chosen.isdecimal() else _found(firms, q))
    context = {"form": form, "q": q, "problem": problem.verdict if problem else None, "found": form.offered.exists()}
    return render(request, "reviews/filing/on_behalf_new.html", context, status=problem.status if problem else 200)


def _found(firms: QuerySet[Enterprise], q: str) -> QuerySet[Enterprise]:
    """The first firms by name, or those a name, its initials or a code leads to."""
    if q:
        wanted = Q(name_normal__contains=normalise_name(q).lower()) | Q(uscc__startswith=q.upper())
        firms = firms.filter(wanted | Q(pinyin__startswith=q.lower()))
    return firms.filter(pk__in=list(firms.order_by("name").values_list("pk", flat=True)[:_OFFERED])).order_by("name")


def _rounds(request: PortalRequest) -> list[Round]:
    rounds = Round.objects.filter(state=Round.State.OPEN).select_related("version")
    return [item for item in rounds if any(own.startswith(item.path) for own in request.actor.hat.paths)]


def _blanks(request: PortalRequest) -> list[dict[str, object]]:
    """Blank forms to hand out, one per round and rung."""
    return [
        {"round": item, "tier": tier, "label": label}
        for item in _rounds(request)
        for _, label, tier, way in tier_choices(item.programme)
        if not way or way == item.programme.tier(tier).subtypes[0].code
    ]


@require_safe
def blank(request: PortalRequest, round_id: int, tier: str) -> HttpResponse:
    """The empty form of a rung, to print for firms that file on paper."""
    round = next((item for item in Round.objects.select_related("version").filter(pk=round_id)), None)
    if round is None or tier not in {item.code for item in round.programme.tiers}:
        raise Http404("没有这个轮次或层级。")
    paper = blank_form(round.programme, round.year, tier)
    context = {
        "paper": for_screen(paper),
        "title": form_title(round.programme, round.year),
        "as_draft": False,
        "file": None,
    }
    return render(request, "reviews/filing/print.html", context)
