"""Who has not reported, the reminder by hand, the day's texts, tables and pictures."""

from __future__ import annotations

import datetime as dt
import io
import re

from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from cultivation.models import Round
from foundation.accounts.http import PortalRequest
from foundation.accounts.may import may
from foundation.accounts.transition import require
from foundation.core.clock import business_now, business_today, current_installation
from foundation.core.errors import Refused
from foundation.documents.models import StoredFile
from foundation.duties.models import Obligation
from foundation.spreadsheets import Column, Kind, Sheet, write_xlsx
from monitoring import board as boards
from monitoring import bulletin as bulletins
from monitoring.actions.chasing import remind_now, tonight
from monitoring.models import ChaseClaim
from monitoring.months import MONTHLY
from monitoring.picture import table_png

PAGE_OF_FIRMS = 500
WAY_WORDS = {"inbox": "站内", "mail": "邮件", "sms": "短信"}
BOARD_COLUMNS = (
    ("owed", "应报"),
    ("filed", "已报"),
    ("zero", "零申报"),
    ("stopped", "停产停业"),
    ("elsewhere", "他平台已报"),
    ("returned", "退回修改"),
    ("missing", "未报"),
    ("late", "逾期报送"),
)


def _period(request: PortalRequest) -> str:
    """The month asked for, else the newest that has opened."""
    known = boards.periods(business_today())
    asked = request.GET.get("period", "") or request.POST.get("period", "")
    if asked and not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", asked):
        raise Http404
    return asked or known[0]


def _place(request: PortalRequest) -> str:
    return request.actor.hat.holder_name


@require_safe
def board(request: PortalRequest) -> HttpResponse:
    """A month by bureau, with the firms that have not reported; the text of the day to copy."""
    return _board(request)


def _board(request: PortalRequest, problem: Refused | None = None) -> HttpResponse:
    require(request.actor, "chasing.view")
    period, actor = _period(request), request.actor
    found = boards.board_of(actor, period)
    bureau = request.GET.get("bureau", "")
    bureau_id = int(bureau) if bureau.isdecimal() else None
    one = next((line for line in found.lines if line.bureau and line.bureau.pk == bureau_id), None)
    own = len(found.lines) == 1 and found.lines[0].own
    shown = boards.lagging(actor, period, bureau_id=bureau_id, limit=PAGE_OF_FIRMS) if own or one else []
    names = [row.name for row in shown] if own else []
    context = {
        "board": found,
        "lines": [(line, _cells(line)) for line in found.lines],
        "total": _cells(found.total),
        "heads": [word for _, word in BOARD_COLUMNS],
        "period": period,
        "periods": boards.periods(business_today()),
        "lagging": shown,
        "one": one,
        "own": own,
        "text": boards.text_of(found, _place(request), business_now(), names),
        "may_remind": may(actor, "obligation.remind"),
        "problem": problem.verdict if problem else None,
        "told": request.GET.get("told", ""),
    }
    return render(request, "monitoring/boards/board.html", context, status=problem.status if problem else 200)


def _cells(line: boards.Line) -> list[tuple[str, int]]:
    """Numbers of a line with the head each stands under (shown beside it on a phone)."""
    return [(word, getattr(line, key)) for key, word in BOARD_COLUMNS]


@require_POST
def remind(request: PortalRequest) -> HttpResponse:
    """督促 the chosen firms (SC-40)."""
    ids = [int(text) for text in request.POST.getlist("ids") if text.isdecimal()]
    try:
        told = remind_now(obligation_ids=ids, actor=request.actor)
    except Refused as refusal:
        return _board(request, refusal)
    bureau = request.POST.get("bureau", "")
    tail = f"&bureau={bureau}" if bureau.isdecimal() else ""
    return redirect(f"{reverse('monitoring:board')}?period={_period(request)}&told={told}{tail}")


def _download(content: bytes, name: str, content_type: str) -> HttpResponse:
    header = content_disposition_header(True, name) or "attachment"
    return HttpResponse(content, content_type=content_type, headers={"Content-Disposition": header})


def _workbook(code: str, title: str, heads: list[tuple[str, str]], rows: list[dict[str, object]]) -> bytes:
    """A table of one text column and numbers as a styled workbook."""
    columns = [
        Column(key, word, Kind.TEXT if place == 0 else Kind.INTEGER, width=18 if place == 0 else 11)
        for place, (key, word) in enumerate(heads)
    ]
    sheet = Sheet(code=code, version="1", title=title, tab_title="进度", columns=tuple(columns), landscape=True)
    out = io.BytesIO()
    write_xlsx(sheet, rows, out, mark="演练" if current_installation().is_rehearsal else "")
    return out.getvalue()


@require_safe
def board_sheet(request: PortalRequest) -> HttpResponse:
    """The month's table as a workbook."""
    require(request.actor, "chasing.view")
    period = _period(request)
    found = boards.board_of(request.actor, period)
    rows: list[dict[str, object]] = [
        {"name": line.name} | {key: getattr(line, key) for key, _ in BOARD_COLUMNS}
        for line in [*found.lines, found.total]
    ]
    title = f"{_place(request)}{period}运行监测月报进度"
    content = _workbook("monitoring.board", title, [("name", "单位"), *BOARD_COLUMNS], rows)
    return _download(content, f"{title}.xlsx", StoredFile.ContentType.XLSX.value)


