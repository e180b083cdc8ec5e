"""Who makes and ends tokens: everybody who works with business content, for their own hats, and nobody for others."""

from __future__ import annotations

from django.db.models import Q

from foundation.accounts.actor import Actor, Hat
from foundation.accounts.may import Verdict, rule, scope
from foundation.accounts.models import ApiToken
from foundation.accounts.roles import EVERYONE, Role
from foundation.accounts.tokens import BEARER_ROLES
from foundation.core.verdict import no, ok


def _own(actor: Actor) -> Q:
    return Q(user_id=actor.user_id) if actor.user_id else Q(pk__in=[])


scope(
    ApiToken,
    condition=_own,
    sees=lambda actor, token: actor.user_id is not None and token.user_id == actor.user_id,
)


@rule("token.create", label="新建接口令牌", roles=EVERYONE - {Role.SYSTEM, Role.VISITOR})
def create(actor: Actor, hat: Hat | None) -> Verdict:
    """For one of the person's own hats that work with files; a hat worn for a colleague is not handed to a program."""
    if hat is None:
        return ok()
    if actor.user_id is None or hat not in (actor.hat, *actor.others):
        return no("您没有这个身份。")
    if hat.acting_for:
        return no("代行的身份不能建接口令牌。", "请用自己的身份。")
    return (
        ok()
        if hat.role in BEARER_ROLES
        else no("这个身份不能建接口令牌。", "请选企业身份或经办、审核、签发、档案岗位。")
    )


@rule("token.revoke", label="撤销接口令牌", roles=EVERYONE - {Role.SYSTEM})
def revoke(actor: Actor, token: ApiToken) -> Verdict:
    """One's own, under whatever hat one comes."""
    return ok()
