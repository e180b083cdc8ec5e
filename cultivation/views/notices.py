"""Notices: the list, one notice with its chain, publishing, signing, forwarding (ZZ-01, 02, 06, 08, 09)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cultivation import actions, queries
from cultivation.actions.notices import FIELDS, open_rounds_of, warnings_for
from cultivation.forms import NoticeForm, show_errors
from cultivation.handlers import NOTICE_FILE
from cultivation.models import Notice, NoticeFile, ProgrammeVersion
from foundation.accounts.http import PortalRequest
from foundation.accounts.may import may
from foundation.accounts.models import Bureau
from foundation.accounts.paths import path_ids
from foundation.accounts.transition import require
from foundation.core.clock import business_today
from foundation.core.errors import Refused
from foundation.documents.actions.store import store_upload

PAGE_SIZE = 25


def _seen(request: PortalRequest, pk: int) -> Notice:
    rows = Notice.objects.visible_to(request.actor).select_related("bureau", "family", "parent", "root")
    notice = rows.filter(pk=pk).first()
    if notice is None:
        raise Http404("没有这份通知，或它不是发给您的。")
    require(request.actor, "notice.view", notice)
    return notice


@require_safe
def notice_list(request: PortalRequest) -> HttpResponse:
    """Every thread once: the own bureau's notice, its date and contact, the source under it."""
    require(request.actor, "notice.view")
    page_obj = Paginator(queries.notices_for(request.actor), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page_obj,
        "can_draft": may(request.actor, "notice.draft"),
        "can_open": may(request.actor, "round.open"),
        "rounds": queries.rounds_over(request.actor)[:20],
    }
    return render(request, "cultivation/notices.html", context)


@require_safe
def notice(request: PortalRequest, pk: int) -> HttpResponse:
    """One notice: its own text, date, contact and files first, what it forwards under it, who has signed."""
    return _notice_page(request, _seen(request, pk))


def _notice_page(request: PortalRequest, row: Notice, problem: Refused | None = None) -> HttpResponse:
    actor = request.actor
    threads = queries.notices_for(actor, [row.source_id])
    thread = threads[0] if threads else None
    chain = [row]
    by_id = {n.pk: n for n in Notice.objects.filter(pk__in=[row.parent_id, row.root_id]).select_related("bureau")}
    while (parent := by_id.get(chain[-1].parent_id or 0)) is not None:
        chain.append(parent)
    files: dict[int, list[Any]] = {n.pk: [] for n in chain}
    for attached in NoticeFile.objects.filter(notice_id__in=files).select_related("file"):
        files[attached.notice_id].append(attached)
    own = actor.is_official and row.bureau_id == actor.bureau_id
    is_draft = row.state == Notice.State.DRAFT
    context = {
        "notice": row,
        "chain": [{"notice": n, "files": files[n.pk]} for n in chain],
        "thread": thread,
        "nearer": thread.first
        if thread and thread.first.pk != row.pk and row.pk in {n.pk for n in thread.chain}
        else None,
        "board": queries.receipt_board(row) if own and not is_draft else [],
        "can_sign": may(actor, "notice.sign", row),
        "can_forward": may(actor, "notice.forward", row),
        "can_edit": may(actor, "notice.draft", row) if is_draft and own else None,
        "can_publish": may(actor, "notice.publish", row) if is_draft and own else None,
        "warnings": warnings_for(row, row.deadline) if is_draft else [],
        "problem": problem.verdict if problem else None,
        "acts": queries.changes_of("notice", row.pk) if own else [],
    }
    return render(request, "cultivation/notice.html", context, status=problem.status if problem else 200)


def _versions() -> Any:
    return ProgrammeVersion.objects.select_related("programme").order_by("programme__code", "-number")


def _form(request: PortalRequest, bureau: Bureau, stage: str, *, forward: bool, **kwargs: Any) -> NoticeForm:
    below = queries.possible_addressees(bureau.pk, stage)
    return NoticeForm(
        request.POST if request.method == "POST" else None,
        below=below,
        versions=None if forward else _versions(),
        **kwargs,
    )


def _own_bureau(request: PortalRequest) -> Bureau:
    if request.actor.bureau_id is None:
        raise Refused("通知由主管部门拟制。")
    return Bureau.objects.get(pk=request.actor.bureau_id)


def _contact(bureau: Bureau) -> dict[str, Any]:
    names = ("section", "contact_name", "contact_phone", "contact_email")
    return {name: getattr(bureau, name) for name in names}


@require_http_methods(["GET", "HEAD", "POST"])
def new_notice(request: PortalRequest) -> HttpResponse:
    """Draft a notice of the own bureau, and publish it at once where one hand is enough."""
    require(request.actor, "notice.draft")
    bureau = _own_bureau(request)
    initial = {"issuers": bureau.name, "issued_on": business_today(), **_contact(bureau)}
    form = _form(request, bureau, "", forward=False, initial=initial)
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data.get("version")
        stage = version.programme_document.stage if version else ""
        done = _save(request, form, None, {"family": version.programme if version else None, "stage": stage})
        if done is not None:
            return done
    return render(request, "cultivation/notice_form.html", {"form": form, "bureau": bureau, "source": None})


