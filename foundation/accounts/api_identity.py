"""Who asks: a token, or a visit of the portal with its CSRF check; and the rule that somebody must.

Apart from ``api.py``: the framework imports these classes while it is still importing its own views.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from foundation.accounts import tokens
from foundation.accounts.models.tokens import ApiToken, TokenScope
from foundation.accounts.sign_in_log import address_of
from foundation.core.clock import real_now
from foundation.core.errors import Refused
from foundation.core.readonly import allow_writes
from foundation.core.verdict import no

if TYPE_CHECKING:
    from rest_framework.views import APIView

_NOTED_EVERY = dt.timedelta(minutes=1)


class TokenAuthentication(authentication.BaseAuthentication):
    """``Authorization: Bearer tidu_…``; the request then acts as the token's person under the token's hat."""

    def authenticate(self, request: Request) -> tuple[Any, ApiToken] | None:
        """Person and token; None without such a header, ``AuthenticationFailed`` for one that opens nothing."""
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            if scheme:
                raise AuthenticationFailed("只接受 Authorization: Bearer 令牌。")
            return None
        token = tokens.find(value.strip())
        if token is None:
            raise AuthenticationFailed("没有这个令牌，请核对是否完整。")
        if reason := tokens.why_not(token):
            raise AuthenticationFailed(reason)
        actor = tokens.actor_of(token)
        if actor is None:
            raise AuthenticationFailed(f"令牌对应的身份“{token.hat_label}”已停用。")
        request._request.actor = actor  # type: ignore[attr-defined]
        self._note(token, request)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Makes the answer 401 and not 403."""
        return 'Bearer realm="tidu"'

    @staticmethod
    def _note(token: ApiToken, request: Request) -> None:
        """When and from where it was last used: once a minute is enough to notice a stranger."""
        now = real_now()
        if token.last_used_at is not None and now - token.last_used_at < _NOTED_EVERY:
            return
        stale = Q(last_used_at=None) | Q(last_used_at__lte=now - _NOTED_EVERY)
        with allow_writes("a token notes when it was last used, whatever was asked"):
            ApiToken.objects.filter(stale, pk=token.pk).update(
                last_used_at=now, last_address=address_of(request._request)
            )


class VisitAuthentication(authentication.SessionAuthentication):
    """Somebody signed in on the pages; changes need the CSRF token as on the pages."""

    def enforce_csrf(self, request: Any) -> None:
        """The same check, refused with a sentence."""
        try:
            super().enforce_csrf(request)
        except Exception as error:
            raise Refused(no("请求没有带 CSRF 令牌。", "网页登录后调用须带 X-CSRFToken；程序请用接口令牌。")) from error


class SignedIn(BasePermission):
    """Somebody must ask, and a token must be made for what is asked."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """False leads to 401; a token without the scope is refused with the scope's name."""
        if isinstance(request.user, AnonymousUser) or request.user is None:
            return False
        wanted = view.scopes.get(request.method or "", TokenScope.READ)  # type: ignore[attr-defined]
        if isinstance(request.auth, ApiToken) and wanted not in request.auth.scopes:
            raise Refused(no(f"这个令牌没有“{TokenScope(wanted).label}”权限。", "请新建一个带这项权限的令牌。"))
        return True


class _TokenScheme(OpenApiAuthenticationExtension):
    target_class = "foundation.accounts.api_identity.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer", "description": "接口令牌，在“个人设置 → 接口令牌”新建"}


class _VisitScheme(OpenApiAuthenticationExtension):
    target_class = "foundation.accounts.api_identity.VisitAuthentication"
    name = "visit"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": "网页登录；修改须带 X-CSRFToken"}
