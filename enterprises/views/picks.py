"""Choosing a county or an industry by a part of its name or code: public tables, nothing secret."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from foundation.core.clock import business_today
from foundation.core.text import normalise_name, pinyin_initials
from foundation.reference import queries, regions
from foundation.reference.models import Industry

MOST = 20


@login_not_required
@require_safe
def pick_regions(request: HttpRequest) -> JsonResponse:
    """``?q=``: counties, zones and prefectures of our provinces by a part of the name, initials or the code; of
    today.
    """
    words = normalise_name(request.GET.get("q", ""))[:30].replace("·", "").lower()
    found = []
    if words:
        today = business_today()
        for province in regions.provinces(today):
            for prefecture in regions.children(province, today):
                for view in (prefecture, *regions.children(prefecture, today)):
                    own = view.name if view is prefecture else f"{prefecture.name}{view.name}"
                    if words in own or view.code.startswith(words) or pinyin_initials(view.name).startswith(words):
                        label = f"{view.name}（市本级）" if view is prefecture else f"{prefecture.name} · {view.name}"
                        found.append((view.name != words, own.find(words), view.sort_key, view, label, province.name))
    found.sort(key=lambda row: row[:3])
    return JsonResponse(
        {
            "results": [
                {"value": str(view.id), "label": label, "note": f"{view.code} · {province}"}
                for _, _, _, view, label, province in found[:MOST]
            ]
        }
    )


@login_not_required
@require_safe
def pick_industries(request: HttpRequest) -> JsonResponse:
    """``?q=``: industries by code or a part of the name."""
    return JsonResponse(
        {
            "results": [
                {"value": row.code, "label": row.name, "note": f"{row.code} · {Industry.Level(row.level).label}"}
                for row in queries.search_industries(request.GET.get("q", ""), MOST)
            ]
        }
    )
