"""Addresses of the reviews room, one module of views per area."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

app_name = "reviews"
_AREAS = ("filing", "county", "dispatch")

urlpatterns = [
    pattern
    for area in _AREAS
    if find_spec(f"reviews.views.{area}") is not None
    for pattern in import_module(f"reviews.views.{area}").urlpatterns
]
