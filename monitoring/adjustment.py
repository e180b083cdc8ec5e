"""The yearly adjustment (SC-33): what each listed firm's year says, for a person to decide on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet

from cultivation.models import EntryEvent, RosterEntry
from foundation.accounts.actor import Actor
from foundation.core.money import format_pct
from monitoring.growth import Answer
from monitoring.models import Signal
from monitoring.standing import growth_of, rules_of

WORDS = {
    ("held", False): ("保持", "ok"),
    ("held", True): ("恢复正常", "ok"),
    ("fallen", False): ("进入观察期", "wait"),
    ("fallen", True): ("观察期满未达条件，调出", "no"),
    ("undetermined", False): ("待定：数据不全", "mo"),
    ("undetermined", True): ("待定：数据不全", "mo"),
}

UNDER_WAY = ("已在观察期", "wait")


@dataclass(frozen=True, slots=True)
class YearLine:
    """One firm's year. ``advice`` is a suggestion; ``signal_id`` leads to where it is acted on."""

    entry: RosterEntry
    before: Decimal | None
    now: Decimal | None
    pct: str
    source: str
    advice: str
    tone: str
    observed: bool
    signal_id: int | None

    def as_row(self) -> dict[str, object]:
        """For the workbook."""
        return {
            "name": self.entry.name,
            "tier": self.entry.tier_title,
            "before": self.before,
            "now": self.now,
            "pct": self.pct,
            "source": self.source,
            "advice": self.advice,
        }


def entries_of(actor: Actor) -> QuerySet[RosterEntry]:
    """Current entries the actor answers for, in the order of the roster."""
    return (
        RosterEntry.objects.visible_to(actor)
        .filter(until__isnull=True)
        .select_related("programme", "round__version", "enterprise")
        .order_by("region__sort_key", "name", "id")
    )


def lines_of(entries: Sequence[RosterEntry], year: int) -> list[YearLine]:
    """The year of each entry whose rules have a yearly adjustment; a constant number of queries."""
    rules = rules_of(entries)
    asked = [entry for entry in entries if entry.pk in rules and rules[entry.pk].lifecycle.annual_adjustment]
    growth = growth_of(asked, year, rules)
    ids = [entry.pk for entry in asked]
    watched = dict(
        EntryEvent.objects.filter(entry_id__in=ids, kind=EntryEvent.Kind.OBSERVED, ended_on__isnull=True)
        .order_by("on", "id")
        .values_list("entry_id", "on")
    )
    signals = dict(
        Signal.objects.filter(
            entry_id__in=ids, kind__in=[Signal.Kind.GROWTH_FALL, Signal.Kind.OBSERVATION_END], proposal_id__isnull=True
        )
        .order_by("id")
        .values_list("entry_id", "pk")
    )
    found = []
    for entry in asked:
        answer = growth.get(entry.pk)
        state = answer.answer if answer else Answer.UNDETERMINED
        since = watched.get(entry.pk)
        # The year before the observation is why it began; it cannot also end it.
        advice, tone = UNDER_WAY if since and since.year > year else WORDS[state.value, since is not None]
        found.append(
            YearLine(
                entry=entry,
                before=answer.before if answer else None,
                now=answer.now if answer else None,
                pct=format_pct(answer.pct if answer else None),
                source=answer.source if answer else "",
                advice=advice,
                tone=tone,
                observed=entry.pk in watched,
                signal_id=signals.get(entry.pk),
            )
        )
    return found
