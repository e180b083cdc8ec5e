"""Menu entries of this room."""

from __future__ import annotations

from cultivation.permissions import NOTICE_READERS, ROSTER_READERS
from cultivation.queries import unsigned_notices
from foundation.core.registries import NavItem, nav

nav.register(
    "cultivation.notices",
    NavItem(
        "通知与轮次",
        "cultivation:notices",
        order=300,
        show=lambda actor: actor.role in NOTICE_READERS,
        count=unsigned_notices,
        prefix="/cultivation/notices/",
    ),
)
nav.register(
    "cultivation.roster",
    NavItem(
        "培育名单",
        "cultivation:roster",
        order=48,
        show=lambda actor: actor.is_official and actor.role in ROSTER_READERS,
        prefix="/cultivation/roster/",
    ),
)
nav.register(
    "cultivation.own_entries",
    NavItem(
        "我的名单",
        "cultivation:my-roster",
        order=40,
        show=lambda actor: actor.is_enterprise,
        prefix="/cultivation/roster/",
    ),
)
nav.register(
    "cultivation.programmes",
    NavItem(
        "政策与自测",
        "cultivation:programmes",
        order=600,
        show=lambda actor: not actor.is_official,
        prefix="/cultivation/programmes/",
    ),
)