@require_safe
def board_picture(request: PortalRequest) -> HttpResponse:
    """The month's table as a picture."""
    require(request.actor, "chasing.view")
    period = _period(request)
    found = boards.board_of(request.actor, period)
    rows = [
        [line.name, *(str(getattr(line, key)) for key, _ in BOARD_COLUMNS), line.rate]
        for line in [*found.lines, found.total]
    ]
    heads = ["单位", *(word for _, word in BOARD_COLUMNS), "报送率"]
    title = f"{_place(request)} {period} 运行监测月报进度"
    return _download(table_png(title, heads, rows, _foot()), f"{title}.png", "image/png")


def _foot() -> str:
    now = business_now()
    mark = "　演练数据" if current_installation().is_rehearsal else ""
    return f"截至{now.year}年{now.month}月{now.day}日{now.hour}时{mark}"


# ---- the day's bulletin of a round ---------------------------------------------------------------------------


def _rounds(request: PortalRequest) -> list[Round]:
    rows = Round.objects.visible_to(request.actor).select_related("version").order_by("-year", "-batch", "-id")
    return [row for row in rows if any(own.startswith(row.path) for own in request.actor.hat.paths)]


def _bulletin(request: PortalRequest) -> tuple[list[Round], bulletins.Bulletin | None]:
    require(request.actor, "chasing.view")
    rounds = _rounds(request)
    asked = request.GET.get("round", "")
    chosen = next((row for row in rounds if str(row.pk) == asked), None) if asked else (rounds[0] if rounds else None)
    if asked and chosen is None:
        raise Http404
    return rounds, bulletins.bulletin_of(request.actor, chosen) if chosen else None


@require_safe
def bulletin(request: PortalRequest) -> HttpResponse:
    """How far a round has come, county by county: text, table, picture."""
    rounds, found = _bulletin(request)
    context = {
        "rounds": rounds,
        "bulletin": found,
        "heads": [word for _, word in bulletins.COLUMNS],
        "text": bulletins.text_of(found, _place(request), business_now()) if found else "",
    }
    return render(request, "monitoring/boards/bulletin.html", context)


@require_safe
def bulletin_sheet(request: PortalRequest) -> HttpResponse:
    """The bulletin's table as a workbook."""
    _, found = _bulletin(request)
    if found is None:
        raise Http404
    rows: list[dict[str, object]] = [{"name": line.name} | dict(line.numbers) for line in [*found.lines, found.total]]
    title = f"{_place(request)}{found.round.title}进度"
    content = _workbook("monitoring.bulletin", title, [("name", "单位"), *bulletins.COLUMNS], rows)
    return _download(content, f"{title}.xlsx", StoredFile.ContentType.XLSX.value)


@require_safe
def bulletin_picture(request: PortalRequest) -> HttpResponse:
    """The bulletin's table as a picture."""
    _, found = _bulletin(request)
    if found is None:
        raise Http404
    rows = [[line.name, *(str(number) for _, number in line.cells)] for line in [*found.lines, found.total]]
    title = f"{_place(request)} {found.round.title}进度"
    heads = ["单位", *(word for _, word in bulletins.COLUMNS)]
    return _download(table_png(title, heads, rows, _foot()), f"{title}.png", "image/png")


# ---- tonight's reminders ---------------------------------------------------------------------------------------


@require_safe
def tonight_page(request: PortalRequest) -> HttpResponse:
    """What goes out in the next night's run and why, and what went out lately; nothing is sent from here."""
    require(request.actor, "chasing.view")
    asked = request.GET.get("day", "")
    try:
        day = dt.date.fromisoformat(asked) if asked else business_today() + dt.timedelta(days=1)
    except ValueError:
        raise Http404 from None
    planned = tonight(day, actor=request.actor)
    sent = ChaseClaim.objects.filter(
        obligation__in=Obligation.objects.visible_to(request.actor).filter(kind=MONTHLY).values("pk"),
        day__gte=business_today() - dt.timedelta(days=14),
    )
    context = {
        "day": day,
        "planned": planned[:PAGE_OF_FIRMS],
        "more": max(0, len(planned) - PAGE_OF_FIRMS),
        "number": len(planned),
        "recent": [
            (on, rung, WAY_WORDS[way], by_hand, number)
            for on, rung, way, by_hand, number in sent.order_by("-day", "rung", "channel")
            .values_list("day", "rung", "channel", "by_hand")
            .annotate(number=Count("pk"))
        ],
    }
    return render(request, "monitoring/boards/tonight.html", context)


urlpatterns = [
    path("board/", board, name="board"),
    path("board/remind/", remind, name="remind"),
    path("board/table.xlsx", board_sheet, name="board_sheet"),
    path("board/table.png", board_picture, name="board_picture"),
    path("bulletin/", bulletin, name="bulletin"),
    path("bulletin/table.xlsx", bulletin_sheet, name="bulletin_sheet"),
    path("bulletin/table.png", bulletin_picture, name="bulletin_picture"),
    path("tonight/", tonight_page, name="tonight"),
]
