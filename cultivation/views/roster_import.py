"""Importing a list published before the portal existed: upload, rows decided one by one or by same name, entered in one act (HN-22)."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.dateparse import parse_date
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from cultivation.actions import roster_import as acts
from cultivation.actions.roster_import import Match
from cultivation.handlers_roster import EARLIER_LIST
from cultivation.jobs import READ_LIST
from cultivation.models import Programme, RosterImport, RosterImportRow
from cultivation.queries import current_versions
from cultivation.roster_import_sheet import EARLIER, tiers_of
from enterprises import uscc
from foundation.accounts.http import PortalRequest
from foundation.accounts.may import may
from foundation.accounts.models import Bureau
from foundation.accounts.transition import require
from foundation.core.clock import business_today
from foundation.core.errors import Refused
from foundation.core.verdict import no
from foundation.documents.actions import store_upload
from foundation.documents.detect import FileRefused
from foundation.documents.downloads import marked_copy
from foundation.documents.models import StoredFile
from foundation.duties import jobs
from foundation.duties.models import Job
from foundation.spreadsheets import write_template

PAGE_SIZE = 50
LARGE_BYTES = 30_000
"""From this size on (some 1,000 rows) a workbook is read by a job."""
XLSX = frozenset({StoredFile.ContentType.XLSX})
TONES = {
    Match.MATCHED: "ok",
    Match.ACCEPTED: "ok",
    Match.ENTERED: "ok",
    Match.DOUBTFUL: "wait",
    Match.UNKNOWN: "wait",
    Match.WRONG: "no",
    Match.ALREADY: "mo",
    Match.DISMISSED: "mo",
}
FORM = ("programme", "tier", "title", "number", "published_on", "since", "year", "batch")


def _programmes(request: PortalRequest) -> list[dict[str, Any]]:
    """Programmes of the bureau's own province with the tiers an earlier list may be of."""
    bureau = Bureau.objects.select_related("region").get(pk=request.actor.bureau_id)
    here = bureau.region.code_on(business_today())[:2] if bureau.region else ""
    return [
        {"version": version, "tiers": tiers_of(version.programme_document)}
        for version in current_versions(here or "--")
    ]


def _page(
    request: PortalRequest, *, problem: Refused | None = None, typed: dict[str, str] | None = None
) -> HttpResponse:
    rows = (
        RosterImport.objects.visible_to(request.actor)
        .select_related("file", "programme")
        .annotate(
            total=Count("rows"),
            open=Count("rows", filter=Q(rows__match__in=acts.TO_DECIDE)),
            entered=Count("rows", filter=Q(rows__match=Match.ENTERED)),
        )
        .order_by("-id")
    )
    context = {
        "programmes": _programmes(request),
        "page_obj": Paginator(rows, 20).get_page(request.GET.get("page")),
        "problem": problem.verdict if problem else None,
        "typed": typed or {**dict.fromkeys(FORM, ""), "batch": "1"},
        "today": business_today(),
    }
    return render(request, "cultivation/roster_imports.html", context, status=problem.status if problem else 200)


@require_safe
def imports(request: PortalRequest) -> HttpResponse:
    """Lists brought in so far, and the form for another one."""
    require(request.actor, "roster_import.make")
    return _page(request)


@require_safe
def template(request: PortalRequest) -> FileResponse:
    """The empty sheet with its help tab."""
    require(request.actor, "roster_import.make")
    out = io.BytesIO()
    write_template(EARLIER, out)
    out.seek(0)
    return FileResponse(out, as_attachment=True, filename="以前公布的名单（模板）.xlsx")


def _day(text: str, said: str) -> dt.date:
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise Refused(no(said, "按 2018-03-20 的形式填写。"))
    return day


def _number(text: str, said: str) -> int:
    if not text.isdecimal() or len(text) > 4:
        raise Refused(no(said))
    return int(text)


