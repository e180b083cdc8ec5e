"""The desk of objections: only for those of the notice's bureau who work on files (P-03)."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foundation.accounts.http import PortalRequest
from foundation.accounts.may import may
from foundation.accounts.transition import require
from foundation.core.clock import business_today
from foundation.core.errors import Refused
from foundation.core.verdict import Verdict, no
from reviews.actions import objections
from reviews.actions.notice_rows import last_hand
from reviews.models import Objection
from reviews.notice_jobs import is_overdue, start_export
from reviews.public_notices import takes_objections
from reviews.states import OBJECTION_OPEN, NoticeRowState, ObjectionState
from reviews.views.notice_desk import OBJECTION_TONES as TONES
from reviews.views.notice_desk import entries_of, own_notice

PAGE = 50
OPEN, OVERDUE, ALL = "open", "overdue", "all"


def steps_of(objection: Objection) -> list[dict[str, Any]]:
    """The way of an objection with where it stands: for the desk and for the objector."""
    order = [ObjectionState.RECEIVED, ObjectionState.CHECKED, ObjectionState.VERIFIED]
    settled = objection.state not in OBJECTION_OPEN
    place = len(order) if settled else order.index(ObjectionState(objection.state))
    names = ["收到", "受理", "核实", objection.get_state_display() if settled else "办结答复"]
    return [{"label": name, "done": number <= place, "now": number == place + 1} for number, name in enumerate(names)]


def objections_of(request: PortalRequest) -> QuerySet[Objection]:
    """Rows of the desk, oldest open first; filters ``state``, ``notice``, ``q`` (receipt or firm)."""
    rows = Objection.objects.visible_to(request.actor).select_related("notice", "row")
    state, notice, q = (request.GET.get(name, "").strip() for name in ("state", "notice", "q"))
    q = q.replace("\x00", "")
    if notice.isdecimal():
        rows = rows.filter(notice_id=int(notice))
    if q:
        rows = rows.filter(Q(receipt__icontains=q) | Q(row__name__contains=q) | Q(row__shown_name__contains=q))
    if state in ObjectionState.values:
        rows = rows.filter(state=state)
    elif state == OVERDUE:
        rows = rows.filter(state__in=OBJECTION_OPEN, due_on__lt=business_today())
    elif state != ALL:
        rows = rows.filter(state__in=OBJECTION_OPEN)
    return rows.order_by("received_at", "id")


@require_safe
def desk(request: PortalRequest, *, problem: Refused | None = None, typed: str = "") -> HttpResponse:
    """The list with its numbers by state."""
    actor = request.actor
    require(actor, "objection.list")
    today = business_today()
    counted = dict(Objection.objects.visible_to(actor).order_by().values_list("state").annotate(number=Count("pk")))
    late = Objection.objects.visible_to(actor).filter(state__in=OBJECTION_OPEN, due_on__lt=today).count()
    page_obj = Paginator(objections_of(request), PAGE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page_obj,
        "lines": [
            {"row": row, "tone": TONES[ObjectionState(row.state)], "late": is_overdue(row, today)} for row in page_obj
        ],
        "state": request.GET.get("state", "") or OPEN,
        "chips": [
            (OPEN, "在办", sum(counted.get(state, 0) for state in OBJECTION_OPEN)),
            (OVERDUE, "超期", late),
            *((state.value, state.label, counted.get(state.value, 0)) for state in ObjectionState),
            (ALL, "全部", sum(counted.values())),
        ],
        "q": request.GET.get("q", ""),
        "notice": request.GET.get("notice", ""),
        "typed_reason": typed,
        "problem": problem.verdict if problem else None,
    }
    return render(request, "reviews/objection/desk.html", context, status=problem.status if problem else 200)


def seen(request: PortalRequest, pk: int) -> Objection:
    """The objection if it exists for the official; 404 otherwise."""
    row = (
        Objection.objects.visible_to(request.actor)
        .select_related("notice__bureau", "notice__round__version", "row__application", "seal_scan", "evidence")
        .filter(pk=pk)
        .first()
    )
    if row is None:
        raise Http404("没有这件异议，或它不在您的职责范围内。")
    return row


@require_safe
def objection(request: PortalRequest, pk: int) -> HttpResponse:
    """One objection with everything the objector gave, and the next act."""
    return page(request, seen(request, pk))


def page(
    request: PortalRequest, row: Objection, *, problem: Refused | None = None, typed: dict[str, str] | None = None
) -> HttpResponse:
    """The page; ``problem`` is the refusal of the act just tried, ``typed`` what the person had typed."""
    actor = request.actor
    can_settle: Verdict = may(actor, "objection.settle", row)
    if can_settle:
        can_settle = last_hand(actor)
    rules = row.notice.round.programme.public_notice
    context: dict[str, Any] = {
        "objection": row,
        "tone": TONES[ObjectionState(row.state)],
        "late": is_overdue(row, business_today()),
        "steps": steps_of(row),
        "can_check": may(actor, "objection.check", row),
        "can_verify": may(actor, "objection.verify", row),
        "can_settle": can_settle,
        "upheld_reason": rules.upheld if rules is not None else "",
        "entries": entries_of("objection", row.pk),
        "problem": problem.verdict if problem else None,
        "typed": defaultdict(str, typed or {}),
    }
    return render(request, "reviews/objection/objection.html", context, status=problem.status if problem else 200)


@require_POST
def act(request: PortalRequest, pk: int) -> HttpResponse:
    """The next step: check, verify, uphold or reject."""
    row, actor, action = seen(request, pk), request.actor, request.POST.get("action", "")
    typed = {name: request.POST.get(name, "") for name in ("note", "finding", "reply", "reason", "action")}
    try:
        if action == "check":
            objections.check_objection(objection_id=pk, actor=actor, note=typed["note"])
            said = "已受理，请核实。"
        elif action == "verify":
            objections.verify_objection(objection_id=pk, actor=actor, finding=typed["finding"])
            said = "核实情况已登记，请作出决定。"
        elif action in {"uphold", "reject"}:
            upheld = action == "uphold"
            objections.settle(objection_id=pk, actor=actor, upheld=upheld, reply=typed["reply"], reason=typed["reason"])
            said = "异议成立，企业已从公示中撤下。" if upheld else "异议不成立，已答复。"
        else:
            raise Refused(no("没有这项办理。", "请刷新后再办理。"))
    except Refused as refusal:
        return page(request, seen(request, pk), problem=refusal, typed=typed)
    messages.success(
        request, said + ("答复已发往异议人的邮箱。" if row.email and action in {"uphold", "reject"} else "")
    )
    return redirect("reviews:objection", pk=pk)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: PortalRequest, pk: int) -> HttpResponse:
    """A letter or a visit, entered by the bureau of the notice; after the days with a reason."""
    from reviews.views.objections import FIELDS, files_of, plain

    notice = own_notice(request, pk)
    require(request.actor, "objection.register", notice)
    problem: Refused | None = None
    made: tuple[Objection, str] | None = None
    typed = {name: plain(request.POST.get(name, "")) for name in (*FIELDS, "late_reason", "row")}
    if request.method == "POST":
        try:
            chosen = notice.rows.filter(pk=typed["row"]).first() if typed["row"].isdecimal() else None
            if chosen is None:
                raise Refused(no("请选择异议所涉的企业。"))
            given: dict[str, Any] = {name: typed[name] for name in FIELDS}
            objections.check_typed(**given)
            with transaction.atomic():
                given |= files_of(request, notice.bureau_id, request.actor)
                made = objections.lodge(
                    row_id=chosen.pk, actor=request.actor, late_reason=typed["late_reason"], **given
                )
        except Refused as refusal:
            problem = refusal
    if made is not None:
        # Shown in the answer itself: the code is kept nowhere, and the page is the paper handed to the objector.
        shown = {"receipt": made[0].receipt, "code": made[1], "title": notice.title, "firm": str(made[0].row)}
        return render(
            request, "reviews/objection/registered.html", {"objection": made[0], "shown": shown, "notice": notice}
        )
    context = {
        "notice": notice,
        "rows": notice.rows.exclude(state=NoticeRowState.STRUCK).order_by("rank"),
        "in_time": takes_objections(notice),
        "typed": defaultdict(str, typed),
        "text_limit": objections.TEXT_LIMIT,
        "problem": problem.verdict if problem else None,
    }
    return render(request, "reviews/objection/register.html", context, status=problem.status if problem else 200)


@require_POST
def export(request: PortalRequest) -> HttpResponse:
    """The workbook as a job; with the objectors' data only for a reason."""
    require(request.actor, "objection.list")
    notice = request.POST.get("notice", "")
    personal, reason = request.POST.get("personal") == "1", request.POST.get("reason", "")
    try:
        job = start_export(
            actor=request.actor,
            notice_id=int(notice) if notice.isdecimal() else None,
            personal=personal,
            reason=reason,
            request=request,
        )
    except Refused as refusal:
        return desk_again(request, refusal, reason)
    return redirect("duties:job", pk=job.pk)


def desk_again(request: PortalRequest, refusal: Refused, reason: str) -> HttpResponse:
    """The desk with the refusal and what was typed; the list itself only asks to be read."""
    request.method = "GET"
    return desk(request, problem=refusal, typed=reason)


urlpatterns = [
    path("objections/", desk, name="objections"),
    path("objections/export/", export, name="objection_export"),
    path("objections/<int:pk>/", objection, name="objection"),
    path("objections/<int:pk>/act/", act, name="objection_act"),
    path("public-notices/<int:pk>/register/", register, name="objection_register"),
]
