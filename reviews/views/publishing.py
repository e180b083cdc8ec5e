"""The list on its way to publication, and the published one with its exports (SC-43)."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Callable
from typing import Any

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
from reviews import hands, province_queries, publishing_page
from reviews.actions import publishing as acts
from reviews.jobs_province import IN_THE_PAGE, PUBLISH, RENDER_LIST, XLSX, list_workbook, start_papers
from reviews.models import Publishing
from reviews.province_papers import LIST_FIELDS, list_texts
from reviews.states import Hand, PublishingState
from reviews.views.approval import attachment, entries_of
from reviews.views.dispatch_acts import round_of

PAGE_SIZE = 50


def seen_publishing(request: PortalRequest, pk: int) -> Publishing:
    """The list if it exists for the reader; 404 otherwise."""
    rows = Publishing.objects.visible_to(request.actor).select_related("round__version", "bureau", "document__pdf")
    row = rows.filter(pk=pk).first()
    if row is None:
        raise Http404("没有这份名单，或它不在您的职责范围内。")
    return row


@require_safe
def publishing(request: PortalRequest, pk: int) -> HttpResponse:
    """One list: firms in order, what is missing, the hands; published with its paper and exports."""
    row = seen_publishing(request, pk)
    require(request.actor, "publishing.view", row)
    return page(request, row)


def page(request: PortalRequest, row: Publishing, *, problem: Refused | None = None, again: str = "") -> HttpResponse:
    """The page; after a refusal with what was typed."""
    actor = request.actor
    own = row.bureau_id == actor.bureau_id
    draft = row.state == PublishingState.DRAFT
    items = row.items.order_by("rank", "pk")
    found = Paginator(items.values_list("pk", flat=True), PAGE_SIZE).get_page(request.GET.get("page"))
    gates = publishing_page.gate_lines(row) if draft and own else []
    plan = hands.plan_for(row.bureau_id, acts.ACT)
    given = hands.given(row.subject_kind, [row.pk], row.bureau_id, acts.ACT)[row.pk] if own else []
    due = hands.next_hand(plan, given) if draft else None
    sign = may(actor, "publishing.endorse", row)
    if sign:
        sign = hands.may_give(actor, plan, given)
    tasks = publishing_page.tasks_of(row, gates) if draft and own else []
    if sign:
        missing = [task.label for task in tasks if not task.done]
        sign = no(f"还不能公布：{'、'.join(missing)}尚未办妥。", "请看办理清单。") if missing else sign
    context: dict[str, Any] = {
        "publishing": row,
        "own": own,
        "draft": draft,
        "page_obj": found,
        "rows": publishing_page.rows_of(row, list(found.object_list)),
        "tasks": tasks,
        "gates": gates,
        "adoptable": sum(bool(gate.given_below) and not gate.reason for gate in gates if not gate.stops),
        "askable": any(not gate.stops for gate in gates),
        "fresh": province_queries.newly_cleared(row).count() if draft and own else 0,
        "editable": bool(may(actor, "publishing.edit", row)),
        "can_sign": sign,
        "given": given,
        "hand_due": Hand(due).label if due else "",
        "hand_order": [Hand(hand).label for hand in plan.order],
        "publishes": due == plan.order[-1] if due else False,
        "document": row.document,
        "job": _job(row, request) if own else None,
        "entries": entries_of(row.subject_kind, row.pk) if own else [],
        "problem": problem.verdict if problem else None,
        "again": again,
        "typed": defaultdict(str, {name: str(value) for name, value in request.POST.items()} if problem else {}),
    }
    return render(request, "reviews/province/publishing.html", context, status=problem.status if problem else 200)


def _job(row: Publishing, request: PortalRequest) -> Job | None:
    if row.document_id is None:
        return None
    mine = Job.objects.visible_to(request.actor).filter(kind=RENDER_LIST, params__document=row.document_id)
    return mine.order_by("-id").first()


# ---- acts ------------------------------------------------------------------------------------------------------


def _act(request: PortalRequest, pk: int, do: Callable[[Publishing], str], again: str = "") -> HttpResponse:
    row = seen_publishing(request, pk)
    try:
        said = do(row)
    except Refused as refusal:
        return page(request, seen_publishing(request, pk), problem=refusal, again=again)
    if said:
        messages.success(request, said)
    return redirect("reviews:publishing", pk=pk)


@require_POST
def start(request: PortalRequest) -> HttpResponse:
    """Open the next list of a round."""
    from reviews.views.county import rounds_for
    from reviews.views.province import page as overview

    round_ = round_of(request)
    try:
        row = acts.start_publishing(round=round_, actor=request.actor)
    except Refused as refusal:
        return overview(request, rounds_for(request), round_, problem=refusal)
    messages.success(request, f"已收入 {row.items.count()} 户。请核对办理清单后公布。")
    return redirect("reviews:publishing", pk=row.pk)


@require_POST
def heading(request: PortalRequest, pk: int) -> HttpResponse:
    """Title and 文号."""

    def do(row: Publishing) -> str:
        title, number = request.POST.get("title", ""), request.POST.get("number", "")
        acts.set_heading(publishing_id=pk, title=title, number=number, actor=request.actor)
        return "标题和文号已保存。"

    return _act(request, pk, do, again="heading")


@require_POST
def refresh(request: PortalRequest, pk: int) -> HttpResponse:
    """Make the draft what is cleared now."""

    def do(row: Publishing) -> str:
        added, gone = acts.refresh_publishing(publishing_id=pk, actor=request.actor)
        return f"名单已更新：新增 {added} 户，移出 {gone} 户。" if added or gone else "名单没有变化。"

    return _act(request, pk, do)


@require_POST
def leave_out(request: PortalRequest, pk: int) -> HttpResponse:
    """Take ticked firms out of this list."""

    def do(row: Publishing) -> str:
        chosen = [int(one) for one in request.POST.getlist("ids") if one.isdecimal()]
        count = acts.leave_out(
            publishing_id=pk, application_ids=chosen, reason=request.POST.get("reason", ""), actor=request.actor
        )
        return f"已移出 {count} 户，仍为审定通过，可列入补充名单。"

    return _act(request, pk, do, again="leave-out")


@require_POST
def explain(request: PortalRequest, pk: int) -> HttpResponse:
    """Reasons at listing: those typed, one for all open ones, or those given below taken over."""

    def do(row: Publishing) -> str:
        if request.POST.get("action") == "adopt":
            return f"已沿用 {acts.adopt_reasons(publishing_id=pk, actor=request.actor)} 条下级理由，请核对。"
        texts: dict[tuple[int, str], str] = {}
        for name, text in request.POST.items():
            file, _, code = name.removeprefix("reason_").partition("_")
            if name.startswith("reason_") and file.isdecimal() and code:
                texts[int(file), code] = str(text)
        acts.explain(publishing_id=pk, texts=texts, actor=request.actor)
        return "说明已保存。"

    return _act(request, pk, do)


@require_POST
def endorse(request: PortalRequest, pk: int) -> HttpResponse:
    """Give the hand that is due; a long list is published by a worker."""
    row = seen_publishing(request, pk)
    opinion = request.POST.get("opinion", "")
    if may(request.actor, "publishing.endorse", row) and row.items.count() > IN_THE_PAGE:
        job = jobs.start(
            PUBLISH,
            actor=request.actor,
            params={"publishing": pk, "opinion": opinion},
            total=1,
            label=row.title,
            result_url=reverse("reviews:publishing", args=[pk]),
        )
        return redirect("duties:job", pk=job.pk)

    def do(row: Publishing) -> str:
        done = acts.publish(publishing_id=pk, actor=request.actor, opinion=opinion)
        if done.state != PublishingState.PUBLISHED:
            return "已签批，请下一环节办理。"
        start_papers(RENDER_LIST, done, request.actor)
        return "名单已公布，企业已列入，正在生成名单文件；打印盖章后在登记簿上传扫描件。"

    return _act(request, pk, do, again="sign")


@require_POST
def papers(request: PortalRequest, pk: int) -> HttpResponse:
    """Make the PDF where it was not made."""

    def do(row: Publishing) -> str:
        if row.document_id is None or row.bureau_id != request.actor.bureau_id:
            raise Refused(no("名单公布后由公布单位生成文件。"))
        start_papers(RENDER_LIST, row, request.actor)
        return ""

    return _act(request, pk, do)


@require_safe
def list_file(request: PortalRequest, pk: int, form: str) -> HttpResponse:
    """The published list as a workbook or CSV: the public fields and nothing else."""
    row = seen_publishing(request, pk)
    require(request.actor, "publishing.export", row)
    document = row.document
    if document is None or form not in {"xlsx", "csv"}:
        raise Http404("名单公布后才能导出。")
    if form == "xlsx":
        response = HttpResponse(list_workbook(document), content_type=XLSX)
    else:
        out = io.StringIO()
        out.write("\ufeff")  # spreadsheet programs read UTF-8 by this mark only
        writer = csv.writer(out)
        writer.writerow(["序号", *(LIST_FIELDS[name] for name in document.snapshot["fields"])])
        writer.writerows(list_texts(document.snapshot))
        response = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = attachment(f"{row.title}.{form}")
    return response


urlpatterns = [
    path("province/lists/start/", start, name="publishing_start"),
    path("province/lists/<int:pk>/", publishing, name="publishing"),
    path("province/lists/<int:pk>/heading/", heading, name="publishing_heading"),
    path("province/lists/<int:pk>/refresh/", refresh, name="publishing_refresh"),
    path("province/lists/<int:pk>/leave-out/", leave_out, name="publishing_leave_out"),
    path("province/lists/<int:pk>/explain/", explain, name="publishing_explain"),
    path("province/lists/<int:pk>/endorse/", endorse, name="publishing_endorse"),
    path("province/lists/<int:pk>/papers/", papers, name="publishing_papers"),
    path("province/lists/<int:pk>/list.<str:form>", list_file, name="publishing_file"),
]
