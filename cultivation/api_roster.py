"""The published lists for everybody, and the entries of one's own scope for those signed in (HN-14, SC-18, SC-43)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import path
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from cultivation import queries, roster_sheets
from cultivation import serializers as shapes
from cultivation.models import ProgrammeVersion, RosterEntry
from cultivation.roster import observed_on
from cultivation.roster_queries import RosterFilter, public_rows, stood_on
from enterprises import uscc
from foundation.accounts.api import SignedInView
from foundation.accounts.transition import require
from foundation.core.api.paging import page_of
from foundation.core.api.problems import Invalid
from foundation.core.api.schema import paged
from foundation.core.api.views import PublicView
from foundation.core.clock import business_today
from foundation.core.errors import Refused
from foundation.core.verdict import no
from foundation.reference import regions

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"


class RosterView(PublicView):
    """公布的名单: a page, a file, or how one firm stands."""

    tag = "名单"
    params_class = shapes.RosterParams

    @property
    def cost(self) -> int:  # type: ignore[override]
        """A whole file counts as ten questions."""
        return 10 if self.request.GET.get("format", "json") != "json" else 1

    @extend_schema(
        operation_id="roster",
        summary="公布的名单与查询",
        responses={
            (200, "application/json"): shapes.RosterAnswer,
            (200, CSV): OpenApiTypes.STR,
            (200, XLSX): OpenApiTypes.BINARY,
        },
    )
    def get(self, request: Request) -> Response | HttpResponse:
        """Firms listed on a day in programmes that publish; with ``uscc`` one firm: listed, observed, left or never."""
        require(self.actor, "roster.look_up")
        day = self._day()
        published, silent = self._programmes()
        if "uscc" in self.params:
            return self._one(published, silent, day)
        rows = self._rows(day)
        if self.params.get("format", "json") != "json":
            return self._file(rows, day)
        found, cursor = page_of(rows, self.params)
        following = self.page(shapes.RosterRow, (), cursor).data["next"]
        return self._answer(day, silent, results=self._lines(found, published), following=following)

    def _day(self) -> dt.date:
        today = business_today()
        day: dt.date = self.params.get("as_of") or today
        if day > today:
            raise Invalid.parameter("as_of", f"日期不能晚于业务日 {today.isoformat()}。")
        return day

    def _programmes(self) -> tuple[list[ProgrammeVersion], list[str]]:
        """Versions of the programmes asked that publish, and the codes of those that do not."""
        versions = queries.current_versions()
        if code := self.params.get("programme"):
            versions = [row for row in versions if row.programme.code == code]
            if not versions:
                raise Invalid.parameter("programme", f"没有培育项目“{code}”。")
        silent = [row.programme.code for row in versions if row.programme_document.publication is None]
        return [row for row in versions if row.programme_document.publication is not None], silent

    def _rows(self, day: dt.date) -> QuerySet[RosterEntry]:
        """Those of the public page, as of any day."""
        place = None
        if (code := self.params.get("region")) and (place := regions.find(code)) is None:
            raise Invalid.parameter("region", f"没有代码为“{code}”的区划。")
        by = RosterFilter(
            day=day,
            programme=self.params.get("programme", ""),
            tier=self.params.get("tier", ""),
            region=place.id if place is not None else None,
            year=self.params.get("year"),
            batch=self.params.get("batch"),
        )
        rows = public_rows(by).select_related("programme")
        return rows.filter(since__gte=self.params["since"]) if "since" in self.params else rows

    def _lines(self, rows: list[RosterEntry], published: list[ProgrammeVersion]) -> list[dict[str, Any]]:
        """Only the fields the programme's notice lets the public see."""
        shown = {
            row.programme_id: set(row.programme_document.publication.fields)
            for row in published
            if row.programme_document.publication is not None
        }
        lines = []
        for entry in rows:
            fields = shown[entry.programme_id]
            place = regions.full_name(entry.region_id, entry.since)
            lines.append(
                {
                    "programme": entry.programme.code,
                    "name": entry.name if "name" in fields else None,
                    "region": place if "region" in fields else None,
                    "tier": entry.tier if "tier" in fields else None,
                    "tier_title": entry.tier_title if "tier" in fields else None,
                    "year": entry.year if "batch" in fields else None,
                    "batch": entry.batch if "batch" in fields else None,
                }
            )
        return lines

    def _answer(
        self,
        day: dt.date,
        silent: list[str],
        *,
        results: list[Any] | None = None,
        answers: list[Any] | None = None,
        following: str | None = None,
    ) -> Response:
        told = {
            "as_of": day,
            "results": results or [],
            "answers": answers or [],
            "not_published": silent,
            "next": following,
        }
        return Response(shapes.RosterAnswer(told).data)

    def _one(self, published: list[ProgrammeVersion], silent: list[str], day: dt.date) -> Response:
        """One firm in every programme that publishes; a code nobody has is in none of them."""
        if self.params.get("format", "json") != "json":
            raise Invalid.parameter("format", "查一家企业只有 json。")
        code = uscc.compact(self.params["uscc"])
        wrong = uscc.form_finding(code)
        if wrong is not None:
            raise Invalid.parameter("uscc", wrong.text)
        ids = [row.programme_id for row in published]
        entries = RosterEntry.objects.filter(enterprise__uscc=code, programme_id__in=ids, since__lte=day)
        latest: dict[int, RosterEntry] = {}
        for entry in entries.annotate(observed=observed_on(day)).order_by("since", "pk"):
            latest[entry.programme_id] = entry
        answers = [self._standing(row.programme.code, latest.get(row.programme_id), day) for row in published]
        return self._answer(day, silent, answers=answers)

    @staticmethod
    def _standing(programme: str, entry: RosterEntry | None, day: dt.date) -> dict[str, Any]:
        if entry is None:
            empty = dict.fromkeys(("tier", "tier_title", "since", "until"))
            return {"programme": programme, "status": "never", **empty}
        stands = entry.until is None or entry.until > day
        observed = bool(entry.observed)  # type: ignore[attr-defined]
        return {
            "programme": programme,
            "status": ("under_observation" if observed else "listed") if stands else "left",
            "tier": entry.tier,
            "tier_title": entry.tier_title,
            "since": entry.since,
            "until": None if stands else entry.until,
        }

    def _file(self, rows: QuerySet[RosterEntry], day: dt.date) -> HttpResponse:
        """The whole list as the public page's file of the same kind."""
        most = settings.API_SHEET_MAX_ROWS
        found = list(rows[: most + 1])
        if len(found) > most:
            raise Refused(
                no(f"名单超过 {most} 家，一次导不出。", "请加 region、tier 或 batch 筛选，或用 json 逐页取。")
            )
        lines = roster_sheets.published_rows(found)
        name = f"培育企业名单 {day.isoformat()}"
        if self.params["format"] == "csv":
            content = roster_sheets.plain_csv(roster_sheets.PUBLISHED, lines)
            return _download(content, f"{name}.csv", f"{CSV}; charset=utf-8")
        return _download(roster_sheets.workbook(roster_sheets.PUBLISHED, lines), f"{name}.xlsx", XLSX)


