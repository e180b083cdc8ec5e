"""The prefecture's cultivation plan (HN-26): one page to write it, revisions, a paper to print and stamp."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST, require_safe

from foundation.accounts.http import PortalRequest
from foundation.accounts.may import may
from foundation.accounts.transition import require
from foundation.core.errors import Refused
from foundation.core.verdict import no
from foundation.documents.actions import store_upload
from foundation.documents.models import StoredFile
from reviews.actions import planning
from reviews.dispatch_papers import PLAN_FILE, measure_line
from reviews.forms.dispatch import BLANK_ROWS, MeasureRow, stored_rows, typed_measures
from reviews.models import CultivationPlan, Dispatch

TYPES = frozenset({StoredFile.ContentType.PDF, StoredFile.ContentType.DOCX})
TEXTS = ("title", "goals", "organisation")


def seen_plan(request: PortalRequest, pk: int) -> CultivationPlan:
    """The plan of the own bureau, or one that came with a dispatch the official sees; 404 otherwise."""
    row = (
        CultivationPlan.objects.select_related("round__version", "bureau", "file", "document__pdf")
        .filter(pk=pk)
        .first()
    )
    if row is not None and may(request.actor, "application.list_queue"):
        if row.bureau_id == request.actor.bureau_id:
            return row
        if Dispatch.objects.visible_to(request.actor).filter(plan=row).exists():
            return row
    raise Http404("没有这份计划，或它不在您的职责范围内。")


@require_POST
def start(request: PortalRequest) -> HttpResponse:
    """Open the plan of a round, or a new revision after the last one was finished."""
    from reviews.views.dispatch import home
    from reviews.views.dispatch_acts import round_of

    round_ = round_of(request)
    try:
        plan = planning.start_plan(round=round_, actor=request.actor)
    except Refused as refusal:
        return home(request, round_=round_, problem=refusal)
    return redirect("reviews:plan", pk=plan.pk)


@require_safe
def plan(request: PortalRequest, pk: int) -> HttpResponse:
    """The plan: to write, or to read once it is finished."""
    row = seen_plan(request, pk)
    measures = list(row.measures.select_related("application"))
    more = request.GET.get("more", "")
    blanks = BLANK_ROWS + (3 if more == "1" else 0)
    return _page(request, row, stored_rows(measures), blanks=blanks)


def _page(
    request: PortalRequest,
    row: CultivationPlan,
    rows: list[MeasureRow],
    *,
    blanks: int = BLANK_ROWS,
    problem: Refused | None = None,
    typed: dict[str, str] | None = None,
) -> HttpResponse:
    programme = row.round.programme
    categories = {item.code: item.title for item in programme.activity_categories}
    editable = bool(may(request.actor, "plan.edit", row))
    measures = list(row.measures.select_related("application")) if not editable else []
    files = (
        list(planning.plan_files(row).order_by("path", "pk").values_list("pk", "enterprise_name")) if editable else []
    )
    context: dict[str, Any] = {
        "plan": row,
        "own": row.bureau_id == request.actor.bureau_id,
        "editable": editable,
        "can_edit": may(request.actor, "plan.edit", row),
        "typed": typed or {name: getattr(row, name) for name in TEXTS},
        "rows": [*rows, *(MeasureRow() for _ in range(blanks))],
        "categories": [(f"c:{code}", title) for code, title in categories.items()],
        "files": [(f"f:{pk}", name) for pk, name in files],
        "measures": [measure_line(measure, categories) for measure in measures],
        "revisions": list(
            CultivationPlan.objects.filter(round_id=row.round_id, bureau_id=row.bureau_id).order_by("-revision")
        ),
        "problem": problem.verdict if problem else None,
    }
    return render(request, "reviews/dispatch/plan.html", context, status=problem.status if problem else 200)


@require_POST
def save(request: PortalRequest, pk: int) -> HttpResponse:
    """Save the page; with ``action`` finish, make room for more rows, or take one away."""
    row = seen_plan(request, pk)
    typed = {name: request.POST.get(name, "") for name in TEXTS}
    rows = typed_measures(request.POST)
    action = "remove" if "remove" in request.POST else request.POST.get("action", "")
    try:
        require(request.actor, "plan.edit", row)
        wrong = [f"第 {number} 行{one.error}" for number, one in enumerate(rows, start=1) if one.error]
        if wrong:
            raise Refused(no("措施没有保存：" + "；".join(wrong) + "。"))
        with transaction.atomic():
            _save(request, row, typed, rows)
            if action == "finish":
                planning.finish_plan(plan_id=pk, actor=request.actor)
    except Refused as refusal:
        typed["version"] = request.POST.get("version", "")
        return _page(request, row, rows, problem=refusal, typed=typed)
    said = {"finish": "计划已定稿，可随汇总表一并报送。", "remove": "已删除一行。"}
    messages.success(request, said.get(action, "计划已保存。"))
    address = reverse("reviews:plan", args=[pk])
    return redirect(
        f"{address}?more=1#measures" if action == "add" else f"{address}#measures" if action == "remove" else address
    )


def _save(request: PortalRequest, row: CultivationPlan, typed: dict[str, str], rows: list[MeasureRow]) -> None:
    version = request.POST.get("version", "")
    upload = request.FILES.get("file")
    stored = store_upload(upload, actor=request.actor, purpose=PLAN_FILE, types=TYPES) if upload is not None else None
    planning.save_plan(
        plan_id=row.pk,
        actor=request.actor,
        version=int(version) if version.isdecimal() else -1,
        title=typed["title"],
        goals=typed["goals"],
        organisation=typed["organisation"],
        file=stored,
        drop_file=request.POST.get("drop_file") == "1",
    )
    planning.set_measures(plan_id=row.pk, actor=request.actor, measures=[one.as_measure() for one in rows])


urlpatterns = [
    path("dispatches/plans/start/", start, name="plan_start"),
    path("dispatches/plans/<int:pk>/", plan, name="plan"),
    path("dispatches/plans/<int:pk>/save/", save, name="plan_save"),
]
