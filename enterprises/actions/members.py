"""People of an enterprise come and go; the last administrator cannot (peers' most asked-for rule)."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from typing import Any

from django.db import transaction

from enterprises.models import Enterprise, Invitation, Membership
from foundation.accounts.actor import Actor
from foundation.accounts.models import User
from foundation.accounts.roles import ENTERPRISE_ROLES, Role
from foundation.accounts.transition import record_act, require
from foundation.core.clock import business_today, real_now
from foundation.core.errors import Refused
from foundation.core.verdict import no

INVITATION_LIFE = dt.timedelta(days=14)
"""How long a link can be used, by the machine's clock."""
LAST_ADMIN = no("企业至少要有一位管理员。", "请先把另一位成员设为管理员。")


def digest(token: str) -> str:
    """What is stored of an invitation's link."""
    return hashlib.sha256(token.encode()).hexdigest()


def invite(*, enterprise: Enterprise, address: str, role: str, actor: Actor, name: str = "") -> tuple[Invitation, str]:
    """Make a link for a colleague; returns the invitation and the token, which is shown once and never stored."""
    address = address.strip().lower()
    with transaction.atomic():
        enterprise = _locked(enterprise.pk)
        require(actor, "enterprise.manage_members", enterprise)
        if not address:
            raise Refused(no("请填写对方的邮箱或手机。"))
        if role not in ENTERPRISE_ROLES:
            raise Refused(no("请选择角色：管理员或经办人。"))
        now = real_now()
        open_ones = enterprise.invitations.filter(state=Invitation.State.OPEN, address=address)
        open_ones.filter(expires_at__lte=now).update(state=Invitation.State.CANCELLED)
        if open_ones.filter(expires_at__gt=now).exists():
            raise Refused(no(f"已向 {address} 发出邀请。", "如对方没有收到，可先取消再重发。"))
        token = secrets.token_urlsafe(24)
        invitation = Invitation.objects.create(
            enterprise=enterprise,
            name=name.strip()[:40],
            address=address,
            role=role,
            token_digest=digest(token),
            invited_by=actor.name,
            created_at=now,
            expires_at=now + INVITATION_LIFE,
        )
        _record(enterprise, "enterprise.invite", actor, {"invitation": invitation.pk, "role": role})
    return invitation, token


def cancel_invitation(*, enterprise: Enterprise, invitation_id: int, actor: Actor) -> None:
    """Take a link back; one already used or cancelled stays as it is."""
    with transaction.atomic():
        enterprise = _locked(enterprise.pk)
        require(actor, "enterprise.manage_members", enterprise)
        open_one = enterprise.invitations.filter(pk=invitation_id, state=Invitation.State.OPEN)
        if open_one.update(state=Invitation.State.CANCELLED):
            _record(enterprise, "enterprise.cancel_invitation", actor, {"invitation": invitation_id})


def open_invitation(token: str) -> Invitation | None:
    """The invitation behind a link that can still be used."""
    found = Invitation.objects.filter(token_digest=digest(token)).select_related("enterprise").first()
    if found is None or found.state != Invitation.State.OPEN or found.expires_at <= real_now():
        return None
    return found if found.enterprise.is_active else None


def accept_invitation(*, token: str, user: User, actor: Actor) -> Membership:
    """The person who opened the link becomes a member; a second time changes nothing."""
    expired = Refused(no("这个邀请链接已失效。", "请让企业管理员重新邀请。"))
    with transaction.atomic():
        found = Invitation.objects.filter(token_digest=digest(token)).first()
        if found is None:
            raise expired
        enterprise = _locked(found.enterprise_id)
        invitation = Invitation.objects.select_for_update().get(pk=found.pk)
        present = enterprise.memberships.filter(user=user, valid_to__isnull=True).first()
        if invitation.state == Invitation.State.ACCEPTED and invitation.accepted_by_id == user.pk and present:
            return present
        if invitation.state != Invitation.State.OPEN or invitation.expires_at <= real_now() or not enterprise.is_active:
            raise expired
        invitation.state, invitation.accepted_by = Invitation.State.ACCEPTED, user
        invitation.save(update_fields=["state", "accepted_by"])
        if present is None:
            present = Membership.objects.create(
                user=user, enterprise=enterprise, role=invitation.role, valid_from=business_today()
            )
        elif invitation.role == Role.ENTERPRISE_ADMIN and not present.is_admin:
            present.role = invitation.role
            present.save(update_fields=["role"])
        data = {"invitation": invitation.pk, "member": user.pk, "role": present.role}
        _record(enterprise, "enterprise.accept_invitation", actor, data)
    return present


def change_role(*, enterprise: Enterprise, membership_id: int, role: str, actor: Actor) -> None:
    """Make a member an administrator or the other way round."""
    if role not in ENTERPRISE_ROLES:
        raise Refused(no("请选择角色：管理员或经办人。"))
    with transaction.atomic():
        enterprise = _locked(enterprise.pk)
        require(actor, "enterprise.manage_members", enterprise)
        membership = _open_membership(enterprise, membership_id)
        if membership.role == role:
            return
        if membership.is_admin:
            _another_admin(enterprise, membership)
        membership.role = role
        membership.save(update_fields=["role"])
        _record(enterprise, "enterprise.change_role", actor, {"member": membership.user_id, "role": role})


def end_membership(*, enterprise: Enterprise, membership_id: int, actor: Actor) -> None:
    """An administrator ends somebody's membership, or a member leaves of their own accord."""
    with transaction.atomic():
        enterprise = _locked(enterprise.pk)
        membership = _open_membership(enterprise, membership_id)
        own = membership.user_id == actor.user_id
        require(actor, "enterprise.leave" if own else "enterprise.manage_members", enterprise)
        if membership.is_admin:
            _another_admin(enterprise, membership)
        membership.valid_to = business_today()
        membership.save(update_fields=["valid_to"])
        action = "enterprise.leave" if own else "enterprise.end_membership"
        _record(enterprise, action, actor, {"member": membership.user_id})


def grant_membership(*, enterprise: Enterprise, user: User, role: str) -> Membership:
    """Make ``user`` a member (an administrator, when asked for one); called by decisions that record themselves."""
    present = enterprise.memberships.filter(user=user, valid_to__isnull=True).first()
    if present is None:
        return Membership.objects.create(user=user, enterprise=enterprise, role=role, valid_from=business_today())
    if role == Role.ENTERPRISE_ADMIN and not present.is_admin:
        present.role = role
        present.save(update_fields=["role"])
    return present


def _locked(pk: int) -> Enterprise:
    return Enterprise.objects.select_for_update(of=("self",)).get(pk=pk)


def _open_membership(enterprise: Enterprise, membership_id: int) -> Membership:
    found = enterprise.memberships.filter(pk=membership_id, valid_to__isnull=True).select_related("user").first()
    if found is None:
        raise Refused(no("此人已不是企业成员。", "请刷新页面。"))
    return found


def _another_admin(enterprise: Enterprise, leaving: Membership) -> None:
    others = enterprise.memberships.filter(role=Role.ENTERPRISE_ADMIN, valid_to__isnull=True, user__is_active=True)
    if not others.exclude(pk=leaving.pk).exists():
        raise Refused(LAST_ADMIN)


def _record(enterprise: Enterprise, action: str, actor: Actor, data: dict[str, Any]) -> None:
    record_act(
        subject_kind=enterprise.subject_kind,
        subject_id=enterprise.pk,
        subject_label=enterprise.name,
        action=action,
        actor=actor,
        data=data,
    )
