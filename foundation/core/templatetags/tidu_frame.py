"""Tags of the page frame: which size the page wears, and what its scripts need to know."""

from __future__ import annotations

from typing import Any

from django import template
from django.conf import settings
from django.template import Context
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.simple_tag
def body_class(page: Any) -> str:
    """``desk`` (14px, dense) for those who work on many files, ``room`` (16px) for enterprises and visitors."""
    actor = getattr(page, "actor", None)
    hat = getattr(actor, "hat", None)
    return "desk" if getattr(hat, "kind", "") in {"bureau", "system"} else "room"


def _route(name: str) -> str:
    """Address of a named route, '' where the room is not installed."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


@register.simple_tag(takes_context=True)
def body_attrs(context: Context, page: Any) -> SafeString:
    """Data the scripts need: the CSRF token and, for people signed in, the idle time and its addresses."""
    token = str(context.get("csrf_token") or "")
    found = (
        format_html(' data-csrf="{}" hx-headers=\'{{"X-CSRFToken": "{}"}}\'', token, token) if token else mark_safe("")
    )
    idle = getattr(settings, "IDLE_SECONDS", 0)
    if not idle or not getattr(page, "signed_in", False):
        return found
    return found + format_html(
        ' data-idle-seconds="{}" data-idle-url="{}" data-sign-in-url="{}" data-user="{}"',
        idle,
        _route("accounts:still_here"),
        _route("accounts:sign_in"),
        getattr(page.actor, "user_id", "") or "",
    )
