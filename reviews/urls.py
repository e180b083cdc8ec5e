"""Addresses of the reviews room, one module of views per area."""

from __future__ import annotations

from reviews.views import county, dispatch, filing, lifecycle, objections, province, public_notice

app_name = "reviews"

urlpatterns = [
    *filing.urlpatterns,
    *county.urlpatterns,
    *dispatch.urlpatterns,
    *province.urlpatterns,
    *public_notice.urlpatterns,
    *objections.urlpatterns,
    *lifecycle.urlpatterns,
]
