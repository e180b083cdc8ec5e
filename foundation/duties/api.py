"""Duties an identity sees, and exports: start, ask how far, fetch (B.2). The jobs are those of the pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.http import FileResponse, Http404
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.accounts.actor import Actor
from foundation.accounts.api import SignedInView
from foundation.accounts.transition import require
from foundation.core.api.paging import PageParams, page_of
from foundation.core.api.problems import ROOT, FieldProblem, Invalid, in_body
from foundation.core.api.schema import paged
from foundation.core.clock import business_today
from foundation.core.errors import Refused
from foundation.core.registries import Registry
from foundation.core.verdict import no
from foundation.duties import exports, queries
from foundation.duties import serializers as shapes
from foundation.duties.models import Job, Obligation


@dataclass(frozen=True, slots=True)
class ExportKind:
    """One thing a program may export: how its parameters are read, and the call the page's button makes."""

    label: str
    parameters: type[serializers.Serializer]
    start: Callable[[Actor, Mapping[str, Any]], Job] = field(repr=False)
    job_kind: str = ""


export_kinds: Registry[ExportKind] = Registry("kind of export")
"""Filled by the rooms' ``api.py``."""


class ObligationList(SignedInView):
    """应办事项 as the pages show them."""

    tag = "应办事项"
    params_class = shapes.ObligationParams

    @extend_schema(operation_id="obligations", summary="应办事项", responses=paged(shapes.ObligationRow))
    def get(self, request: Request) -> Response:
        """One's own and those below one's bureau, in the order in which they arose."""
        rows = Obligation.objects.visible_to(self.actor)
        for name in ("status", "kind", "period"):
            if name in self.params:
                rows = rows.filter(**{name: self.params[name]})
        if day := self.params.get("due_from"):
            rows = rows.filter(due_on__gte=day)
        if day := self.params.get("due_until"):
            rows = rows.filter(due_on__lte=day)
        today = business_today()
        late = Q(status=Obligation.Status.OPEN, due_on__lt=today)
        if "overdue" in self.params:
            rows = rows.filter(late) if self.params["overdue"] == "true" else rows.exclude(late)
        found, cursor = page_of(rows, self.params)
        return self.page(shapes.ObligationRow, [_obligation(row, today) for row in found], cursor)


def _obligation(row: Obligation, today: Any) -> dict[str, Any]:
    return {
        "id": row.pk,
        "kind": row.kind,
        "label": str(row),
        "period": row.period,
        "due_on": row.due_on,
        "status": row.status,
        "overdue": row.status == Obligation.Status.OPEN and row.due_on is not None and row.due_on < today,
        "owner_kind": row.owner_kind,
        "owner_id": row.owner_id,
        "subject_kind": row.subject_kind or None,
        "subject_id": row.subject_id or None,
        "done_at": row.done_at,
    }


# ---- exports -----------------------------------------------------------------------------------------------


def _export(job: Job) -> dict[str, Any]:
    kept = job.has_file
    return {
        "id": job.pk,
        "kind": job.kind,
        "label": job.label,
        "state": job.state,
        "done": job.done,
        "total": job.total,
        "message": job.message,
        "created_at": job.created_at,
        "finished_at": job.finished_at,
        "filename": job.filename or None,
        "size": job.file_size,
        "sha256": job.file_sha256 or None,
        "expires_at": job.expires_at,
        "file": f"{ROOT}exports/{job.pk}/file/" if kept else None,
    }


def _own_or_404(actor: Actor, pk: int) -> Job:
    job = queries.jobs_of(actor).filter(pk=pk).first()
    if job is None:
        raise Http404("没有这个任务，或它不是以这个身份发起的。")
    return job


class ExportKinds(SignedInView):
    """What can be exported."""

    tag = "导出"

    @extend_schema(operation_id="export_kinds", summary="可导出的种类与参数", responses=paged(shapes.ExportKindRow))
    def get(self, request: Request) -> Response:
        """One page."""
        rows = [
            {
                "kind": name,
                "label": kind.label,
                "parameters": [
                    {"name": one, "label": str(inner.help_text or one), "required": inner.required}
                    for one, inner in kind.parameters().fields.items()
                ],
            }
            for name, kind in export_kinds.items()
        ]
        return self.page(shapes.ExportKindRow, rows, None)


class ExportList(SignedInView):
    """Exports and other jobs started under this hat."""

    tag = "导出"
    params_class = PageParams

    @extend_schema(operation_id="exports", summary="我的任务与导出", responses=paged(shapes.ExportRow))
    def get(self, request: Request) -> Response:
        """In the order in which they were started."""
        require(self.actor, "job.view")
        found, cursor = page_of(Job.objects.visible_to(self.actor), self.params)
        return self.page(shapes.ExportRow, [_export(job) for job in found], cursor)

    @extend_schema(
        operation_id="start_export",
        summary="发起导出",
        request=shapes.ExportRequest,
        responses={201: shapes.ExportRow},
    )
    def post(self, request: Request) -> Response:
        """Start one; ask its address until ``state`` is done, then fetch ``file``."""
        asked = self.body(shapes.ExportRequest)
        kind = export_kinds.get(asked["kind"])
        if kind is None:
            raise Invalid.at("/kind", f"没有这种导出。可用的：{'、'.join(name for name, _ in export_kinds.items())}。")
        reader = kind.parameters(data=asked.get("parameters") or {})
        if not reader.is_valid():
            raise Invalid(
                *(FieldProblem(one.detail, f"#/parameters{one.pointer[1:]}") for one in in_body(reader.errors))
            )
        job = kind.start(self.actor, reader.validated_data)
        answer = Response(shapes.ExportRow(_export(job)).data, status=201)
        answer["Location"] = f"{ROOT}exports/{job.pk}/"
        return answer


class ExportView(SignedInView):
    """One of them."""

    tag = "导出"

    @extend_schema(operation_id="export", summary="导出的进度", responses=shapes.ExportRow)
    def get(self, request: Request, pk: int) -> Response:
        """How far it is."""
        job = _own_or_404(self.actor, pk)
        require(self.actor, "job.view", job)
        return Response(shapes.ExportRow(_export(job)).data)


class ExportFile(SignedInView):
    """Its file."""

    tag = "导出"

    @extend_schema(
        operation_id="export_file",
        summary="下载导出文件",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, pk: int) -> FileResponse:
        """For whoever started it under this hat, as long as it is kept."""
        job = _own_or_404(self.actor, pk)
        require(self.actor, "job.download", job)
        where = exports.path_of(job)
        if not where.is_file():
            raise Refused(no("导出文件已不在服务器上。", "请重新导出。"))
        response = FileResponse(where.open("rb"), as_attachment=True, filename=job.filename)
        response["Content-Type"] = job.content_type or "application/octet-stream"
        response["X-Content-Type-Options"] = "nosniff"
        return response


urlpatterns = [
    path("obligations/", ObligationList.as_view(), name="api_obligations"),
    path("exports/", ExportList.as_view(), name="api_exports"),
    path("exports/kinds/", ExportKinds.as_view(), name="api_export_kinds"),
    path("exports/<int:pk>/", ExportView.as_view(), name="api_export"),
    path("exports/<int:pk>/file/", ExportFile.as_view(), name="api_export_file"),
]
