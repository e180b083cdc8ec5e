"""Who is here: ``request.actor`` on every request, and the rules of a visit (idle time, due password, a hat that was
lost).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from foundation.accounts import sign_in_log
from foundation.accounts.actions.passwords import password_is_due
from foundation.accounts.actions.second_factor import is_due
from foundation.accounts.actor import VISITOR, Actor, actor_for
from foundation.accounts.models import SignInEvent
from foundation.accounts.privacy import is_outdated
from foundation.core.clock import real_now
from foundation.core.middleware import wants_json
from foundation.core.readonly import allow_writes
from foundation.core.verdict import no

HAT_KEY = "hat"
"""Session key of the hat worn."""
SEEN_KEY = "seen"
"""Session key of the second (machine's clock) of the last act."""
BACKGROUND_HEADER = "X-Background"
"""Requests a page sends by itself (progress of a job) carry this header and do not count as an act of the person."""
SECOND_KEY = "second_factor"
"""Session key: this visit was opened with the second factor."""
_SEEN_EVERY = 60
_ALWAYS_OPEN = frozenset({"change_password", "sign_out", "still_here"})
_OPEN_WITHOUT_SECOND_FACTOR = frozenset({"second_factor", "recovery_codes", "switch_hat"})
"""Pages one needs on the way to a second factor; another hat may not ask for one."""

Handler = Callable[[HttpRequest], HttpResponse]


class ActorMiddleware:
    """Resolves person and hat once per request, and only when somebody asks: a public page costs no query for it."""

    def __init__(self, get_response: Handler) -> None:
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


class VisitMiddleware:
    """Ends a visit after idle time, leads to a due change of password, and notices when a hat was lost meanwhile."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.session.get("_auth_user_id") is not None:
            if self._idle_too_long(request):
                return self._end(request)
            self._touch(request)
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Asks about password and hat only for people signed in, and only where a page or an act follows."""
        if not request.user.is_authenticated or self._is_own_door(request):
            return None
        if request.user.second_factor_since is not None and not request.session.get(SECOND_KEY):
            return self._half_way(request)
        if password_is_due(request.user):
            return self._to(request, "accounts:change_password", "请先修改密码。")
        if not self._is_at(request, _OPEN_WITHOUT_SECOND_FACTOR) and is_due(request.user, request.actor):  # type: ignore[attr-defined]
            return self._to(request, "accounts:second_factor", "请先启用二次验证。")
        if is_outdated(request.user) and not self._is_at(request, frozenset({"accept_privacy"})):
            return self._to(request, "accounts:accept_privacy", "隐私说明已更新，请先阅读。")
        return self._lost_hat(request)

    def _half_way(self, request: HttpRequest) -> HttpResponse:
        """Signed in by a door that asks for no second factor (the administration pages): such a visit is none."""
        with allow_writes("the end of a visit is written into the sign-in log, whatever was asked for"):
            logout(request)
        return self._to(request, "accounts:sign_in", "请用密码和动态码登录。")

    @staticmethod
    def _idle_too_long(request: HttpRequest) -> bool:
        seen = request.session.get(SEEN_KEY)
        return seen is not None and real_now().timestamp() - seen > settings.IDLE_SECONDS

    @staticmethod
    def _touch(request: HttpRequest) -> None:
        if BACKGROUND_HEADER in request.headers:
            return
        now = int(real_now().timestamp())
        if now - request.session.get(SEEN_KEY, 0) >= _SEEN_EVERY:
            request.session[SEEN_KEY] = now

    def _end(self, request: HttpRequest) -> HttpResponse:
        user = request.user if request.user.is_authenticated else None
        with allow_writes("the end of a visit is written into the sign-in log, whatever was asked for"):
            if user is not None:
                sign_in_log.note(SignInEvent.Kind.EXPIRED, user=user, request=request)
            request.session_expired = True  # type: ignore[attr-defined]
            logout(request)
        if request.path == reverse("accounts:sign_in"):
            return self.get_response(request)
        return self._to(request, "accounts:sign_in", "登录已超时，请重新登录。", idle="1")

    @staticmethod
    def _to(request: HttpRequest, route: str, reason: str, **query: str) -> HttpResponse:
        """Lead a person there and back again: ``next`` is the page they were on, even if what they sent was a form."""
        back = request.get_full_path() if request.method in ("GET", "HEAD") else _page_before(request)
        target = f"{reverse(route)}?{urlencode({'next': back, **query})}"
        if wants_json(request):
            return JsonResponse({"ok": False, "reason": reason, "sign_in": target}, status=401)
        if request.headers.get("HX-Request"):
            return HttpResponse(status=204, headers={"HX-Redirect": target})
        return HttpResponseRedirect(target)

    @staticmethod
    def _lost_hat(request: HttpRequest) -> HttpResponse | None:
        worn = request.session.get(HAT_KEY, "")
        actor = request.actor  # type: ignore[attr-defined]
        if actor.hat.key == worn:
            return None
        request.session[HAT_KEY] = actor.hat.key
        if not worn:
            return None  # the first page of a visit
        told = f"您刚才的身份已停用，现在的身份是“{actor.hat.label}”。"
        if request.method in ("GET", "HEAD"):
            messages.warning(request, told)
            return None
        verdict = no(told, "这次提交没有办理，请核对身份后再试。")
        if wants_json(request):
            return JsonResponse({"ok": False, "reason": verdict.reason, "hint": verdict.hint}, status=403)
        return render(request, "errors/refused.html", {"verdict": verdict}, status=403)

    @classmethod
    def _is_own_door(cls, request: HttpRequest) -> bool:
        return cls._is_at(request, _ALWAYS_OPEN)

    @staticmethod
    def _is_at(request: HttpRequest, names: frozenset[str]) -> bool:
        match = request.resolver_match
        return match is not None and match.app_name == "accounts" and match.url_name in names


def _page_before(request: HttpRequest) -> str:
    """The page a form was sent from, if it is one of ours."""
    before = urlsplit(request.headers.get("Referer", ""))
    if before.netloc != request.get_host():
        return "/"
    return before.path + (f"?{before.query}" if before.query else "")
