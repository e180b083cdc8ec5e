"""Addresses of the monitoring room, put together from its view modules."""

from __future__ import annotations

from django.urls import URLPattern

from monitoring.views import boards, signals

app_name = "monitoring"

urlpatterns: list[URLPattern] = [
    *boards.urlpatterns,
    *signals.urlpatterns,
]
