"""Parts of lower rooms' pages that the portal fills: the demo accounts on the sign-in page and the welcome page."""

from __future__ import annotations

from typing import Any

from foundation.core.registries import Panel, panels
from portal import work  # noqa: F401  fills the overview
from portal.rehearsal.accounts import featured


def demo_accounts(actor: Any, obj: Any) -> dict[str, Any] | None:
    """The one-press accounts; stays away outside a rehearsal."""
    found = featured()
    return {"accounts": found} if found else None


panels.register("sign_in.demo", Panel("portal/demo_accounts.html", 10, demo_accounts))
panels.register("welcome.demo", Panel("portal/demo_accounts.html", 90, demo_accounts))
