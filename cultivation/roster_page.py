"""What the pages of roster entries show: standing on a day, the dated events with their papers."""

from __future__ import annotations

import datetime as dt
from typing import Any

from cultivation.models import EntryEvent, RosterEntry
from cultivation.roster_rules import programme_of
from foundation.accounts.actor import Actor
from foundation.core.clock import business_today
from foundation.core.registries import panels_for
from foundation.reference import regions

ENTRY_PLACE, OWN_PLACE = "roster_entry", "my_roster"
"""Panels named ``roster_entry.…`` stand on the page of one entry (proposals, months reported, support received), those named
``my_roster.…`` above the firm's own entries; their object is then the firm's id."""

TONES = {
    EntryEvent.Kind.LISTED: "ok",
    EntryEvent.Kind.OBSERVED: "wait",
    EntryEvent.Kind.RESTORED: "ok",
    EntryEvent.Kind.LEFT: "no",
    EntryEvent.Kind.CORRECTED: "mo",
}


def standing_words(entry: RosterEntry, *, observed: bool, day: dt.date) -> tuple[str, str]:
    """Tone and word of an entry on a day: 在册, 观察期, or the cause it left for."""
    if entry.until is not None and entry.until <= day:
        return ("ok" if entry.exit == RosterEntry.Exit.PROMOTED else "mo"), f"已离开：{entry.get_exit_display()}"
    return ("wait", "观察期") if observed else ("ok", "在册")


def observation_on(events: list[EntryEvent], day: dt.date) -> EntryEvent | None:
    """The observation that runs on a day among the events of one entry."""
    return next(
        (
            event
            for event in events
            if event.kind == EntryEvent.Kind.OBSERVED
            and event.on <= day
            and (event.ended_on is None or event.ended_on > day)
        ),
        None,
    )


def entry_context(entry: RosterEntry, actor: Actor) -> dict[str, Any]:
    """One entry: where it stands today, what happened to it, on which paper each rests, what higher rooms add."""
    today = business_today()
    events = list(entry.events.select_related("document", "decision").order_by("-on", "-id"))
    running = observation_on(events, today)
    life = programme_of(entry).lifecycle
    tone, word = standing_words(entry, observed=running is not None, day=today)
    others = RosterEntry.objects.visible_to(actor).filter(enterprise_id=entry.enterprise_id).exclude(pk=entry.pk)
    return {
        "entry": entry,
        "tone": tone,
        "word": word,
        "running": running,
        "rights": {"kept": "层级和政策保留", "suspended": "层级保留，政策暂停"}.get(
            life.rights_during_observation or "", ""
        ),
        "reentry": life.reentry == "new_application" and entry.until is not None,
        "place": regions.full_name(entry.region_id),
        "events": [event_line(event, actor) for event in events],
        "others": list(others.select_related("programme").order_by("-since", "-id")),
        "panels": panels_for(ENTRY_PLACE, actor, entry),
    }


def event_line(event: EntryEvent, actor: Actor) -> dict[str, Any]:
    """One event as a line of the timeline: what, on which day, by which paper, who decided."""
    return {
        "title": event.get_kind_display(),
        "tone": TONES[EntryEvent.Kind(event.kind)],
        "on": event.on,
        "due_on": event.due_on,
        "ended_on": event.ended_on,
        "text": event.text,
        "document": event.document,
        "opens": event.document is not None and actor.is_official and event.document.issuer_id == actor.bureau_id,
        "who": f"{event.decision.hat_label}",
    }


def own_entries(actor: Actor) -> list[dict[str, Any]]:
    """The firm's own entries, newest first, each with its events; a fixed number of statements."""
    today = business_today()
    rows = RosterEntry.objects.visible_to(actor).select_related(
        "programme", "roster_list", "round__version", "enterprise"
    )
    found = []
    for entry in rows.prefetch_related("events__document", "events__decision").order_by("-since", "-id"):
        events = sorted(entry.events.all(), key=lambda event: (event.on, event.pk), reverse=True)
        running = observation_on(events, today)
        tone, word = standing_words(entry, observed=running is not None, day=today)
        found.append(
            {
                "entry": entry,
                "tone": tone,
                "word": word,
                "running": running,
                "current": entry.until is None,
                "events": [event_line(event, actor) for event in events],
            }
        )
    return found
