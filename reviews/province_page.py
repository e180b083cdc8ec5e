"""What the page of the province's decision shows: every file in one dense line, with what speaks for and against it (SC-32, SC-42)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, F, Q, QuerySet, Value
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast, NullIf
from django.utils import timezone

from cultivation.models import RosterEntry, Round
from cultivation.schema.sheets import YearsColumn
from foundation.accounts.actor import Actor
from foundation.accounts.models import Bureau
from foundation.accounts.paths import path_ids
from foundation.core.clock import business_today
from foundation.core.money import MISSING, format_pct, format_wan
from foundation.core.text import normalise_name
from foundation.journal.models import Decision
from reviews.county_page import criteria_words
from reviews.models import Application, Approval, ApprovalItem, CheckRecord, Explanation
from reviews.province_papers import growth_column, revenue_column, sender_names
from reviews.states import ApprovalOutcome

OUTCOME_TONES: dict[str, str] = {
    ApprovalOutcome.APPROVE: "ok",
    ApprovalOutcome.REFUSE: "no",
    ApprovalOutcome.HOLD: "wait",
    ApprovalOutcome.TO_PREFECTURE: "wait",
    ApprovalOutcome.TO_COUNTY: "wait",
}
FILTERS = ("q", "below", "outcome", "criteria", "sort")
_NUMBER = DecimalField(max_digits=24, decimal_places=6)


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    """One file, ready to print."""

    pk: int
    rank: int
    name: str
    place: str
    tier: str
    revenue: str
    growth: str
    criteria_tone: str
    criteria: str
    opinions: tuple[str, ...]
    reasons: tuple[str, ...]
    check_tone: str
    check: str
    standing: tuple[tuple[str, str], ...]
    outcome_tone: str
    outcome: str
    reason: str
    exception: bool


# ---- which lines, in which order ------------------------------------------------------------------------------


def _figure(rule: YearsColumn, year: int) -> Cast:
    cells = KeyTransform(rule.code, KeyTransform("cells", "application__listing"))
    return Cast(KeyTextTransform(str(year), cells), _NUMBER)


def narrowed(items: QuerySet[ApprovalItem], round: Round, filters: Mapping[str, str]) -> QuerySet[ApprovalItem]:
    """Lines by name, bureau below, outcome and answer of the criteria; in the order asked for."""
    text = filters.get("q", "").strip()
    if text:
        items = items.filter(
            Q(application__enterprise_name__contains=normalise_name(text))
            | Q(application__enterprise__uscc__contains=text.upper())
            | Q(application__enterprise__pinyin__contains=text.lower())
        )
    if filters.get("below", "").isdecimal():
        items = items.filter(application__path__contains=f"/{filters['below']}/")
    if filters.get("outcome") == "exception":
        items = items.exclude(outcome=ApprovalOutcome.APPROVE)
    elif filters.get("outcome"):
        items = items.filter(outcome=filters["outcome"])
    if filters.get("criteria") == "open":
        items = items.exclude(application__listing__outcome="met")
    return _sorted(items, round, filters.get("sort", ""))


def _sorted(items: QuerySet[ApprovalItem], round: Round, wanted: str) -> QuerySet[ApprovalItem]:
    sort = wanted.removeprefix("-")
    rule = growth_column(round) if sort == "growth" else revenue_column(round) if sort == "revenue" else None
    if rule is None:
        return items.order_by("rank", "pk")
    last = round.year - 1
    value: Any = _figure(rule, last)
    if sort == "growth":
        before = NullIf(_figure(rule, last - 1), Cast(Value(0), _NUMBER))
        value = (value - before) / before
    items = items.annotate(by=value)
    by = F("by").desc(nulls_last=True) if wanted.startswith("-") else F("by").asc(nulls_last=True)
    return items.order_by(by, "rank", "pk")


def growth_text(listing: Mapping[str, Any], rule: YearsColumn | None, year: int) -> str:
    """Growth of the last year against the one before, — where a figure is missing or was zero."""
    cells = (listing.get("cells") or {}).get(rule.code) if rule is not None else None
    if not isinstance(cells, dict):
        return MISSING
    now, before = cells.get(str(year - 1)), cells.get(str(year - 2))
    if now is None or before is None or not Decimal(before):
        return MISSING
    return format_pct((Decimal(now) - Decimal(before)) * 100 / Decimal(before))


def _last_year(listing: Mapping[str, Any], rule: YearsColumn | None, year: int) -> str:
    cells = (listing.get("cells") or {}).get(rule.code) if rule is not None else None
    value = cells.get(str(year - 1)) if isinstance(cells, dict) else None
    return MISSING if value is None else format_wan(Decimal(value))


def _place(file: Application, town: str) -> str:
    """成都市锦江区; for a firm of the prefecture's own level, or where the listing names the whole place, once."""
    county = file.listing.get("county") or file.bureau.short_name
    return county if not town or county.startswith(town) else f"{town}{county}"


# ---- what a line says -----------------------------------------------------------------------------------------


