"""Whose address a request has when it came through a proxy: sign-in is locked per account *and* address, and rates are counted
by it, so the proxy's own address would lump everybody together.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse


class ProxyMiddleware:
    """Takes the caller's address from ``X-Forwarded-For``, counted from the right: each of our ``TRUSTED_PROXIES`` proxies added
    one, and what stands further left was written by the caller and proves nothing. Off when no proxy is trusted.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not settings.TRUSTED_PROXIES:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        address = client_address(request.META.get("HTTP_X_FORWARDED_FOR", ""), settings.TRUSTED_PROXIES)
        if address:
            request.META["REMOTE_ADDR"] = address
        return self.get_response(request)


def client_address(forwarded: str, proxies: int) -> str:
    """The address the outermost of so many proxies saw; empty when the header is shorter or not an address."""
    parts = [part.strip() for part in forwarded.split(",") if part.strip()]
    if len(parts) < proxies:
        return ""
    try:
        return str(ipaddress.ip_address(parts[-proxies]))
    except ValueError:
        return ""
