"""The public self-check and the stairs of an enterprise: the same engine on typed or stored facts.

The form asks only what the criteria of the chosen tier read, with real years; nothing typed is stored.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cultivation.eligibility import Context, FactSet, TierResult, evaluate
from cultivation.eligibility.labels import SRDI_LABELS, UNITS, label
from cultivation.schema import Programme
from cultivation.schema.criteria import (
    CatalogueMatch,
    GrowthAboveAverage,
    GrowthEachYear,
    MarketShareAnyOf,
    Range,
    SizeIn,
    fact_names,
)
from foundation.core.money import parse_wan

MONEY = frozenset(name for name, unit in UNITS.items() if unit == "万元")
YES_NO = (("yes", "是"), ("no", "否"))
ABOVE_SCALE = (*YES_NO, ("no_threshold", "该行业无规上标准"))
PARTNER_SIZES = (("large", "有大型企业"), ("medium", "有中型企业"), ("small", "只有小型、微型企业"))


@dataclass(frozen=True)
class Question:
    """One thing asked: a fact, perhaps of one year. ``kind``: money, int, date, yes_no, choice, choices, text, industry."""

    key: str
    fact: str
    year: int | None
    label: str
    kind: str
    unit: str = ""
    choices: tuple[tuple[str, str], ...] = ()


def _years(criterion: Any, context: Context) -> dict[str, list[int]]:
    """Which yearly facts a criterion reads, and of which years."""
    if isinstance(criterion, Range):
        return {criterion.fact: [context.year(criterion.year_offset)]}
    if isinstance(criterion, SizeIn):
        year = context.year(criterion.year_offset)
        return {"employees": [year], "revenue": [year], "total_assets": [year]}
    if isinstance(criterion, GrowthEachYear | GrowthAboveAverage):
        last = context.year(criterion.last_offset)
        span = list(range(last - criterion.years, last + 1))
        facts = criterion.facts if isinstance(criterion, GrowthAboveAverage) else [criterion.fact]
        return dict.fromkeys(facts, span)
    return {}


def questions(programme: Programme, tier: str, context: Context, subtype: str | None = None) -> list[Question]:
    """What to ask for a tier, firm first, then figures by fact and year."""
    single: dict[str, Any] = {}
    yearly: dict[str, set[int]] = {}
    for _, criteria in programme.tier(tier).branches(subtype):
        for criterion in criteria:
            years = _years(criterion, context)
            for fact, span in years.items():
                yearly.setdefault(fact, set()).update(span)
            for fact in fact_names(criterion):
                if fact not in years:
                    single.setdefault(fact, criterion)
    asked = [_single(fact, criterion, context) for fact, criterion in single.items() if fact not in yearly]
    for fact in yearly:
        for year in sorted(yearly[fact]):
            kind = "money" if fact in MONEY else "int"
            asked.append(Question(f"{fact}_{year}", fact, year, f"{year}年{label(fact)}", kind, UNITS.get(fact, "")))
    return asked


def _single(fact: str, criterion: Any, context: Context) -> Question:
    if fact == "province":
        return Question(fact, fact, None, "企业所在省", "province")
    if fact in {"registered_on", "converted_on"}:
        return Question(fact, fact, None, label(fact), "date")
    if fact in {"is_legal_person", "former_individual_business"}:
        return Question(fact, fact, None, label(fact), "yes_no", choices=YES_NO)
    if fact == "above_scale":
        return Question(fact, fact, None, label(fact), "choice", choices=ABOVE_SCALE)
    if fact == "industry":
        return Question(fact, fact, None, "所属行业（名称或代码）", "industry")
    if fact == "srdi":
        return Question(fact, fact, None, label(fact), "choices", choices=tuple(SRDI_LABELS.items()))
    if fact == "chain_partners":
        return Question(fact, fact, None, "上下游协作企业", "choice", choices=PARTNER_SIZES)
    if isinstance(criterion, CatalogueMatch):
        items = tuple(
            (f"{c['code']}|{c['version']}|{code}", name)
            for c in context.catalogues
            if c["code"] in criterion.catalogues
            for code, name in c["items"].items()
        )
        return Question(fact, fact, None, label(fact), "choice", choices=(*items, ("none", "不属于以上任何一类")))
    if isinstance(criterion, MarketShareAnyOf) and fact not in {criterion.niche, criterion.source}:
        return Question(fact, fact, None, label(fact), "int", "位")
    if fact in UNITS:
        return Question(fact, fact, None, label(fact), "int", UNITS[fact])
    return Question(fact, fact, None, label(fact), "text")


def read_answers(
    asked: list[Question], typed: Mapping[str, Any], programme: Programme, context: Context
) -> tuple[FactSet, dict[str, str]]:
    """Facts out of what was typed, and by key what could not be read, in words. Empty answers stay missing."""
    rows: list[dict[str, Any]] = []
    problems: dict[str, str] = {}
    for question in asked:
        given = typed.get(question.key)
        if given in (None, "", []):
            continue
        try:
            value = _value(question, given, programme, context)
        except ValueError as error:
            problems[question.key] = str(error)
            continue
        if value is not None:
            rows.append({"name": question.fact, "year": question.year, "value": value, "source": "自测填写"})
    return FactSet.from_rows(rows), problems


def _value(question: Question, given: Any, programme: Programme, context: Context) -> Any:
    text = str(given).strip() if not isinstance(given, list) else ""
    match question.kind:
        case "money":
            amount = parse_wan(text)
            return None if amount is None else str(amount)
        case "int":
            number = parse_wan(text)
            if number is None:
                return None
            if number != number.to_integral_value() or number < 0:
                raise ValueError(f"“{text}”应为不小于零的整数")
            return int(number)
        case "date":
            try:
                return dt.date.fromisoformat(text).isoformat()
            except ValueError as error:
                raise ValueError(f"“{text}”不是日期，请按 2015-03-01 的形式填写") from error
        case "yes_no":
            return text == "yes"
        case "province":
            return programme.province if text == "yes" else "00"
        case "industry":
            code = text.split()[0].upper()
            if code not in context.industry_groups:
                raise ValueError(f"没有行业代码“{code}”，请输入名称后从列表中选择")
            return code
        case "choices":
            return [item for item in given if item] if isinstance(given, list) else [text]
        case _:
            return _chosen(question, text, context)


def _chosen(question: Question, text: str, context: Context) -> Any:
    if question.fact == "chain_partners":
        return [{"name": "所填协作企业", "direction": "joint", "size": text, "evidence": False}]
    if question.fact in {"key_industry", "chain"}:
        if text == "none":
            return [{"catalogue": "none", "version": "", "code": "", "name": "不属于所列产业"}]
        catalogue, version, code = text.split("|", 2)
        known = next((c for c in context.catalogues if (c["code"], c["version"]) == (catalogue, version)), None)
        if known is None or code not in known["items"]:
            raise ValueError("所选产业不在名录中，请重新选择")
        return [{"catalogue": catalogue, "version": version, "code": code, "name": known["items"][code]}]
    return text or None


def check(
    programme: Programme, tier: str, facts: FactSet, context: Context, *, subtype: str | None = None, digest: str = ""
) -> TierResult:
    """The engine's answer on typed facts; people's judgements stay open, since no file exists."""
    return evaluate(programme, tier, facts, context, subtype=subtype, version_hash=digest)
