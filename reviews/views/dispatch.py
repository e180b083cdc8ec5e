"""报送: the home of a round, the page of one dispatch with everything that is still missing."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_safe

from cultivation.deadlines import deadline_warning
from cultivation.models import Round
from foundation.accounts.http import PortalRequest
from foundation.accounts.may import may
from foundation.accounts.paths import bureau_path
from foundation.accounts.roles import Level
from foundation.accounts.transition import require
from foundation.core.clock import business_today
from foundation.core.errors import Refused
from foundation.core.registries import panels_for
from foundation.core.verdict import no, ok
from reviews import dispatch_page as shown
from reviews import dispatch_queries as asked
from reviews import hands
from reviews.actions import dispatching, planning, sending
from reviews.evaluation import window_verdict
from reviews.models import CultivationPlan, Dispatch
from reviews.states import DISPATCH_LIVE, DispatchState, Hand
from reviews.views import dispatch_acts, plan, sheet_import
from reviews.views.county import chosen_round, rounds_for


@require_safe
def dispatches(request: PortalRequest) -> HttpResponse:
    """A round: the bureau's own list with what is missing, the bureaus below in one matrix."""
    return home(request)


def home(
    request: PortalRequest,
    *,
    round_: Round | None = None,
    problem: Refused | None = None,
    typed: dict[str, str] | None = None,
) -> HttpResponse:
    """The home page; ``problem`` is the refusal of the act just tried, ``typed`` what the person had typed."""
    require(request.actor, "application.list_queue")
    rounds = rounds_for(request)
    round_ = round_ or chosen_round(request, rounds)
    if round_ is None:
        return render(request, "reviews/county/no_round.html")
    actor = request.actor
    own = [] if actor.level == Level.PROVINCE else asked.own_dispatches(actor, round_)
    current = own[0] if own and own[0].state in DISPATCH_LIVE - {DispatchState.RECEIVED} else None
    bureau_path_now = bureau_path(actor.bureau_id or 0, round_.stage, business_today())
    window = window_verdict(round_, bureau_path_now, Level(actor.level))
    nothing = actor.level == Level.PROVINCE or current is not None
    waiting = [] if nothing else dispatching.waiting_files(round_.pk, actor.bureau_id or 0, bureau_path_now)
    may_start = may(actor, "dispatch.start") if round_.is_open else no("本轮申报已结束。")
    if may_start and not waiting:
        may_start = no("还没有可以报送的材料。", "推荐（汇总）材料后再编制。")
    context: dict[str, Any] = {
        "round": round_,
        "rounds": rounds,
        "sends": actor.level != Level.PROVINCE,
        "current": _own_card(request, current) if current else None,
        "earlier": [{"row": row, "words": shown.words_of(row, actor)} for row in own if row is not current],
        "waiting": waiting,
        "may_start": may_start,
        "window": window,
        "leave": sending.current_leave(round_.pk, actor.bureau_id or 0),
        "warning": deadline_warning(round_, actor.level, bureau_path_now, window.closes_on),
        "below": asked.below(actor, round_) if actor.level != Level.COUNTY else None,
        "received": asked.received_dispatches(actor, round_) if actor.level != Level.COUNTY else [],
        "may_grant": may(actor, "late.grant"),
        "plans": _plans(request, round_),
        "asks_plan": planning.asks_plan(round_, actor.level),
        "imports_allowed": may(actor, "sheet_import.upload")
        if actor.level != Level.PROVINCE
        else no("省级不导入汇总表。"),
        "today": business_today(),
        "panels": panels_for("dispatches", actor, round_),
        "problem": problem.verdict if problem else None,
        "typed": defaultdict(str, typed or {}),
    }
    return render(request, "reviews/dispatch/home.html", context, status=problem.status if problem else 200)


def _own_card(request: PortalRequest, dispatch: Dispatch) -> dict[str, Any]:
    lines = shown.lines_of(dispatch, request.actor)
    gates = shown.gate_lines(dispatch) if dispatch.state == DispatchState.DRAFT else []
    given = hands.given("dispatch", [dispatch.pk], dispatch.from_bureau_id, dispatching.ACT)[dispatch.pk]
    return {
        "row": dispatch,
        "words": shown.words_of(dispatch, request.actor),
        "tasks": shown.tasks_of(dispatch, lines, gates, given),
    }


def _plans(request: PortalRequest, round_: Round) -> list[CultivationPlan]:
    if not planning.asks_plan(round_, request.actor.level):
        return []
    rows = CultivationPlan.objects.filter(round=round_, bureau_id=request.actor.bureau_id)
    return list(rows.order_by("-revision"))


def seen_dispatch(request: PortalRequest, pk: int) -> Dispatch:
    """The dispatch if it exists for the official; 404 otherwise."""
    row = (
        Dispatch.objects.visible_to(request.actor)
        .select_related(
            "round__version",
            "from_bureau__region",
            "to_bureau__region",
            "document__pdf",
            "document__sheet",
            "late_permission",
            "plan__document",
            "plan__file",
        )
        .filter(pk=pk)
        .first()
    )
    if row is None:
        raise Http404("没有这份报送，或它不在您的职责范围内。")
    return row


@require_safe
def dispatch(request: PortalRequest, pk: int) -> HttpResponse:
    """One dispatch: the list in order, the table as it will be printed, what is missing, the acts."""
    row = seen_dispatch(request, pk)
    require(request.actor, "dispatch.view", row)
    return page(request, row)


