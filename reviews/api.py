"""Files and the acts on them, as the pages show them to the same hat; and the export of the queue."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db.models import F, Q, QuerySet
from django.http import Http404
from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from cultivation.eligibility import TierResult
from cultivation.models import Round
from enterprises.api import told_facts
from foundation.accounts.actor import Actor
from foundation.accounts.api import SignedInView
from foundation.accounts.may import action_label, visible
from foundation.accounts.transition import require
from foundation.core.api.paging import page_of
from foundation.core.api.problems import Invalid
from foundation.core.api.schema import paged
from foundation.duties import jobs
from foundation.duties.api import ExportKind, export_kinds
from foundation.duties.models import Job
from foundation.journal.models import Decision
from reviews import serializers as shapes
from reviews.fact_text import fact_label
from reviews.filing_queries import OUTWARD, entry
from reviews.jobs import EXPORT_QUEUE
from reviews.models import Application
from reviews.personal import handles_file
from reviews.states import state_word


def seen_files(actor: Actor) -> QuerySet[Application]:
    """Files that exist for the actor, with what a line shows."""
    rows = Application.objects.visible_to(actor)
    return rows.select_related("round__family", "enterprise", "bureau").defer("answers", "listing")


def _file_or_404(actor: Actor, pk: int) -> Application:
    file = seen_files(actor).filter(pk=pk).first()
    if file is None:
        raise Http404("没有这份材料，或它不在您的职责范围内。")
    return file


def _line(file: Application, actor: Actor) -> dict[str, Any]:
    return {
        "id": file.pk,
        "number": file.number,
        "programme": file.round.family.code,
        "round": file.round_id,
        "year": file.year,
        "tier": file.tier,
        "subtype": file.subtype or None,
        "state": file.state,
        "state_label": state_word(file.state, actor.level or "enterprise"),
        "enterprise": {"id": file.enterprise_id, "uscc": file.enterprise.uscc, "name": file.enterprise_name},
        "bureau": {"id": file.bureau_id, "name": file.bureau.name},
        "filed_by": file.filed_by,
        "revision": file.revision,
        "version": file.version,
        "submitted_at": file.submitted_at,
        "late": file.late,
    }


class ApplicationList(SignedInView):
    """申报材料."""

    tag = "申报材料"
    params_class = shapes.ApplicationParams

    @extend_schema(operation_id="applications", summary="申报材料列表", responses=paged(shapes.ApplicationRow))
    def get(self, request: Request) -> Response:
        """A firm's own; a bureau's by responsibility path, from the state on from which its level sees them."""
        require(self.actor, "application.view")
        rows = seen_files(self.actor)
        for name in ("state", "tier", "year"):
            if name in self.params:
                rows = rows.filter(**{name: self.params[name]})
        for name in ("round", "enterprise"):
            if name in self.params:
                rows = rows.filter(**{f"{name}_id": self.params[name]})
        if code := self.params.get("programme"):
            rows = rows.filter(round__family__code=code)
        if day := self.params.get("submitted_from"):
            rows = rows.filter(submitted_at__gte=timezone.make_aware(dt.datetime.combine(day, dt.time())))
        found, cursor = page_of(rows, self.params)
        return self.page(shapes.ApplicationRow, [_line(file, self.actor) for file in found], cursor)


class ApplicationView(SignedInView):
    """One file."""

    tag = "申报材料"

    @extend_schema(operation_id="application", summary="一份申报材料", responses=shapes.ApplicationDetail)
    def get(self, request: Request, pk: int) -> Response:
        """With the facts and answers frozen at its last submission; contacts as on the page."""
        file = _file_or_404(self.actor, pk)
        require(self.actor, "application.view", file)
        submission = file.submissions.order_by("-revision").first()
        result = submission.evaluation["result"] if submission else None
        told = _line(file, self.actor) | {
            "facts": told_facts(
                submission.facts if submission else (), full=handles_file(self.actor, file), label=fact_label
            ),
            "outcome": result["outcome"] if result else None,
            "criteria": _criteria(result) if result else [],
        }
        return Response(shapes.ApplicationDetail(told).data)


def _criteria(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Of the way into the tier that stands best, as the page shows it."""
    return [one.to_json() for one in TierResult.from_json(dict(result)).criteria]


