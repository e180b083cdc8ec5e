"""Entries of the top bar."""

from __future__ import annotations

from enterprises.permissions import READERS
from enterprises.queries import open_requests
from foundation.core.registries import NavItem, nav

nav.register("enterprises.home", NavItem("首页", "enterprises:home", 10, show=lambda actor: actor.is_enterprise))
nav.register(
    "enterprises.overview",
    NavItem(
        "企业资料", "enterprises:overview", 30, show=lambda actor: actor.is_enterprise, prefix="/enterprises/firm/"
    ),
)
nav.register(
    "enterprises.list",
    NavItem("企业", "enterprises:list", 40, show=lambda actor: actor.role in READERS, prefix="/enterprises/firm/"),
)
nav.register(
    "enterprises.requests",
    NavItem(
        "认领与交接",
        "enterprises:requests",
        320,
        show=lambda actor: actor.is_official and actor.role == "handler" and actor.level != "province",
        count=open_requests,
        prefix="/enterprises/requests/",
    ),
)
