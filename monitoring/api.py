"""Monthly returns: read by everybody who sees them on the pages, filed by a firm's own system (SC-39, HN-23)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.accounts.actor import Actor
from foundation.accounts.api import SignedInView
from foundation.accounts.models import TokenScope
from foundation.accounts.transition import require
from foundation.core.api.paging import page_of
from foundation.core.api.problems import FieldProblem, Invalid
from foundation.core.api.schema import paged
from foundation.core.errors import Refused, StaleState
from foundation.duties import jobs
from foundation.duties.api import ExportKind, export_kinds
from foundation.duties.models import Job
from monitoring import months
from monitoring import serializers as shapes
from monitoring.actions.returns import COLUMNS, findings_of, save_return, submit_return
from monitoring.checks import unexplained
from monitoring.jobs import EXPORT_MONTH
from monitoring.models import MonthlyReturn
from monitoring.month_list import FILTERS
from monitoring.queries import beside, shown_to

_FIGURES = (
    "revenue", "main_revenue", "main_revenue_prior", "profit_and_tax", "rd_expenditure", "employees", "stopped_since",
)  # fmt: skip


def seen_returns(actor: Actor) -> QuerySet[MonthlyReturn]:
    """Months that exist for the actor, with what a line shows."""
    return MonthlyReturn.objects.visible_to(actor).select_related("obligation", "entry__programme")


def _return_or_404(actor: Actor, pk: int) -> MonthlyReturn:
    row = seen_returns(actor).filter(pk=pk).first()
    if row is None:
        raise Http404("没有这份月报，或它不在您的职责范围内。")
    return row


def _line(row: MonthlyReturn, actor: Actor) -> dict[str, Any]:
    shown = shown_to(actor, row)
    return {
        "id": row.pk,
        "obligation": row.obligation_id,
        "entry": row.entry_id,
        "programme": row.entry.programme.code,
        "enterprise": row.enterprise_id,
        "enterprise_name": row.enterprise_name,
        "period": row.period,
        "due_on": row.obligation.due_on,
        "state": row.state,
        "late": row.late,
        "version": row.version,
        "revision": row.revision,
        "nature": row.nature if shown else None,
        "remark": row.remark if shown else "",
        "explanations": row.explanations if shown else {},
        "return_reason": row.return_reason,
        "filed_by": row.filed_by,
        "submitted_at": row.submitted_at,
        **{name: getattr(row, name) if shown else None for name in _FIGURES},
    }


class ReturnList(SignedInView):
    """月报."""

    tag = "月报"
    params_class = shapes.ReturnParams

    @extend_schema(operation_id="returns", summary="月报列表", responses=paged(shapes.ReturnRow))
    def get(self, request: Request) -> Response:
        """A firm's own months; a bureau's by responsibility path, the missing ones too."""
        require(self.actor, "return.view")
        rows = seen_returns(self.actor)
        for name, lookup in (
            ("period", "period"),
            ("state", "state"),
            ("programme", "entry__programme__code"),
            ("enterprise", "enterprise_id"),
        ):
            if name in self.params:
                rows = rows.filter(**{lookup: self.params[name]})
        found, cursor = page_of(rows, self.params)
        return self.page(shapes.ReturnRow, [_line(row, self.actor) for row in found], cursor)


class ReturnView(SignedInView):
    """One month."""

    tag = "月报"
    scopes: ClassVar[dict[str, TokenScope]] = {"PATCH": TokenScope.RETURNS}

    @extend_schema(operation_id="monthly_return", summary="一份月报", responses=shapes.ReturnRow)
    def get(self, request: Request, pk: int) -> Response:
        """As it stands."""
        row = _return_or_404(self.actor, pk)
        require(self.actor, "return.view", row)
        return Response(shapes.ReturnRow(_line(row, self.actor)).data)

    @extend_schema(
        operation_id="save_return",
        summary="填写月报（不报送）",
        request=shapes.ReturnValues,
        responses=shapes.ReturnRow,
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Keep values without submitting; 409 when somebody else has saved since ``version``."""
        row = _return_or_404(self.actor, pk)
        require(self.actor, "return.fill", row)
        given = self.body(shapes.ReturnValues)
        save_return(
            obligation_id=row.obligation_id,
            actor=self.actor,
            version=given["version"],
            values={name: given[name] for name in COLUMNS if name in given},
            explanations=given.get("explanations"),
        )
        return Response(shapes.ReturnRow(_line(_return_or_404(self.actor, pk), self.actor)).data)


class ReturnSubmit(SignedInView):
    """报送."""

    tag = "月报"
    scopes: ClassVar[dict[str, TokenScope]] = {"POST": TokenScope.RETURNS}

    @extend_schema(
        operation_id="submit_return",
        summary="报送月报",
        request=shapes.ReturnValues,
        responses=shapes.ReturnRow,
    )
    def post(self, request: Request, pk: int) -> Response:
        """Enter values and submit them in one step. What must be mended or explained first is named field by field."""
        row = _return_or_404(self.actor, pk)
        require(self.actor, "return.submit", row)  # a bureau files from paper alone, on its page
        given = self.body(shapes.ReturnValues)
        values = {name: given[name] for name in COLUMNS if name in given}
        explanations = given.get("explanations") or {}
        try:
            submit_return(
                obligation_id=row.obligation_id,
                actor=self.actor,
                version=given["version"],
                values=values,
                explanations=explanations,
                filed_by=MonthlyReturn.FiledBy.SYSTEM,
            )
        except StaleState:
            raise
        except Refused as refusal:
            problems = self._problems(row, values, explanations) if row.state in _OPEN else ()
            if not problems:
                raise
            raise Invalid(*problems) from refusal
        return Response(shapes.ReturnRow(_line(_return_or_404(self.actor, pk), self.actor)).data)

    def _problems(
        self, row: MonthlyReturn, values: Mapping[str, Any], explanations: Mapping[str, str]
    ) -> list[FieldProblem]:
        """The room's own findings on what was sent, each at its field; nothing is stored."""
        for name, value in values.items():
            setattr(row, name, value)
        found = findings_of(row, beside([row.pk])[row.pk])
        asked = unexplained(found, {**row.explanations, **explanations})
        problems = [
            FieldProblem(f"{item.text}。", pointer="#/nature" if item.field == "elsewhere_proof" else f"#/{item.field}")
            for item in found
            if item.stops
        ]
        return problems + [
            FieldProblem(f"{item.text}，请说明原因。", pointer=f"#/explanations/{item.key}") for item in asked
        ]


_OPEN = frozenset({MonthlyReturn.State.DRAFT, MonthlyReturn.State.RETURNED})


def _start_month(actor: Actor, asked: Mapping[str, Any]) -> Job:
    """The button 导出 of the list of the month."""
    require(actor, "return.board")
    period = asked["period"]
    return jobs.start(
        EXPORT_MONTH,
        actor=actor,
        params={"period": period, "filters": {name: asked.get(name, "") for name in FILTERS}},
        label=f"导出{months.label(period)}企业月报",
    )


export_kinds.register("returns", ExportKind("企业月报", shapes.MonthExport, _start_month, EXPORT_MONTH))

urlpatterns = [
    path("returns/", ReturnList.as_view(), name="api_returns"),
    path("returns/<int:pk>/", ReturnView.as_view(), name="api_return"),
    path("returns/<int:pk>/submit/", ReturnSubmit.as_view(), name="api_return_submit"),
]
