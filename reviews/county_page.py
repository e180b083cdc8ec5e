"""What the officer's page of one file shows. Plain values; templates only print."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse

from cultivation.eligibility import CriterionResult, CrossFinding, FactSet, GateStep, GateVerdict, check_states
from cultivation.eligibility.labels import label
from cultivation.models import RoundWindow
from cultivation.schema import Programme
from enterprises.facts import registry
from foundation.accounts.actor import Actor
from foundation.accounts.may import may
from foundation.accounts.models import BureauHands
from foundation.accounts.roles import Level
from foundation.core.clock import business_today
from foundation.core.money import MISSING
from foundation.core.together import Rows, Together
from foundation.core.verdict import Verdict, no
from foundation.documents.models import StoredFile
from foundation.journal.models import Decision
from reviews import hands
from reviews.actions import merging
from reviews.dossier import Dossier, load_dossiers
from reviews.evaluation import findings_for, window_verdict
from reviews.fact_text import bare_number, differences, shown
from reviews.models import Application, Correction, Endorsement, Evidence, Explanation, Submission
from reviews.personal import MASKS, handles_file
from reviews.readiness import gates_at, open_reasons, recommendation_blocks
from reviews.states import FileState, Hand

FIGURES = ("revenue", "main_revenue", "sales_revenue", "rd_expenditure", "profit_and_tax", "total_assets", "employees")
COUNT_WORDS = (("not_met", "no", "项不符"), ("undetermined", "wait", "项待定"), ("needs_judgement", "mo", "项需研判"))


def criteria_words(listing: dict[str, Any]) -> tuple[str, str]:
    """Tone and words of the criteria column: the worst answer, its count and the first distance."""
    counts = listing.get("counts") or {}
    for outcome, tone, words in COUNT_WORDS:
        if counts.get(outcome):
            gap = f" · {listing['gap']}" if outcome == "not_met" and listing.get("gap") else ""
            return tone, f"{counts[outcome]} {words}{gap}"
    return ("ok", "全部符合") if counts else ("mo", MISSING)


@dataclass(frozen=True, slots=True)
class FileLink:
    """An evidence file as the viewer wants it."""

    pk: int
    name: str
    url: str
    view: str
    size: str
    slot: str


def file_link(file: StoredFile, slot: str = "") -> FileLink:
    """Address and way of viewing of a stored file."""
    view = "pdf" if file.content_type == StoredFile.ContentType.PDF else "image" if file.inline else "other"
    return FileLink(file.pk, file.name, reverse("documents:file", args=[file.pk]), view, file.size_text, slot)


@dataclass
class FilePage:
    """Everything beside one file on the officer's page."""

    dossier: Dossier
    file: Application
    programme: Programme
    years: list[int]
    figures: list[dict[str, Any]]
    profile: list[dict[str, str]]
    evidence: list[FileLink]
    criteria: tuple[CriterionResult, ...]
    to_explain: list[dict[str, str]]
    findings: list[dict[str, Any]]
    opinion_items: list[dict[str, Any]]
    checks: list[dict[str, Any]]
    blocks: list[Verdict]
    may_recommend: Verdict
    may_return: Verdict
    may_refuse: Verdict
    may_check: Verdict
    may_opine: Verdict
    may_merge: Verdict
    hands_given: list[Endorsement]
    hand_due: str
    verb: str
    contact_name: str = ""
    answered: Correction | None = None
    changes: list[dict[str, str]] = field(default_factory=list)
    plan: hands.HandPlan | None = None
    timeline: list[Decision] = field(default_factory=list)
    due: dt.date | None = None


_beside = Together(
    hands=Rows(BureauHands, "t.bureau_id = %(bureau)s AND t.act = 'recommend'"),
    windows=Rows(RoundWindow, "t.round_id = %(round)s", "t.level, t.bureau_id"),
    evidence=Rows(Evidence, "t.application_id = %(file)s", "t.slot, t.year, t.id"),
    papers=Rows(StoredFile, "t.id IN (SELECT e.file_id FROM reviews_evidence e WHERE e.application_id = %(file)s)"),
    timeline=Rows(Decision, "t.subject_kind = 'application' AND t.subject_id = %(file)s", "t.id DESC", limit=50),
)
"""What lies beside the file on the page, in one statement."""


