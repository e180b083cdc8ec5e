"""Parts of other rooms' pages: the stairs on an enterprise's first page, roster entries beside a firm."""

from __future__ import annotations

from typing import Any

from cultivation.contexts import context_for
from cultivation.eligibility import FactSet, Outcome, TierResult, evaluate_all
from cultivation.models import RosterEntry
from cultivation.queries import current_versions, notices_for, running_rounds
from enterprises.facts import fact_rows
from enterprises.models import Enterprise
from foundation.accounts.actor import Actor
from foundation.core.clock import business_today
from foundation.core.registries import Panel, panels
from foundation.reference import regions

YEARS_BACK = 5


def tier_results(enterprise: Enterprise) -> list[dict[str, Any]]:
    """Per programme of the firm's province every tier's answer on its present facts, lowest first."""
    today = business_today()
    place = regions.as_of(enterprise.region_id, today)
    if place is None:
        return []
    rows = FactSet.from_rows(fact_rows(enterprise, years=range(today.year - YEARS_BACK, today.year), on=today))
    standing = {
        entry.programme_id: entry
        for entry in RosterEntry.objects.filter(enterprise=enterprise, until__isnull=True).order_by("id")
    }
    running = running_rounds(place.code[:2])
    found = []
    for version in current_versions(place.code[:2]):
        programme = version.programme_document
        round = running.get(version.programme_id)
        if round is not None:
            version, programme = round.version, round.programme
        context = context_for(programme, round=round, as_of=today)
        results = evaluate_all(programme, rows, context, version_hash=version.digest)
        entry = standing.get(version.programme_id)
        found.append(
            {
                "programme": programme,
                "version": version,
                "round": round,
                "years": f"{context.year(-3)}—{context.year(-1)}",
                "steps": [_step(result, entry) for result in results],
                "entry": entry,
            }
        )
    return found


def _step(result: TierResult, entry: RosterEntry | None) -> dict[str, Any]:
    best = result.best
    if entry is not None and entry.tier == result.tier:
        css, tone, word = "reached", "ok", "已列入"
    elif result.outcome in {Outcome.MET, Outcome.NEEDS_JUDGEMENT}:
        css, tone, word = "here", "dai", "可以申报"
    elif best.count(Outcome.NOT_MET) == 0:
        css, tone, word = "near", "wait", "资料待补"
    elif best.count(Outcome.NOT_MET) == 1:
        css, tone, word = "near", "wait", "1 项不符合"
    else:
        css, tone, word = "", "mo", "尚未达到"
    first = sorted(best.criteria, key=lambda c: _ORDER[c.outcome])
    return {"result": result, "best": best, "css": css, "tone": tone, "word": word, "criteria": first}


_ORDER = {Outcome.NOT_MET: 0, Outcome.UNDETERMINED: 1, Outcome.NEEDS_JUDGEMENT: 2, Outcome.MET: 3}


def _stairs(actor: Actor, enterprise: Any) -> dict[str, Any] | None:
    return {"groups": groups} if (groups := tier_results(enterprise)) else None


def _notices(actor: Actor, enterprise: Any) -> dict[str, Any] | None:
    threads = notices_for(actor)[:3]
    return {"threads": threads} if threads else None


def _entries(actor: Actor, enterprise: Any) -> dict[str, Any] | None:
    entries = RosterEntry.objects.visible_to(actor).filter(enterprise=enterprise)
    rows = list(entries.select_related("programme").order_by("-since", "-id"))
    return {"entries": rows} if rows else None


panels.register("enterprise_home.notices", Panel("cultivation/panels/notices.html", 20, _notices))
panels.register("enterprise_home.tiers", Panel("cultivation/panels/stairs.html", 30, _stairs))
panels.register("enterprise_page.roster", Panel("cultivation/panels/roster.html", 20, _entries))
