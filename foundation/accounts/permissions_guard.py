"""Who may set up, ask for and take away a second factor, let others act, hand over a desk, read the log of looks."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from foundation.accounts.actor import Actor
from foundation.accounts.may import Verdict, action_labels, allowed, rule, scope
from foundation.accounts.models import ActingAuthority, Post, RevealEvent, SecondFactorRule, User
from foundation.accounts.roles import ADMIN_ROLES, BUREAU_ROLES, CASE_ROLES, EVERYONE, Role
from foundation.core.verdict import no, ok

ABSENT = no("没有这一项，或它不在您的职责范围内。")
NOBODY = Q(pk__in=[])
LENDABLE = CASE_ROLES | {Role.ARCHIVIST}
"""Posts one may act in for a colleague; 岗位管理 is given by the bureau above and lent by nobody."""


# ---- second factor -----------------------------------------------------------------------------------------
@rule("account.second_factor", label="启用和停用二次验证", roles=EVERYONE - {Role.SYSTEM})
def second_factor(actor: Actor, user: User) -> Verdict:
    """Everybody for themselves."""
    return ok() if actor.user_id is not None and user.pk == actor.user_id else no("只能设置自己的二次验证。")


@rule("account.reset_second_factor", label="解除他人的二次验证", roles={Role.SECURITY_ADMIN, Role.SYSTEM_ADMIN})
def reset_second_factor(actor: Actor, user: User) -> Verdict:
    """The security administrator for everybody; the system administrator for the security administrators alone (as
    with passwords: nobody keeps their own door).
    """
    if user.pk == actor.user_id:
        return no("自己的二次验证请在“个人设置”里停用；手机丢失的，请用恢复码登录，或由另一名管理员解除。")
    if user.pk is None or not User.objects.filter(pk=user.pk).exists():
        return ABSENT
    is_security = Post.objects.open().filter(user=user, role=Role.SECURITY_ADMIN).exists()
    if actor.role == Role.SYSTEM_ADMIN:
        return ok() if is_security else no("系统管理员只解除安全管理员的二次验证。", "其他人的由安全管理员解除。")
    return no("安全管理员的二次验证由系统管理员解除。") if is_security else ok()


rule("second_factor.rules", label="设置二次验证规定", roles={Role.SECURITY_ADMIN})(allowed)
rule("second_factor.list", label="查看二次验证情况", roles={Role.SECURITY_ADMIN, Role.SYSTEM_ADMIN})(allowed)

_WATCHERS = frozenset({Role.SECURITY_ADMIN, Role.SYSTEM_ADMIN, Role.SYSTEM})
scope(
    SecondFactorRule,
    condition=lambda actor: Q() if actor.role in _WATCHERS else NOBODY,
    sees=lambda actor, row: actor.role in _WATCHERS,
)


# ---- acting authority --------------------------------------------------------------------------------------
def _authorities_of(actor: Actor) -> Q:
    if actor.role == Role.SYSTEM:
        return Q()
    seen = Q(post__user_id=actor.user_id) | Q(deputy_id=actor.user_id) if actor.user_id else NOBODY
    return seen | Q(post__bureau_id=actor.bureau_id) if actor.is_official else seen


def _sees_authority(actor: Actor, row: ActingAuthority) -> bool:
    if actor.role == Role.SYSTEM:
        return True
    if row.post_id is None:
        return False
    own = actor.user_id is not None and actor.user_id in (row.post.user_id, row.deputy_id)
    return own or (actor.is_official and row.post.bureau_id == actor.bureau_id)


scope(ActingAuthority, condition=_authorities_of, sees=_sees_authority)


@rule("authority.give", label="授权他人代行", roles=BUREAU_ROLES)
def give_authority(actor: Actor, row: ActingAuthority) -> Verdict:
    """The holder of the post, or 岗位管理 of the bureau; never from a hat that is only lent, never to oneself."""
    if row.post_id is None or row.deputy_id is None or row.post.bureau_id != actor.bureau_id:
        return ABSENT
    if actor.acting_for:
        return no("代行的身份不能再授权他人。", "请由岗位本人或本单位岗位管理人员办理。")
    if row.post.role not in LENDABLE:
        return no("岗位管理由上级单位任命，不能授权他人代行。")
    if actor.user_id not in (row.post.user_id,) and actor.role != Role.POST_MANAGER:
        return no("只能授权他人代行自己的岗位。", "其他人的岗位由本单位岗位管理人员办理。")
    if row.deputy_id == row.post.user_id:
        return no("不能由本人代行本人的岗位。")
    if row.deputy_id == actor.user_id:
        return no("不能授权自己代行他人的岗位。", "请由岗位本人办理。")
    return ok()


@rule("authority.end", label="结束代行", roles=BUREAU_ROLES)
def end_authority(actor: Actor, row: ActingAuthority) -> Verdict:
    """The principal, the deputy, or 岗位管理 of the bureau."""
    if row.post_id is None:
        return ABSENT
    if actor.user_id in (row.post.user_id, row.deputy_id):
        return ok()
    if actor.role == Role.POST_MANAGER and row.post.bureau_id == actor.bureau_id:
        return ok()
    return no("代行由岗位本人、代行人或本单位岗位管理人员结束。")


# ---- a whole desk ------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Desk:
    """What one official has on their desk in one bureau."""

    user_id: int
    bureau_id: int | None


@rule("desk.hand_over", label="移交经办事项", roles=BUREAU_ROLES)
def hand_over_desk(actor: Actor, desk: Desk) -> Verdict:
    """One's own, or a colleague's by 岗位管理 of the bureau; a deputy hands over nothing of the principal's."""
    if desk.bureau_id is None or desk.bureau_id != actor.bureau_id:
        return no("只能移交本单位人员的经办事项。")
    if actor.acting_for:
        return no("代行的身份不能移交他人的经办事项。")
    if desk.user_id == actor.user_id or actor.role == Role.POST_MANAGER:
        return ok()
    return no("他人的经办事项由本人或本单位岗位管理人员移交。")


# ---- looks at personal data --------------------------------------------------------------------------------
rule("reveal.read", label="查看查看记录", roles={Role.AUDIT_ADMIN})(allowed)
rule("reveal.export", label="导出查看记录和登录记录", roles={Role.AUDIT_ADMIN})(allowed)

scope(
    RevealEvent,
    condition=lambda actor: (
        Q() if actor.role == Role.AUDIT_ADMIN else (Q(user_id=actor.user_id) if actor.user_id else NOBODY)
    ),
    sees=lambda actor, event: (
        actor.role == Role.AUDIT_ADMIN or (actor.user_id is not None and event.user_id == actor.user_id)
    ),
)

action_labels.register("privacy.accept", "同意隐私说明")
action_labels.register("second_factor.recovery", "使用恢复码")

__all__ = ["ADMIN_ROLES", "LENDABLE", "Desk"]
