"""Who may do what to an enterprise, and which enterprises exist for whom."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from enterprises import hats
from enterprises.models import Claim, Enterprise, EnterprisePath, HandOver
from foundation.accounts.actor import Actor
from foundation.accounts.may import action_labels, path_condition, rule, scope
from foundation.accounts.roles import CASE_ROLES, ENTERPRISE_ROLES, Role
from foundation.core.verdict import Verdict, no, ok

READERS = CASE_ROLES | {Role.ARCHIVIST}
"""Officials who read enterprises; 岗位管理 keeps posts and sees none."""
_SEES_ALL = frozenset({Role.SYSTEM})
_CLOSED = no("该企业已注销，资料只读。")


# --- what exists for whom
# ----------------------------------------------------------------------------------------------


def enterprise_condition(actor: Actor) -> Q:
    """Own enterprise for its members; by responsibility path for officials; everything for the system's own jobs."""
    if actor.role in _SEES_ALL:
        return Q()
    if actor.is_enterprise:
        return Q(pk=actor.enterprise_id)
    if actor.role in READERS and actor.hat.paths:
        return Q(pk__in=EnterprisePath.objects.filter(path_condition(actor, "path")).values("enterprise_id"))
    return Q(pk__in=[])


def sees_enterprise(actor: Actor, enterprise: Enterprise) -> bool:
    """The same for one enterprise."""
    if actor.role in _SEES_ALL:
        return True
    if actor.is_enterprise:
        return actor.enterprise_id == enterprise.pk
    return actor.role in READERS and any(actor.answers_for(row.path) for row in enterprise.paths.all())


def request_condition(actor: Actor) -> Q:
    """Claims and hand-overs: one's own, those of one's enterprises for its administrators, by path for officials."""
    if actor.role in _SEES_ALL:
        return Q()
    own = Q(user_id=actor.user_id) if actor.user_id is not None else Q(pk__in=[])
    if actor.role == Role.ENTERPRISE_ADMIN:
        return own | Q(enterprise_id=actor.enterprise_id)
    if actor.role in READERS and actor.hat.paths:
        paths = EnterprisePath.objects.filter(path_condition(actor, "path"))
        return own | Q(enterprise_id__in=paths.values("enterprise_id"))
    return own


def sees_request(actor: Actor, request: Claim | HandOver) -> bool:
    """The same for one claim or hand-over."""
    if actor.role in _SEES_ALL or (actor.user_id is not None and request.user_id == actor.user_id):
        return True
    if actor.role == Role.ENTERPRISE_ADMIN:
        return actor.enterprise_id == request.enterprise_id
    return actor.role in READERS and sees_enterprise(actor, request.enterprise)


scope(Enterprise, condition=enterprise_condition, sees=sees_enterprise)
scope(Claim, condition=request_condition, sees=sees_request)
scope(HandOver, condition=request_condition, sees=sees_request)


# --- predicates
# --------------------------------------------------------------------------------------------------------


def _active(enterprise: Enterprise | None) -> Verdict:
    return ok() if enterprise is None or enterprise.is_active else _CLOSED


def _handles(actor: Actor, enterprise: Enterprise) -> Verdict:
    if actor.role in _SEES_ALL or actor.bureau_id == enterprise.bureau_id:
        return ok()
    return no("这家企业由另一主管部门办理。", f"请由{enterprise.bureau.name}办理。")


def is_handling_bureau(actor: Actor, enterprise: Enterprise) -> bool:
    """Whether the official's own bureau handles the enterprise: then phones and e-mails are shown in full."""
    return actor.is_official and actor.bureau_id == enterprise.bureau_id


def sees_contact(actor: Actor, enterprise: Enterprise) -> bool:
    """Whether phones and e-mails of the firm are shown in full without a recorded look: to the firm itself, the bureau that
    handles it and the system's own jobs.
    """
    own = actor.is_enterprise and actor.enterprise_id == enterprise.pk
    return own or actor.role in _SEES_ALL or is_handling_bureau(actor, enterprise)


# --- rules -------------------------------------------------------------------------------------------------------------


@rule("enterprise.register", label="登记企业", roles={Role.VISITOR, Role.SYSTEM} | ENTERPRISE_ROLES)
def may_register(actor: Actor, obj: Any) -> Verdict:
    """Anybody registers a firm of their own, signed in or not; whoever holds a post uses a second hat for it."""
    return ok()


@rule("enterprise.register_on_behalf", label="代企业登记", roles={Role.HANDLER, Role.SYSTEM})
def may_register_on_behalf(actor: Actor, obj: Any) -> Verdict:
    """Paper filings: the bureau enters the firm; whether the county is its own is asked when the place is known."""
    return ok()


@rule("enterprise.view", label="查看企业资料", roles=ENTERPRISE_ROLES | READERS | {Role.SYSTEM})
def may_view(actor: Actor, obj: Enterprise | None) -> Verdict:
    """Within the scope."""
    return ok()


@rule("enterprise.list", label="查看企业名录", roles=READERS | {Role.SYSTEM})
def may_list(actor: Actor, obj: Any) -> Verdict:
    """The bureau's list and its export."""
    return ok()


