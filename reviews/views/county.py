"""The officer's queue: a list that narrows, keys that move, bulk acts as jobs."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST, require_safe

from cultivation.models import Round
from cultivation.schema import Outcome
from foundation.accounts.http import PortalRequest
from foundation.accounts.roles import Act, Level
from foundation.accounts.transition import require
from foundation.core.paging import BothEnds
from foundation.duties import jobs
from reviews import queries
from reviews.actions import county
from reviews.evaluation import window_verdict
from reviews.hands import HandPlan, plan_for
from reviews.jobs import BULK_MERGE, BULK_RECOMMEND, BULK_RETURN, EXPORT_QUEUE
from reviews.models import Application
from reviews.queries import officers_of
from reviews.queue_page import desk_for, may_pick, queue_line
from reviews.queue_rows import marked_files
from reviews.states import FileState
from reviews.views import review_file
from reviews.waiting import Tab, tabs_of

PAGE_SIZE = 30
FILTERS = ("tab", "q", "county", "criteria", "who")
BULK: dict[str, tuple[str, str]] = {
    "recommend": (BULK_RECOMMEND, "批量推荐"),
    "merge": (BULK_MERGE, "批量审核通过"),
    "return": (BULK_RETURN, "批量退回补正"),
}


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


def queue_round(request: PortalRequest, rounds: list[Round], waiting: dict[int, int]) -> Round | None:
    """The round named in the address, else the newest open one with work for this hat, else as everywhere."""
    if not request.GET.get("round"):
        found = next((row for row in rounds if row.is_open and waiting.get(row.pk)), None)
        if found is not None:
            return found
    return chosen_round(request, rounds)


def _filters(request: PortalRequest, tabs: list[Tab] | None = None) -> dict[str, str]:
    filters = {name: request.GET.get(name, "").strip() for name in FILTERS}
    filters["tab"] = filters["tab"] or (tabs or tabs_of(request.actor))[0].name
    return filters


def _rounds(request: PortalRequest, plan: HandPlan | None = None) -> tuple[list[Round], dict[int, int], Round | None]:
    rounds = rounds_for(request)
    waiting = queries.waiting_by_round(request.actor, rounds, plan) if len(rounds) > 1 else {}
    return rounds, waiting, queue_round(request, rounds, waiting)


@require_safe
def queue(request: PortalRequest) -> HttpResponse:
    """Files of a round in the officer's own tabs; filters stay in the address."""
    require(request.actor, "application.list_queue")
    actor = request.actor
    plan = plan_for(actor.bureau_id or 0, Act.RECOMMEND)
    rounds, waiting, round_ = _rounds(request, plan)
    if round_ is None:
        return render(request, "reviews/county/no_round.html")
    all_tabs = tabs_of(actor, plan)
    filters = _filters(request, all_tabs)
    counts = queries.tab_counts(actor, round_, plan)
    narrowed = any(filters[name] for name in FILTERS if name != "tab")
    pages = BothEnds(queries.queue_rows(actor, round_, filters, all_tabs), PAGE_SIZE)
    if not narrowed and filters["tab"] in counts:
        pages.count = counts[filters["tab"]]  # counted with the tabs already
    page = pages.get_page(request.GET.get("page"))
    rows = marked_files(cast("QuerySet[Application]", page.object_list), actor)
    path_of_bureau = actor.hat.paths[0] if actor.hat.paths else ""
    window = window_verdict(round_, path_of_bureau, Level(actor.level))
    desk = desk_for(actor, round_.programme, window.closes_on, plan)
    tabs = [tab for tab in all_tabs if tab.always or counts.get(tab.name) or tab.name == filters["tab"]]
    bulk = may_pick(actor, filters["tab"])
    context: dict[str, Any] = {
        "round": round_,
        "rounds": [(row, waiting.get(row.pk, 0)) for row in rounds],
        "filters": filters,
        "tabs": [
            (tab.name if position else None, tab.label, counts.get(tab.name, 0)) for position, tab in enumerate(tabs)
        ],
        "drafts": counts["drafts"],
        "page_obj": page,
        "rows": [queue_line(file, desk) for file in rows],
        "window": window,
        "same_day": _same_day(round_, path_of_bureau, window.closes_on, actor.level),
        "years": "/".join(str(round_.year + offset) for offset in (-3, -2, -1)),
        "criteria_choices": [(outcome.value, outcome.label) for outcome in Outcome],
        "counties": queries.bureaus_below(actor, round_) if actor.level != Level.COUNTY else [],
        "progress": queries.progress_below(actor, round_) if actor.level != Level.COUNTY else [],
        "progress_columns": [label for label, _ in queries.PROGRESS],
        "bulk": bulk,
        "verb": "审核通过" if bulk == "merge" else desk.verb,
        "officers": officers_of(actor) if bulk == "recommend" and pages.count else [],
        "others": counts.get("others", 0) if filters["tab"] == "todo" and not narrowed else 0,
        "incoming": counts["incoming"] if filters["tab"] == "todo" and actor.level == Level.PREFECTURE else 0,
        "narrowed": narrowed,
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
    """A bulk act over the ticked files or everything the filter shows: a job over the page's own function, or naming an officer."""
    require(request.actor, "application.list_queue")
    action = request.POST.get("action", "")
    if action not in BULK and action != "assign":
        raise Http404("没有这种批量办理。")
    ids = _chosen(request, FileState.AT_PREFECTURE if action == "merge" else FileState.SUBMITTED)
    if not ids:
        messages.warning(request, "没有选中材料。请先勾选要办理的材料。")
        return redirect(reverse("reviews:queue") + _query(request))
    if action == "assign":
        officer = request.POST.get("user", "")
        done = county.assign_many(ids=ids, actor=request.actor, user_id=int(officer) if officer.isdigit() else 0)
        refused = [verdict for verdict in done.values() if not verdict]
        if refused:
            messages.warning(request, f"{len(refused)} 份没有分派：{refused[0]}")
        if len(done) > len(refused):
            messages.success(request, f"已分派 {len(done) - len(refused)} 份材料。")
        return redirect(reverse("reviews:queue") + _query(request))
    kind, label = BULK[action]
    reason = request.POST.get("reason" if action == "return" else "opinion", "").strip()
    if action == "return" and not reason:
        messages.warning(request, "没有退回：请写明退回补正的理由，企业将据此修改。")
        return redirect(reverse("reviews:queue") + _query(request))
    job = jobs.start(
        kind,
        actor=request.actor,
        params={"ids": ids, "opinion": reason},
        total=len(ids),
        label=f"{label} {len(ids)} 份",
        result_url=reverse("reviews:queue") + _query(request),
    )
    return redirect("duties:job", pk=job.pk)


def _query(request: PortalRequest) -> str:
    """The list the person came from, first page: rows have moved."""
    kept = request.GET.copy()
    kept.pop("page", None)
    return f"?{kept.urlencode()}" if kept else ""


def _chosen(request: PortalRequest, state: str) -> list[int]:
    """Ids of the files meant: the ticked ones, or all of the list's filter in the state the act begins with; only visible ones."""
    if request.POST.get("all") == "1":
        round_ = _rounds(request)[2]
        if round_ is None:
            return []
        rows = queries.queue_rows(request.actor, round_, _filters(request)).filter(state=state)
    else:
        ticked = [int(pk) for pk in request.POST.getlist("ids") if pk.isdigit()]
        rows = Application.objects.visible_to(request.actor).filter(pk__in=ticked).order_by("pk")
    return list(rows.values_list("pk", flat=True))


@require_POST
def export(request: PortalRequest) -> HttpResponse:
    """The list as a workbook, made by a job; it lies under 我的任务与导出 until it expires."""
    require(request.actor, "application.list_queue")
    round_ = _rounds(request)[2]
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
