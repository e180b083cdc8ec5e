"""The roster: list as of a day, the published list, one entry with its life, changes, statistics, the firm's own entries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from cultivation import queries, roster_queries, roster_sheets, roster_statistics
from cultivation.models import RosterEntry, RosterList
from cultivation.roster_import_sheet import tiers_of
from cultivation.roster_page import OWN_PLACE, entry_context, own_entries, standing_words
from cultivation.roster_queries import CHANGES, STANDINGS, RosterFilter, day_of
from cultivation.schema import Programme
from foundation.accounts.http import PortalRequest
from foundation.accounts.may import may
from foundation.accounts.transition import require
from foundation.core.clock import business_today
from foundation.core.registries import panels_for
from foundation.reference import regions
from foundation.spreadsheets import Sheet

PAGE_SIZE = 50
XLSX, CSV = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "text/csv; charset=utf-8"


def _inside(request: PortalRequest) -> bool:
    return request.actor.is_official and bool(may(request.actor, "roster.view"))


def places_under(bases: Iterable[int | None]) -> list[tuple[int, str]]:
    """Regions to filter by: what lies below the given ones, two levels deep."""
    today = business_today()
    found: list[tuple[int, str]] = []
    for base in bases:
        for view in regions.children(base, today) if base is not None else ():
            found.append((view.id, view.name))
            found += [(below.id, f"　{below.name}") for below in regions.children(view.id, today)]
    return found


def _programmes(*, published: bool) -> list[Programme]:
    found = [version.programme_document for version in queries.current_versions()]
    return [one for one in found if one.publication is not None] if published else found


@login_not_required
@require_safe
def roster(request: PortalRequest) -> HttpResponse:
    """Officials: who stands on the roster as of a day, as far as they answer for them. Everybody else: the published
    lists, name, region, tier and batch only (HN-14, SC-18, SC-43, SC-44).
    """
    by = RosterFilter.read(request.GET.dict())
    inside = _inside(request)
    programmes = _programmes(published=not inside)
    if inside:
        rows = roster_queries.official_rows(request.actor, by)
        bases = [roster_statistics.base_region(request.actor)]
    else:
        require(request.actor, "roster.look_up")
        by = RosterFilter(**{**_plain(by), "day": business_today(), "standing": ""})
        rows = roster_queries.public_rows(by)
        found = [regions.find(f"{one.province}0000") for one in programmes]
        bases = [place.id for place in found if place is not None]
    about = request.actor.hat if inside else ""
    page_obj = roster_queries.page_of(rows, by, about, request.GET.get("page"), PAGE_SIZE)
    chosen = [one for one in programmes if one.code == by.programme] or programmes
    context = {
        "inside": inside,
        "page_obj": page_obj,
        "lines": [_line(entry, by.day, inside=inside) for entry in page_obj],
        "by": by,
        "q": by.text,
        "today": business_today(),
        "batch": f"{by.year}-{by.batch}" if by.year and by.batch else "",
        "programmes": programmes,
        "tiers": [found for one in chosen for found in (tiers_of(one) if inside else _public_tiers(one))],
        "batches": roster_queries.batches(),
        "places": places_under(bases),
        "standings": list(STANDINGS.items()),
        "may_import": inside and bool(may(request.actor, "roster_import.make")),
        "filtered": any((by.text, by.region, by.tier, by.batch, by.programme)),
    }
    name = "cultivation/roster.html" if inside else "cultivation/roster_public.html"
    return render(request, name, context)


def _public_tiers(programme: Programme) -> list[tuple[str, str]]:
    return [(tier.code, tier.title) for tier in programme.tiers]


def _plain(by: RosterFilter) -> dict[str, Any]:
    return {name: getattr(by, name) for name in RosterFilter.__dataclass_fields__}


def _line(entry: RosterEntry, day: dt.date, *, inside: bool) -> dict[str, Any]:
    line: dict[str, Any] = {"entry": entry, "place": regions.full_name(entry.region_id)}
    if inside:
        observed = bool(entry.observed)  # type: ignore[attr-defined]
        line["tone"], line["word"] = standing_words(entry, observed=observed, day=day)
    return line


def _file(sheet: Sheet, rows: Iterable[dict[str, Any]], name: str, form: str) -> HttpResponse:
    """The rows as ``xlsx`` or ``csv``."""
    if form == "csv":
        content, content_type = roster_sheets.plain_csv(sheet, rows), CSV
    else:
        content, content_type = roster_sheets.workbook(sheet, rows), XLSX
    header = content_disposition_header(True, f"{name}.{form}") or "attachment"
    return HttpResponse(content, content_type=content_type, headers={"Content-Disposition": header})


@login_not_required
@require_safe
def download(request: PortalRequest, form: str) -> HttpResponse:
    """What the page shows under the same filters, as a file: the official's own list, or the published one."""
    by = RosterFilter.read(request.GET.dict())
    if _inside(request):
        rows = roster_queries.official_rows(request.actor, by)
        lines = roster_sheets.entry_rows(rows.iterator(chunk_size=500), by.day)
        return _file(roster_sheets.ENTRIES, lines, f"培育名单_{by.day.isoformat()}", form)
    require(request.actor, "roster.look_up")
    today = business_today()
    rows = roster_queries.public_rows(RosterFilter(**{**_plain(by), "day": today, "standing": ""}))
    lines = roster_sheets.published_rows(rows.iterator(chunk_size=500))
    return _file(roster_sheets.PUBLISHED, lines, f"培育企业名单_{today.isoformat()}", form)


