"""The officer's queue: a list that narrows, keys that move, bulk acts as jobs."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST, require_safe

from cultivation.models import Round
from cultivation.schema import Outcome
from foundation.accounts.http import PortalRequest
from foundation.accounts.roles import Level
from foundation.accounts.transition import require
from foundation.duties import jobs
from reviews import queries
from reviews.county_page import queue_line
from reviews.evaluation import window_verdict
from reviews.jobs import BULK_MERGE, BULK_RECOMMEND, EXPORT_QUEUE
from reviews.models import Application
from reviews.states import FileState
from reviews.views import review_file

PAGE_SIZE = 30
DEFAULT_TAB = "todo"
FILTERS = ("tab", "q", "county", "criteria", "mine")
BULK: dict[str, tuple[str, str]] = {"recommend": (BULK_RECOMMEND, "批量推荐"), "merge": (BULK_MERGE, "批量审核通过")}


def rounds_for(request: PortalRequest) -> list[Round]:
    """Rounds the bureau takes part in, newest first."""
    return list(queries.rounds_of(request.actor)[:20])


def chosen_round(request: PortalRequest, rounds: list[Round]) -> Round | None:
    """The round named in the address, else the newest one that is open, else the newest."""
    wanted = request.GET.get("round", "")
    if wanted:
        found = next((row for row in rounds if str(row.pk) == wanted), None)
        if found is None:
            raise Http404("没有这个轮次，或它不在您的职责范围内。")
        return found
    return next((row for row in rounds if row.is_open), rounds[0] if rounds else None)


def _filters(request: PortalRequest) -> dict[str, str]:
    filters = {name: request.GET.get(name, "").strip() for name in FILTERS}
    filters["tab"] = filters["tab"] or DEFAULT_TAB
    return filters


@require_safe
def queue(request: PortalRequest) -> HttpResponse:
    """Files of a round in the officer's own tabs; filters stay in the address."""
    require(request.actor, "application.list_queue")
    actor = request.actor
    rounds = rounds_for(request)
    round_ = chosen_round(request, rounds)
    if round_ is None:
        return render(request, "reviews/county/no_round.html")
    filters = _filters(request)
    rows = queries.queue_rows(actor, round_, filters).defer("answers")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    path_of_bureau = actor.hat.paths[0] if actor.hat.paths else ""
    window = window_verdict(round_, path_of_bureau, Level(actor.level))
    given = queries.waiting_endorsements(actor, [file.pk for file in page])
    counts = queries.tab_counts(actor, round_)
    tabs = [
        (None if name == DEFAULT_TAB else name, label, counts.get(name, 0))
        for name, (label, _) in queries.TABS[actor.level].items()
    ]
    context: dict[str, Any] = {
        "round": round_,
        "rounds": rounds,
        "programme": round_.programme,
        "filters": filters,
        "tabs": tabs,
        "drafts": queries.drafts_below(actor, round_),
        "page_obj": page,
        "rows": [queue_line(file, actor.level, window.closes_on, given.get(file.pk, [])) for file in page],
        "window": window,
        "same_day": _same_day(round_, path_of_bureau, window.closes_on, actor.level),
        "years": "/".join(str(round_.year + offset) for offset in (-3, -2, -1)),
        "criteria_choices": [(outcome.value, outcome.label) for outcome in Outcome],
        "counties": queries.bureaus_below(actor, round_) if actor.level != Level.COUNTY else [],
        "bulk": "merge"
        if filters["tab"] == "todo" and actor.level == Level.PREFECTURE
        else "recommend"
        if filters["tab"] == "todo"
        else "",
    }
    return render(request, "reviews/county/queue.html", context)


def _same_day(round_: Round, bureau_path: str, closes_on: Any, level: str) -> bool:
    """Whether the level above must report on the very day (ZZ-06): the officer is told to leave it time."""
    if level != Level.COUNTY or closes_on is None:
        return False
    above = window_verdict(round_, bureau_path, Level.PREFECTURE)
    return above.closes_on is not None and above.closes_on <= closes_on


@require_POST
def bulk(request: PortalRequest) -> HttpResponse:
    """Start a bulk act as a job over the page's own function: the ticked files, or everything the filter shows."""
    require(request.actor, "application.list_queue")
    kind, label = BULK.get(request.POST.get("action", ""), (None, ""))
    if kind is None:
        raise Http404("没有这种批量办理。")
    if request.POST.get("all") == "1":
        round_ = chosen_round(request, rounds_for(request))
        wanted = {FileState.AT_PREFECTURE} if kind == BULK_MERGE else {FileState.SUBMITTED}
        ids = [] if round_ is None else list(
            queries.queue_rows(request.actor, round_, _filters(request)).filter(state__in=wanted).values_list("pk", flat=True)
        )  # fmt: skip
    else:
        ids = [int(pk) for pk in request.POST.getlist("ids") if pk.isdigit()]
        ids = list(
            Application.objects.visible_to(request.actor).filter(pk__in=ids).order_by("pk").values_list("pk", flat=True)
        )
    if not ids:
        messages.warning(request, "没有选中材料。请先勾选要办理的材料。")
        return redirect(request.META.get("HTTP_REFERER") or reverse("reviews:queue"))
    job = jobs.start(
        kind,
        actor=request.actor,
        params={"ids": ids, "opinion": request.POST.get("opinion", "")},
        total=len(ids),
        label=f"{label} {len(ids)} 份",
        result_url=reverse("reviews:queue"),
    )
    return redirect("duties:job", pk=job.pk)


@require_POST
def export(request: PortalRequest) -> HttpResponse:
    """The list as a workbook, made by a job; it lies under 我的任务与导出 until it expires."""
    require(request.actor, "application.list_queue")
    round_ = chosen_round(request, rounds_for(request))
    if round_ is None:
        raise Http404("没有可导出的轮次。")
    job = jobs.start(
        EXPORT_QUEUE,
        actor=request.actor,
        params={"round": round_.pk, "filters": _filters(request)},
        label=f"导出{round_.title}列表",
    )
    return redirect("duties:job", pk=job.pk)


urlpatterns = [
    path("queue/", queue, name="queue"),
    path("queue/bulk/", bulk, name="bulk"),
    path("queue/export/", export, name="export"),
    path("files/<int:pk>/", review_file.page, name="file"),
    path("files/<int:pk>/check/", review_file.check, name="check"),
    path("files/<int:pk>/opinions/", review_file.opinions, name="opinions"),
    path("files/<int:pk>/explain/", review_file.explain, name="explain"),
    path("files/<int:pk>/decide/", review_file.decide, name="decide"),
    path("files/<int:pk>/assign/", review_file.assign, name="assign"),
]
