"""The province's decision on a list: the dense table, the exceptions, the hands. A view parses, calls the action, leads back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST, require_safe

from foundation.accounts.http import PortalRequest
from foundation.accounts.may import may
from foundation.accounts.transition import require
from foundation.core.errors import Refused
from foundation.core.verdict import no
from foundation.duties import jobs
from foundation.duties.models import Job
from foundation.journal.models import Decision
from reviews import hands, province_page, province_queries
from reviews.actions import approving
from reviews.jobs_province import DECIDE, EXPORT_APPROVAL, IN_THE_PAGE, RENDER_APPROVAL, start_papers
from reviews.models import Application, Approval, ApprovalItem
from reviews.province_papers import growth_column
from reviews.states import ApprovalOutcome, ApprovalState, Hand
from reviews.views.dispatch_acts import round_of

PAGE_SIZE = 50
EXCEPTIONS = [(outcome.value, outcome.label) for outcome in ApprovalOutcome if outcome != ApprovalOutcome.APPROVE]


def attachment(name: str) -> str:
    """Header value for a download with a Chinese name."""
    return f"attachment; filename*=UTF-8''{quote(name)}"


def seen_approval(request: PortalRequest, pk: int) -> Approval:
    """The decision if it exists for the reader; 404 otherwise."""
    rows = Approval.objects.visible_to(request.actor).select_related("round__version", "bureau", "document__pdf")
    row = rows.filter(pk=pk).first()
    if row is None:
        raise Http404("没有这份审定，或它不在您的职责范围内。")
    return row


def _filters(request: PortalRequest) -> dict[str, str]:
    return {name: request.GET.get(name, "").strip() for name in province_page.FILTERS}


@require_safe
def approval(request: PortalRequest, pk: int) -> HttpResponse:
    """One decision: every file in a line, exceptions marked, the hands."""
    row = seen_approval(request, pk)
    require(request.actor, "approval.view", row)
    return page(request, row)


def page(request: PortalRequest, row: Approval, *, problem: Refused | None = None, again: str = "") -> HttpResponse:
    """The page; after a refusal with the dialog ``again`` open and what was typed in it."""
    actor = request.actor
    own = row.bureau_id == actor.bureau_id
    filters = _filters(request)
    items = province_queries.items_for(row, actor)
    counts = province_queries.outcome_counts(items)
    narrowed = province_page.narrowed(items, row.round, filters)
    pages = Paginator(narrowed.values_list("pk", flat=True), PAGE_SIZE)
    if not any(filters[name] for name in province_page.FILTERS if name != "sort"):
        pages.count = sum(counts.values())  # counted by outcome already
    found = pages.get_page(request.GET.get("page"))
    wanted = list(found.object_list)
    loaded = (
        ApprovalItem.objects.filter(pk__in=wanted)
        .select_related("application__enterprise", "application__bureau")
        .defer("application__answers")
        .in_bulk()
    )
    draft = row.state == ApprovalState.DRAFT
    editable = may(actor, "approval.edit", row)
    plan = hands.plan_for(row.bureau_id, approving.ACT)
    given = hands.given(row.subject_kind, [row.pk], row.bureau_id, approving.ACT)[row.pk] if own else []
    due = hands.next_hand(plan, given) if draft else None
    sign = may(actor, "approval.endorse", row)
    if sign:
        sign = hands.may_give(actor, plan, given)
    if sign:
        blocks = approving.approval_blocks(row)
        sign = no("还不能审定：" + "；".join(block.reason for block in blocks) + "。") if blocks else sign
    growth = growth_column(row.round)
    context: dict[str, Any] = {
        "approval": row,
        "own": own,
        "draft": draft,
        "filters": filters,
        "counts": [(value, label, counts[value]) for value, label in ApprovalOutcome.choices],
        "total": sum(counts.values()),
        "exceptions": sum(counts.values()) - counts[ApprovalOutcome.APPROVE],
        "page_obj": found,
        "rows": province_page.rows_of(row, [loaded[pk] for pk in wanted]),
        "growth_title": growth.header.partition("（")[0].removeprefix("近三年") if growth is not None else "",
        "year": row.round.year - 1,
        "bureaus": province_page.bureaus_on(row, actor),
        "new_files": len(province_queries.newly_received(row)) if draft and own else 0,
        "not_met": items.filter(outcome=ApprovalOutcome.APPROVE, application__listing__outcome="not_met").count()
        if draft and own
        else 0,
        "editable": bool(editable),
        "can_sign": sign,
        "given": given,
        "hand_due": Hand(due).label if due else "",
        "hand_label": f"{Hand(due).label}…" if due else "签批",
        "hand_order": [Hand(hand).label for hand in plan.order],
        "decides": due == plan.order[-1] if due else False,
        "outcomes": EXCEPTIONS,
        "document": row.document if own else None,
        "job": _job(row, request) if own else None,
        "entries": entries_of(row.subject_kind, row.pk) if own else [],
        "problem": problem.verdict if problem else None,
        "again": again,
        "typed": defaultdict(str, {name: str(value) for name, value in request.POST.items()} if problem else {}),
    }
    return render(request, "reviews/province/approval.html", context, status=problem.status if problem else 200)


def _job(row: Approval, request: PortalRequest) -> Job | None:
    """The reader's last job that makes the paper."""
    if row.document_id is None:
        return None
    mine = Job.objects.visible_to(request.actor).filter(kind=RENDER_APPROVAL, params__document=row.document_id)
    return mine.order_by("-id").first()