@require_POST
def upload(request: PortalRequest) -> HttpResponse:
    """Take a list in; a large file is read by a job, a small one at once."""
    require(request.actor, "roster_import.make")
    typed = {name: request.POST.get(name, "").strip() for name in FORM}
    try:
        programme = Programme.objects.filter(code=typed["programme"]).first()
        if programme is None:
            raise Refused(no("请选择培育项目。"))
        data = acts.ListData(
            title=typed["title"],
            number=typed["number"],
            published_on=_day(typed["published_on"], "请填写公布日期。"),
            year=_number(typed["year"], "请填写年度，例如 2017。"),
            batch=_number(typed["batch"], "请填写批次，例如 1。"),
            tier=typed["tier"],
            since=_day(typed["since"], "列入日期不是有效的日期。") if typed["since"] else None,
        )
        sent = request.FILES.get("file")
        if sent is None:
            raise FileRefused("还没有选择文件。", "请选择 .xlsx 文件，可以先下载模板。")
        stored = store_upload(sent, actor=request.actor, purpose=EARLIER_LIST, types=XLSX)
        found, new = acts.start_import(programme=programme, data=data, file=stored, actor=request.actor)
        if not new:
            messages.info(request, "这份文件已经导入过，打开的是原来的导入。")
            return redirect("cultivation:roster-import", pk=found.pk)
        if stored.size > LARGE_BYTES:
            jobs.start(
                READ_LIST,
                actor=request.actor,
                params={"import": found.pk},
                total=1,
                label=f"读取{found.title}",
                result_url=reverse("cultivation:roster-import", args=[found.pk]),
            )
        else:
            found = acts.read_import(import_id=found.pk, actor=request.actor)
            if found.state == RosterImport.State.FAILED:
                raise Refused(no(found.problem))
    except Refused as refusal:
        return _page(request, problem=refusal, typed=typed)
    return redirect("cultivation:roster-import", pk=found.pk)


def seen_import(request: PortalRequest, pk: int) -> RosterImport:
    """The import of the own bureau; 404 otherwise."""
    rows = RosterImport.objects.visible_to(request.actor).select_related("programme", "bureau", "file", "roster_list")
    row = rows.filter(pk=pk).first()
    if row is None:
        raise Http404("没有这次导入，或它不在您的职责范围内。")
    require(request.actor, "roster_import.view", row)
    return row


@require_safe
def one(request: PortalRequest, pk: int) -> HttpResponse:
    """What came of a list, row by row."""
    return _result(request, seen_import(request, pk))


def _result(
    request: PortalRequest, found: RosterImport, *, problem: Refused | None = None, typed: dict[str, str] | None = None
) -> HttpResponse:
    counts = {row["match"]: row["n"] for row in found.rows.order_by().values("match").annotate(n=Count("pk"))}
    wanted = request.GET.get("match", "")
    rows = found.rows.select_related("enterprise", "entry").order_by("row_number")
    if wanted in Match.values:
        rows = rows.filter(match=wanted)
    page_obj = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    job = None
    if found.state == RosterImport.State.READING:
        own = Job.objects.filter(kind=READ_LIST, params__import=found.pk)
        job = own.order_by("-id").first()
    context = {
        "found": found,
        "job": job,
        "page_obj": page_obj,
        "rows": [
            {"row": row, "tone": TONES[Match(row.match)], "same": _same(row), "register": _register(row)}
            for row in page_obj
        ],
        "tabs": [(value, label, counts.get(value, 0)) for value, label in Match.choices if counts.get(value)],
        "total": sum(counts.values()),
        "open": sum(counts.get(match, 0) for match in acts.TO_DECIDE),
        "ready": sum(counts.get(match, 0) for match in acts.TO_ENTER),
        "same_names": found.rows.filter(
            match=Match.DOUBTFUL, candidates__0__likeness=1, candidates__1__isnull=True
        ).count(),
        "can_enter": may(request.actor, "roster_import.enter", found),
        "can_decide": may(request.actor, "roster_import.decide", found),
        "errors": found.errors,
        "match": wanted,
        "problem": problem.verdict if problem else None,
        "typed": {"row": "", "uscc": "", "reason": "", **(typed or {})},
    }
    return render(request, "cultivation/roster_import.html", context, status=problem.status if problem else 200)


