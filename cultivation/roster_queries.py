"""Questions to the roster: who stands as of any day, who came and left in a period, how many by region, tier and year."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page
from django.db.models import Count, Q, QuerySet
from django.utils.dateparse import parse_date

from cultivation.models import EntryEvent, RosterEntry, RosterList, Round
from cultivation.queries import current_versions
from cultivation.roster import observed_on
from enterprises.models import Enterprise, EnterpriseName
from enterprises.models.firm import SEARCHED
from enterprises.queries import places_below
from foundation.accounts.actor import Actor
from foundation.core.clock import business_today
from foundation.core.kept import until_the_next_act
from foundation.core.paging import BothEnds
from foundation.core.search import has_fragment
from foundation.core.text import normalise_name

STANDINGS = {"": "在册", "observed": "观察期", "left": "已离开", "all": "曾在册"}
LONGEST_TEXT = 60


def day_of(text: str, default: dt.date) -> dt.date:
    """A day from an address; anything else is the default."""
    try:
        return parse_date(text) or default
    except ValueError:
        return default


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 9 else None


@dataclass(frozen=True, slots=True)
class RosterFilter:
    """What a reader narrows the list by; ``standing`` is asked as of ``day``."""

    day: dt.date
    programme: str = ""
    tier: str = ""
    region: int | None = None
    year: int | None = None
    batch: int | None = None
    standing: str = ""
    text: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> RosterFilter:
        """From the address of a page; what cannot be read is left out, a day to come is today."""
        today = business_today()
        standing = query.get("standing", "")
        year, _, batch = query.get("batch", "").partition("-")
        return cls(
            day=min(day_of(query.get("day", ""), today), today),
            programme=query.get("programme", "")[:60],
            tier=query.get("tier", "")[:60],
            region=_number(query.get("region", "")),
            year=_number(year),
            batch=_number(batch),
            standing=standing if standing in STANDINGS else "",
            text=normalise_name(query.get("q", ""))[:LONGEST_TEXT],
        )


def stood_on(day: dt.date) -> Q:
    """The entry stood on the day: since ≤ day < until."""
    return Q(since__lte=day) & (Q(until__isnull=True) | Q(until__gt=day))


def narrowed(rows: QuerySet[RosterEntry], by: RosterFilter) -> QuerySet[RosterEntry]:
    """Any base of entries as of the filter's day, with ``observed`` beside each (SC-34), in administrative order."""
    found = rows.annotate(observed=observed_on(by.day))
    if by.standing == "left":
        found = found.filter(until__lte=by.day)
    elif by.standing == "all":
        found = found.filter(since__lte=by.day)
    else:
        found = found.filter(stood_on(by.day))
        if by.standing == "observed":
            found = found.filter(observed=True)
    if by.programme:
        found = found.filter(programme__code=by.programme)
    if by.tier:
        found = found.filter(tier=by.tier)
    if by.region is not None:
        found = found.filter(region_id__in=places_below(by.region))
    if by.year is not None:
        found = found.filter(year=by.year)
    if by.batch is not None:
        found = found.filter(batch=by.batch)
    if by.text:
        found = found.filter(matching(by.text))
    return found.order_by("region_id", "name", "id")  # ids of regions run in administrative order


def matching(text: str) -> Q:
    """Entries of firms by a fragment of their name (that of the day of listing, today's, an earlier one) or their code."""
    today = Q(name_normal__contains=text.lower()) | Q(uscc__startswith=text.upper())
    firms = Enterprise.objects.filter(has_fragment(text, *SEARCHED, holds=today))
    earlier = EnterpriseName.objects.filter(has_fragment(text, "name", holds=Q(name__contains=text)))
    entries = RosterEntry.objects.order_by()
    # Each arm by an index of its own; one condition with OR would read the whole roster.
    found = entries.filter(has_fragment(text, "name", holds=Q(name__contains=text))).values("pk")
    return Q(
        pk__in=found.union(
            entries.filter(enterprise_id__in=firms.values("pk")).values("pk"),
            entries.filter(enterprise_id__in=earlier.order_by().values("enterprise_id")).values("pk"),
            all=True,
        )
    )


def official_rows(actor: Actor, by: RosterFilter) -> QuerySet[RosterEntry]:
    """Entries on the official's responsibility path (HN-14, SC-18)."""
    rows = RosterEntry.objects.visible_to(actor).select_related("enterprise", "region", "roster_list")
    return narrowed(rows, by)


def public_rows(by: RosterFilter) -> QuerySet[RosterEntry]:
    """Entries of programmes that publish their list; only those that stand, and nothing of an observation (SC-43)."""
    published = [row.programme_id for row in current_versions() if row.programme_document.publication is not None]
    rows = RosterEntry.objects.filter(programme_id__in=published).filter(stood_on(by.day)).select_related("region")
    plain = RosterFilter(
        day=by.day, programme=by.programme, tier=by.tier, region=by.region, year=by.year, batch=by.batch
    )
    found = narrowed(rows, plain)
    if by.text:
        code = RosterEntry.objects.order_by().filter(enterprise__uscc=by.text.upper())
        name = RosterEntry.objects.order_by().filter(has_fragment(by.text, "name", holds=Q(name__contains=by.text)))
        found = found.filter(pk__in=name.values("pk").union(code.values("pk"), all=True))
    return found


