"""Proposals on roster entries: desk, hearing, decision."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
