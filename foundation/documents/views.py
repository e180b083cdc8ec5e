"""Files, the register of papers, and the page where anyone checks a paper."""

from __future__ import annotations

from typing import Any

from csp.decorators import csp_replace
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from foundation.accounts.http import PortalRequest
from foundation.accounts.may import may
from foundation.accounts.transition import require
from foundation.core.errors import Refused
from foundation.documents import queries
from foundation.documents.actions import attach_scan, open_stored, set_official_number, store_upload, void
from foundation.documents.actions.seal import SCAN_TYPES
from foundation.documents.detect import FileRefused
from foundation.documents.kinds import document_kinds
from foundation.documents.models import FrozenDocument, StoredFile
from foundation.documents.permissions import SCAN

PAGE_SIZE = 25
STATE_TONES = {"frozen": "wait", "sealed": "ok", "void": "no"}


# --- files -----------------------------------------------------------------------------------------------------


@require_GET
@xframe_options_sameorigin
@csp_replace({"frame-ancestors": ["'self'"]})  # type: ignore[arg-type]  # its stub knows views of one argument
def file(request: PortalRequest, pk: int) -> FileResponse:
    """A stored file, for whom the rule of its purpose allows it; a file that is not for the reader does not exist.

    PDF and pictures are shown by the browser (also inside our own viewer), everything else is downloaded;
    ``?download=1`` always downloads.
    """
    row = StoredFile.objects.filter(pk=pk).first()
    verdict = may(request.actor, "file.read", row) if row is not None else None
    if row is None or not verdict:
        raise Http404(verdict.reason if verdict is not None else "没有这个文件，或它不在您的职责范围内。")
    inline = row.inline and request.GET.get("download") != "1"
    try:
        stream = open_stored(row)
    except FileNotFoundError as error:
        raise FileRefused("文件已不在服务器上。", "请告知系统管理员，从备份中恢复。") from error
    response = FileResponse(stream, as_attachment=not inline, filename=row.name, content_type=row.content_type)
    response["Content-Length"] = row.size
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


# --- the register ----------------------------------------------------------------------------------------------


@require_GET
def register(request: PortalRequest) -> HttpResponse:
    """文书登记簿: what was issued and what was sent up, with state, 文号, files."""
    require(request.actor, "document.register")
    q, kind, state = (request.GET.get(name, "").strip() for name in ("q", "kind", "state"))
    found = queries.documents_of(request.actor, q=q, kind=kind, state=state)
    page_obj = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    for document in page_obj:
        _dress(document)
    context = {
        "page_obj": page_obj,
        "q": q,
        "kind": kind,
        "state": state,
        "kinds": [(code, one.label) for code, one in document_kinds.items()],
        "states": FrozenDocument.State.choices,
    }
    return render(request, "documents/register.html", context)


def _dress(document: FrozenDocument) -> None:
    """What the templates ask of a document besides its columns."""
    known = document_kinds.get(document.kind)
    document.kind_label = known.label if known else document.kind  # type: ignore[attr-defined]
    document.tone = STATE_TONES[document.state]  # type: ignore[attr-defined]


def _document(request: PortalRequest, pk: int) -> FrozenDocument:
    row = FrozenDocument.objects.visible_to(request.actor).select_related("pdf", "sheet").filter(pk=pk).first()
    if row is None or not may(request.actor, "document.view", row):
        raise Http404("没有这份文书，或它不在您的职责范围内。")
    return row


def _page(
    request: PortalRequest, row: FrozenDocument, *, problem: Refused | None = None, typed: dict[str, Any] | None = None
) -> HttpResponse:
    """The page of one document; `problem` is a refusal of the act just tried, `typed` what the person had typed."""
    _dress(row)
    context = {
        "document": row,
        "scans": list(row.scans.select_related("file")),
        "can_seal": may(request.actor, "document.seal", row),
        "can_number": may(request.actor, "document.number", row),
        "can_void": may(request.actor, "document.void", row),
        "verify_url": reverse("documents:verify", args=[row.reference]),
        "problem": problem.verdict if problem is not None else None,
        "typed_number": (typed or {}).get("number", ""),
        "typed_reason": (typed or {}).get("reason", ""),
    }
    return render(request, "documents/document.html", context, status=problem.status if problem is not None else 200)


@require_GET
def document(request: PortalRequest, pk: int) -> HttpResponse:
    """One document: files, state, stamp, number."""
    return _page(request, _document(request, pk))


@require_POST
def scan(request: PortalRequest, pk: int) -> HttpResponse:
    """The stamped scan comes back."""
    row = _document(request, pk)
    try:
        require(request.actor, "document.seal", row)
        upload = request.FILES.get("file")
        if upload is None:
            raise FileRefused("还没有选择文件。", "请选择盖章后的扫描件（PDF、JPG 或 PNG）。")
        owner = (row.issuer_kind, row.issuer_id)
        stored = store_upload(upload, actor=request.actor, purpose=SCAN, owner=owner, types=SCAN_TYPES)
        attached = attach_scan(document=row, file=stored, actor=request.actor)
    except Refused as refusal:
        return _page(request, row, problem=refusal)
    (messages.warning if attached.by_hand else messages.success)(request, f"扫描件已登记：{attached.note}。")
    return redirect("documents:document", pk)


@require_POST
def number(request: PortalRequest, pk: int) -> HttpResponse:
    """The 文号 the office gave."""
    row = _document(request, pk)
    typed = request.POST.get("number", "")[:80]
    try:
        set_official_number(document=row, number=typed, actor=request.actor)
    except Refused as refusal:
        return _page(request, row, problem=refusal, typed={"number": typed})
    messages.success(request, "文号已登记。")
    return redirect("documents:document", pk)


@require_POST
def void_document(request: PortalRequest, pk: int) -> HttpResponse:
    """Declare it void."""
    row = _document(request, pk)
    typed = request.POST.get("reason", "")[:300]
    try:
        void(document=row, reason=typed, actor=request.actor)
    except Refused as refusal:
        return _page(request, row, problem=refusal, typed={"reason": typed})
    messages.success(request, "文书已作废；扫码核验时会显示“已作废”。")
    return redirect("documents:document", pk)


# --- verification ----------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD"])
@login_not_required
def verify_form(request: PortalRequest) -> HttpResponse:
    """Type the reference printed at the foot of a paper."""
    typed = request.GET.get("code", "").strip()
    if typed:
        return redirect("documents:verify", typed.replace("/", " ")[:120])
    return render(request, "documents/verify.html", {"found": None, "typed": ""})


@require_http_methods(["GET", "HEAD"])
@login_not_required
def verify(request: PortalRequest, code: str) -> HttpResponse:
    """What anyone may know of a paper: kind, issuer, day, state, digest; never a person, a firm or a figure."""
    found = queries.verify(code)
    status = 404 if found.outcome == "unknown" else 200
    context = {"found": found, "typed": code, "tone": STATE_TONES.get(found.state, "no")}
    return render(request, "documents/verify.html", context, status=status)
