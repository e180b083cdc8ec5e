"""Entries of the top bar."""

from __future__ import annotations

from foundation.accounts.actor import Actor
from foundation.accounts.may import may
from foundation.core.registries import NavItem, nav
from monitoring.queries import open_months_of


def _owed(actor: Actor) -> object:
    return open_months_of(actor.enterprise_id or 0)


nav.register(
    "monitoring.mine",
    NavItem(
        "我的月报", "monitoring:mine", 25, show=lambda actor: actor.is_enterprise, count=_owed, prefix="/monitoring/"
    ),
)
nav.register(
    "monitoring.month",
    NavItem(
        "月报",
        "monitoring:month",
        45,
        show=lambda actor: actor.is_official and bool(may(actor, "return.board")),
        prefix="/monitoring/",
    ),
)