def page_of(rows: QuerySet[RosterEntry], by: RosterFilter, about: object, number: str | None, size: int) -> Page:
    """One page of ``rows``: they are counted once until somebody acts, and firm, list and observation are looked up for the
    entries shown, not for those skipped. ``about``: whatever the rows depend on besides the filter.
    """
    pages = BothEnds(rows.values("pk"), size)
    pages.count = until_the_next_act("roster", (about, by), rows.order_by().values("pk").count)
    page = pages.get_page(number)
    shown = RosterEntry.objects.filter(pk__in=page.object_list).annotate(observed=observed_on(by.day))
    page.object_list = shown.select_related("enterprise", "roster_list").order_by("region_id", "name", "id")
    return page


def batches() -> list[tuple[str, str]]:
    """Batches there are, newest first: value of the address and words. From rounds and lists, which are few, not from entries."""
    rounds = Round.objects.order_by().values_list("year", "batch")
    found = rounds.union(RosterList.objects.order_by().values_list("year", "batch"))
    return [(f"{year}-{batch}", f"{year}年第{batch}批") for year, batch in sorted(found, reverse=True)]


# ---- changes -------------------------------------------------------------------------------------------------

CHANGES = {
    EntryEvent.Kind.LISTED.value: "列入",
    EntryEvent.Kind.LEFT.value: "离开",
    EntryEvent.Kind.OBSERVED.value: "进入观察期",
    EntryEvent.Kind.RESTORED.value: "恢复正常",
}


def changes(
    actor: Actor, first: dt.date, last: dt.date, *, kind: str = "", programme: str = "", region: int | None = None
) -> QuerySet[EntryEvent]:
    """Who came, left, went under observation, was restored from ``first`` to ``last``, both included."""
    entries = RosterEntry.objects.visible_to(actor)
    if programme:
        entries = entries.filter(programme__code=programme)
    if region is not None:
        entries = entries.filter(region_id__in=places_below(region))
    rows = EntryEvent.objects.filter(on__range=(first, last), entry__in=entries, kind__in=list(CHANGES))
    if kind in CHANGES:
        rows = rows.filter(kind=kind)
    return rows.select_related("entry__enterprise", "entry__region", "entry__roster_list", "document").order_by(
        "-on", "-id"
    )


def count_changes(rows: QuerySet[EntryEvent]) -> dict[str, int]:
    """Changes by kind, in one statement."""
    found = rows.order_by().values("kind").annotate(n=Count("pk")).values_list("kind", "n")
    return dict(found)


# ---- statistics ----------------------------------------------------------------------------------------------


def year_by_region(actor: Actor, year: int, programme: str) -> list[dict[str, Any]]:
    """Per region of an entry and tier: standing at the year's beginning, came, left, standing at its end (or today)."""
    first = dt.date(year, 1, 1)
    last = min(dt.date(year, 12, 31), business_today())
    rows = RosterEntry.objects.visible_to(actor).filter(programme__code=programme)
    before = Q(since__lt=first) & (Q(until__isnull=True) | Q(until__gte=first))
    grouped = (
        rows.annotate(under=observed_on(last))
        .order_by()
        .values("region_id", "tier")
        .annotate(
            before=Count("pk", filter=before),
            came=Count("pk", filter=Q(since__range=(first, last))),
            left=Count("pk", filter=Q(until__range=(first, last))),
            standing=Count("pk", filter=stood_on(last)),
            observed=Count("pk", filter=stood_on(last) & Q(under=True)),
        )
    )
    return [dict(row) for row in grouped]


def by_year(actor: Actor, programme: str) -> list[dict[str, Any]]:
    """Per year and tier how many came, and per year and cause how many left; two statements folded by the page."""
    rows = RosterEntry.objects.visible_to(actor).filter(programme__code=programme).order_by()
    came = rows.values("since__year", "tier").annotate(n=Count("pk"))
    left = rows.filter(until__isnull=False).values("until__year", "tier", "exit").annotate(n=Count("pk"))
    found = [{"year": r["since__year"], "tier": r["tier"], "exit": None, "n": r["n"]} for r in came]
    return found + [{"year": r["until__year"], "tier": r["tier"], "exit": r["exit"], "n": r["n"]} for r in left]


def ever_listed(actor: Actor, programme: str) -> dict[str, int]:
    """Firms that ever stood in a tier, each once: what a target of the notice counts (SC-03, A2-08, A3-06)."""
    rows = RosterEntry.objects.visible_to(actor).filter(programme__code=programme, since__lte=business_today())
    found = rows.order_by().values("tier").annotate(n=Count("enterprise_id", distinct=True)).values_list("tier", "n")
    return dict(found)
