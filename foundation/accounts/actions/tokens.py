"""Making and revoking tokens; both are recorded acts. Times are the machine's (security never follows a rehearsal)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from foundation.accounts import tokens
from foundation.accounts.actor import Actor, Hat
from foundation.accounts.models import User
from foundation.accounts.models.tokens import ApiToken, TokenScope
from foundation.accounts.transition import record_act, require
from foundation.core.clock import real_now
from foundation.core.errors import Refused
from foundation.core.verdict import no


def create_token(
    *, actor: Actor, user: User, hat: Hat, name: str, scopes: Collection[str], days: int
) -> tuple[ApiToken, str]:
    """A token for one of the person's own hats; returns it with its value, which is not kept anywhere (B.2).

    ``days`` it holds, at most ``API_TOKEN_MAX_DAYS``. Raises ``ValidationError`` per field, ``Refused`` for a hat the
    person does not wear or beyond ``API_TOKENS_PER_PERSON``.
    """
    require(actor, "token.create", hat)
    wrong: dict[str, str] = {}
    name = name.strip()
    if not name or len(name) > 60:
        wrong["name"] = "请写明用途，最多60个字。"
    chosen = [scope.value for scope in tokens.scopes_for(hat) if scope.value in scopes]
    if not chosen or set(scopes) - set(chosen):
        wrong["scopes"] = "请选择这个身份可用的权限，至少一项。"
    if not 1 <= days <= settings.API_TOKEN_MAX_DAYS:
        wrong["days"] = f"有效期为1至{settings.API_TOKEN_MAX_DAYS}天。"
    if wrong:
        raise ValidationError(wrong)
    now = real_now()
    value, prefix, digest = tokens.new_value()
    with transaction.atomic():
        User.objects.select_for_update(of=("self",)).get(pk=user.pk)
        if ApiToken.objects.filter(user=user, revoked_at=None, expires_at__gt=now).count() >= (
            settings.API_TOKENS_PER_PERSON
        ):
            raise Refused(no(f"一人最多有 {settings.API_TOKENS_PER_PERSON} 个有效令牌。", "请先撤销不用的令牌。"))
        token = ApiToken.objects.create(
            user=user,
            hat_key=hat.key,
            hat_label=hat.label[:160],
            name=name,
            prefix=prefix,
            digest=digest,
            scopes=chosen,
            created_at=now,
            expires_at=now + dt.timedelta(days=days),
        )
        record_act(
            subject_kind=ApiToken.subject_kind,
            subject_id=token.pk,
            subject_label=str(token),
            action="token.create",
            actor=actor,
            data={"prefix": prefix, "hat": hat.key, "scopes": chosen, "days": days},
        )
    return token, value


def revoke_token(*, actor: Actor, pk: int) -> ApiToken:
    """End a token at once; revoking it again changes nothing. ``Refused`` for somebody else's."""
    with transaction.atomic():
        token = ApiToken.objects.visible_to(actor).filter(pk=pk).select_for_update(of=("self",)).first()
        if token is None:
            raise Refused(no("没有这个令牌。"))
        require(actor, "token.revoke", token)
        if token.revoked_at is None:
            token.revoked_at = real_now()
            token.save(update_fields=["revoked_at"])
            record_act(
                subject_kind=ApiToken.subject_kind,
                subject_id=token.pk,
                subject_label=str(token),
                action="token.revoke",
                actor=actor,
                data={"prefix": token.prefix},
            )
    return token


__all__ = ["TokenScope", "create_token", "revoke_token"]
