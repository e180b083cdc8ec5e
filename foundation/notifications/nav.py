"""Menu entry for the one page of this room that is not in the top bar already."""

from foundation.accounts.roles import Role
from foundation.core.registries import NavItem, nav
from foundation.notifications.queries import doubtful_letters

nav.register(
    "notifications.letters",
    NavItem(
        "发送异常",
        "notifications:letters",
        order=910,
        show=lambda actor: actor.role == Role.SYSTEM_ADMIN,
        count=lambda actor: doubtful_letters(),
    ),
)
