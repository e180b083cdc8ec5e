"""The addresses of the house: every room's urls under the room's own prefix."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

#: Prefix -> module with `app_name` = the room's label. `portal.site_urls` holds the home page and the like.
_ROOMS = [
    ("", "portal.site_urls"),
    ("accounts/", "foundation.accounts.urls"),
    ("reference/", "foundation.reference.urls"),
    ("duties/", "foundation.duties.urls"),
    ("notifications/", "foundation.notifications.urls"),
    ("", "foundation.documents.urls"),
    ("enterprises/", "enterprises.urls"),
    ("cultivation/", "cultivation.urls"),
    ("reviews/", "reviews.urls"),
    ("monitoring/", "monitoring.urls"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    *(path(prefix, include(module)) for prefix, module in _ROOMS),
    path("admin/", admin.site.urls),
]

if settings.DEBUG:  # sample pages of the look, for eyes and for axe
    urlpatterns.append(path("_look/", include("foundation.core.urls_look")))