def file_page(file: Application, actor: Actor, *, same_year: list[str]) -> FilePage:
    """Load the page of one file for an official; the number of queries does not depend on the file. ``same_year`` names the
    firm's other live applications of the year.
    """
    dossier = load_dossiers([file], with_answers=False)[file.pk]
    beside = _beside.fetch(file=file.pk, bureau=file.bureau_id, round=file.round_id)
    file.round.take_windows(beside["windows"])
    programme = dossier.programme
    facts = dossier.facts
    years = list(range(file.year - 3, file.year))
    plan = hands.plan_of(beside["hands"])
    given = dossier.hands
    due_hand = hands.next_hand(plan, given)
    blocks = recommendation_blocks(dossier) if file.state == FileState.SUBMITTED else []
    recommend = may(actor, "application.recommend", file)
    if recommend and blocks:
        recommend = Verdict(allowed=False, reason="暂不能推荐，原因列在下面。")
    if recommend:
        recommend = hands.may_give(actor, plan, given)
    refuse = may(actor, "application.refuse", file) and hands.may_refuse(actor, plan)
    changes = _changes(dossier, actor)
    return FilePage(
        dossier=dossier,
        file=file,
        programme=programme,
        years=years,
        figures=_figures(facts, years, {change["fact"] for change in changes}),
        profile=_profile(dossier),
        evidence=_evidence(dossier, file, beside["evidence"], beside["papers"]),
        criteria=open_ones_first(dossier.evaluation.result.criteria),
        to_explain=_to_explain(gates_at(dossier, GateStep.RECOMMENDATION), dossier),
        findings=_findings(findings_for(file, programme, facts, same_year=same_year), dossier),
        opinion_items=_opinions(dossier),
        checks=_checks(dossier),
        blocks=blocks,
        may_recommend=recommend,
        may_return=may(actor, "application.return", file),
        may_refuse=refuse,
        may_check=may(actor, "application.check", file),
        may_opine=may(actor, "application.give_opinion", file),
        may_merge=_may_merge(file, actor),
        hands_given=given,
        hand_due=Hand(due_hand).label if due_hand and plan.hands > 1 else "",
        verb=hands.verb(plan, actor),
        contact_name=file.enterprise.contact_name,
        answered=_answered(file),
        changes=changes,
        timeline=beside["timeline"],
        plan=plan,
        due=window_verdict(file.round, file.path, Level(actor.level)).closes_on if actor.level else None,
    )


def open_ones_first(criteria: Iterable[CriterionResult]) -> tuple[CriterionResult, ...]:
    """Not met, undetermined, to be judged, met; inside each in the order of the notice."""
    order = {outcome: place for place, (outcome, _, _) in enumerate(COUNT_WORDS)}
    return tuple(sorted(criteria, key=lambda item: order.get(item.outcome.value, len(order))))


def _changes(dossier: Dossier, actor: Actor) -> list[dict[str, str]]:
    """What the last submission changed against the one before, contacts masked as on the page; nothing at a first one."""
    if dossier.submission is None or dossier.submission.revision < 2:
        return []
    before = Submission.objects.filter(application=dossier.file, revision=dossier.submission.revision - 1).first()
    if before is None:
        return []
    changed = changes_between(before, dossier.submission, dossier.programme)
    if handles_file(actor, dossier.file):
        return changed
    return [
        {**one, **{side: MASKS[one["fact"]](one[side]) for side in ("before", "after") if one[side] != MISSING}}
        if one["fact"] in MASKS
        else one
        for one in changed
    ]


def _answered(file: Application) -> Correction | None:
    """The remarks the last submission replied to."""
    if file.revision < 2 or file.state != FileState.SUBMITTED:
        return None
    rows = Correction.objects.filter(application=file, resolved_at__isnull=False).prefetch_related("items")
    return rows.order_by("-id").first()


def _may_merge(file: Application, actor: Actor) -> Verdict:
    if file.state != FileState.AT_PREFECTURE:
        return no("材料不在市州审核环节。")
    verdict = may(actor, "application.merge", file)
    return verdict and merging.may_merge(file, actor)


def _figures(facts: Any, years: list[int], changed: set[str]) -> list[dict[str, Any]]:
    rows = []
    for name in FIGURES:
        values = [facts.number(name, year) for year in years]
        if any(value is not None for value in values):
            spec = registry[name]
            cells = [
                {"text": bare_number(name, value), "source": facts.source(name, year)}
                for value, year in zip(values, years, strict=True)
            ]
            title = spec.label + ("" if spec.unit == "万元" else f"（{spec.unit}）")
            rows.append({"label": title, "cells": cells, "changed": name in changed})
    return rows


