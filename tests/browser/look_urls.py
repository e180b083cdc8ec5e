"""Only the sample pages of the look, and stand-ins for the two routes its scripts ask for."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import include, path


@login_not_required
def answer(_request: HttpRequest) -> HttpResponse:
    """Stands in for a page of the accounts room."""
    return HttpResponse("ok")


accounts = [path("still-here/", answer, name="still_here"), path("sign-in/", answer, name="sign_in")]
urlpatterns = [
    path("_look/", include("foundation.core.urls_look")),
    path("accounts/", include((accounts, "accounts"))),
]
