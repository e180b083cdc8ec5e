"""Only the sample pages of the look, and stand-ins for the two routes its scripts ask for."""

from django.http import HttpResponse
from django.urls import include, path

accounts = [
    path("still-here/", lambda _request: HttpResponse(status=204), name="still_here"),
    path("sign-in/", lambda _request: HttpResponse("sign-in"), name="sign_in"),
]
urlpatterns = [
    path("_look/", include("foundation.core.urls_look")),
    path("accounts/", include((accounts, "accounts"))),
]
