"""How entries stand in their duty and their growth, read set-wise: a constant number of queries for any number of entries."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from cultivation import schema
from cultivation.models import EntryEvent, RosterEntry
from cultivation.queries import current_version
from enterprises.models import AnnualFigure
from foundation.duties.models import Obligation
from monitoring.breach import Month
from monitoring.growth import Growth, MonthFigure, from_months, from_years
from monitoring.models import ChaseClaim, MonthlyReturn
from monitoring.months import MONTHLY

_NOTHING = {MonthlyReturn.Nature.ZERO, MonthlyReturn.Nature.STOPPED}


def rules_of(entries: Iterable[RosterEntry]) -> dict[int, schema.Programme]:
    """The rules each entry lives under, by entry: its round's version, else the programme's newest."""
    found: dict[int, schema.Programme] = {}
    newest: dict[str, schema.Programme] = {}
    for entry in entries:
        if entry.round is not None:
            found[entry.pk] = entry.round.programme
            continue
        code = entry.programme.code
        if code not in newest:
            version = current_version(code)
            if version is None:
                continue
            newest[code] = version.programme_document
        found[entry.pk] = newest[code]
    return found


def current_entries() -> QuerySet[RosterEntry]:
    """Entries that stand now, with what their rules are read from."""
    return RosterEntry.objects.filter(until__isnull=True).select_related("programme", "round__version", "enterprise")


@dataclass(frozen=True, slots=True)
class Reported:
    """An obligation with what was filed for it, for evidence."""

    obligation_id: int
    month: Month
    status: str
    done_at: dt.datetime | None
    nature: str


def months_of(entry_ids: Collection[int]) -> dict[int, list[Reported]]:
    """The monthly duty of each entry, in order of the months; one query."""
    rows = (
        Obligation.objects.filter(kind=MONTHLY, subject_kind="roster_entry", subject_id__in=entry_ids)
        .order_by("subject_id", "period")
        .values_list(
            "pk",
            "subject_id",
            "period",
            "due_on",
            "status",
            "done_at",
            "monthly_return__state",
            "monthly_return__nature",
        )
    )
    found: dict[int, list[Reported]] = defaultdict(list)
    for pk, entry_id, period, due_on, status, done_at, state, nature in rows:
        if due_on is None:
            continue
        month = Month(
            period=period,
            due_on=due_on,
            filed=status not in {Obligation.Status.OPEN, Obligation.Status.WAIVED},
            waived=status == Obligation.Status.WAIVED,
            sent_back=state == MonthlyReturn.State.RETURNED,
        )
        found[entry_id].append(Reported(pk, month, status, done_at, nature or ""))
    return found


def reminders_of(obligation_ids: Collection[int]) -> dict[int, list[dict[str, Any]]]:
    """The reminders that went out for each obligation: rung, day, by which ways; one query."""
    found: dict[int, dict[tuple[str, str], list[str]]] = defaultdict(dict)
    rows = ChaseClaim.objects.filter(obligation_id__in=obligation_ids, recipient_kind="enterprise").order_by("id")
    for obligation_id, rung, channel, day in rows.values_list("obligation_id", "rung", "channel", "day"):
        found[obligation_id].setdefault((rung, day.isoformat()), []).append(channel)
    return {
        pk: [{"rung": rung, "day": day, "channels": channels} for (rung, day), channels in sent.items()]
        for pk, sent in found.items()
    }


def growth_of(entries: Collection[RosterEntry], year: int, rules: dict[int, schema.Programme]) -> dict[int, Growth]:
    """Growth of the indicator named by each entry's rules in ``year``; entries whose rules name none are left out.

    Three queries. Annual figures of both years answer where they are there; else the months owed in the year.
    """
    asked = [entry for entry in entries if entry.pk in rules and rules[entry.pk].lifecycle.growth_fact is not None]
    facts = {rules[entry.pk].lifecycle.growth_fact for entry in asked}
    annual: dict[tuple[int, str], dict[tuple[int, str], Decimal | None]] = defaultdict(dict)
    rows = AnnualFigure.objects.filter(
        enterprise_id__in={entry.enterprise_id for entry in asked},
        fact__in=facts,
        year__in=(year - 1, year),
        superseded=False,
    )
    for firm, fact, of, basis, value in rows.values_list("enterprise_id", "fact", "year", "basis", "value"):
        annual[firm, fact][of, basis] = value
    monthly = _months_of_year([entry.pk for entry in asked], year)
    owed = _owed_in([entry.pk for entry in asked], year)
    found: dict[int, Growth] = {}
    for entry in asked:
        lifecycle = rules[entry.pk].lifecycle
        below = lifecycle.growth_below_pct if lifecycle.growth_below_pct is not None else Decimal(0)
        by_year = from_years(year, annual[entry.enterprise_id, str(lifecycle.growth_fact)], below)
        found[entry.pk] = by_year or from_months(year, monthly[entry.pk], owed[entry.pk], below)
    return found


def _months_of_year(entry_ids: Collection[int], year: int) -> dict[int, list[MonthFigure]]:
    found: dict[int, list[MonthFigure]] = defaultdict(list)
    rows = MonthlyReturn.objects.filter(
        entry_id__in=entry_ids, period__startswith=f"{year}-", state=MonthlyReturn.State.SUBMITTED
    )
    for entry_id, period, nature, now, before in rows.values_list(
        "entry_id", "period", "nature", "main_revenue", "main_revenue_prior"
    ):
        figure = Decimal(0) if nature in _NOTHING and now is None else now
        found[entry_id].append(MonthFigure(period, figure, before))
    return found


def _owed_in(entry_ids: Collection[int], year: int) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    rows = Obligation.objects.filter(
        kind=MONTHLY, subject_kind="roster_entry", subject_id__in=entry_ids, period__startswith=f"{year}-"
    ).exclude(status=Obligation.Status.WAIVED)
    for entry_id, period in rows.order_by("period").values_list("subject_id", "period"):
        found[entry_id].append(period)
    return found


def observations_ending(day: dt.date) -> list[EntryEvent]:
    """Running observations of current entries, with their entries; which of them end soon is asked of each one's rules."""
    rows = EntryEvent.objects.filter(
        kind=EntryEvent.Kind.OBSERVED, ended_on__isnull=True, entry__until__isnull=True, on__lte=day
    )
    return list(rows.select_related("entry__programme", "entry__round__version", "entry__enterprise").order_by("id"))
