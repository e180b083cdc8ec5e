"""The first entry of everybody's menu."""

from foundation.core.registries import NavItem, nav

nav.register("portal.home", NavItem("首页", "portal:home", order=0, show=lambda actor: actor.is_official))
