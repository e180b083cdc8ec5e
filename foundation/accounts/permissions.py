"""Who may do what with accounts, posts, bureaus, the journal and the sign-in log."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Q

from foundation.accounts import permissions_tokens as permissions_tokens  # registers its rules
from foundation.accounts.actor import Actor, Hat
from foundation.accounts.may import Verdict, action_labels, allowed, path_condition, rule, scope
from foundation.accounts.models import Bureau, BureauPath, Post, SignInEvent, User
from foundation.accounts.paths import superior_in
from foundation.accounts.roles import ADMIN_ROLES, BUREAU_ROLES, EVERYONE, Level, Role
from foundation.core.registries import Registry
from foundation.core.verdict import no, ok
from foundation.journal.models import Decision

ABSENT = no("没有这一项，或它不在您的职责范围内。")
NOBODY = Q(pk__in=[])

account_keepers: Registry[Callable[[Actor, User], list[bool]]] = Registry("keeper of accounts")
"""Per kind of hat: one answer for every hat of that kind the person wears: may this actor vouch for them in it?

A reset hands over everything the person may do, so all answers of all keepers must be yes. ``enterprises`` registers its
members here.
"""


# ---- what exists for whom ----------------------------------------------------------------------------------
def _everybody(actor: Actor) -> Q:
    return Q()


scope(Bureau, condition=_everybody, sees=lambda actor, bureau: bureau.pk is not None)


def _posts_of(actor: Actor) -> Q:
    if actor.role == Role.SYSTEM:
        return Q()
    seen = Q(user_id=actor.user_id) if actor.user_id else NOBODY
    if actor.role == Role.SYSTEM_ADMIN:
        seen |= Q(role__in=ADMIN_ROLES) | Q(bureau__level=Level.PROVINCE)
    elif actor.role == Role.POST_MANAGER:
        below = BureauPath.objects.filter(path_condition(actor, "path"), current=True)
        seen |= Q(bureau_id=actor.bureau_id) | Q(bureau_id__in=below.values("bureau_id"))
    elif actor.is_official:
        seen |= Q(bureau_id=actor.bureau_id)
    return seen


def _sees_post(actor: Actor, post: Post) -> bool:
    if actor.role == Role.SYSTEM or (actor.user_id is not None and post.user_id == actor.user_id):
        return True
    if actor.role == Role.SYSTEM_ADMIN:
        return post.role in ADMIN_ROLES or (post.bureau is not None and post.bureau.level == Level.PROVINCE)
    if not actor.is_official or post.bureau_id is None:
        return False
    if post.bureau_id == actor.bureau_id:
        return True
    return actor.role == Role.POST_MANAGER and _stands_below(actor, post.bureau_id)


scope(Post, condition=_posts_of, sees=_sees_post)

LOG_READERS = frozenset({Role.AUDIT_ADMIN, Role.SECURITY_ADMIN})
scope(
    SignInEvent,
    condition=lambda actor: (
        Q() if actor.role in LOG_READERS else (Q(user_id=actor.user_id) if actor.user_id else NOBODY)
    ),
    sees=lambda actor, event: (
        actor.role in LOG_READERS or (actor.user_id is not None and event.user_id == actor.user_id)
    ),
)

WHOLE_JOURNAL = frozenset({Role.AUDIT_ADMIN, Role.SYSTEM})
# Rooms show the decisions of a subject they have shown; across subjects only the audit administrator reads, without
# contents.
scope(
    Decision,
    condition=lambda actor: (
        Q() if actor.role in WHOLE_JOURNAL else (Q(actor_user_id=actor.user_id) if actor.user_id else NOBODY)
    ),
    sees=lambda actor, decision: (
        actor.role in WHOLE_JOURNAL or (actor.user_id is not None and decision.actor_user_id == actor.user_id)
    ),
)


# ---- one's own account -------------------------------------------------------------------------------------
@rule("account.switch_hat", label="切换身份", roles=EVERYONE - {Role.SYSTEM})
def switch_hat(actor: Actor, hat: Hat) -> Verdict:
    """A person may wear any of their own hats."""
    return ok() if actor.user_id and hat in (actor.hat, *actor.others) else no("您没有这个身份。")


def _own(actor: Actor, user: User) -> Verdict:
    return ok() if actor.user_id is not None and user.pk == actor.user_id else no("只能修改自己的账号。")


rule("account.edit_own", label="修改联系方式", roles=EVERYONE - {Role.SYSTEM})(_own)
rule("account.change_password", label="修改密码", roles=EVERYONE - {Role.SYSTEM})(_own)


# ---- posts -------------------------------------------------------------------------------------------------
APPOINTERS = frozenset({Role.POST_MANAGER, Role.SYSTEM_ADMIN, Role.SYSTEM})


@rule("post.create", label="任命岗位", roles=APPOINTERS)
def create_post(actor: Actor, post: Post) -> Verdict:
    """The bureau above for all roles, the bureau itself for all but 岗位管理; nobody for themselves."""
    if actor.role == Role.SYSTEM:
        return ok()
    if actor.user_id is not None and post.user_id == actor.user_id:
        return no("不能给自己任命岗位。", "请由上级单位的岗位管理人员办理。")
    return _manages(actor, post)


@rule("post.end", label="停用岗位", roles=APPOINTERS)
def end_post(actor: Actor, post: Post) -> Verdict:
    """Whoever could give the post may end it."""
    if actor.role == Role.SYSTEM:
        return ok()
    if post.user_id == actor.user_id and post.role in ADMIN_ROLES:
        return no("不能停用自己的岗位。", "请先任命接替的人，由接替的人停用。")
    return _manages(actor, post)


def _manages(actor: Actor, post: Post) -> Verdict:
    if post.role not in BUREAU_ROLES | ADMIN_ROLES:
        return ABSENT  # no post at all, or a role that is held by membership
    if actor.role == Role.SYSTEM_ADMIN:
        if post.bureau is None:
            return ok() if post.role in ADMIN_ROLES else no("请选择单位。")
        if post.role == Role.POST_MANAGER and post.bureau.level == Level.PROVINCE:
            return ok()
        return no("系统管理员只任命省级单位的岗位管理人员。", "其他岗位由各单位的岗位管理人员任命。")
    if post.bureau_id is None or post.role in ADMIN_ROLES:
        return no("三类管理员由系统管理员任命。")
    if post.bureau_id == actor.bureau_id:
        if post.role == Role.POST_MANAGER:
            return no("本单位的岗位管理由上级单位任命和停用。")
        return ok()
    if _directly_below(actor, post.bureau_id):
        return ok()
    return no("只能管理本单位和直接下级单位的岗位。")


@rule("post.list", label="查看单位岗位", roles=BUREAU_ROLES | {Role.SYSTEM_ADMIN})
def list_posts(actor: Actor, bureau: Bureau | None) -> Verdict:
    """Colleagues see their own bureau's posts, 岗位管理 those below too, the system administrator the provinces'."""
    if actor.role == Role.SYSTEM_ADMIN:
        return ok() if bureau is None or bureau.level == Level.PROVINCE else ABSENT
    if bureau is None:
        return ABSENT
    if bureau.pk == actor.bureau_id or (actor.role == Role.POST_MANAGER and _stands_below(actor, bureau.pk)):
        return ok()
    return ABSENT


rule("bureau.list_below", label="查看下级单位", roles={Role.POST_MANAGER, Role.SYSTEM_ADMIN})(allowed)


# ---- bureaus -----------------------------------------------------------------------------------------------
def _above(actor: Actor, bureau: Bureau) -> Verdict:
    if actor.role == Role.SYSTEM:
        return ok()
    if bureau.pk != actor.bureau_id and _stands_below(actor, bureau.pk):
        return ok()
    return no("只有上级单位的岗位管理人员可以办理。")


@rule("bureau.create", label="增设单位", roles={Role.POST_MANAGER, Role.SYSTEM})
def create_bureau(actor: Actor, superior: Bureau) -> Verdict:
    """Province and prefecture may add bureaus and other recommenders under themselves or below."""
    if actor.role == Role.SYSTEM:
        return ok()
    if actor.level == Level.COUNTY:
        return no("县级单位不能增设下级单位。", "请联系市州主管部门。")
    return ok() if superior.pk == actor.bureau_id or _stands_below(actor, superior.pk) else _above(actor, superior)


@rule("bureau.update", label="修改单位名称", roles={Role.POST_MANAGER, Role.SYSTEM})
def update_bureau(actor: Actor, bureau: Bureau) -> Verdict:
    """The bureau above; a province itself."""
    own_province = bureau.pk == actor.bureau_id and actor.level == Level.PROVINCE
    return ok() if own_province else _above(actor, bureau)


@rule("bureau.set_line", label="调整隶属关系", roles={Role.POST_MANAGER, Role.SYSTEM})
def set_line(actor: Actor, bureau: Bureau) -> Verdict:
    """The province, for everybody in it."""
    if actor.role == Role.SYSTEM:
        return ok()
    if actor.level != Level.PROVINCE:
        return no("隶属关系由省级主管部门调整。")
    return ok() if bureau.pk == actor.bureau_id or _stands_below(actor, bureau.pk) else _above(actor, bureau)


@rule("bureau.edit_contact", label="修改联系人", roles={Role.HANDLER, Role.POST_MANAGER, Role.SYSTEM})
def edit_contact(actor: Actor, bureau: Bureau) -> Verdict:
    """The bureau itself."""
    own = actor.role == Role.SYSTEM or bureau.pk == actor.bureau_id
    return ok() if own else no("联系人由各单位自己维护。")


@rule("bureau.set_hands", label="设置办理道数", roles={Role.POST_MANAGER, Role.SYSTEM})
def set_hands(actor: Actor, bureau: Bureau) -> Verdict:
    """The bureau itself."""
    own = actor.role == Role.SYSTEM or bureau.pk == actor.bureau_id
    return ok() if own else no("办理道数由各单位自己设置。")


def _stands_below(actor: Actor, bureau_id: int | None) -> bool:
    if bureau_id is None:
        return False
    paths = BureauPath.objects.filter(bureau_id=bureau_id, current=True).values_list("path", flat=True)
    return any(actor.answers_for(path) for path in paths)


def _directly_below(actor: Actor, bureau_id: int | None) -> bool:
    if bureau_id is None:
        return False
    paths = BureauPath.objects.filter(bureau_id=bureau_id, stage="", current=True).values_list("path", flat=True)
    return any(superior_in(path, bureau_id) == actor.bureau_id for path in paths)


# ---- passwords, locks, logs --------------------------------------------------------------------------------
KEEPERS = frozenset({Role.POST_MANAGER, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.HANDLER})


@rule("account.reset_for_bureau", label="核实身份后重置密码", roles=KEEPERS)
def reset_for(actor: Actor, user: User) -> Verdict:
    """Everybody responsible for one of the person's hats must be this actor, and there must be at least one hat."""
    if user.pk == actor.user_id:
        return no("自己的密码请在“个人设置”里修改。")
    answers = [answer for _, keeper in account_keepers.items() for answer in keeper(actor, user)]
    if not any(answers):
        return no(
            "没有此人，或其账号不由您的单位管理。",
            "官员账号由任命岗位的单位办理，企业账号由受理企业的县级主管部门办理。",
        )
    if not all(answers):
        return no("此人在其他单位另有身份，您的单位不能单独重置其密码。", "请本人用邮箱验证码找回，或联系其上级单位。")
    return ok()


