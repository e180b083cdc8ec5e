"""Middleware of the whole portal: one reading of the installation row, and refusals told to a person."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from foundation.core.clock import one_installation_per_unit_of_work
from foundation.core.counters import forget_counts
from foundation.core.errors import Refused, StaleState

Handler = Callable[[HttpRequest], HttpResponse]


class InstallationMiddleware:
    """Reads once per request whether this is a rehearsal and where its clock stands."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with one_installation_per_unit_of_work():
            return self.get_response(request)


class CountersMiddleware:
    """After an act of one's own the numbers of the frame are counted anew."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            forget_counts(getattr(request, "actor", None))
        return response


class RefusalMiddleware:
    """Turns ``Refused`` into a page (or JSON for scripts) that says what is wrong and how to mend it; what was typed stays in the
    browser's form, since the page is left by going back."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Only refusals are answered here; every other exception goes its usual way."""
        if not isinstance(exception, Refused):
            return None
        verdict = exception.verdict
        if wants_json(request):
            return JsonResponse({"ok": False, "reason": verdict.reason, "hint": verdict.hint}, status=exception.status)
        page = "errors/409.html" if exception.status == StaleState.status else "errors/refused.html"
        return render(request, page, {"verdict": verdict}, status=exception.status)


def wants_json(request: HttpRequest) -> bool:
    """Whether the answer goes to a script of the page rather than to a person."""
    return "application/json" in request.headers.get("Accept", "") or request.headers.get("X-Requested-With") == "fetch"