def entries_of(kind: str, pk: int) -> list[dict[str, Any]]:
    """Acts on a decision or list, newest first."""
    from foundation.accounts.may import action_label

    rows = Decision.objects.filter(subject_kind=kind, subject_id=pk).order_by("-id")[:30]
    return [
        {
            "title": action_label(act.action),
            "tone": "ok" if act.to_state != act.from_state else "mo",
            "at": act.made_at,
            "who": f"{act.hat_label} {act.signature}",
            "opinion": act.opinion,
            "note": "",
        }
        for act in rows
    ]


# ---- acts ------------------------------------------------------------------------------------------------------


def _back(request: PortalRequest, pk: int) -> HttpResponse:
    query = request.GET.urlencode()
    return redirect(reverse("reviews:approval", args=[pk]) + (f"?{query}" if query else ""))


def _act(request: PortalRequest, pk: int, do: Callable[[Approval], str], again: str = "") -> HttpResponse:
    row = seen_approval(request, pk)
    try:
        said = do(row)
    except Refused as refusal:
        return page(request, seen_approval(request, pk), problem=refusal, again=again)
    if said:
        messages.success(request, said)
    return _back(request, pk)


@require_POST
def start(request: PortalRequest) -> HttpResponse:
    """Open the decision on what was received."""
    from reviews.views.county import rounds_for
    from reviews.views.province import page as overview

    round_ = round_of(request)
    try:
        row = approving.start_approval(round=round_, actor=request.actor)
    except Refused as refusal:
        return overview(request, rounds_for(request), round_, problem=refusal)
    messages.success(request, f"已收入 {row.items.count()} 户。没有标注例外的，签发时一并通过。")
    return redirect("reviews:approval", pk=row.pk)


def _chosen(request: PortalRequest, row: Approval) -> list[int]:
    """The ticked files, or everything the filter shows."""
    if request.POST.get("all") == "1":
        items = province_queries.items_for(row, request.actor)
        narrowed = province_page.narrowed(items, row.round, _filters(request))
        return list(narrowed.values_list("application_id", flat=True))
    return [int(pk) for pk in request.POST.getlist("ids") if pk.isdecimal()]


@require_POST
def outcome(request: PortalRequest, pk: int) -> HttpResponse:
    """Mark the ticked files as exceptions, or take the mark back."""

    def do(row: Approval) -> str:
        chosen = _chosen(request, row)
        if not chosen:
            raise Refused(no("没有选中企业。", "请先勾选要标注的企业。"))
        wanted = _outcome(request)
        count = approving.set_outcome(
            approval_id=pk,
            application_ids=chosen,
            outcome=wanted,
            reason=request.POST.get("reason", ""),
            actor=request.actor,
        )
        if wanted == ApprovalOutcome.APPROVE:
            return f"{count} 户已改回通过。"
        return f"{count} 户已标注“{wanted.label}”，签发时生效。"

    return _act(request, pk, do, again="mark")


