"""Public notices as anyone reads them, without an account: which run, one with its firms, its paper (P-03)."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from foundation.accounts.http import PortalRequest
from foundation.core.clock import business_today
from foundation.documents.actions import open_stored
from foundation.reference import queries as reference
from reviews.models import PublicNotice
from reviews.public_notices import days_left, is_over, posted, takes_objections
from reviews.states import NoticeState
from reviews.views import notice_acts, notice_desk

LIST_PAGE, ROWS_PAGE = 20, 100


def posted_notice(pk: int) -> PublicNotice:
    """A notice anyone may read; 404 otherwise."""
    row = posted().select_related("round__version", "bureau", "document__pdf", "earlier").filter(pk=pk).first()
    if row is None:
        raise Http404("没有这份公示。")
    return row


def words_of(notice: PublicNotice) -> tuple[str, str, str]:
    """Tone and word of a notice as the public reads it, and the days in words."""
    today = business_today()
    if notice.state == NoticeState.RESTARTED:
        return "mo", "已重新公示", ""
    if notice.state == NoticeState.CLOSED or is_over(notice, today):
        return "mo", "已结束", ""
    if notice.starts_on is not None and today < notice.starts_on:
        return "wait", "即将开始", f"自{notice.starts_on.month}月{notice.starts_on.day}日起"
    return "ok", "公示中", f"还有 {days_left(notice, today)} 个工作日"


@login_not_required
@require_safe
def notices(request: PortalRequest) -> HttpResponse:
    """Every notice that was posted, newest first."""
    page_obj = Paginator(posted(), LIST_PAGE).get_page(request.GET.get("page"))
    lines = [{"row": row, "words": words_of(row)} for row in page_obj]
    return render(request, "reviews/notice/list.html", {"page_obj": page_obj, "lines": lines})


@login_not_required
@require_safe
def notice(request: PortalRequest, pk: int) -> HttpResponse:
    """One notice: days, contacts, how to object, every firm by name, place and tier; what was struck or corrected with its reason."""
    row = posted_notice(pk)
    q = request.GET.get("q", "").replace("\x00", "").strip()[:60]
    rows = row.rows.order_by("rank")
    if q:
        rows = rows.filter(name__contains=q) | rows.filter(shown_name__contains=q)
    context: dict[str, Any] = {
        "notice": row,
        "words": words_of(row),
        "page_obj": Paginator(rows, ROWS_PAGE).get_page(request.GET.get("page")),
        "q": q,
        "takes": takes_objections(row),
        "later": PublicNotice.objects.filter(earlier=row, opened_at__isnull=False).first(),
        "note": reference.calendar_note(row.starts_on, row.ends_on) if row.starts_on and row.ends_on else None,
    }
    return render(request, "reviews/notice/notice.html", context)


@login_not_required
@require_safe
def paper(request: PortalRequest, pk: int) -> FileResponse:
    """The frozen paper as PDF, with its code; 404 until it has been made."""
    row = posted_notice(pk)
    document = row.document
    if document is None or document.pdf is None:
        raise Http404("公示文件正在生成，请稍后再试。")
    response = FileResponse(open_stored(document.pdf), filename=document.pdf.name, content_type="application/pdf")
    response["X-Content-Type-Options"] = "nosniff"
    return response


urlpatterns = [
    path("notices/", notices, name="notices"),
    path("notices/<int:pk>/", notice, name="notice"),
    path("notices/<int:pk>/paper/", paper, name="notice_paper"),
    *notice_desk.urlpatterns,
    *notice_acts.urlpatterns,
]
