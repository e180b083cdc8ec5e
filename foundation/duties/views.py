"""My jobs and exports."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from foundation.accounts.http import PortalRequest
from foundation.accounts.transition import require
from foundation.core.errors import Refused
from foundation.core.verdict import no
from foundation.duties import exports, jobs, queries
from foundation.duties.models import Job

PAGE_SIZE = 25
ITEMS_PAGE_SIZE = 50


def _job(request: PortalRequest, pk: int) -> Job:
    job = queries.jobs_of(request.actor).filter(pk=pk).first()
    if job is None:
        raise Http404("没有这个任务，或它不是您以现在的身份发起的。如您另有身份，请在右上角切换。")
    return job


@require_GET
def job_list(request: PortalRequest) -> HttpResponse:
    """我的任务与导出: state, progress, download, until when."""
    require(request.actor, "job.view")
    page_obj = Paginator(queries.jobs_of(request.actor), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "duties/jobs.html", {"page_obj": page_obj, "keep_days": exports.keep_days()})


@require_GET
def job_page(request: PortalRequest, pk: int) -> HttpResponse:
    """One job with the result of every item."""
    job = _job(request, pk)
    require(request.actor, "job.view", job)
    items = job.items.order_by("ok", "id")
    only = request.GET.get("only", "")
    if only == "problems":
        items = items.filter(ok=False)
    page_obj = Paginator(items, ITEMS_PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "duties/job.html",
        {"job": job, "page_obj": page_obj, "only": only, "done_ok": job.items.filter(ok=True).count()},
    )


@require_GET
def job_progress(request: PortalRequest, pk: int) -> JsonResponse:
    """What the progress bar asks for once a second."""
    job = _job(request, pk)
    return JsonResponse(job.progress())


@require_GET
def job_file(request: PortalRequest, pk: int) -> FileResponse:
    """The export, for its owner only, as long as it is kept."""
    job = _job(request, pk)
    require(request.actor, "job.download", job)
    path = exports.path_of(job)
    if not path.is_file():
        raise Refused(no("导出文件已不在服务器上。", "请回到列表重新导出。"))
    response = FileResponse(path.open("rb"), as_attachment=True, filename=job.filename, content_type=job.content_type)
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_POST
def job_cancel(request: PortalRequest, pk: int) -> HttpResponse:
    """Stop it."""
    jobs.cancel(pk=pk, actor=request.actor)
    return redirect("duties:job", pk)


@require_POST
def job_retry(request: PortalRequest, pk: int) -> HttpResponse:
    """Go on with what is left."""
    jobs.retry(pk=pk, actor=request.actor)
    return redirect("duties:job", pk)
