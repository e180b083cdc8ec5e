"""Only the sample pages of the look."""

from django.urls import include, path

urlpatterns = [path("_look/", include("foundation.core.urls_look"))]
