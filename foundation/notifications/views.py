"""The inbox, the preferences, and the letters a person has to look at."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from foundation.accounts.http import PortalRequest
from foundation.accounts.transition import require
from foundation.notifications import actions, kinds, queries, sms
from foundation.notifications.models import Preference

PAGE_SIZE = 25


@require_GET
def inbox(request: PortalRequest) -> HttpResponse:
    """消息: everything addressed to the hat worn, narrowed by unread and by kind."""
    require(request.actor, "message.read")
    rows = queries.inbox(request.actor)
    state = request.GET.get("state", "")
    if state == "unread":
        rows = rows.filter(is_read=False)
    kind = request.GET.get("kind", "")
    if kind:
        rows = rows.filter(kind=kind)
    context = {
        "page_obj": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "state": state,
        "kind": kind,
        "choices": queries.kinds_present(request.actor),
    }
    return render(request, "notifications/inbox.html", context)


@require_POST
def open_message(request: PortalRequest, pk: int) -> HttpResponse:
    """Mark one message read and go to what it speaks of."""
    message = actions.mark_read(pk=pk, actor=request.actor)
    if request.POST.get("stay") or not message.url or not url_has_allowed_host_and_scheme(message.url, None):
        return redirect("notifications:inbox")
    return redirect(message.url)


@require_POST
def read_all(request: PortalRequest) -> HttpResponse:
    """Mark everything read."""
    count = actions.mark_all_read(actor=request.actor)
    messages.success(request, f"已将 {count} 条消息标为已读。" if count else "没有未读消息。")
    return redirect("notifications:inbox")


@require_http_methods(["GET", "POST"])
def preferences(request: PortalRequest) -> HttpResponse:
    """Which kinds come by mail and by SMS, too; what cannot be switched off says why."""
    require(request.actor, "message.read")
    if request.method == "POST":
        actions.set_preferences(
            actor=request.actor, mail_for=request.POST.getlist("mail"), sms_for=request.POST.getlist("sms")
        )
        messages.success(request, "消息设置已保存。")
        return redirect("notifications:preferences")
    user = request.user
    context = {
        "groups": [_choices(user.pk, kinds.MAIL), _choices(user.pk, kinds.SMS)],
        "address": getattr(user, "email", ""),
        "phone": getattr(user, "phone", ""),
        "sms_off": sms.why_off(),
        "quiet": sms.quiet_hours(),
    }
    return render(request, "notifications/preferences.html", context)


def _choices(user_id: int | None, channel: str) -> dict[str, object]:
    """The kinds that have the channel, with the person's choice."""
    off = set(Preference.objects.filter(user_id=user_id, **{channel: False}).values_list("kind", flat=True))
    rows = [
        {"name": name, "label": kind.label, "on": name not in off, "mandatory": kind.mandatory}
        for name, kind in sorted(kinds.registry.items(), key=lambda row: row[1].label)
        if channel in kind.channels
    ]
    return {"channel": channel, "rows": rows}


@require_GET
def letters(request: PortalRequest) -> HttpResponse:
    """E-mails and SMS whose fate is unknown or that could not be sent; addresses are masked."""
    require(request.actor, "message.resolve")
    page_obj = Paginator(queries.doubtful_letters(), PAGE_SIZE).get_page(request.GET.get("page"))
    labels = {name: kind.label for name, kind in kinds.registry.items()}
    context = {
        "page_obj": page_obj,
        "rows": [(letter, labels.get(letter.outbox.kind, letter.outbox.kind)) for letter in page_obj],
        "broken": queries.undeliverable()[:PAGE_SIZE],
        "sms_off": sms.why_off(),
        "sms_kinds": sum(kinds.SMS in kind.channels for _, kind in kinds.registry.items()),
        "held_over": queries.held_over(),
    }
    return render(request, "notifications/letters.html", context)


@require_POST
def resolve_letter(request: PortalRequest, pk: int) -> HttpResponse:
    """It arrived, or it shall be sent again."""
    arrived = request.POST.get("action") == "arrived"
    actions.resolve_letter(pk=pk, actor=request.actor, arrived=arrived)
    messages.success(request, "已记为送达。" if arrived else "将重新发送。")
    return redirect("notifications:letters")
