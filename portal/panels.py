"""Parts of pages the portal fills: open rounds on the welcome page, demo accounts there and on the sign-in page."""

from __future__ import annotations

from typing import Any

from cultivation import queries as cultivation
from foundation.core.clock import business_today
from foundation.core.registries import Panel, panels
from portal import work, work_monitoring  # noqa: F401  they fill the overview
from portal.rehearsal.accounts import featured, grouped


def demo_accounts(actor: Any, obj: Any) -> dict[str, Any] | None:
    """The one-press accounts; stays away outside a rehearsal."""
    found = featured()
    return {"groups": grouped(found)} if found else None


def open_rounds(actor: Any, obj: Any) -> dict[str, Any] | None:
    """Rounds firms can apply in now, with the date that holds where no bureau on the way has set an earlier one."""
    found = []
    for round_ in cultivation.rounds(only_open=True):
        window = next(
            (one for one in round_.window_list() if one.level == "enterprise" and one.bureau_id is None), None
        )
        if window is not None and window.closes_on is not None and window.closes_on < business_today():
            continue
        found.append({"round": round_, "closes_on": window.closes_on if window else None})
    return {"rounds": found} if found else None


panels.register("welcome.rounds", Panel("portal/open_rounds.html", 10, open_rounds))
panels.register("sign_in.demo", Panel("portal/demo_accounts.html", 10, demo_accounts))
panels.register("welcome.demo", Panel("portal/demo_accounts.html", 90, demo_accounts))
