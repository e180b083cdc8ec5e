"""What this room shows on pages of lower floors: the months on the page of a roster entry."""

from __future__ import annotations

from typing import Any

from cultivation.models import RosterEntry
from foundation.accounts.actor import Actor
from foundation.accounts.may import may
from foundation.core.clock import business_today
from foundation.core.registries import Panel, panels
from monitoring import months
from monitoring.models import MonthlyReturn
from monitoring.permissions import WRITABLE
from monitoring.return_page import FIRM_WORDS, OFFICE_WORDS, TONES
from monitoring.standing_of_firm import commitment_of

SHOWN = 12


def _months_of(actor: Actor, entry: RosterEntry) -> dict[str, Any] | None:
    """The last twelve months of the entry with their states, and the three-year commitment (SC-38, SC-39)."""
    if not may(actor, "return.view"):
        return None
    rows = list(
        MonthlyReturn.objects.visible_to(actor)
        .filter(entry=entry)
        .select_related("obligation")
        .order_by("-period")[:SHOWN]
    )
    today = business_today()
    words = FIRM_WORDS if actor.is_enterprise else OFFICE_WORDS
    return {
        "months": [
            {
                "pk": row.pk,
                "label": months.label(row.period),
                "word": words[row.state],
                "tone": TONES[row.state],
                "nature": row.get_nature_display() if row.state == "submitted" and row.nature != "normal" else "",
                "late": row.late
                or (row.state in WRITABLE and row.obligation.due_on is not None and row.obligation.due_on < today),
            }
            for row in rows
        ],
        "commitment": commitment_of(entry.enterprise_id, today),
        "firm": entry.enterprise_id,
        "official": actor.is_official,
    }


panels.register("roster_entry.months", Panel("monitoring/returns/_entry.html", 20, _months_of))
