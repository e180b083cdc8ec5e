"""Hats from memberships: a person acts for each enterprise in the role held there."""

from __future__ import annotations

from enterprises.models import Enterprise, Membership
from foundation.accounts.actor import Actor, Hat, hat_providers
from foundation.accounts.models import User
from foundation.accounts.permissions import account_keepers
from foundation.accounts.roles import Role

ROLE_LABELS = {Role.ENTERPRISE_ADMIN: "管理员", Role.ENTERPRISE_MEMBER: "经办人"}


def hat_for(membership: Membership) -> Hat:
    """The hat of one membership."""
    name = membership.enterprise.name
    return Hat(
        kind="enterprise",
        role=membership.role,
        label=f"{name} · {ROLE_LABELS[Role(membership.role)]}",
        holder_id=membership.enterprise_id,
        holder_name=name,
    )


def membership_hats(user: User) -> list[Hat]:
    """One hat per open membership in an enterprise on the register, oldest first."""
    open_ones = Membership.objects.filter(user=user, valid_to__isnull=True, enterprise__state=Enterprise.State.ACTIVE)
    return [hat_for(membership) for membership in open_ones.select_related("enterprise").order_by("id")]


hat_providers.register("memberships", membership_hats)


def keeps_members(actor: Actor, user: User) -> list[bool]:
    """Who may reset a member's password after an identity check: 经办 of the bureau that handles the firm (A.2-2)."""
    open_ones = Membership.objects.filter(user=user, valid_to__isnull=True).select_related("enterprise")
    return [actor.role == Role.HANDLER and actor.bureau_id == one.enterprise.bureau_id for one in open_ones]


account_keepers.register("memberships", keeps_members)
