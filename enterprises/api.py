"""POST size-class, GET facts, and the enterprises and yearly figures an identity sees on the pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from enterprises import serializers as shapes
from enterprises.actions import facts as actions
from enterprises.dossier import dossier_of
from enterprises.facts import dossier_rows, labels, registry
from enterprises.fields import BY_NAME
from enterprises.models import AnnualFigure, Enterprise, Profile
from enterprises.permissions import sees_contact
from enterprises.queries import places_below, search
from enterprises.size_class import SizeClass, SizeResult, size_class
from foundation.accounts.actor import Actor
from foundation.accounts.api import SignedInView
from foundation.accounts.models import TokenScope
from foundation.accounts.transition import require
from foundation.core.api.paging import page_of
from foundation.core.api.problems import FieldProblem, Invalid
from foundation.core.api.schema import paged
from foundation.core.api.views import PublicView, ReferenceView
from foundation.core.clock import business_today
from foundation.core.text import mask_email, mask_phone
from foundation.reference import queries as reference
from foundation.reference import regions
from foundation.reference.models import Industry
from foundation.reference.size_standard import INDICATOR_LABELS

MASKS = {"contact_phone": mask_phone, "contact_email": mask_email}
"""Facts masked outside the firm and the bureau that handles it, as on the pages."""


# ---- public ----------------------------------------------------------------------------------------------------


class SizeClassView(PublicView):
    """划型: the class of an enterprise by the size standard. Nothing is stored."""

    tag = "划型与自测"

    @extend_schema(
        operation_id="size_class",
        summary="企业划型",
        request=shapes.SizeQuestion,
        responses=shapes.SizeAnswer,
    )
    def post(self, request: Request) -> Response:
        """Class, group and the deciding indicator; or outside the standard, or undetermined with what is missing."""
        asked = self.body(shapes.SizeQuestion)
        day = asked.get("as_of") or business_today()
        industry = reference.industry(asked["industry"])
        if industry is None:
            raise Invalid.at("/industry", f"没有行业代码“{asked['industry']}”，请按 GB/T 4754 填写。")
        standard = reference.size_standard(day)
        if standard is None:
            raise Invalid.at("/as_of", f"{day.isoformat()} 没有有效的划型标准。")
        given = {name: asked.get(name) for name in shapes.INDICATORS}
        result = size_class(
            industry.size_group,
            standard,
            finer_industry_needed=industry.size_state == Industry.SizeState.FINER,
            **given,
        )
        return Response(shapes.SizeAnswer(_size(result, day)).data)


def _size(result: SizeResult, day: Any) -> dict[str, Any]:
    found = result.size_class
    status = "undetermined" if found is None else "classified"
    possible = result.possible if found is None else frozenset({found})
    return {
        "status": status if result.covered else "outside_standard",
        "size_class": found.code if found is not None else None,
        "label": result.label,
        "group": result.group or None,
        "deciding": list(result.deciding),
        "missing": list(result.missing),
        "possible": [one.code for one in SizeClass if one in possible],
        "figures": [
            {
                "indicator": name,
                "label": INDICATOR_LABELS[name],
                "value": None if value is None else f"{value:f}",
                "unit": "人" if name == "employees" else "万元",
            }
            for name, value in result.figures.items()
        ],
        "reason": result.explain(),
        "clause": result.clause or None,
        "document": result.document or None,
        "as_of": day,
    }


class FactList(ReferenceView):
    """The registry of facts."""

    tag = "公共表"

    @extend_schema(operation_id="facts", summary="指标登记表", responses=paged(shapes.FactRow))
    def get(self, request: Request) -> Response:
        """Every fact a rule may ask for, with type and unit; one page."""
        rows = [
            {
                "name": name,
                "label": spec.label,
                "type": spec.type,
                "unit": spec.unit or None,
                "yearly": spec.yearly,
                "choices": [
                    {"value": value, "label": text}
                    for value, text in (BY_NAME[name].choices if name in BY_NAME and spec.type != "bool" else ())
                ],
            }
            for name, spec in registry.items()
        ]
        return self.page(shapes.FactRow, rows, None)


# ---- under the permissions of the pages ------------------------------------------------------------------------


def seen_rows(actor: Actor) -> QuerySet[Enterprise]:
    """Enterprises that exist for the actor, with what a line shows."""
    return Enterprise.objects.visible_to(actor).select_related("region", "bureau")


def seen_or_404(actor: Actor, pk: int) -> Enterprise:
    """One of them; anything else does not exist."""
    found = seen_rows(actor).filter(pk=pk).first()
    if found is None:
        raise Http404("没有这家企业，或它不在您的职责范围内。")
    return found


def line_of(firm: Enterprise) -> dict[str, Any]:
    """A line of the list."""
    today = business_today()
    return {
        "id": firm.pk,
        "uscc": firm.uscc,
        "name": firm.name,
        "region": {"code": firm.region.code_on(today), "name": firm.region.name_on(today)},
        "bureau": {"id": firm.bureau_id, "name": firm.bureau.name},
        "industry": firm.industry_id,
        "registered_on": firm.registered_on,
        "state": firm.state,
    }


def told_facts(
    rows: Iterable[dict[str, Any]], *, full: bool, label: Callable[[str], str] | None = None
) -> list[dict[str, Any]]:
    """Fact rows as the API tells them, personal data masked unless ``full``; ``label`` names facts of higher rooms."""
    names = labels()
    told = []
    for row in rows:
        mask = None if full else MASKS.get(row["name"])
        told.append(
            {
                **row,
                "label": label(row["name"]) if label else names[row["name"]],
                "value": mask(str(row["value"])) if mask else row["value"],
                "unit": row.get("unit") or None,
                "source": row.get("source") or "",
                "masked": mask is not None,
            }
        )
    return told


class EnterpriseList(SignedInView):
    """Enterprises of the identity's scope: a bureau's, or the firm itself."""

    tag = "企业"
    params_class = shapes.EnterpriseParams

    @extend_schema(operation_id="enterprises", summary="企业名录", responses=paged(shapes.EnterpriseRow))
    def get(self, request: Request) -> Response:
        """In the order in which they were registered."""
        require(self.actor, "enterprise.view")
        rows: QuerySet[Enterprise] = search(seen_rows(self.actor), self.params.get("q", ""))
        if code := self.params.get("region"):
            place = regions.find(code)
            if place is None:
                raise Invalid.parameter("region", f"没有代码为“{code}”的区划。")
            rows = rows.filter(region_id__in=places_below(place.id))
        if state := self.params.get("state"):
            rows = rows.filter(state=state)
        found, cursor = page_of(rows, self.params)
        return self.page(shapes.EnterpriseRow, [line_of(firm) for firm in found], cursor)


class EnterpriseView(SignedInView):
    """One enterprise."""

    tag = "企业"

    @extend_schema(operation_id="enterprise", summary="企业资料", responses=shapes.EnterpriseDetail)
    def get(self, request: Request, pk: int) -> Response:
        """With its undated facts; contacts in full for the firm and its handling bureau, masked for everybody else."""
        firm = seen_or_404(self.actor, pk)
        require(self.actor, "enterprise.view", firm)
        dossier = dossier_of(firm.pk)
        rows = dossier_rows(dossier, years=(), on=business_today())
        own = [row for row in rows if row["name"] not in ("name", "uscc", "region", "county", "prefecture", "province")]
        told = line_of(firm) | {
            "names": [row.name for row in dossier.names if row.name != firm.name],
            "facts": told_facts(own, full=sees_contact(self.actor, firm)),
            "figures_version": dossier.profile.figures_version,
        }
        return Response(shapes.EnterpriseDetail(told).data)


class FigureView(SignedInView):
    """年度数据 of one enterprise: read by everybody who sees it, written by the firm."""

    tag = "企业"
    params_class = shapes.FigureParams
    scopes: ClassVar[dict[str, TokenScope]] = {"PATCH": TokenScope.FIGURES}

    @extend_schema(operation_id="figures", summary="年度数据", responses=shapes.Figures)
    def get(self, request: Request, pk: int) -> Response:
        """Values in force, flash and audited beside each other."""
        firm = seen_or_404(self.actor, pk)
        require(self.actor, "enterprise.view", firm)
        return self._answer(firm)

    @extend_schema(
        operation_id="change_figures",
        summary="填写年度数据",
        request=shapes.FigureChange,
        responses=shapes.Figures,
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Take some figures, all or none; 409 when somebody else has saved since ``version``."""
        firm = seen_or_404(self.actor, pk)
        require(self.actor, "enterprise.edit_facts", firm)
        change = self.body(shapes.FigureChange)
        cells: dict[actions.Cell, Any] = {}
        wrong: list[FieldProblem] = []
        for place, row in enumerate(change["figures"]):
            cell = (row["year"], row["fact"], row["basis"])
            value = None if row["value"] is None else f"{row['value']:f}"
            if cell in cells:
                wrong.append(FieldProblem("同一个数给了两次。", pointer=f"#/figures/{place}"))
                continue
            cells[cell] = value
            try:
                actions.parse_figure(cell, value)
            except ValueError as error:
                field = "year" if "年度" in str(error) else "value"
                wrong.append(FieldProblem(str(error), pointer=f"#/figures/{place}/{field}"))
        if wrong:
            raise Invalid(*wrong)
        actions.save_figures(
            enterprise_id=firm.pk,
            cells=cells,
            actor=self.actor,
            version=change["version"],
            source=change.get("source"),
        )
        self.params = {}
        return self._answer(firm)

    def _answer(self, firm: Enterprise) -> Response:
        rows = AnnualFigure.objects.filter(enterprise=firm, superseded=False).order_by("year", "fact", "basis")
        for name, lookup in (("since", "year__gte"), ("until", "year__lte"), ("basis", "basis")):
            if name in self.params:
                rows = rows.filter(**{lookup: self.params[name]})
        version = Profile.objects.filter(enterprise=firm).values_list("figures_version", flat=True).first() or 0
        told = [
            {
                "year": row.year,
                "fact": row.fact,
                "basis": row.basis,
                "value": row.value,
                "unit": registry[row.fact].unit,
                "source": row.source,
                "entered_at": row.entered_at,
            }
            for row in rows
        ]
        return Response(shapes.Figures({"version": version, "figures": told}).data)


urlpatterns = [
    path("size-class/", SizeClassView.as_view(), name="api_size_class"),
    path("facts/", FactList.as_view(), name="api_facts"),
    path("enterprises/", EnterpriseList.as_view(), name="api_enterprises"),
    path("enterprises/<int:pk>/", EnterpriseView.as_view(), name="api_enterprise"),
    path("enterprises/<int:pk>/figures/", FigureView.as_view(), name="api_figures"),
]
