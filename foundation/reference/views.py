"""Public pages and pickers over the public table: nothing here is secret, nothing here changes anything."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from foundation.core.clock import business_today
from foundation.reference import queries, regions
from foundation.reference.models import Industry, RegionName
from foundation.reference.region_book import FIRST_DAY, RegionView
from foundation.reference.trust import Trust

#: Pickers ask the same questions all day; the public table changes a few times a year.
_KEEP = cache_control(public=True, max_age=600)


def _day(request: HttpRequest) -> dt.date:
    """The ``on`` parameter or the business day; raises ValueError with a sentence for the reader."""
    text = request.GET.get("on", "").strip()
    if not text:
        return business_today()
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"日期“{text[:20]}”读不懂，请写成 2018-03-10 这样。") from None
    if day < FIRST_DAY:
        raise ValueError(f"日期不能早于 {FIRST_DAY.isoformat()}。")
    return day


def _as_json(view: RegionView) -> dict[str, object]:
    return {"id": view.id, "code": view.code, "name": view.name, "kind": view.kind, "zone": view.is_zone}


@login_not_required
@require_safe
@_KEEP
def industry_search(request: HttpRequest) -> JsonResponse:
    """``?q=``: up to 20 industries by code or name fragment, with the group of the size standard."""
    found = queries.search_industries(request.GET.get("q", ""))
    return JsonResponse(
        {
            "results": [
                {
                    "code": row.code,
                    "name": row.name,
                    "level": Industry.Level(row.level).label,
                    "size_group": row.size_group,
                    "size_note": "" if row.size_group else Industry.SizeState(row.size_state).label,
                }
                for row in found
            ]
        }
    )


@login_not_required
@require_safe
@_KEEP
def region_children(request: HttpRequest) -> JsonResponse:
    """``?code=&on=&zones=0``: the places below a code in administrative order; without code the provinces."""
    try:
        day = _day(request)
    except ValueError as problem:
        return JsonResponse({"error": str(problem)}, status=400)
    code = request.GET.get("code", "").strip()
    if not code:
        return JsonResponse({"parent": None, "results": [_as_json(view) for view in regions.provinces(day)]})
    parent = regions.find(code, day)
    if parent is None:
        return JsonResponse({"error": f"没有代码为“{code[:12]}”的区划。"}, status=404)
    below = regions.children(parent, day, zones=request.GET.get("zones") != "0")
    return JsonResponse({"parent": _as_json(parent), "results": [_as_json(view) for view in below]})


@login_not_required
@require_safe
def regions_page(request: HttpRequest) -> HttpResponse:
    """Prefectures and counties as they stood on a day, and the changes with their sources."""
    problem = ""
    try:
        day = _day(request)
    except ValueError as error:
        day, problem = business_today(), str(error)
    changes = RegionName.objects.exclude(change_kind="").select_related("region").order_by("-valid_from", "sort_key")
    return render(
        request,
        "reference/regions.html",
        {
            "day": day,
            "problem": problem,
            "typed": request.GET.get("on", day.isoformat()),
            "provinces": list(_tree(day)),
            "changes": list(_changes(changes)),
        },
        status=400 if problem else 200,
    )


def _tree(day: dt.date) -> Iterator[dict[str, object]]:
    for province in regions.provinces(day):
        prefectures = [
            {"view": prefecture, "counties": regions.children(prefecture, day)}
            for prefecture in regions.children(province, day)
        ]
        yield {"view": province, "prefectures": prefectures}


def _changes(begun: Iterable[RegionName]) -> Iterator[dict[str, object]]:
    """Each change with the period before it."""
    book = regions.book()
    for row in begun:
        before = book.as_of(row.region_id, row.valid_from - dt.timedelta(days=1))
        yield {"row": row, "before": before, "unchecked": Trust.UNCHECKED in (row.trust, row.day_trust)}