def page(
    request: PortalRequest, row: Dispatch, *, problem: Refused | None = None, typed: dict[str, str] | None = None
) -> HttpResponse:
    """The page of a dispatch; ``problem`` is the refusal of the act just tried, ``typed`` what the person had typed."""
    actor = request.actor
    own = row.from_bureau_id == actor.bureau_id
    tab = "table" if request.GET.get("tab") == "table" else "list"
    lines = shown.lines_of(row, actor)
    editable = own and bool(may(actor, "dispatch.edit", row))
    gates = shown.gate_lines(row) if own and row.state == DispatchState.DRAFT else []
    given = hands.given("dispatch", [row.pk], row.from_bureau_id, dispatching.ACT)[row.pk]
    hand_plan = hands.plan_for(row.from_bureau_id, dispatching.ACT)
    due = hands.next_hand(hand_plan, given) if row.state == DispatchState.DRAFT else None
    document = row.document
    plan_row = row.plan or (sending.final_plan(row) if own and sending.needs_plan(row) else None)
    context: dict[str, Any] = {
        "dispatch": row,
        "own": own,
        "superior": row.to_bureau_id == actor.bureau_id,
        "tab": tab,
        "words": shown.words_of(row, actor),
        "steps": shown.steps_of(row),
        "lines": lines,
        "reported": [line for line in lines if not line.item.held],
        "held": [line for line in lines if line.item.held],
        "figures_head": shown.figures_head(row)[1],
        "paper": shown.preview(row, actor) if tab == "table" else None,
        "tasks": shown.tasks_of(row, lines, gates, given) if own else [],
        "gates": gates,
        "adoptable": sum(bool(gate.county_reason) and not gate.reason for gate in gates if not gate.stops),
        "given": given,
        "hand_order": [Hand(hand).label for hand in hand_plan.order],
        "hand_due": Hand(due).label if due else "",
        "hand_label": f"{Hand(due).label}…" if due else "签批",
        "freezes": due == hand_plan.order[-1] if due else False,
        "editable": editable,
        "new_files": _new_files(row) if editable else 0,
        "document": document,
        "files": asked.files_of(document),
        "job": shown.table_job(row, actor) if document is not None and len(asked.files_of(document)) < 2 else None,
        "scans": shown.scans_of(row),
        "plan": plan_row,
        "needs_plan": sending.needs_plan(row),
        "needs_seal": dispatching.dispatch_rule(row).needs_seal,
        "duplicates": shown.duplicates_on(row, lines, actor) if own and row.state == DispatchState.DRAFT else [],
        "entries": shown.timeline(row, actor),
        "warning": deadline_warning(row.round, row.from_bureau.level, row.path, _closes(row)) if own else None,
        "window": sending.sending_window(row) if own else None,
        "mergeable": shown.mergeable(lines)
        if actor.level == Level.PREFECTURE and row.state == DispatchState.RECEIVED
        else 0,
        **verdicts(request, row, given, hand_plan),
        "problem": problem.verdict if problem else None,
        "typed": defaultdict(str, typed or {}),
    }
    return render(request, "reviews/dispatch/dispatch.html", context, status=problem.status if problem else 200)


def _closes(row: Dispatch) -> Any:
    return window_verdict(row.round, row.path, Level(row.from_bureau.level)).closes_on


def _new_files(row: Dispatch) -> int:
    return len(dispatching.waiting_files(row.round_id, row.from_bureau_id, row.path))


def verdicts(request: PortalRequest, row: Dispatch, given: list[Any], hand_plan: hands.HandPlan) -> dict[str, Any]:
    """What the reader may do with the dispatch now, each with its reason."""
    actor = request.actor
    own = row.from_bureau_id == actor.bureau_id
    sign = may(actor, "dispatch.endorse", row)
    if sign:
        sign = hands.may_give(actor, hand_plan, given)
    send = may(actor, "dispatch.send", row) if own else no("由报送单位办理。")
    if send:
        blocks = sending.sending_blocks(row)
        send = (
            no("还不能报送：" + "；".join(block.reason for block in blocks) + "。", blocks[0].hint) if blocks else ok()
        )
    seal = may(actor, "dispatch.seal", row)
    if seal and row.document is not None and row.document.pdf_id is None:
        seal = no("汇总表 PDF 还没有生成。", "生成并打印盖章后再上传扫描件。")
    number = may(actor, "document.number", row.document) if own and row.document is not None else no("")
    return {
        "can_sign": sign,
        "can_seal": seal,
        "can_send": send,
        "can_recall": may(actor, "dispatch.recall", row),
        "can_receive": may(actor, "dispatch.receive", row),
        "can_return": may(actor, "dispatch.return", row),
        "can_number": bool(number) and row.document is not None and not row.document.official_number,
        "can_download": may(actor, "dispatch.download", row),
        "can_edit": may(actor, "dispatch.edit", row),
    }


@require_safe
def table_file(request: PortalRequest, pk: int, form: str) -> HttpResponse:
    """The table as PDF or workbook, the stamped scan: for whoever may download it (档案 among them)."""
    row = seen_dispatch(request, pk)
    require(request.actor, "dispatch.download", row)
    files = asked.files_of(row.document)
    scans = shown.scans_of(row) if form == "scan" else []
    wanted = scans[0].file_id if scans else files.get(form)
    if wanted is None:
        raise Http404("这份文件还没有生成。")
    return redirect("documents:file", pk=wanted)


urlpatterns = [
    path("dispatches/", dispatches, name="dispatches"),
    path("dispatches/<int:pk>/", dispatch, name="dispatch"),
    path("dispatches/<int:pk>/table.<str:form>", table_file, name="dispatch_file"),
    *dispatch_acts.urlpatterns,
    *plan.urlpatterns,
    *sheet_import.urlpatterns,
]
