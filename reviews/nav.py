"""Entries of the top bar."""

from __future__ import annotations

from foundation.accounts.may import may
from foundation.core.registries import NavItem, nav
from reviews.filing_queries import open_corrections

nav.register(
    "reviews.mine",
    NavItem(
        "我的申报",
        "reviews:mine",
        20,
        show=lambda actor: actor.is_enterprise,
        count=open_corrections,
        prefix="/reviews/mine/",
    ),
)
nav.register(
    "reviews.on_behalf",
    NavItem(
        "代填",
        "reviews:on_behalf",
        60,
        show=lambda actor: bool(may(actor, "application.enter_paper")),
        prefix="/reviews/on-behalf/",
    ),
)