PROFILE = ("industry", "registered_on", "legal_representative", "niche", "key_industry", "chain", "chain_partners", "srdi", "above_scale",
           "niche_rank_province", "niche_rank_country", "niche_rank_source", "invention_patents", "utility_patents",
           "patents_in_main_product", "activity_categories", "financing_need")  # fmt: skip


def _profile(dossier: Dossier) -> list[dict[str, str]]:
    found = ((name, dossier.facts.raw(name)) for name in PROFILE)
    return [
        {"label": label(name), "text": shown(name, value, dossier.programme)}
        for name, value in found
        if value is not None
    ]


def _evidence(
    dossier: Dossier, file: Application, rows: Iterable[Evidence], papers: Iterable[StoredFile]
) -> list[FileLink]:
    """Addresses of the papers, those of the last submission only."""
    titles = {slot.code: slot.title for slot in dossier.programme.evidence}
    links = []
    if file.paper_source is not None:
        links.append(file_link(file.paper_source, "纸质来源"))
    if dossier.commitment is not None and dossier.commitment.scan is not None:
        links.append(file_link(dossier.commitment.scan, "监测承诺"))
    kept = {row["file"] for row in dossier.submission.evidence} if dossier.submission else set()
    stored = {paper.pk: paper for paper in papers if paper.pk in kept}
    for row in rows:
        if row.file_id in stored:
            links.append(file_link(stored[row.file_id], f"{titles.get(row.slot, row.slot)}{row.year or ''}"))
    return links


def _to_explain(gates: GateVerdict, dossier: Dossier) -> list[dict[str, str]]:
    step = GateStep.RECOMMENDATION.value
    return [
        {
            "criterion": item.criterion,
            "title": item.title,
            "status": item.status,
            "text": item.text,
            "reason": dossier.explained(Explanation.Kind.GATE, step, item.criterion),
        }
        for item in (*open_reasons(dossier, gates), *gates.explained)
    ]


def anchors_of(dossier: Dossier) -> list[tuple[str, str]]:
    """What a remark may point at: the firm's figures, the file's answers, the evidence slots."""
    found = [(name, registry[name].label) for name in FIGURES]
    found += [(question.fact, question.title) for question in dossier.programme.questions]
    return found + [(f"evidence:{slot.code}", slot.title) for slot in dossier.programme.evidence_for(dossier.file.tier)]


def _findings(found: Iterable[CrossFinding], dossier: Dossier) -> list[dict[str, Any]]:
    kind = Explanation.Kind.CROSS_CHECK
    return [
        {"title": one.title, "text": one.text, "reason": dossier.explained(kind, "submission", one.key)}
        for one in found
    ]


def _opinions(dossier: Dossier) -> list[dict[str, Any]]:
    rows = []
    for item in dossier.programme.opinion_items_for(dossier.file.tier):
        given = dossier.opinions.get(item.code)
        rows.append(
            {
                "item": item,
                "answer": given.answer if given else None,
                "line": given.line if given else "",
                "by": given.by_name if given else "",
            }
        )
    return rows


def _checks(dossier: Dossier) -> list[dict[str, Any]]:
    states = {
        state.code: state
        for state in check_states(dossier.programme, dossier.file.tier, dossier.judgements, business_today())
    }
    tones = {"clean": "ok", "bad": "no", "missing": "wait", "stale": "wait"}
    words = {"clean": "未见不良", "bad": "有不良记录", "missing": "未核查", "stale": "已过期"}
    rows = []
    for rule in dossier.programme.checks_for(dossier.file.tier):
        made, state = dossier.checks.get(rule.code), states[rule.code]
        proof = file_link(made.proof) if made is not None and made.proof is not None else None
        rows.append(
            {
                "rule": rule,
                "made": made,
                "state": state,
                "tone": tones[state.state],
                "word": words[state.state],
                "proof": proof,
            }
        )
    return rows


def changes_between(before: Submission, after: Submission, programme: Programme) -> list[dict[str, str]]:
    """What a resubmission changed: facts, answers and files, old beside new."""
    changed = differences(FactSet.from_rows(before.facts), FactSet.from_rows(after.facts), programme)
    titles = {rule.code: rule.title for rule in programme.evidence}
    old = {(row["slot"], row["sha256"]): row["name"] for row in before.evidence}
    new = {(row["slot"], row["sha256"]): row["name"] for row in after.evidence}
    for key in [*(key for key in old if key not in new), *(key for key in new if key not in old)]:
        changed.append(
            {
                "fact": "",
                "label": titles.get(key[0], key[0]),
                "before": old.get(key, MISSING),
                "after": new.get(key, "已移除"),
            }
        )
    return changed
