"""Addresses below /api/v1/. Each room brings its own; names begin with ``api_``."""

from django.urls import URLPattern, path

from cultivation import api as cultivation
from enterprises import api as enterprises
from foundation.duties import api as duties
from foundation.reference import api as reference
from monitoring import api as monitoring
from portal.api import views
from reviews import api as reviews

urlpatterns: list[URLPattern] = [
    path("", views.RootView.as_view(), name="api_root"),
    path("problems/", views.ProblemList.as_view(), name="api_problems"),
    path("openapi.json", views.OpenApiView.as_view(), name="api_openapi"),
    path("docs/", views.docs, name="api_docs"),
    *enterprises.urlpatterns,
    *cultivation.urlpatterns,
    *reference.urlpatterns,
    *reviews.urlpatterns,
    *duties.urlpatterns,
    *monitoring.urlpatterns,
]
