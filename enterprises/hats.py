"""Hats from memberships: a person acts for each enterprise in the role held there."""

from __future__ import annotations

from typing import Any

from enterprises.models import Membership
from foundation.accounts.actor import Actor, Hat, HatSource, hat_sources
from foundation.accounts.models import User
from foundation.accounts.permissions import account_keepers
from foundation.accounts.roles import Role

ROLE_LABELS = {Role.ENTERPRISE_ADMIN: "管理员", Role.ENTERPRISE_MEMBER: "经办人"}


_MEMBERSHIPS = """
    SELECT m.role, e.id AS enterprise, e.name
      FROM enterprises_membership m JOIN enterprises_enterprise e ON e.id = m.enterprise_id
     WHERE m.user_id = %(user)s AND m.valid_to IS NULL AND e.state = 'active'
     ORDER BY m.id
"""
"""Open memberships in enterprises on the register, oldest first."""


def _hat(row: dict[str, Any]) -> Hat:
    return Hat(
        kind="enterprise",
        role=row["role"],
        label=f"{row['name']} · {ROLE_LABELS[Role(row['role'])]}",
        holder_id=row["enterprise"],
        holder_name=row["name"],
    )


hat_sources.register("memberships", HatSource(_MEMBERSHIPS, _hat))


def keeps_members(actor: Actor, user: User) -> list[bool]:
    """Who may reset a member's password after an identity check: 经办 of the bureau that handles the firm (A.2-2)."""
    open_ones = Membership.objects.filter(user=user, valid_to__isnull=True).select_related("enterprise")
    return [actor.role == Role.HANDLER and actor.bureau_id == one.enterprise.bureau_id for one in open_ones]


account_keepers.register("memberships", keeps_members)