def _has_people(enterprise: Enterprise) -> bool:
    """Whether somebody of the firm looks after it; read with the firms where a set of them is asked about."""
    known: bool | None = enterprise.__dict__.get("has_people")
    return enterprise.memberships.filter(valid_to__isnull=True).exists() if known is None else known


@rule("enterprise.edit_facts", label="填写企业资料", roles=ENTERPRISE_ROLES | {Role.HANDLER, Role.SYSTEM})
def may_edit_facts(actor: Actor, obj: Enterprise | None) -> Verdict:
    """The firm itself. Its bureau only for firms it entered on paper and that nobody of the firm looks after yet
    (代填).
    """
    if obj is None:
        return ok() if actor.is_enterprise or actor.role in _SEES_ALL else no("企业资料由企业自己填写。")
    if not (active := _active(obj)):
        return active
    if actor.role != Role.HANDLER:
        return ok()
    if handles := _handles(actor, obj):
        if obj.entered_by_bureau_id is None or _has_people(obj):
            return no("企业资料由企业自己填写。", "如有错误，请退回并说明。")
        return ok()
    return handles


@rule("enterprise.rename", label="变更企业名称", roles={Role.ENTERPRISE_ADMIN, Role.HANDLER, Role.SYSTEM})
def may_rename(actor: Actor, obj: Enterprise) -> Verdict:
    """The firm's administrator or its bureau, on the paper of the registration office."""
    return _active(obj) and (ok() if actor.is_enterprise else _handles(actor, obj))


@rule("enterprise.move", label="变更所属县市区", roles={Role.ENTERPRISE_ADMIN, Role.HANDLER, Role.SYSTEM})
def may_move(actor: Actor, obj: Enterprise) -> Verdict:
    """The firm's administrator or the bureau that handles it now."""
    return _active(obj) and (ok() if actor.is_enterprise else _handles(actor, obj))


@rule("enterprise.close", label="注销企业", roles={Role.HANDLER, Role.SYSTEM})
def may_close(actor: Actor, obj: Enterprise) -> Verdict:
    """The handling bureau, when the firm was struck off."""
    return _active(obj) and _handles(actor, obj)


@rule("enterprise.manage_members", label="管理成员", roles={Role.ENTERPRISE_ADMIN, Role.SYSTEM})
def may_manage_members(actor: Actor, obj: Enterprise | None) -> Verdict:
    """Inviting, changing roles, ending memberships."""
    return _active(obj)


@rule("enterprise.leave", label="退出企业", roles=ENTERPRISE_ROLES)
def may_leave(actor: Actor, obj: Enterprise | None) -> Verdict:
    """Everybody may leave; that an administrator stays is asked under lock."""
    return ok()


@rule("enterprise.claim", label="认领企业", roles={Role.VISITOR} | ENTERPRISE_ROLES)
def may_claim(actor: Actor, obj: Any) -> Verdict:
    """Anybody with an account."""
    return ok() if actor.user_id is not None else no("认领企业需要账号。", "请先登录或注册。")


@rule("enterprise.withdraw_claim", label="撤回认领", roles={Role.VISITOR} | ENTERPRISE_ROLES)
def may_withdraw_claim(actor: Actor, obj: Claim) -> Verdict:
    """Who asked."""
    return ok() if obj.user_id == actor.user_id else no("只能撤回自己提出的认领。")


@rule("enterprise.decide_claim", label="核对认领", roles={Role.HANDLER})
def may_decide_claim(actor: Actor, obj: Claim | None) -> Verdict:
    """The handling bureau of the firm."""
    return ok() if obj is None else _handles(actor, obj.enterprise)


@rule("enterprise.hand_over", label="申请更换管理员", roles={Role.ENTERPRISE_MEMBER, Role.VISITOR})
def may_hand_over(actor: Actor, obj: Any) -> Verdict:
    """A member whose administrator is lost, or somebody with an account and the licence in hand."""
    return ok() if actor.user_id is not None else no("更换管理员需要账号。", "请先登录或注册。")


@rule("enterprise.withdraw_hand_over", label="撤回更换申请", roles={Role.VISITOR} | ENTERPRISE_ROLES)
def may_withdraw_hand_over(actor: Actor, obj: HandOver) -> Verdict:
    """Who asked."""
    return ok() if obj.user_id == actor.user_id else no("只能撤回自己提出的申请。")


@rule("enterprise.decide_hand_over", label="核对管理员更换", roles={Role.HANDLER})
def may_decide_hand_over(actor: Actor, obj: HandOver | None) -> Verdict:
    """The handling bureau of the firm."""
    return ok() if obj is None else _handles(actor, obj.enterprise)


@rule("enterprise.reveal_contact", label="查看完整联系方式", roles=CASE_ROLES)
def may_reveal_contact(actor: Actor, obj: Enterprise) -> Verdict:
    """Officials on the firm's path; each look is recorded, except for the bureau that handles it, which sees it
    anyway.
    """
    return ok()


for _action, _label in (
    ("enterprise.invite", "邀请成员"),
    ("enterprise.cancel_invitation", "取消邀请"),
    ("enterprise.accept_invitation", "接受邀请"),
    ("enterprise.change_role", "变更成员角色"),
    ("enterprise.end_membership", "成员离开"),
    ("enterprise.paths_rewritten", "调整责任路径"),
):
    action_labels.register(_action, _label)

__all__ = ["hats"]