@require_http_methods(["GET", "HEAD", "POST"])
def forward(request: PortalRequest, pk: int) -> HttpResponse:
    """Forward a notice under the own cover: own text, contacts, date; a tight date warns (ZZ-02, ZZ-06)."""
    source = _seen(request, pk)
    require(request.actor, "notice.forward", source)
    bureau = _own_bureau(request)
    initial = {
        "issuers": bureau.name,
        "issued_on": business_today(),
        "title": f"转发《{source.title}》",
        "to_enterprises": "各有关企业",
        "to_bureaus": source.to_bureaus and "各县市区主管部门",
        **_contact(bureau),
    }
    form = _form(request, bureau, source.stage, forward=True, initial=initial)
    if request.method == "POST" and form.is_valid():
        done = _save(request, form, source, {})
        if done is not None:
            return done
    rounds = open_rounds_of(source)
    upper = [r.window_for(request.actor.level, path_ids(queries.reader_path(request.actor, r))) for r in rounds]
    context = {"form": form, "bureau": bureau, "source": source, "upper": [w for w in upper if w is not None]}
    return render(request, "cultivation/notice_form.html", context)


def _save(
    request: PortalRequest, form: NoticeForm, source: Notice | None, extra: dict[str, Any]
) -> HttpResponse | None:
    """Draft with its files and, when asked, publish; None when something is wrong and stands in the form."""
    wants_out = request.POST.get("action") == "publish"
    try:
        with transaction.atomic():
            if source is None:
                row = actions.draft_notice(actor=request.actor, **extra, **form.values())
            else:
                row = actions.draft_forward(source_id=source.pk, actor=request.actor, **form.values())
            for upload in request.FILES.getlist("files"):
                kept = store_upload(upload, actor=request.actor, purpose=NOTICE_FILE)
                actions.attach_file(notice_id=row.pk, actor=request.actor, file=kept, title=upload.name or "")
            if wants_out:
                acknowledged = form.cleaned_data.get("acknowledged", False)
                actions.publish(
                    notice_id=row.pk, actor=request.actor, addressees=form.chosen(), acknowledged=acknowledged
                )
    except ValidationError as error:
        show_errors(form, error)
        return None
    except Refused as refused:
        form.add_error(None, str(refused.verdict))
        return None
    messages.success(request, "通知已发布。" if wants_out else "草稿已保存，尚未发布。")
    return redirect("cultivation:notice", pk=row.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: PortalRequest, pk: int) -> HttpResponse:
    """Change a draft."""
    row = _seen(request, pk)
    require(request.actor, "notice.draft", row)
    initial = {name: getattr(row, name) for name in FIELDS} | {"issuers": "\n".join(row.issuers)}
    form = _form(request, row.bureau, row.stage, forward=True, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                actions.edit_draft(notice_id=row.pk, actor=request.actor, **form.values())
                for upload in request.FILES.getlist("files"):
                    kept = store_upload(upload, actor=request.actor, purpose=NOTICE_FILE)
                    actions.attach_file(notice_id=row.pk, actor=request.actor, file=kept, title=upload.name or "")
                if request.POST.get("action") == "publish":
                    acknowledged = form.cleaned_data.get("acknowledged", False)
                    actions.publish(
                        notice_id=row.pk, actor=request.actor, addressees=form.chosen(), acknowledged=acknowledged
                    )
        except ValidationError as error:
            show_errors(form, error)
        except Refused as refused:
            form.add_error(None, str(refused.verdict))
        else:
            messages.success(request, "已保存。")
            return redirect("cultivation:notice", pk=row.pk)
    context = {"form": form, "bureau": row.bureau, "source": row.parent, "draft": row}
    return render(request, "cultivation/notice_form.html", context)


@require_POST
def publish(request: PortalRequest, pk: int) -> HttpResponse:
    """Publish a draft as it stands, to all bureaus directly below."""
    row = _seen(request, pk)
    try:
        actions.publish(notice_id=row.pk, actor=request.actor, acknowledged=bool(request.POST.get("acknowledged")))
    except Refused as refused:
        return _notice_page(request, row, refused)
    messages.success(request, "通知已发布。")
    return redirect("cultivation:notice", pk=pk)


@require_POST
def sign(request: PortalRequest, pk: int) -> HttpResponse:
    """签收."""
    row = _seen(request, pk)
    receipt = actions.sign_for_notice(notice_id=row.pk, actor=request.actor)
    messages.success(request, f"已签收（{receipt.signed_by}）。")
    return redirect("cultivation:notice", pk=pk)


@require_POST
def remove_file(request: PortalRequest, pk: int, file_pk: int) -> HttpResponse:
    """Take a file off a draft."""
    row = _seen(request, pk)
    actions.remove_file(notice_id=row.pk, actor=request.actor, notice_file_id=file_pk)
    return redirect("cultivation:edit-notice", pk=pk)