def _outcome(request: PortalRequest) -> ApprovalOutcome:
    named = [value for value in request.POST.getlist("outcome") if value]
    wanted = "approve" if "approve" in named else named[0] if named else ""
    if wanted not in ApprovalOutcome.values:
        raise Refused(no("请选择审定结果。"))
    return ApprovalOutcome(wanted)


@require_POST
def collect(request: PortalRequest, pk: int) -> HttpResponse:
    """Take in what was received since."""

    def do(row: Approval) -> str:
        added = approving.collect(approval_id=pk, actor=request.actor)
        return f"新收入 {added} 户，已按行政区划排好。" if added else "没有新接收的材料。"

    return _act(request, pk, do)


@require_POST
def endorse(request: PortalRequest, pk: int) -> HttpResponse:
    """Give the hand that is due; a long list is decided by a worker."""
    row = seen_approval(request, pk)
    opinion = request.POST.get("opinion", "")
    if may(request.actor, "approval.endorse", row) and row.items.count() > IN_THE_PAGE:
        job = jobs.start(
            DECIDE,
            actor=request.actor,
            params={"approval": pk, "opinion": opinion},
            total=1,
            label=row.title,
            result_url=reverse("reviews:approval", args=[pk]),
        )
        return redirect("duties:job", pk=job.pk)

    def do(row: Approval) -> str:
        done = approving.endorse_approval(approval_id=pk, actor=request.actor, opinion=opinion)
        if done.state != ApprovalState.DECIDED:
            return "已签批，请下一环节办理。"
        start_papers(RENDER_APPROVAL, done, request.actor)
        return "已审定，企业和各级主管部门已收到通知，正在生成审定表。"

    return _act(request, pk, do, again="sign")


@require_POST
def papers(request: PortalRequest, pk: int) -> HttpResponse:
    """Make the PDF where it was not made."""

    def do(row: Approval) -> str:
        require(request.actor, "approval.export", row)
        if row.document_id is None:
            raise Refused(no("还没有签发，审定表尚未定稿。"))
        start_papers(RENDER_APPROVAL, row, request.actor)
        return ""

    return _act(request, pk, do)


@require_POST
def export(request: PortalRequest, pk: int) -> HttpResponse:
    """The decision as a workbook, by a job."""
    row = seen_approval(request, pk)
    require(request.actor, "approval.export", row)
    job = jobs.start(EXPORT_APPROVAL, actor=request.actor, params={"approval": pk}, label=f"导出{row.title}")
    return redirect("duties:job", pk=job.pk)


@require_POST
def file_outcome(request: PortalRequest, pk: int) -> HttpResponse:
    """From the page of one file: its outcome goes into the decision that is being prepared, never past it."""
    file = Application.objects.visible_to(request.actor).filter(pk=pk).select_related("round__version").first()
    if file is None or not request.actor.is_official:
        raise Http404("没有这份材料，或它不在您的职责范围内。")
    item = province_queries.open_outcomes(file)
    if item is None:
        raise Refused(no("这份材料不在拟办的审定中。", "请先在“办理进度”中开始审定。"))
    wanted = _outcome(request)
    approving.set_outcome(
        approval_id=item.approval_id,
        application_ids=[pk],
        outcome=wanted,
        reason=request.POST.get("reason", ""),
        actor=request.actor,
    )
    messages.success(request, f"{file.enterprise_name}：已标注“{wanted.label}”，签发时生效。")
    return redirect("reviews:file", pk=pk)


urlpatterns = [
    path("province/approvals/start/", start, name="approval_start"),
    path("province/approvals/<int:pk>/", approval, name="approval"),
    path("province/approvals/<int:pk>/outcome/", outcome, name="approval_outcome"),
    path("province/approvals/<int:pk>/collect/", collect, name="approval_collect"),
    path("province/approvals/<int:pk>/endorse/", endorse, name="approval_endorse"),
    path("province/approvals/<int:pk>/papers/", papers, name="approval_papers"),
    path("province/approvals/<int:pk>/export/", export, name="approval_export"),
    path("files/<int:pk>/outcome/", file_outcome, name="file_outcome"),
]
