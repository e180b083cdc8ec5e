"""Addresses of the monitoring room, put together from its view modules."""

from __future__ import annotations

from django.urls import URLPattern

from monitoring.views import boards, returns, returns_analysis, returns_month, returns_sheets, signals

app_name = "monitoring"

urlpatterns: list[URLPattern] = [
    *boards.urlpatterns,
    *signals.urlpatterns,
    *returns.urlpatterns,
    *returns_month.urlpatterns,
    *returns_sheets.urlpatterns,
    *returns_analysis.urlpatterns,
]
