"""Programmes, rounds and the self-check, open to everybody (SC-43, ZZ-03). The roster is in ``api_roster``."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from cultivation import api_roster, queries
from cultivation import serializers as shapes
from cultivation.contexts import context_for
from cultivation.given_facts import read_facts
from cultivation.models import ProgrammeVersion, RoundWindow
from cultivation.models import Round as RoundModel
from cultivation.schema import Programme
from cultivation.schema.criteria import CriterionBase, fact_names
from cultivation.schema.programme import Tier
from cultivation.self_check import check
from foundation.accounts.transition import require
from foundation.core.api.paging import PageParams, page_of, page_of_list
from foundation.core.api.problems import Invalid
from foundation.core.api.schema import paged
from foundation.core.api.views import PublicView, ReferenceView
from foundation.core.clock import business_today


class ProgrammeList(ReferenceView):
    """Programmes by their newest version."""

    tag = "培育项目"
    params_class = PageParams

    @extend_schema(operation_id="programmes", summary="培育项目", responses=paged(shapes.ProgrammeRow))
    def get(self, request: Request) -> Response:
        """In the order of their codes."""
        require(self.actor, "programme.view")
        rows, cursor = page_of_list(queries.current_versions(), self.params, key=lambda row: row.programme.code)
        return self.page(shapes.ProgrammeRow, [_programme(row) for row in rows], cursor)


class ProgrammeView(ReferenceView):
    """One programme."""

    tag = "培育项目"

    @extend_schema(operation_id="programme", summary="一个培育项目的条件与步骤", responses=shapes.ProgrammeDetail)
    def get(self, request: Request, code: str) -> Response:
        """Criteria with clauses and thresholds, steps, duties; of the newest version."""
        require(self.actor, "programme.view")
        version = queries.current_version(code)
        if version is None:
            raise Http404("没有这个培育项目。")
        document = version.programme_document
        told = _programme(version) | {
            "tiers": [_tier(tier) | {"ways": _ways(tier)} for tier in _by_rank(document)],
            "steps": [step.model_dump(include={"code", "title", "level", "clause"}) for step in document.steps],
            "duties": [
                duty.model_dump(include={"code", "title", "owner", "period", "due_day", "clause"})
                for duty in document.duties
            ],
        }
        return Response(shapes.ProgrammeDetail(told).data)


def _by_rank(document: Programme) -> list[Tier]:
    return sorted(document.tiers, key=lambda tier: tier.rank)


def _tier(tier: Tier) -> dict[str, Any]:
    return tier.model_dump(include={"code", "title", "rank", "clause", "promotes_to"})


def _programme(row: ProgrammeVersion) -> dict[str, Any]:
    document = row.programme_document
    return {
        "code": row.programme.code,
        "title": document.title,
        "short_title": document.short_title,
        "province": document.province,
        "document_number": document.document_number,
        "document_title": document.document_title,
        "effective_from": document.effective_from,
        "version": row.number,
        "digest": row.digest,
        "publishes": document.publication is not None,
        "tiers": [_tier(tier) for tier in _by_rank(document)],
    }


def _ways(tier: Tier) -> list[dict[str, Any]]:
    return [
        {
            "subtype": way.code if way else None,
            "title": way.title if way else tier.title,
            "criteria": [_criterion(one) for one in criteria],
        }
        for way, criteria in tier.branches()
    ]


def _criterion(criterion: CriterionBase) -> dict[str, Any]:
    """A criterion taken apart: what every one carries, and under ``parameters`` what its kind adds."""
    shared = {*CriterionBase.model_fields, "kind"}
    return {
        "id": criterion.id,
        "kind": criterion.kind,  # type: ignore[attr-defined]
        "title": criterion.title,
        "clause": criterion.clause,
        "requirements": criterion.requirements,
        "facts": fact_names(criterion),
        "parameters": criterion.model_dump(mode="json", exclude=shared),
        "hint": criterion.hint,
    }


class RoundList(PublicView):
    """Rounds with their windows."""

    tag = "培育项目"
    params_class = shapes.RoundParams

    @extend_schema(operation_id="rounds", summary="申报轮次与窗口", responses=paged(shapes.RoundRow))
    def get(self, request: Request) -> Response:
        """In the order in which they were opened."""
        require(self.actor, "round.view")
        rows = queries.rounds()
        if code := self.params.get("programme"):
            rows = rows.filter(family__code=code)
        if year := self.params.get("year"):
            rows = rows.filter(year=year)
        if state := self.params.get("state"):
            rows = rows.filter(state=state)
        found, cursor = page_of(rows, self.params)
        return self.page(shapes.RoundRow, [_round(row) for row in found], cursor)


def _round(row: RoundModel) -> dict[str, Any]:
    return {
        "id": row.pk,
        "programme": row.family.code,
        "title": row.title,
        "year": row.year,
        "batch": row.batch,
        "state": row.state,
        "bureau": row.bureau.name,
        "opens_on": row.opens_on,
        "reference_date": row.reference_date,
        "version": row.version.number,
        "windows": [_window(window) for window in row.window_list()],
    }


def _window(window: RoundWindow) -> dict[str, Any]:
    return {
        "level": window.level,
        "bureau": window.bureau.name if window.bureau else None,
        "opens_on": window.opens_on,
        "closes_on": window.closes_on,
        "last_day": window.last_day(),
    }


class SelfCheckView(PublicView):
    """自测: the engine of the pages on facts a program sends."""

    tag = "划型与自测"

    @extend_schema(
        operation_id="self_check",
        summary="条件自测",
        request=shapes.SelfCheckQuestion,
        responses=shapes.SelfCheckAnswer,
    )
    def post(self, request: Request) -> Response:
        """Per tier and criterion: outcome, clause, figures, distance. What is missing is undetermined, never failed."""
        require(self.actor, "programme.self_check")
        asked = self.body(shapes.SelfCheckQuestion)
        version = queries.current_version(asked["programme"])
        if version is None:
            raise Invalid.at("/programme", f"没有培育项目“{asked['programme']}”。")
        document = version.programme_document
        tiers = _tiers_asked(document, asked)
        day = asked.get("as_of") or business_today()
        running = queries.rounds(only_open=True).filter(family_id=version.programme_id).first()
        wanted = asked.get("year") or (running.year if running and "as_of" not in asked else day.year)
        same = running if running is not None and running.year == wanted else None
        public = context_for(document, round=same, as_of=day, year=wanted)
        facts = read_facts(asked["facts"], public)
        results = [
            check(document, tier.code, facts, public, subtype=asked.get("subtype"), digest=version.digest)
            for tier in tiers
        ]
        read = {name for tier in tiers for _, items in tier.branches() for one in items for name in fact_names(one)}
        told = {
            "programme": version.programme.code,
            "document_number": document.document_number,
            "version": version.number,
            "digest": version.digest,
            "engine": results[0].engine,
            "as_of": day,
            "round_year": wanted,
            "tiers": [result.to_json() for result in results],
            "unused": sorted({row["name"] for row in asked["facts"]} - read),
        }
        return Response(shapes.SelfCheckAnswer(told).data)


def _tiers_asked(document: Programme, asked: dict[str, Any]) -> list[Tier]:
    """The tier named, or all, lowest first."""
    code, subtype = asked.get("tier"), asked.get("subtype")
    if code is None:
        if subtype is not None:
            raise Invalid.at("/subtype", "给出类型时须同时给出层级。")
        return _by_rank(document)
    found = next((tier for tier in document.tiers if tier.code == code), None)
    if found is None:
        raise Invalid.at("/tier", f"这个项目没有层级“{code}”。")
    if subtype is not None and subtype not in {one.code for one in found.subtypes}:
        raise Invalid.at("/subtype", f"这个层级没有类型“{subtype}”。")
    return [found]


urlpatterns = [
    path("programmes/", ProgrammeList.as_view(), name="api_programmes"),
    path("programmes/<slug:code>/", ProgrammeView.as_view(), name="api_programme"),
    path("rounds/", RoundList.as_view(), name="api_rounds"),
    path("self-check/", SelfCheckView.as_view(), name="api_self_check"),
    *api_roster.urlpatterns,
]
