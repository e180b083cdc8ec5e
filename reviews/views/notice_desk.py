"""The bureau's own room of public notices: what waits, the draft, the running one (P-03)."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from cultivation.models import Round
from foundation.accounts.http import PortalRequest
from foundation.accounts.may import action_label, may
from foundation.accounts.models import Bureau
from foundation.accounts.paths import bureau_path
from foundation.accounts.transition import require
from foundation.core.clock import business_today
from foundation.core.errors import Refused
from foundation.core.verdict import Verdict, no
from foundation.journal.models import Decision
from foundation.reference import queries as reference
from reviews import hands
from reviews.actions import noticing
from reviews.actions.notice_rows import last_hand
from reviews.models import Objection, PublicNotice
from reviews.notice_files import without_notice
from reviews.public_notices import IN_LIST, days_left, days_of, is_over, notice_step
from reviews.states import OBJECTION_OPEN, Hand, NoticeState, ObjectionState
from reviews.views.county import chosen_round, rounds_for

ROWS_PAGE = 200
TONES = {
    NoticeState.DRAFT: "wait",
    NoticeState.RUNNING: "dai",
    NoticeState.CLOSED: "ok",
    NoticeState.RESTARTED: "mo",
}
OBJECTION_TONES = {
    ObjectionState.RECEIVED: "wait",
    ObjectionState.CHECKED: "dai",
    ObjectionState.VERIFIED: "dai",
    ObjectionState.UPHELD: "no",
    ObjectionState.REJECTED: "ok",
}


@require_safe
def public_notices(request: PortalRequest) -> HttpResponse:
    """Notices of the bureau, and of a round what waits for one."""
    return home(request)


def home(request: PortalRequest, *, round_: Round | None = None, problem: Refused | None = None) -> HttpResponse:
    """The home page; ``problem`` is the refusal of the act just tried."""
    actor = request.actor
    require(actor, "public_notice.list")
    rounds = [row for row in rounds_for(request) if notice_step(row) is not None]
    round_ = round_ or (chosen_round(request, rounds) if rounds else None)
    rows = (
        PublicNotice.objects.filter(bureau_id=actor.bureau_id)
        .select_related("round")
        .annotate(
            firms=Count("rows", filter=Q(rows__state__in=IN_LIST), distinct=True),
            opened=Count("objections", filter=Q(objections__state__in=OBJECTION_OPEN), distinct=True),
        )
        .order_by("-id")
    )
    page_obj = Paginator(rows, 25).get_page(request.GET.get("page"))
    today = business_today()
    context = {
        "rounds": rounds,
        "round": round_,
        "waiting": _waiting(request, round_),
        "may_start": _may_start(request, round_),
        "page_obj": page_obj,
        "lines": [
            {
                "row": row,
                "tone": TONES[NoticeState(row.state)],
                "over": is_over(row, today),
                "left": days_left(row, today),
            }
            for row in page_obj
        ],
        "problem": problem.verdict if problem else None,
    }
    return render(request, "reviews/notice/home.html", context, status=problem.status if problem else 200)


def _waiting(request: PortalRequest, round_: Round | None) -> int:
    step = notice_step(round_) if round_ is not None else None
    if round_ is None or step is None or step.level != request.actor.level:
        return 0
    bureau = Bureau.objects.get(pk=request.actor.bureau_id)
    return without_notice(round_, bureau, bureau_path(bureau.pk, round_.stage, business_today())).count()


def _may_start(request: PortalRequest, round_: Round | None) -> Verdict:
    step = notice_step(round_) if round_ is not None else None
    if round_ is None or step is None:
        return no("没有带公示环节的轮次。")
    if step.level != request.actor.level:
        return no("本轮由其他层级的主管部门公示。")
    return may(request.actor, "public_notice.start")


def own_notice(request: PortalRequest, pk: int) -> PublicNotice:
    """The bureau's own notice; 404 for anybody else's (the public page is there for them)."""
    row = (
        PublicNotice.objects.visible_to(request.actor)
        .filter(bureau_id=request.actor.bureau_id, pk=pk)
        .select_related("round__version", "bureau", "document", "earlier")
        .first()
    )
    if row is None or not may(request.actor, "public_notice.list"):
        raise Http404("没有这份公示，或它不在您的职责范围内。")
    return row


@require_safe
def public_notice(request: PortalRequest, pk: int) -> HttpResponse:
    """One notice of the bureau: words, days, contacts, the list, what is missing, the acts, its objections in numbers."""
    return page(request, own_notice(request, pk))


def page(
    request: PortalRequest, row: PublicNotice, *, problem: Refused | None = None, typed: dict[str, str] | None = None
) -> HttpResponse:
    """The page of a notice; ``problem`` is the refusal of the act just tried, ``typed`` what the person had typed."""
    actor = request.actor
    draft = row.state == NoticeState.DRAFT
    plan = hands.plan_for(row.bureau_id, noticing.ACT)
    given = hands.given("public_notice", [row.pk], row.bureau_id, noticing.ACT)[row.pk]
    due = hands.next_hand(plan, given) if draft else None
    blocks = noticing.opening_blocks(row) if draft else []
    days = days_of(business_today(), row.working_days, row.first_day) if draft else (row.starts_on, row.ends_on)
    mine = last_hand(actor, plan)
    can_open = may(actor, "public_notice.open", row)
    if can_open:
        can_open = hands.may_give(actor, plan, given)
    if can_open and blocks:
        can_open = no("还不能发布：" + "；".join(block.reason for block in blocks) + "。", blocks[0].hint)
    context: dict[str, Any] = {
        "notice": row,
        "draft": draft,
        "tone": TONES[NoticeState(row.state)],
        "days": days,
        "left": days_left(row),
        "over": is_over(row),
        "note": reference.calendar_note(*(day for day in days if day is not None)),
        "page_obj": Paginator(row.rows.order_by("rank"), ROWS_PAGE).get_page(request.GET.get("page")),
        "editable": draft and bool(may(actor, "public_notice.edit", row)),
        "waiting": _waiting(request, row.round) if draft else 0,
        "blocks": blocks,
        "can_open": can_open,
        "can_close": _concluding(request, row, "public_notice.close", mine),
        "can_restart": _concluding(request, row, "public_notice.restart", mine),
        "can_strike": _concluding(request, row, "public_notice.strike", mine),
        "can_correct": may(actor, "public_notice.correct", row),
        "can_register": may(actor, "objection.register", row),
        "hand_label": Hand(due).label if due else "",
        "freezes": due == plan.order[-1] if due else False,
        "hand_order": [Hand(hand).label for hand in plan.order],
        "given": given,
        "objections": _objection_counts(request, row),
        "later": PublicNotice.objects.filter(earlier=row).first(),
        "entries": entries_of("public_notice", row.pk),
        "problem": problem.verdict if problem else None,
        "typed": defaultdict(str, typed or {}),
    }
    return render(request, "reviews/notice/desk.html", context, status=problem.status if problem else 200)


def _concluding(request: PortalRequest, row: PublicNotice, action: str, mine: Verdict) -> Verdict:
    verdict = may(request.actor, action, row)
    if verdict:
        verdict = mine
    if verdict and action == "public_notice.close" and not is_over(row):
        return no("公示期未满，期满后才能结束。")
    return verdict


def _objection_counts(request: PortalRequest, row: PublicNotice) -> list[tuple[str, str, str, int]]:
    """State, tone, word, number; empty for those to whom objections do not exist."""
    if row.opened_at is None or not may(request.actor, "objection.list"):
        return []
    found = dict(
        Objection.objects.visible_to(request.actor)
        .filter(notice=row)
        .order_by()
        .values_list("state")
        .annotate(number=Count("pk"))
    )
    return [(state.value, OBJECTION_TONES[state], state.label, found.get(state.value, 0)) for state in ObjectionState]


_WORDS = {"public_notice.open": "签批发布"}


def entries_of(kind: str, pk: int) -> list[dict[str, Any]]:
    """The acts on a subject for the timeline, newest first."""
    rows = Decision.objects.filter(subject_kind=kind, subject_id=pk).order_by("-id")[:60]
    return [
        {
            "title": _WORDS.get(row.action) or action_label(row.action),
            "tone": "no"
            if row.to_state in {"upheld", "restarted"}
            else "ok"
            if row.to_state != row.from_state
            else "mo",
            "at": row.made_at,
            "who": row.hat_label if row.actor_user_id is None else f"{row.hat_label} {row.signature}",
            "opinion": row.opinion,
            "note": row.note,
        }
        for row in rows
    ]


urlpatterns = [
    path("public-notices/", public_notices, name="public_notices"),
    path("public-notices/<int:pk>/", public_notice, name="public_notice"),
]
