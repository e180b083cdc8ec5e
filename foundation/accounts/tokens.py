"""What a token's value looks like, whose it is, and as whom it acts now."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import replace

from foundation.accounts.actor import Actor, Hat, actor_for
from foundation.accounts.models.tokens import ApiToken, TokenScope
from foundation.accounts.roles import CASE_ROLES, ENTERPRISE_ROLES, Role
from foundation.core.clock import real_now

BEARER_ROLES = ENTERPRISE_ROLES | CASE_ROLES | {Role.ARCHIVIST}
"""Hats a program may wear: those that work with business content. Administrators of people and machine sit at pages."""
_VALUE = re.compile(r"tidu_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")


def new_value() -> tuple[str, str, str]:
    """A fresh (value, prefix, digest); the value begins with ``tidu_`` so that scanners for leaked secrets know it."""
    prefix = secrets.token_hex(6)
    value = f"tidu_{prefix}_{secrets.token_urlsafe(32)}"
    return value, prefix, digest_of(value)


def digest_of(value: str) -> str:
    """What is stored of a value."""
    return hashlib.sha256(value.encode()).hexdigest()


def find(value: str) -> ApiToken | None:
    """The token of that value, whatever its state; None for a value nobody was given."""
    shape = _VALUE.fullmatch(value)
    if shape is None:
        return None
    token = ApiToken.objects.select_related("user").filter(prefix=shape[1]).first()
    if token is None or not hmac.compare_digest(token.digest, digest_of(value)):
        return None
    return token


def why_not(token: ApiToken) -> str:
    """Why a token opens nothing now, as a sentence; '' when it does. Its hat is asked separately (:func:`actor_of`)."""
    if token.revoked_at is not None:
        return "令牌已撤销。"
    if token.expires_at <= real_now():
        return "令牌已到期，请在“接口令牌”页新建。"
    if not token.user.is_active or token.user.must_change_password:
        return "令牌持有人的账号已停用，或须先在网页上修改密码。"
    return ""


def actor_of(token: ApiToken) -> Actor | None:
    """The person with the token's hat as both are *now*; None when the post or membership has ended."""
    actor = actor_for(token.user, token.hat_key)
    if actor.hat.key != token.hat_key or actor.role not in BEARER_ROLES or actor.acting_for:
        return None
    return replace(actor, others=())


def scopes_for(hat: Hat) -> list[TokenScope]:
    """Scopes that mean something under a hat: only a firm writes its figures and files its returns."""
    return list(TokenScope) if hat.kind == "enterprise" else [TokenScope.READ]
