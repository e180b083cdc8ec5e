"""Looking at masked personal data, and the log of looks; exports of both logs; the privacy notice."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from foundation.accounts import privacy
from foundation.accounts.forms import show_errors
from foundation.accounts.forms_guard import RevealForm
from foundation.accounts.http import PortalRequest
from foundation.accounts.may import may
from foundation.accounts.models import RevealEvent, SignInEvent
from foundation.accounts.transition import record_act, require
from foundation.accounts.views.shared import person_of
from foundation.accounts.views.sign_in import next_page
from foundation.core.registries import subjects

_PER_PAGE = 50
_MOST_EXPORTED = 50_000


# ---- a look ------------------------------------------------------------------------------------------------
@never_cache
@require_http_methods(["GET", "POST"])
def reveal(request: PortalRequest) -> HttpResponse:
    """GET: which field of whom, and why; POST: the value, once. With htmx the value takes the place of the mask."""
    source = request.POST if request.method == "POST" else request.GET
    form = RevealForm(source or None, needed=privacy.reason_needed())
    if not form.is_valid():
        raise Http404
    data = form.cleaned_data
    known = privacy.fields.get(data["field"])
    obj = known.model._default_manager.filter(pk=data["pk"]).first() if known else None
    if known is None or obj is None:
        raise Http404
    if not known.in_full(request.actor, obj):
        privacy.ask(request.actor, known.name, obj)
    context = {"form": form, "known": known, "obj": obj, "value": None, "masked": known.shown(request.actor, obj)}
    status = 200
    if request.method == "POST":
        try:
            _, context["value"] = privacy.reveal(
                actor=request.actor, name=data["field"], pk=data["pk"], reason=data["reason"], request=request
            )
        except ValidationError as error:
            show_errors(form, error)
            status = 422
    if request.htmx and status == 200 and request.method == "POST":
        return HttpResponse(f'<span class="revealed">{_escaped(context["value"])}</span>')
    return render(request, "accounts/reveal.html", context, status=status)


def _escaped(value: Any) -> str:
    from django.utils.html import escape

    return escape(value or "—")


# ---- the log of looks --------------------------------------------------------------------------------------
@require_GET
def reveal_log(request: PortalRequest) -> HttpResponse:
    """Who looked at what of whom; of the subject kind and number alone."""
    require(request.actor, "reveal.read")
    page = Paginator(_looks(request), _PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page,
        "rows": [{"event": event, "field": privacy.label_of(event.field), "kind": _kind(event)} for event in page],
        "kinds": RevealEvent.Kind.choices,
        "filters": {name: request.GET.get(name, "") for name in ("kind", "q", "subject", "from", "to")},
        "days": settings.REVEAL_LOG_DAYS,
        "oldest": RevealEvent.objects.order_by("at").values_list("at", flat=True).first(),
        "can_export": bool(may(request.actor, "reveal.export")),
    }
    return render(request, "accounts/reveal_log.html", context)


def _kind(event: RevealEvent) -> str:
    known = subjects.get(event.subject_kind)
    return known.label if known else event.subject_kind


def _looks(request: PortalRequest) -> Any:
    get = request.POST if request.method == "POST" else request.GET
    rows = RevealEvent.objects.visible_to(request.actor).order_by("-id")
    if get.get("kind") in RevealEvent.Kind.values:
        rows = rows.filter(kind=get["kind"])
    if get.get("q"):
        rows = rows.filter(actor_name=get["q"]) | rows.filter(hat_label__icontains=get["q"])
    if get.get("subject", "").isdigit():
        rows = rows.filter(subject_id=int(get["subject"][:18]))
    return _between(rows, get)


def _between(rows: Any, get: Any) -> Any:
    for name, lookup in (("from", "at__date__gte"), ("to", "at__date__lte")):
        try:
            day = parse_date(get.get(name, ""))
        except ValueError:
            day = None
        if day:
            rows = rows.filter(**{lookup: day})
    return rows


@require_POST
def export_looks(request: PortalRequest) -> StreamingHttpResponse:
    """The filtered log as CSV; that it was taken is recorded."""
    require(request.actor, "reveal.export")
    rows = _looks(request)
    _record_export(request, "查看记录", rows.count())
    head = ["时间", "方式", "查看人", "身份", "内容", "对象", "编号", "条数", "理由", "地址"]
    lines = (
        [
            _stamp(event.at), event.get_kind_display(), event.actor_name, event.hat_label, privacy.label_of(event.field),
            _kind(event), event.subject_id or "", event.rows, event.reason, event.address or "",
        ]
        for event in rows[:_MOST_EXPORTED].iterator(2000)
    )  # fmt: skip
    return _csv("looks", head, lines)


@require_POST
def export_sign_ins(request: PortalRequest) -> StreamingHttpResponse:
    """The sign-in log as CSV; that it was taken is recorded."""
    require(request.actor, "reveal.export")
    get = request.POST
    rows = SignInEvent.objects.visible_to(request.actor).order_by("-id")
    if get.get("kind") in SignInEvent.Kind.values:
        rows = rows.filter(kind=get["kind"])
    if get.get("q"):
        rows = rows.filter(username__icontains=get["q"]) | rows.filter(address__startswith=get["q"])
    rows = _between(rows, get)
    _record_export(request, "登录记录", rows.count())
    lines = (
        [_stamp(event.at), event.get_kind_display(), event.username, event.address or "", event.detail]
        for event in rows[:_MOST_EXPORTED].iterator(2000)
    )
    return _csv("sign-ins", ["时间", "事件", "账号", "地址", "说明"], lines)


def _record_export(request: PortalRequest, what: str, rows: int) -> None:
    actor = request.actor
    from django.db import transaction

    with transaction.atomic():
        record_act(
            subject_kind="user", subject_id=actor.user_id or 0, subject_label=what, action="reveal.export", actor=actor,
            data={"rows": rows, "log": what},
        )  # fmt: skip


def _stamp(moment: Any) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M:%S}"


class _Echo:
    """A file that hands every line straight on."""

    def write(self, text: str) -> str:
        return text


def _csv(name: str, head: list[str], lines: Iterator[list[Any]]) -> StreamingHttpResponse:
    writer = csv.writer(_Echo())

    def text() -> Iterator[str]:
        yield "﻿"  # so that spreadsheets know it is UTF-8
        yield writer.writerow(head)
        for line in lines:
            yield writer.writerow([_harmless(cell) for cell in line])

    answer = StreamingHttpResponse(text(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def _harmless(cell: Any) -> Any:
    """No cell begins a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


# ---- the privacy notice ------------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def accept_privacy(request: PortalRequest) -> HttpResponse:
    """A new version of the notice, shown to those who accepted an older one (or want to accept it now)."""
    user = person_of(request)
    if request.method == "POST":
        privacy.accept(user=user, actor=request.actor, request=request)
        messages.success(request, "已记录您同意现行的隐私说明。")
        return HttpResponseRedirect(next_page(request))
    context = {
        "person": user,
        **privacy.notice_facts(),
        "outdated": privacy.is_outdated(user),
        "next": request.GET.get("next", ""),
    }
    return render(request, "accounts/privacy_accept.html", context)