def _same(row: RosterImportRow) -> bool:
    return len(row.candidates) == 1 and row.candidates[0]["likeness"] == 1


def _register(row: RosterImportRow) -> str:
    known = {name: value for name, value in (("uscc", row.uscc), ("name", row.name)) if value}
    return f"{reverse('enterprises:register_on_behalf')}?{urlencode(known)}"


@require_POST
def row(request: PortalRequest, pk: int) -> HttpResponse:
    """Decide one row: a candidate, a code, not taken with a reason, or look again."""
    found = seen_import(request, pk)
    wanted = request.POST.get("row", "")
    one_row = found.rows.filter(pk=wanted).first() if wanted.isdecimal() else None
    if one_row is None:
        raise Http404("没有这一行。")
    try:
        said = _decide(request, one_row.pk)
    except Refused as refusal:
        typed = {name: request.POST.get(name, "") for name in ("row", "uscc", "reason")}
        return _result(request, found, problem=refusal, typed=typed)
    messages.success(request, f"第 {one_row.row_number} 行：{said}")
    query = f"?{request.GET.urlencode()}" if request.GET else ""
    return redirect(f"{reverse('cultivation:roster-import', args=[pk])}{query}#row-{one_row.pk}")


def _decide(request: PortalRequest, row_id: int) -> str:
    action = request.POST.get("action", "")
    if action == "dismiss":
        acts.dismiss_row(row_id=row_id, reason=request.POST.get("reason", ""), actor=request.actor)
        return "不采用。"
    if action == "again":
        acts.reopen_row(row_id=row_id, actor=request.actor)
        return "已恢复为待办理。"
    if action == "choose":
        chosen = request.POST.get("firm", "")
        if not chosen.isdecimal():
            raise Refused(no("请选择对应的企业。"))
        decided = acts.accept_row(row_id=row_id, enterprise_id=int(chosen), actor=request.actor)
    elif action == "code":
        code = uscc.compact(request.POST.get("uscc", ""))
        wrong = uscc.form_finding(code)
        if wrong is not None:
            raise Refused(no(f"统一社会信用代码有误：{wrong.text}", "请核对营业执照。"))
        decided = acts.give_code(row_id=row_id, uscc=code, actor=request.actor)
    else:
        raise Http404("没有这种办理。")
    return "已确认对应。" if decided.match == Match.ACCEPTED else f"{decided.note}。"


@require_POST
def whole(request: PortalRequest, pk: int) -> HttpResponse:
    """An act on the whole list: confirm the same names, enter what is decided, give it up."""
    found = seen_import(request, pk)
    action = request.POST.get("action", "")
    try:
        if action == "same":
            said = f"已确认 {acts.accept_same_names(import_id=pk, actor=request.actor)} 家同名企业。"
        elif action == "enter":
            said = f"已列入 {acts.enter_rows(import_id=pk, actor=request.actor)} 家。"
        elif action == "drop":
            acts.drop_import(import_id=pk, actor=request.actor)
            messages.success(request, "已放弃这次导入，没有企业列入。")
            return redirect("cultivation:roster-imports")
        else:
            raise Http404("没有这种办理。")
    except Refused as refusal:
        return _result(request, found, problem=refusal)
    messages.success(request, said)
    return redirect("cultivation:roster-import", pk=pk)


@require_safe
def error_copy(request: PortalRequest, pk: int) -> FileResponse:
    """The person's own workbook with the wrong cells red and commented."""
    found = seen_import(request, pk)
    return marked_copy(found.file, found.errors)


urlpatterns = [
    path("roster/imports/", imports, name="roster-imports"),
    path("roster/imports/upload/", upload, name="roster-import-upload"),
    path("roster/imports/template.xlsx", template, name="roster-import-template"),
    path("roster/imports/<int:pk>/", one, name="roster-import"),
    path("roster/imports/<int:pk>/row/", row, name="roster-import-row"),
    path("roster/imports/<int:pk>/act/", whole, name="roster-import-act"),
    path("roster/imports/<int:pk>/errors.xlsx", error_copy, name="roster-import-errors"),
]