def keeps_posts(actor: Actor, user: User) -> list[bool]:
    """Officials: whoever manages the post. The administrators keep each other's doors."""
    return [_keeps(actor, post) for post in Post.objects.open().filter(user=user).select_related("bureau")]


def _keeps(actor: Actor, post: Post) -> bool:
    if post.role in ADMIN_ROLES:
        watched_by = {Role.SECURITY_ADMIN: Role.SYSTEM_ADMIN}.get(Role(post.role), Role.SECURITY_ADMIN)
        return actor.role == watched_by
    return actor.role in APPOINTERS and bool(_manages(actor, post))


account_keepers.register("posts", keeps_posts)

rule("signin.read", label="查看登录记录", roles=LOG_READERS)(allowed)
rule("signin.unlock", label="解除登录锁定", roles={Role.SECURITY_ADMIN})(allowed)
rule("journal.read", label="查看留痕", roles={Role.AUDIT_ADMIN})(allowed)
rule("journal.check", label="核对留痕", roles={Role.AUDIT_ADMIN})(allowed)

from foundation.accounts import permissions_guard  # noqa: E402  the rest of the room's rules

action_labels.register("account.create", "建立账号")
action_labels.register("account.reset_by_code", "凭验证码重置密码")

__all__ = ["account_keepers", "permissions_guard"]
