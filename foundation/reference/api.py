"""GET /api/v1/regions/ and /industries/: the public tables as of a day. Answered from memory or one indexed read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db.models import Q
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.core.api.paging import page_of, page_of_list
from foundation.core.api.problems import Invalid
from foundation.core.api.schema import paged
from foundation.core.api.views import ReferenceView
from foundation.core.clock import business_today
from foundation.reference import regions
from foundation.reference.models import Industry
from foundation.reference.region_book import RegionView
from foundation.reference.serializers import IndustryParams, IndustryRow, RegionParams, RegionRow


class RegionList(ReferenceView):
    """Places as they stood on a day, in administrative order."""

    tag = "公共表"
    params_class = RegionParams

    @extend_schema(operation_id="regions", summary="行政区划（按日期）", responses=paged(RegionRow))
    def get(self, request: Request) -> Response:
        """Provinces, the places directly below ``parent``, or every place of a ``level`` below it."""
        day = self.params.get("as_of") or business_today()
        level, parent = self.params.get("level"), self.params.get("parent")
        top = None
        if parent and (top := regions.find(parent, day)) is None:
            raise Invalid.parameter("parent", f"{day.isoformat()} 没有代码为“{parent}”的区划。")
        if level:
            views = [view for view in _below(top, day) if view.level == level]
        else:
            views = regions.children(top, day) if top is not None else regions.provinces(day)
        rows, cursor = page_of_list(views, self.params, key=lambda view: f"{view.sort_key}#{view.id:08d}")
        return self.page(RegionRow, [_region(view, day) for view in rows], cursor)


def _below(top: RegionView | None, day: dt.date) -> Iterator[RegionView]:
    """Every place below, the provinces themselves where nothing is named."""
    for view in regions.provinces(day) if top is None else regions.children(top, day):
        yield view
        yield from _below(view, day)


def _region(view: RegionView, day: dt.date) -> dict[str, object]:
    steps = regions.path(view, day)
    return {
        "code": view.code,
        "name": view.name,
        "full_name": "".join(step.name for step in steps),
        "level": view.level,
        "kind": view.kind,
        "zone": view.is_zone,
        "parent": steps[-2].code if len(steps) > 1 else None,
        "valid_from": view.valid_from,
        "valid_to": view.valid_to,
    }


class IndustryList(ReferenceView):
    """GB/T 4754-2017 with the groups of the size standard."""

    tag = "公共表"
    params_class = IndustryParams

    @extend_schema(operation_id="industries", summary="国民经济行业与划型行业", responses=paged(IndustryRow))
    def get(self, request: Request) -> Response:
        """In the order of the codes."""
        rows = Industry.objects.all()
        for name in ("level", "section"):
            if value := self.params.get(name):
                rows = rows.filter(**{name: value})
        if parent := self.params.get("parent"):
            rows = rows.filter(parent_id=parent)
        if text := self.params.get("q"):
            rows = rows.filter(Q(code__istartswith=text) | Q(name__icontains=text))
        found, cursor = page_of(rows, self.params, kind=str)
        shown = [
            {
                "code": row.code,
                "name": row.name,
                "level": row.level,
                "section": row.section,
                "parent": row.parent_id,
                "size_group": row.size_group or None,
                "size_state": row.size_state,
            }
            for row in found
        ]
        return self.page(IndustryRow, shown, cursor)


urlpatterns = [
    path("regions/", RegionList.as_view(), name="api_regions"),
    path("industries/", IndustryList.as_view(), name="api_industries"),
]
