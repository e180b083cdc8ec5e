"""Objections from the public: a form without an account, the receipt shown once, the look-up with receipt and code (P-03)."""

from __future__ import annotations

import json
import re
import secrets
from collections import defaultdict
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from foundation.accounts import secrets as brief
from foundation.accounts.actor import VISITOR, Actor
from foundation.accounts.http import PortalRequest
from foundation.core.errors import Refused
from foundation.core.verdict import no
from foundation.documents.actions import store_upload
from foundation.documents.actions.seal import SCAN_TYPES
from foundation.documents.models import StoredFile
from reviews.actions import objections
from reviews.limits import within
from reviews.models import Objection, PublicNoticeRow
from reviews.objection_files import OBJECTION_FILE
from reviews.public_notices import takes_objections
from reviews.states import NoticeRowState, ObjectionState
from reviews.views import objection_desk
from reviews.views.public_notice import posted_notice, words_of

FIELDS = ("by", "name", "contact_name", "phone", "email", "text")
SHOWN_FOR = 3600
"""Seconds the receipt waits to be shown, once."""
TOO_OFTEN = no("这个网络地址提交得太频繁了。", "请过一小时再试，或按公示上的地址、电话与公示单位联系。")


_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")


class TooOften(Refused):
    """More forms from one address than the setting allows."""

    status = 429


def typed_of(request: PortalRequest) -> dict[str, str]:
    """What was typed, as typed."""
    return {name: plain(request.POST.get(name, "")) for name in FIELDS}


def plain(text: str) -> str:
    """Text as the database takes it: without the one sign it cannot keep."""
    return text.replace("\x00", "")


def files_of(request: PortalRequest, bureau_id: int, actor: Actor) -> dict[str, StoredFile | None]:
    """The attachments, checked by their content and kept for the notice's bureau alone."""
    found: dict[str, StoredFile | None] = {}
    for name in ("seal_scan", "evidence"):
        upload = request.FILES.get(name)
        types = SCAN_TYPES if name == "seal_scan" else None
        found[name] = (
            store_upload(upload, actor=actor, purpose=OBJECTION_FILE, owner=("bureau", bureau_id), types=types)
            if upload is not None
            else None
        )
    return found


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def lodge(request: PortalRequest, pk: int, row: int) -> HttpResponse:
    """The form for one firm of a running notice; a refusal leaves everything typed in it."""
    notice = posted_notice(pk)
    line = PublicNoticeRow.objects.filter(notice=notice, pk=row).first()
    if line is None:
        raise Http404("公示名单中没有这家企业。")
    problem: Refused | None = None
    if request.method == "POST":
        try:
            return _lodged(request, line, notice.bureau_id)
        except Refused as refusal:
            problem = refusal
    context: dict[str, Any] = {
        "notice": notice,
        "row": line,
        "words": words_of(notice),
        "takes": takes_objections(notice) and line.state != NoticeRowState.STRUCK,
        "typed": defaultdict(str, typed_of(request) if request.method == "POST" else {}),
        "form_key": request.POST.get("form_key") or secrets.token_urlsafe(16),
        "had_files": bool(request.FILES),
        "text_limit": objections.TEXT_LIMIT,
        "problem": problem.verdict if problem else None,
    }
    return render(request, "reviews/objection/form.html", context, status=problem.status if problem else 200)


def _lodged(request: PortalRequest, line: PublicNoticeRow, bureau_id: int) -> HttpResponse:
    """Take it in once, however often the button is pressed, and lead to the receipt."""
    if request.POST.get("website"):
        raise Refused(no("请不要填写“网址”一栏。", "那一栏只是用来识别自动程序的。"))
    key = request.POST.get("form_key", "")
    if not _KEY.fullmatch(key):
        return redirect("reviews:objection_receipt", token="none")  # noqa: S106 - a word for no form of ours
    if not cache.add(f"reviews:objection-form:{key}", 1, timeout=SHOWN_FOR):
        return redirect("reviews:objection_receipt", token=key)
    try:
        if not within(request, "lodge"):
            raise TooOften(TOO_OFTEN)
        given: dict[str, Any] = {**typed_of(request)}
        objections.check_typed(**given)
        with transaction.atomic():
            # Whoever is signed in objects as anybody else does: the hat worn says nothing here.
            given |= files_of(request, bureau_id, VISITOR)
            objection, code = objections.lodge(row_id=line.pk, actor=VISITOR, **given)
    except BaseException:
        cache.delete(f"reviews:objection-form:{key}")
        raise
    shown = {"receipt": objection.receipt, "code": code, "title": objection.notice.title, "firm": str(line)}
    brief.keep(f"objection:{key}", json.dumps(shown), SHOWN_FOR)
    return redirect("reviews:objection_receipt", token=key)


@login_not_required
@never_cache
@require_safe
def receipt(request: PortalRequest, token: str) -> HttpResponse:
    """Receipt number and code, shown once and to be printed."""
    found = brief.take(f"objection:{token}")
    return render(request, "reviews/objection/receipt.html", {"shown": json.loads(found) if found else None})


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def status(request: PortalRequest) -> HttpResponse:
    """Where an objection stands and its reply, for whoever has number and code."""
    typed = plain(request.POST.get("receipt", ""))[:40]
    found: Objection | None = None
    problem: Refused | None = None
    if request.method == "POST":
        if not within(request, "look_up"):
            problem = TooOften(no("查询得太频繁了。", "请过一小时再查。"))
        else:
            found = objections.find_by_receipt(receipt=typed, code=request.POST.get("code", "")[:40])
            if found is None:
                problem = Refused(no("回执编号和查询码不相符。", "请核对回执；查询码不区分大小写。"))
    context = {
        "found": found,
        "tone": objection_desk.TONES[ObjectionState(found.state)] if found else "",
        "steps": objection_desk.steps_of(found) if found else [],
        "typed": typed,
        "problem": problem.verdict if problem else None,
    }
    return render(request, "reviews/objection/status.html", context, status=problem.status if problem else 200)


urlpatterns = [
    path("notices/<int:pk>/rows/<int:row>/object/", lodge, name="notice_object"),
    path("objections/receipt/<str:token>/", receipt, name="objection_receipt"),
    path("objections/status/", status, name="objection_status"),
    *objection_desk.urlpatterns,
]