def _download(content: bytes, name: str, content_type: str) -> HttpResponse:
    header = content_disposition_header(True, name) or "attachment"
    return HttpResponse(content, content_type=content_type, headers={"Content-Disposition": header})


class EntryList(SignedInView):
    """培育名单 as the pages show it inside: by responsibility path, or one's own firm; with the dated events."""

    tag = "名单"
    params_class = shapes.EntryParams

    @extend_schema(operation_id="roster_entries", summary="职责范围内的名单", responses=paged(shapes.EntryRow))
    def get(self, request: Request) -> Response:
        """In the order in which they were listed, those that left included unless a day is given."""
        require(self.actor, "roster.view")
        rows = RosterEntry.objects.visible_to(self.actor).select_related("programme", "enterprise")
        if code := self.params.get("programme"):
            rows = rows.filter(programme__code=code)
        if tier := self.params.get("tier"):
            rows = rows.filter(tier=tier)
        if firm := self.params.get("enterprise"):
            rows = rows.filter(enterprise_id=firm)
        day = self.params.get("as_of")
        if day is not None:
            rows = rows.filter(stood_on(day))
        rows = rows.annotate(observed=observed_on(day or business_today())).prefetch_related("events")
        found, cursor = page_of(rows, self.params)
        return self.page(shapes.EntryRow, [_entry(row) for row in found], cursor)


def _entry(row: RosterEntry) -> dict[str, Any]:
    return {
        "id": row.pk,
        "programme": row.programme.code,
        "enterprise": row.enterprise_id,
        "uscc": row.enterprise.uscc,
        "name": row.name,
        "region": regions.full_name(row.region_id, row.since),
        "tier": row.tier,
        "tier_title": row.tier_title,
        "year": row.year,
        "batch": row.batch,
        "since": row.since,
        "until": row.until,
        "exit": row.exit or None,
        "under_observation": row.until is None and bool(row.observed),  # type: ignore[attr-defined]
        "application": row.application_id,
        "events": [
            {"kind": one.kind, "on": one.on, "due_on": one.due_on, "ended_on": one.ended_on, "text": one.text}
            for one in row.events.all()
        ],
    }


urlpatterns = [
    path("roster/", RosterView.as_view(), name="api_roster"),
    path("roster-entries/", EntryList.as_view(), name="api_roster_entries"),
]
