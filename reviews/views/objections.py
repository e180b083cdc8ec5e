"""Objections: the public form and receipt, the confidential desk."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
