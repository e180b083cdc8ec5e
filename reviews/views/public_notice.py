"""公示: preparing, opening, correcting, closing, restarting; the public page."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
