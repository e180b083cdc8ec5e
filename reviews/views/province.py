"""The province's side: what every prefecture owes, the decision on the list, the list published."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