def rows_of(approval: Approval, items: Iterable[ApprovalItem]) -> list[ApprovalRow]:
    """Lines ready to print; a fixed number of queries whatever their number."""
    lines = list(items)
    files = [item.application for item in lines]
    ids = [file.pk for file in files]
    programme = approval.round.programme
    tiers = {tier.code: tier.title for tier in programme.tiers}
    opinions, reasons, checks = opinions_of(ids), _reasons(ids), _checks(ids)
    standing = standing_of([file.enterprise_id for file in files], approval.decided_at)
    towns = sender_names(files, approval.bureau_id, place=True)
    revenue, growth = revenue_column(approval.round), growth_column(approval.round)
    found = []
    for item in lines:
        file = item.application
        tone, words = criteria_words(file.listing)
        check_tone, check = _check_words(checks.get(file.pk, []), file, programme, approval.decided_at)
        outcome = ApprovalOutcome(item.outcome)
        found.append(
            ApprovalRow(
                pk=file.pk,
                rank=item.rank,
                name=file.enterprise_name,
                place=_place(file, towns.get(file.pk, "")),
                tier=tiers.get(file.tier, file.tier),
                revenue=_last_year(file.listing, revenue, approval.round.year),
                growth=growth_text(file.listing, growth, approval.round.year),
                criteria_tone=tone,
                criteria=words,
                opinions=opinions.get(file.pk, ()),
                reasons=reasons.get(file.pk, ()),
                check_tone=check_tone,
                check=check,
                standing=standing.get(file.enterprise_id, ()),
                outcome_tone=OUTCOME_TONES[outcome],
                outcome=outcome.label,
                reason=item.reason,
                exception=outcome != ApprovalOutcome.APPROVE,
            )
        )
    return found


def opinions_of(ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """The last opinion of each step below on every file: who said what."""
    rows = (
        Decision.objects.filter(
            subject_kind="application", subject_id__in=ids, action__in=["application.recommend", "application.merge"]
        )
        .exclude(opinion="")
        .order_by("subject_id", "action", "-id")
        .distinct("subject_id", "action")
    )
    found: dict[int, list[str]] = defaultdict(list)
    for row in sorted(rows, key=lambda one: one.pk):
        found[row.subject_id].append(f"{row.hat_label.partition(' · ')[0]}：{row.opinion}")
    return {pk: tuple(texts) for pk, texts in found.items()}


def _reasons(ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    found: dict[int, list[str]] = defaultdict(list)
    rows = Explanation.objects.filter(application_id__in=ids).order_by("id").values_list("application_id", "text")
    for pk, text in rows:
        found[pk].append(text)
    return {pk: tuple(texts) for pk, texts in found.items()}


def _checks(ids: Sequence[int]) -> dict[int, list[CheckRecord]]:
    found: dict[int, list[CheckRecord]] = defaultdict(list)
    rows = CheckRecord.objects.filter(application_id__in=ids).order_by("application_id", "code", "-id")
    for row in rows.distinct("application_id", "code"):
        found[row.application_id].append(row)
    return found


def _check_words(
    made: list[CheckRecord], file: Application, programme: Any, decided_at: dt.datetime | None
) -> tuple[str, str]:
    """The oldest of the checks asked for, with its age: a list is decided long after the county looked. Once it is decided the
    age is what it was then.
    """
    rules = {rule.code: rule for rule in programme.checks_for(file.tier)}
    if not rules:
        return "mo", "不要求"
    known = {row.code: row for row in made if row.code in rules}
    if len(known) < len(rules):
        return "wait", "未核查"
    if any(row.result == CheckRecord.Result.FOUND for row in known.values()):
        return "no", "有不良记录"
    day = timezone.localdate(decided_at) if decided_at else business_today()
    ages = {code: (day - row.checked_on).days for code, row in known.items()}
    oldest = max(ages, key=ages.__getitem__)
    stale = ages[oldest] > rules[oldest].max_age_days
    words = f"审定前 {ages[oldest]} 天" if decided_at else f"{ages[oldest]} 天前"
    return ("wait", f"{words}，已过期") if stale else ("ok", words)


def standing_of(firms: Sequence[int], at: dt.datetime | None = None) -> dict[int, tuple[tuple[str, str], ...]]:
    """Entries of each firm in any programme, current ones first, with how it left: a delisted firm's history is shown (SC-42)."""
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    rows = RosterEntry.objects.filter(enterprise_id__in=firms).select_related("programme").order_by("-since", "-id")
    if at is not None:
        rows = rows.filter(since__lte=at.date())
    for entry in sorted(rows, key=lambda one: one.until is not None):
        where = f"{entry.tier_title}（{entry.year}年第{entry.batch}批）"
        if entry.until is None:
            found[entry.enterprise_id].append(("dai", f"现列 {where}"))
        else:
            tone = "no" if entry.exit in {RosterEntry.Exit.DELISTED, RosterEntry.Exit.REVOKED} else "mo"
            text = f"{entry.until:%Y-%m-%d} {entry.get_exit_display()}：{where}"
            found[entry.enterprise_id].append((tone, text))
    return {pk: tuple(lines) for pk, lines in found.items()}


def bureaus_on(approval: Approval, actor: Actor) -> list[tuple[int, str]]:
    """Bureaus directly below that have files in the decision, in administrative order: the filter of the page."""
    paths = approval.items.order_by().values_list("application__path", flat=True).distinct()
    ids = set()
    for path in paths:
        steps = path_ids(path)
        if approval.bureau_id in steps[:-1]:
            ids.add(steps[steps.index(approval.bureau_id) + 1])
    if actor.bureau_id != approval.bureau_id:
        return []
    rows = Bureau.objects.filter(pk__in=ids).order_by("sort_key", "pk")
    return list(rows.values_list("pk", "short_name"))
