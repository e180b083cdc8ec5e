"""Addresses of the door itself."""

from django.urls import include, path

from portal import views

app_name = "portal"

urlpatterns = [
    path("api/v1/", include("portal.api.urls")),
    path("", views.home, name="home"),
    path("help/", views.public_page, {"name": "help"}, name="help"),
    path("privacy/", views.public_page, {"name": "privacy"}, name="privacy"),
    path("accessibility/", views.public_page, {"name": "accessibility"}, name="accessibility"),
    path("demo/sign-in/", views.demo_sign_in, name="demo-sign-in"),
]