@require_safe
def entry(request: PortalRequest, pk: int) -> HttpResponse:
    """One entry with everything that happened to it."""
    rows = RosterEntry.objects.visible_to(request.actor).select_related(
        "enterprise", "programme", "region", "round__version", "roster_list__bureau", "document", "exit_document"
    )
    row = rows.filter(pk=pk).first()
    if row is None:
        raise Http404("没有这条名单记录，或它不在您的职责范围内。")
    require(request.actor, "roster.view", row)
    return render(request, "cultivation/roster_entry.html", entry_context(row, request.actor))


@require_safe
def mine(request: PortalRequest) -> HttpResponse:
    """The firm's own entries."""
    require(request.actor, "roster.own")
    context = {
        "entries": own_entries(request.actor),
        "panels": panels_for(OWN_PLACE, request.actor, request.actor.enterprise_id),
    }
    return render(request, "cultivation/roster_mine.html", context)


def _period(request: PortalRequest) -> dict[str, Any]:
    """First and last day (this year so far unless the address says otherwise) and the other filters of the changes."""
    today = business_today()
    last = day_of(request.GET.get("to", ""), today)
    first = day_of(request.GET.get("from", ""), dt.date(last.year, 1, 1))
    region = request.GET.get("region", "")
    return {
        "first": min(first, last),
        "last": last,
        "kind": request.GET.get("kind", ""),
        "programme": request.GET.get("programme", ""),
        "region": int(region) if region.isdecimal() and len(region) < 9 else None,
    }


@require_safe
def changes(request: PortalRequest) -> HttpResponse:
    """Who came and who left in a period."""
    require(request.actor, "roster.changes")
    period = _period(request)
    rows = roster_queries.changes(request.actor, **period)
    page_obj = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    counted = roster_queries.count_changes(roster_queries.changes(request.actor, **{**period, "kind": ""}))
    context = {
        **period,
        "page_obj": page_obj,
        "lines": [_change(event) for event in page_obj],
        "kinds": [(value, label, counted.get(value, 0)) for value, label in CHANGES.items()],
        "total": sum(counted.values()),
        "programmes": _programmes(published=False),
        "places": places_under([roster_statistics.base_region(request.actor)]),
    }
    return render(request, "cultivation/roster_changes.html", context)


def _change(event: Any) -> dict[str, Any]:
    tones = {"listed": "ok", "left": "no", "observed": "wait", "restored": "ok"}
    entry = event.entry
    return {
        "event": event,
        "entry": entry,
        "place": regions.full_name(entry.region_id),
        "tone": tones[event.kind],
        "cause": entry.get_exit_display() if event.kind == "left" else "",
    }


@require_safe
def download_changes(request: PortalRequest, form: str) -> HttpResponse:
    """The changes of the period as a file."""
    require(request.actor, "roster.changes")
    period = _period(request)
    rows = roster_queries.changes(request.actor, **period)
    name = f"培育名单变动_{period['first'].isoformat()}_{period['last'].isoformat()}"
    return _file(roster_sheets.CHANGES, roster_sheets.change_rows(rows.iterator(chunk_size=500)), name, form)


@require_safe
def statistics(request: PortalRequest) -> HttpResponse:
    """A year by region and tier, the years, the targets."""
    require(request.actor, "roster.statistics")
    programmes = _programmes(published=False)
    wanted = request.GET.get("programme", "")
    base = roster_statistics.base_region(request.actor)
    here = regions.as_of(base, business_today()) if base is not None else None
    own = [one for one in programmes if here is None or one.province == here.code[:2]] or programmes
    programme = next((one for one in own if one.code == wanted), own[0] if own else None)
    if programme is None:
        raise Http404("还没有培育项目。")
    text = request.GET.get("year", "")
    this_year = business_today().year
    year = min(int(text), this_year) if text.isdecimal() and len(text) == 4 else this_year
    years = roster_statistics.over_years(request.actor, programme)
    rows, total = roster_statistics.by_region(request.actor, year, programme, base)
    titles = dict(tiers_of(programme))
    tiers = [code for code in titles if any(code in row.numbers for row in rows)]
    context = {
        "programme": programme,
        "programmes": own,
        "year": year,
        "years": years,
        "choices": sorted({this_year, year, *(line["year"] for line in years)}, reverse=True),
        "measures": [label for _, label in roster_statistics.MEASURES],
        "tiers": [titles[code] for code in tiers],
        "rows": [(row, row.cells(tiers)) for row in rows],
        "total": total.cells(tiers),
        "targets": roster_statistics.targets(request.actor, programme),
        "here": here.name if here else "",
    }
    return render(request, "cultivation/roster_statistics.html", context)


@require_safe
def lists(request: PortalRequest) -> HttpResponse:
    """Lists as papers: number, day, who published it, how many it put on the roster and how many of them still stand."""
    require(request.actor, "roster.lists")
    rows = RosterList.objects.visible_to(request.actor).select_related("programme", "bureau", "document", "source_file")
    page_obj = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    shown = list(page_obj)
    seen = RosterEntry.objects.visible_to(request.actor).filter(roster_list__in=[row.pk for row in shown]).order_by()
    counted = {
        row["roster_list"]: row
        for row in seen.values("roster_list").annotate(
            total=Count("pk"), standing=Count("pk", filter=roster_queries.stood_on(business_today()))
        )
    }
    none = {"total": 0, "standing": 0}
    context = {"page_obj": page_obj, "lines": [{"row": row, **none, **counted.get(row.pk, {})} for row in shown]}
    return render(request, "cultivation/roster_lists.html", context)
