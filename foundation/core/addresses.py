"""Addresses of list rows: looked up once per process, not once per row (B.3)."""

from __future__ import annotations

from functools import lru_cache

from django.urls import get_urlconf, reverse


@lru_cache(maxsize=256)
def _around(name: str, urlconf: str | None) -> tuple[str, str]:
    before, _, after = reverse(name, args=[0], urlconf=urlconf).rpartition("/0/")
    return f"{before}/", f"/{after}"


def row_url(name: str, pk: int) -> str:
    """``{% row_url "reviews:file" row.pk %}``: an address that ends in a number, looked up once for a list of any length."""
    before, after = _around(name, get_urlconf())
    return f"{before}{int(pk)}{after}"
