"""Questions about enterprises: finding them, what is still missing, what waits for the county."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.core.paginator import Page
from django.db.models import Exists, OuterRef, Q, QuerySet

from enterprises.dossier import Dossier
from enterprises.facts import ANNUAL_FACTS
from enterprises.fields import FIRM, SPECS
from enterprises.models import AnnualFigure, Basis, Claim, Enterprise, HandOver, Membership
from enterprises.models.firm import SEARCHED
from enterprises.size_class import size_class
from foundation.accounts.actor import Actor
from foundation.core.clock import business_today
from foundation.core.counters import count_together
from foundation.core.kept import until_the_next_act
from foundation.core.paging import BothEnds
from foundation.core.search import has_fragment
from foundation.core.text import normalise_name
from foundation.reference import queries as reference
from foundation.reference import regions

YEARS_SHOWN = 3
"""Closed years of the grid (近三年)."""
YEARS_MORE = 5


def search(rows: QuerySet[Enterprise], text: str) -> QuerySet[Enterprise]:
    """Enterprises by a part of the name, the initials of its pinyin, or a part of the code; two characters are enough for
    the index.
    """
    words = normalise_name(text)[:60]
    return rows.filter(firms_with(words)) if words else rows


def firms_with(words: str) -> Q:
    """The condition on a firm behind it: a part of its name, of its initials or of its code (``words`` in normal form)."""
    holds = Q(name_normal__contains=words.lower())
    if re.fullmatch(r"[0-9A-Za-z]+", words):
        holds |= Q(pinyin__contains=words.lower()) | Q(uscc__contains=words.upper())
    return has_fragment(words, *SEARCHED, holds=holds)


def places_below(region: int) -> list[int]:
    """Ids of a region and of everything inside it."""
    found = [region]
    for view in regions.children(region):
        found += places_below(view.id)
    return found


def enterprise_list(
    actor: Actor, *, text: str = "", region: int | None = None, state: str = "", looked_after: str = ""
) -> QuerySet[Enterprise]:
    """The list of an official: own scope, filters of the page. ``looked_after``: ``none`` = nobody of the firm has
    an account.
    """
    seen = Enterprise.objects.visible_to(actor).select_related("region", "industry", "bureau")
    rows: QuerySet[Enterprise] = search(seen, text)
    if region is not None:
        rows = rows.filter(region_id__in=places_below(region))
    if state in Enterprise.State.values:
        rows = rows.filter(state=state)
    rows = rows.annotate(has_members=_has_members())
    if looked_after == "none":
        rows = rows.filter(has_members=False)
    return rows.order_by("region_id", "pinyin", "pk")  # ids of regions run in administrative order


def page_of(rows: QuerySet[Enterprise], actor: Actor, query: Mapping[str, str], size: int) -> Page:
    """One page of the list: counted once until somebody acts, and place, industry and bureau looked up for the firms shown, not
    for those skipped. ``query`` is the address the rows came from.
    """
    narrowed = {name: query.get(name, "") for name in ("q", "region", "state", "members")}
    ids = rows.values("pk")
    pages = BothEnds(ids, size)
    pages.count = until_the_next_act("firms", (actor.hat, narrowed), ids.order_by().count)
    page = pages.get_page(query.get("page"))
    shown = Enterprise.objects.filter(pk__in=page.object_list).select_related("region", "industry", "bureau")
    page.object_list = shown.annotate(has_members=_has_members()).order_by("region_id", "pinyin", "pk")
    return page


def _has_members() -> Exists:
    return Exists(Membership.objects.filter(enterprise=OuterRef("pk"), valid_to__isnull=True))


@dataclass(frozen=True, slots=True)
class Glance:
    """What a list shows of a firm's figures: revenue of the year before, and the size class by the standard in
    force.
    """

    revenue: Decimal | None
    size: str


def glances(enterprises: Iterable[Enterprise], on: dt.date | None = None) -> dict[int, Glance]:
    """Figures beside the rows of a list, in two queries whatever the number."""
    firms = list(enterprises)
    day = on or business_today()
    standard = reference.size_standard(day)
    wanted = ["revenue", "employees", "total_assets"]
    best: dict[tuple[int, str], Decimal] = {}
    rows = AnnualFigure.objects.filter(
        enterprise_id__in=[firm.pk for firm in firms],
        year=day.year - 1,
        fact__in=wanted,
        superseded=False,
        value__isnull=False,
    )
    # Flash first, so that the audited value written last is the one kept.
    for row in sorted(rows, key=lambda row: row.basis == Basis.AUDITED):
        assert row.value is not None
        best[(row.enterprise_id, row.fact)] = row.value
    found = {}
    for firm in firms:
        given = {fact: best.get((firm.pk, fact)) for fact in wanted}
        label = "未定"
        if standard is not None and firm.industry is not None:
            label = size_class(
                firm.industry.size_group,
                standard,
                finer_industry_needed=firm.industry.size_state == firm.industry.SizeState.FINER,
                **given,
            ).label
        found[firm.pk] = Glance(given["revenue"], label)
    return found


# --- what is still missing ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Part:
    """One page of the dossier: how many of its answers are there."""

    code: str
    label: str
    done: int
    total: int
    note: str = ""

    @property
    def complete(self) -> bool:
        return self.done >= self.total

    @property
    def tone(self) -> str:
        """Tone of the status tag."""
        return "ok" if self.complete else ("wait" if self.done else "mo")

    @property
    def word(self) -> str:
        """``已填``, ``已填 3 / 9``, ``未填``."""
        return "已填" if self.complete else (f"已填 {self.done} / {self.total}" if self.done else "未填")


def years_shown(more: bool = False, on: dt.date | None = None) -> tuple[int, ...]:
    """Closed years of the grid, oldest first."""
    last = (on or business_today()).year - 1
    return tuple(range(last - (YEARS_MORE if more else YEARS_SHOWN) + 1, last + 1))


def offered_purposes(firm: Enterprise, on: dt.date | None = None) -> set[str]:
    """Kinds of catalogue the firm's province has in force: Hunan has key industries and chains, Sichuan key
    industries only.
    """
    day = on or business_today()
    steps = regions.path(firm.region_id, day)
    if not steps:
        return set()
    return set(reference.catalogues(steps[0].id, day).prefetch_related(None).values_list("kind", flat=True))


def completeness(dossier: Dossier) -> list[Part]:
    """What each page of the dossier still wants. Nothing here is required: a criterion without its fact answers
    *undetermined*.
    """
    firm, profile = dossier.enterprise, dossier.profile

    def answered(page: str) -> tuple[int, int]:
        specs = [spec for spec in SPECS if spec.page == page and spec.wanted]
        rows = [getattr(firm if spec.owner == FIRM else profile, spec.column) for spec in specs]
        return sum(value not in (None, "", []) for value in rows), len(specs)

    years = years_shown()
    cells = sum(dossier.current(year, fact) is not None for year in years for fact in ANNUAL_FACTS)
    niche, niche_total = answered("niche")
    purposes, offered = {choice.purpose for choice in dossier.choices}, offered_purposes(firm)
    profile_done, profile_total = answered("profile")
    srdi_done, srdi_total = answered("srdi")
    confirmed = bool(profile.patents_confirmed_on)
    return [
        Part("basic", "基本信息", *answered("basic")),
        Part("figures", "年度数据", cells, len(years) * len(ANNUAL_FACTS), f"{years[0]}—{years[-1]}年"),
        Part(
            "patents",
            "专利",
            2 if confirmed else int(bool(dossier.patents)),
            2,
            f"清单 {len(dossier.patents)} 件" + ("" if confirmed else "，未确认齐全"),
        ),
        Part("partners", "上下游伙伴", min(1, len(dossier.partners)), 1, f"{len(dossier.partners)} 家"),
        Part(
            "industry",
            "产业与细分领域",
            niche + len(purposes & offered),
            niche_total + len(offered),
        ),
        Part("srdi", "专精特新与经营", profile_done + srdi_done, profile_total + srdi_total),
    ]


# --- what waits
# -------------------------------------------------------------------------------------------------------


def open_requests(actor: Actor) -> tuple[QuerySet[Claim], QuerySet[HandOver]]:
    """Claims and hand-overs that wait for this bureau's answer, oldest first."""
    waiting = {"state": Claim.State.OPEN, "enterprise__bureau_id": actor.bureau_id}
    claims = Claim.objects.visible_to(actor).filter(**waiting)
    hand_overs = HandOver.objects.visible_to(actor).filter(**waiting)
    with_names = ("enterprise", "user", "evidence")
    return (
        claims.select_related(*with_names).order_by("opened_at", "pk"),
        hand_overs.select_related(*with_names).order_by("opened_at", "pk"),
    )


def waiting_requests(actor: Actor) -> int:
    """How many of them: the number beside the menu entry."""
    return count_together({"": open_requests(actor)})[""] if actor.is_official else 0
