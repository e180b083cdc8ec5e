"""``{% personal "enterprise.contact_phone" firm %}``: personal data as the reader may see it."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from foundation.accounts import privacy
from foundation.core.money import MISSING

register = template.Library()


@register.simple_tag(takes_context=True)
def personal(context: Context, name: str, obj: Any) -> SafeString | str:
    """In full for those who handle the subject, masked for everybody else, with 显示 for those who may look (a recorded
    POST; a link to the page that asks why where the setting wants a reason). Works without script as a page of its own.
    """
    request = context.get("request")
    actor = getattr(request, "actor", None)
    known = privacy.fields[name]
    value = known.read(obj) or ""
    if not value:
        return MISSING
    if actor is None:
        return known.mask(value)
    if known.in_full(actor, obj):
        return format_html("{}", value)
    if not privacy.may_reveal(actor, name, obj):
        return known.mask(value)
    address = reverse("accounts:reveal")
    if privacy.reason_needed():
        return format_html(
            '{} <a class="btn btn-sm" href="{}?field={}&amp;pk={}">显示…<span class="visually-hidden">完整{}</span></a>',
            known.mask(value), address, name, obj.pk, known.label,
        )  # fmt: skip
    token = context.get("csrf_token")
    return format_html(
        '<span class="personal">{} <form class="d-inline" method="post" action="{}" hx-post="{}" hx-target="closest .personal">'
        '{}<input type="hidden" name="field" value="{}"><input type="hidden" name="pk" value="{}">'
        '<button class="btn btn-sm">显示<span class="visually-hidden">完整{}，会留下记录</span></button></form></span>',
        known.mask(value),
        address,
        address,
        format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', token) if token else mark_safe(""),
        name,
        obj.pk,
        known.label,
    )
