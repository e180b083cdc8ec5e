"""Who reads which messages."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from foundation.accounts.actor import Actor
from foundation.accounts.may import allowed, rule, scope
from foundation.accounts.roles import EVERYONE, Role
from foundation.core.verdict import Verdict, no
from foundation.notifications.models import InboxMessage

SIGNED_IN = EVERYONE - {Role.SYSTEM}


def _addressed(actor: Actor) -> Q:
    if not actor.user_id:
        return Q(pk__in=[])
    condition = Q(recipient_kind="user", recipient_id=actor.user_id)
    if actor.is_official:
        condition |= Q(recipient_kind="bureau", recipient_id=actor.bureau_id)
    if actor.is_enterprise:
        condition |= Q(recipient_kind="enterprise", recipient_id=actor.enterprise_id)
    return condition


def _is_addressed(actor: Actor, message: InboxMessage) -> bool:
    if not actor.user_id:
        return False
    holder = {"user": actor.user_id, "bureau": actor.bureau_id, "enterprise": actor.enterprise_id}
    return holder.get(message.recipient_kind) == message.recipient_id


scope(InboxMessage, condition=_addressed, sees=_is_addressed)


@rule("message.read", label="阅读消息", roles=SIGNED_IN)
def read(actor: Actor, obj: Any) -> Verdict:
    """Everybody with an account reads what is addressed to them; somebody without a post yet has messages of their
    own, too.
    """
    return allowed(actor, obj) if actor.user_id else no("请先登录。")


rule("message.resolve", label="处理发送异常的邮件和短信", roles={Role.SYSTEM_ADMIN})(allowed)