class DecisionList(SignedInView):
    """Acts."""

    tag = "办理记录"
    params_class = shapes.DecisionParams

    @extend_schema(operation_id="decisions", summary="办理记录", responses=paged(shapes.DecisionRow))
    def get(self, request: Request) -> Response:
        """One's own acts under this hat; with ``application`` the course of that file as this identity sees it on its page."""
        if (pk := self.params.get("application")) is None:
            require(self.actor, "application.view")
            hat = self.actor.hat
            rows = visible(Decision.objects.all(), self.actor).filter(
                actor_user_id=self.actor.user_id, hat_kind=hat.kind, hat_holder_id=hat.holder_id
            )
        else:
            file = _file_or_404(self.actor, pk)
            require(self.actor, "application.view", file)
            rows = Decision.objects.filter(subject_kind="application", subject_id=file.pk)
            if self.actor.is_enterprise:
                hands_only = Q(action="application.recommend", from_state=F("to_state"))
                rows = rows.filter(action__in=list(OUTWARD)).exclude(hands_only)
        found, cursor = page_of(rows, self.params)
        return self.page(shapes.DecisionRow, [_act(row, self.actor) for row in found], cursor)


class TimelineView(DecisionList):
    """The course of one file."""

    tag = "申报材料"

    @extend_schema(operation_id="timeline", summary="一份材料的办理过程", responses=paged(shapes.DecisionRow))
    def get(self, request: Request, pk: int) -> Response:  # type: ignore[override]
        """Oldest first."""
        self.params["application"] = pk
        return super().get(request)


def _act(row: Decision, actor: Actor) -> dict[str, Any]:
    """A firm reads what is said to it, an official what the page of the file tells; notes stay in their bureau."""
    own = row.actor_user_id is not None and row.actor_user_id == actor.user_id
    if actor.is_enterprise and row.subject_kind == "application" and row.action in OUTWARD:
        told = entry(row)
        label, by, opinion = told["title"], told["who"], told["opinion"]
    else:
        label, by, opinion = action_label(row.action), f"{row.hat_label} {row.signature}", row.opinion
    inside = row.hat_kind == "bureau" and row.hat_holder_id == actor.bureau_id
    return {
        "id": row.pk,
        "subject_kind": row.subject_kind,
        "subject_id": row.subject_id,
        "action": row.action,
        "label": label,
        "from_state": row.from_state or None,
        "to_state": row.to_state or None,
        "by": by,
        "opinion": opinion,
        "note": row.note if inside or own else "",
        "made_at": row.made_at,
    }


def _start_queue(actor: Actor, asked: Mapping[str, Any]) -> Job:
    """The button 导出 of the queue."""
    require(actor, "application.list_queue")
    round_ = Round.objects.visible_to(actor).filter(pk=asked["round"]).first()
    if round_ is None:
        raise Invalid.at("/parameters/round", "没有这个轮次。")
    filters = {name: str(value) for name, value in asked.items() if name != "round"}
    return jobs.start(
        EXPORT_QUEUE,
        actor=actor,
        params={"round": round_.pk, "filters": filters},
        label=f"导出{round_.title}列表",
    )


export_kinds.register("applications", ExportKind("申报材料列表", shapes.QueueExport, _start_queue, EXPORT_QUEUE))

urlpatterns = [
    path("applications/", ApplicationList.as_view(), name="api_applications"),
    path("applications/<int:pk>/", ApplicationView.as_view(), name="api_application"),
    path("applications/<int:pk>/decisions/", TimelineView.as_view(), name="api_timeline"),
    path("decisions/", DecisionList.as_view(), name="api_decisions"),
]
