"""Where a file meets the rules: facts frozen, criteria asked, cross-checks made, windows looked up. One place, one set of names."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from cultivation.contexts import context_for
from cultivation.eligibility import CrossFinding, FactSet, Judgements, TierResult, cross_check, freeze
from cultivation.models import RosterEntry, Round
from cultivation.schema import Programme
from enterprises.facts import PATENT_WINDOW, fact_rows_of
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


def freeze_facts_of(files: Sequence[Application], declared: Iterable[str] = ()) -> dict[int, FactSet]:
    """The firms' facts as of today (names and places of the day) with each file's own answers and declarations, by id of the file;
    firms are read together, once per year of the rounds.
    """
    ticked, found = frozenset(declared), {}
    for year in sorted({file.year for file in files}):
        together = [file for file in files if file.year == year]
        rows = fact_rows_of(
            [file.enterprise_id for file in together], years=range(year - PATENT_WINDOW, year), on=business_today()
        )
        for file in together:
            answers = answer_rows(file, programme_of(file), ticked)
            found[file.pk] = FactSet.from_rows([*rows[file.enterprise_id], *answers])
    return found


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
    file: Application,
    programme: Programme,
    facts: FactSet,
    *,
    same_year: list[str] | None = None,
    signals: Mapping[str, list[str]] | None = None,
) -> list[CrossFinding]:
    """Cross-checks of the programme on these facts, with what only the database knows; ``same_year`` where the firm's other live
    applications were looked up already, ``signals`` where all of it was, for a set of files.
    """
    context = context_for(programme, round=file.round, as_of=business_today())
    known = signals
    if known is None:
        known = signals_of([file], same_year=None if same_year is None else {file.pk: same_year})[file.pk]
    return cross_check(programme, file.tier, facts, context, signals=dict(known))


NAMED = 5
"""How many other firms a finding names."""


def signals_of(
    files: Sequence[Application], *, same_year: Mapping[int, list[str]] | None = None
) -> dict[int, dict[str, list[str]]]:
    """What only the database knows of files, by id, in three statements: others of the round with the same legal representative,
    other live files of the firm in the year, places on a roster.

    Files of the set count as submitted one after the other, in the order of their ids.
    """
    people = _same_person(files)
    live = same_year if same_year is not None else _same_year(files)
    entries: dict[int, list[str]] = defaultdict(list)
    firms = {file.enterprise_id for file in files}
    for entry in RosterEntry.objects.filter(enterprise_id__in=firms, until__isnull=True).order_by("since", "id"):
        entries[entry.enterprise_id].append(str(entry))
    return {
        file.pk: {
            "same_legal_representative": people.get(file.pk, []),
            "other_live_application": live.get(file.pk, []),
            "current_entry": entries[file.enterprise_id],
        }
        for file in files
    }


def _same_person(files: Sequence[Application]) -> dict[int, list[str]]:
    """Names of other firms of the round whose legal representative bears the same name."""
    named = [file for file in files if file.enterprise.legal_representative]
    if not named:
        return {}
    others: dict[tuple[int, str], list[tuple[int, int, str]]] = defaultdict(list)
    rows = (
        Application.objects.filter(
            round_id__in={file.round_id for file in named},
            enterprise__legal_representative__in={file.enterprise.legal_representative for file in named},
        )
        .exclude(state__in=[FileState.DRAFT, *ENDED_STATES])
        .order_by("pk")
    )
    if len(files) == 1:  # a page: the finding names no more than these
        rows = rows.exclude(enterprise_id=files[0].enterprise_id)[: NAMED + 1]
    for round_id, person, pk, firm, name in rows.values_list(
        "round_id", "enterprise__legal_representative", "pk", "enterprise_id", "enterprise_name"
    ):
        others[round_id, person].append((pk, firm, name))
    found = {}
    for file in sorted(named, key=lambda one: one.pk):
        known = others[file.round_id, file.enterprise.legal_representative]
        names = [name for pk, firm, name in known if pk != file.pk and firm != file.enterprise_id][: NAMED + 1]
        if len(names) > NAMED:
            names[NAMED] = "等"
        found[file.pk] = names
        if all(pk != file.pk for pk, _, _ in known):
            known.append((file.pk, file.enterprise_id, file.enterprise_name))
    return found


def _same_year(files: Sequence[Application]) -> dict[int, list[str]]:
    """Rounds in which the firm of a file has another live one in the same year."""
    found: dict[int, list[str]] = {file.pk: [] for file in files}
    by_firm: dict[tuple[int, int], list[Application]] = defaultdict(list)
    rows = Application.objects.filter(
        enterprise_id__in={file.enterprise_id for file in files}, year__in={file.year for file in files}
    )
    if len(files) == 1:
        rows = rows.exclude(pk=files[0].pk)
    rows = rows.exclude(state__in=ENDED_STATES).select_related("round__version").defer("round__version__document")
    for other in rows.order_by("pk"):
        by_firm[other.enterprise_id, other.year].append(other)
    for file in files:
        found[file.pk] = [str(other.round) for other in by_firm[file.enterprise_id, file.year] if other.pk != file.pk]
    return found


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
