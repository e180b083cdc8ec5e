"""Where a file meets the rules: facts frozen, criteria asked, cross-checks made, windows looked up. One place, one set of names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from cultivation.contexts import context_for
from cultivation.eligibility import CrossFinding, FactSet, Judgements, TierResult, cross_check, freeze
from cultivation.models import Round
from cultivation.roster import current_entries_of
from cultivation.schema import Programme
from enterprises.facts import PATENT_WINDOW, fact_rows
from foundation.accounts.paths import path_ids
from foundation.accounts.roles import Level
from foundation.core.clock import business_today
from foundation.core.money import format_pct
from reviews.models import Application
from reviews.sheets import summary_row
from reviews.states import ENDED_STATES, FileState


def programme_of(file: Application) -> Programme:
    """The rules a file is under: those it was first submitted under, for a draft the round's present ones (design idea 1)."""
    version = file.programme_version or file.round.version
    return version.programme_document


@dataclass(frozen=True)
class Verdicts:
    """An answer and everything it rests on: ``frozen`` replays with the same answer for ever."""

    result: TierResult
    frozen: dict[str, Any] = field(repr=False)


def evaluate_file(file: Application, facts: FactSet, judgements: Judgements) -> Verdicts:
    """Ask every criterion of the file's tier, on these facts and judgements, as of the business day."""
    version = file.programme_version or file.round.version
    programme = version.programme_document
    context = context_for(programme, round=file.round, as_of=business_today())
    frozen = freeze(
        version.content,
        file.tier,
        facts,
        context,
        judgements=judgements,
        subtype=file.subtype or None,
        version_hash=version.digest,
    )
    return Verdicts(TierResult.from_json(frozen["result"]), frozen)


def freeze_facts(file: Application, declared: Iterable[str] = ()) -> FactSet:
    """The firm's facts as of today (names and places of the day) together with the file's own answers and declarations."""
    programme = programme_of(file)
    years = range(file.year - PATENT_WINDOW, file.year)
    rows = fact_rows(file.enterprise, years=years, on=business_today())
    return FactSet.from_rows([*rows, *answer_rows(file, programme, frozenset(declared))])


def answer_rows(file: Application, programme: Programme, declared: frozenset[str]) -> list[dict[str, Any]]:
    """The file's own facts: answers to the programme's questions, declarations ticked."""
    rows: list[dict[str, Any]] = []
    for question in programme.questions:
        year = None if question.year_offset is None else file.year + question.year_offset
        rows.append(
            {
                "name": question.fact,
                "year": year,
                "value": file.answers.get(question.fact),
                "basis": "reported",
                "source": "申报填写",
            }
        )
    for declaration in programme.declarations:
        if declaration.fact is not None and declaration.code in declared:
            rows.append({"name": declaration.fact, "year": None, "value": True, "basis": "reported", "source": "声明"})
    return rows


def findings_for(
    file: Application, programme: Programme, facts: FactSet, *, same_year: list[str] | None = None
) -> list[CrossFinding]:
    """Cross-checks of the programme on these facts, with what only the database knows; ``same_year`` where the firm's other live
    applications were looked up already.
    """
    context = context_for(programme, round=file.round, as_of=business_today())
    return cross_check(programme, file.tier, facts, context, signals=_signals(file, same_year))


NAMED = 5
"""How many other firms a finding names."""


def _signals(file: Application, same_year: list[str] | None) -> dict[str, list[str]]:
    live = [FileState.DRAFT, *ENDED_STATES]
    others = Application.objects.exclude(pk=file.pk).select_related("round__version")
    same_person: list[str] = []
    representative = file.enterprise.legal_representative
    if representative:
        rows = others.filter(round_id=file.round_id, enterprise__legal_representative=representative).exclude(
            state__in=live
        )
        names = rows.exclude(enterprise_id=file.enterprise_id).order_by("pk").values_list("enterprise_name", flat=True)
        same_person = list(names[: NAMED + 1])
        if len(same_person) > NAMED:
            same_person[NAMED] = "等"
    if same_year is None:
        same_year = [
            str(other.round)
            for other in others.filter(enterprise_id=file.enterprise_id, year=file.year)
            .exclude(state__in=ENDED_STATES)
            .order_by("pk")
        ]
    return {
        "same_legal_representative": same_person,
        "other_live_application": same_year,
        "current_entry": [str(entry) for entry in current_entries_of(file.enterprise_id)],
    }


def listing_row(file: Application, programme: Programme, facts: FactSet, verdicts: Verdicts) -> dict[str, Any]:
    """What the queue shows of a file, written once so that a list reads one table: place, niche, figures, state of the criteria."""
    last = file.year - 1
    sales = {str(year): facts.number("sales_revenue", year) for year in range(file.year - 3, file.year)}
    revenue, research = (
        facts.number("revenue", last) or facts.number("sales_revenue", last),
        facts.number("rd_expenditure", last),
    )
    share = research * Decimal(100) / revenue if research is not None and revenue else None
    return {
        "cells": summary_row(programme, file.year, facts, verdicts.result.to_json()),
        "county": facts.text("county") or "",
        "niche": facts.text("niche") or "",
        "sales": {year: None if value is None else str(value) for year, value in sales.items()},
        "rd_share": format_pct(share),
        "patents": None if (count := facts.number("invention_patents_5y", last)) is None else int(count),
        **criteria_summary(verdicts.result),
    }


def criteria_summary(result: TierResult) -> dict[str, Any]:
    """Outcome, counts by outcome and the first distance, as the queue's tag shows them."""
    criteria = result.criteria
    gaps = [item.distance.text for item in criteria if item.distance is not None and item.outcome == "not_met"]
    return {
        "outcome": result.outcome.value,
        "counts": {
            name: sum(item.outcome == name for item in criteria)
            for name in ("met", "not_met", "undetermined", "needs_judgement")
        },
        "gap": gaps[0] if gaps else "",
    }


@dataclass(frozen=True, slots=True)
class WindowAnswer:
    """Whether something may be done today, and whether it would be late."""

    open: bool
    late: bool
    reason: str
    closes_on: dt.date | None


def window_verdict(round: Round, path: str, level: Level, *, enterprise: bool = False) -> WindowAnswer:
    """The window of a level (or of the enterprise) in a round for bureaus on a path: hard windows close, flagged ones mark late."""
    steps = path_ids(path)
    window = round.window_for("enterprise" if enterprise else level.value, steps)
    if window is None:
        return WindowAnswer(open=True, late=False, reason="", closes_on=None)
    today = business_today()
    if window.opens_on is not None and today < window.opens_on:
        return WindowAnswer(
            open=False, late=False, reason=f"本轮自{_day(window.opens_on)}起办理", closes_on=window.closes_on
        )
    if window.closes_on is None or today <= window.closes_on + dt.timedelta(days=window.grace_days):
        late = window.closes_on is not None and today > window.closes_on
        return WindowAnswer(open=True, late=late, reason="", closes_on=window.closes_on)
    reason = f"截止日{_day(window.closes_on)}已过"
    return WindowAnswer(
        open=round.programme.windows.mode == "flag", late=True, reason=reason, closes_on=window.closes_on
    )


def _day(day: dt.date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
