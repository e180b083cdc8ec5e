"""What the writer's pages send: fields one by one, files one by one, the choice of another rung."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from cultivation.schema import Programme
from foundation.accounts.http import PortalRequest
from foundation.accounts.transition import require
from foundation.core.errors import Refused, StaleState
from foundation.core.middleware import wants_json
from foundation.core.verdict import no
from foundation.documents.actions.store import store_upload
from foundation.documents.detect import FileRefused
from foundation.documents.models import StoredFile
from reviews import papers
from reviews.actions.filing import add_evidence, explain_findings, remove_evidence, reply_to_remarks, save_answers
from reviews.evaluation import programme_of
from reviews.form_paper import commitment_letter
from reviews.forms.filing import read_answers
from reviews.models import Application
from reviews.views.filing_common import own_file

SCANS = frozenset({StoredFile.ContentType.PDF, StoredFile.ContentType.JPEG, StoredFile.ContentType.PNG})
EXPLAIN, REPLY = "explain:", "reply:"


# ---- fields ------------------------------------------------------------------------------------------------


@require_POST
def save(request: PortalRequest, pk: int) -> HttpResponse:
    """Autosave: the fields that changed, with the version the page was opened with; what is wrong is told, the rest is saved."""
    file = own_file(request, pk)
    try:
        sent = json.loads(request.body or b"{}")
        version, fields = int(sent["version"]), dict(sent["fields"])
    except (ValueError, KeyError, TypeError):
        return JsonResponse({"reason": "内容不完整，没有保存。"}, status=400)
    try:
        saved, errors = _save(request, file, programme_of(file), version, fields)
    except StaleState as stale:
        # The script adds what becomes of the text typed here; the sentence itself stays one.
        return JsonResponse({"reason": stale.verdict.reason.rstrip("。")}, status=stale.status)
    at = timezone.localtime(saved.saved_at)
    return JsonResponse({"version": saved.version, "saved_at": f"{at.hour}:{at.minute:02d}", "errors": errors})


def save_posted(request: PortalRequest, file: Application, programme: Programme) -> dict[str, str]:
    """The same for a whole form sent without scripts; returns the errors. A list without a tick is an empty list."""
    version = request.POST.get("version", "")
    if not version.isdecimal():
        raise Refused(no("页面不完整，没有保存。", "请刷新后重试。"))
    fields: dict[str, Any] = {
        name: request.POST[name] for name in request.POST if name not in {"csrfmiddlewaretoken", "version"}
    }
    asked = request.resolver_match is not None and request.resolver_match.url_name == "draft_answers"
    for question in programme.questions if asked else []:
        if question.type == "activity_categories":
            fields[question.fact] = request.POST.getlist(question.fact)
    return _save(request, file, programme, int(version), fields)[1]


def _save(
    request: PortalRequest, file: Application, programme: Programme, version: int, fields: Mapping[str, Any]
) -> tuple[Application, dict[str, str]]:
    texts = {name.removeprefix(EXPLAIN): str(text) for name, text in fields.items() if name.startswith(EXPLAIN)}
    replies = {int(name.removeprefix(REPLY)): str(text) for name, text in fields.items() if _is_reply(name)}
    changes, unreadable, errors = read_answers(programme, fields)
    saved = file
    with transaction.atomic():
        if texts:
            saved = explain_findings(application_id=file.pk, actor=request.actor, version=version, texts=texts)
            version = saved.version
        if replies:
            saved = reply_to_remarks(application_id=file.pk, actor=request.actor, version=version, replies=replies)
            version = saved.version
        if changes or unreadable or not (texts or replies):
            saved = save_answers(
                application_id=file.pk, actor=request.actor, version=version, changes=changes, unreadable=unreadable
            )
    return saved, errors


def _is_reply(name: str) -> bool:
    return name.startswith(REPLY) and name.removeprefix(REPLY).isdecimal()


@require_POST
def replies(request: PortalRequest, pk: int) -> HttpResponse:
    """Replies to the correction sent as a whole form, where scripts do not run."""
    file = own_file(request, pk)
    save_posted(request, file, programme_of(file))
    messages.success(request, "答复已保存。改好后请重新提交。")
    return redirect("reviews:filing", pk=pk)


@require_POST
def change_tier(request: PortalRequest, pk: int) -> HttpResponse:
    """Another rung, or another way into it, while the file has never been submitted."""
    file = own_file(request, pk)
    if file.revision:
        raise Refused(no("材料已提交过，不能改变申报类别。", "如需改报，请撤回后重新申报。"))
    tier, _, subtype = request.POST.get("tier", "").partition(":")
    version = request.POST.get("version", "")
    save_answers(
        application_id=file.pk,
        actor=request.actor,
        version=int(version) if version.isdecimal() else -1,
        changes={},
        tier=tier,
        subtype=subtype,
    )
    messages.success(request, "申报类别已更改，已填内容都保留着。")
    return redirect("reviews:draft_facts", pk=pk)


# ---- files -------------------------------------------------------------------------------------------------


@require_POST
def add(request: PortalRequest, pk: int) -> HttpResponse:
    """One evidence file under one slot; refused files leave nothing behind."""
    file = own_file(request, pk)
    year = request.POST.get("year", "")
    try:
        require(request.actor, "application.edit", file)
        upload = request.FILES.get("file")
        if upload is None:
            raise FileRefused("还没有选择文件。")
        with transaction.atomic():
            stored = store_upload(
                upload, actor=request.actor, purpose=papers.EVIDENCE, owner=("enterprise", file.enterprise_id)
            )
            row = add_evidence(
                application_id=file.pk,
                actor=request.actor,
                slot=request.POST.get("slot", ""),
                file=stored,
                year=int(year) if year.isdecimal() and len(year) == 4 else None,
            )
    except Refused as refusal:
        if wants_json(request):
            raise
        messages.error(request, f"文件没有上传：{refusal}")
        return redirect("reviews:draft_evidence", pk=pk)
    if wants_json(request):
        told = {"name": stored.name, "size_text": stored.size_text, "url": reverse("documents:file", args=[stored.pk])}
        return JsonResponse(told | {"remove": reverse("reviews:evidence_remove", args=[pk, row.pk])})
    messages.success(request, f"{stored.name} 已上传。")
    return redirect("reviews:draft_evidence", pk=pk)


@require_POST
def remove(request: PortalRequest, pk: int, row: int) -> HttpResponse:
    """Take a file out of the draft."""
    file = own_file(request, pk)
    remove_evidence(application_id=file.pk, actor=request.actor, evidence_id=row)
    if wants_json(request):
        return JsonResponse({"message": "已删除"})
    messages.success(request, "文件已删除。")
    return redirect("reviews:draft_evidence", pk=pk)


@contextmanager
def store_scan(request: PortalRequest, file: Application, upload: Any) -> Iterator[StoredFile | None]:
    """The stamped scan, kept only when the act inside the block succeeds."""
    with transaction.atomic():
        yield (
            store_upload(
                upload,
                actor=request.actor,
                purpose=papers.COMMITMENT,
                owner=("enterprise", file.enterprise_id),
                types=SCANS,
            )
            if upload
            else None
        )


@require_POST
def letter(request: PortalRequest, pk: int) -> HttpResponse:
    """The commitment as a paper with number and code, to be printed and stamped."""
    file = own_file(request, pk)
    require(request.actor, "application.commit", file)
    document = commitment_letter(file=file, actor=request.actor)
    return redirect("documents:document", pk=document.pk)
