"""Puts ``request.actor`` on every request: the signed-in person with the hat worn, or the visitor."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from foundation.accounts.actor import VISITOR, Actor, actor_for

HAT_KEY = "hat"
"""Session key of the hat worn."""


class ActorMiddleware:
    """Resolves person and hat once per request, and only when somebody asks: a public page costs no query for it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = SimpleLazyObject(lambda: actor_of(request))  # type: ignore[attr-defined]
        return self.get_response(request)


def actor_of(request: HttpRequest) -> Actor:
    """The actor of a request, from session and posts."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return VISITOR
    return actor_for(user, request.session.get(HAT_KEY, ""))
