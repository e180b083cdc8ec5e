"""The engine: a programme's tier, facts, judgements and public tables in; an answer per criterion out.

Pure: the same inputs give the same answer for ever. A verdict is frozen with everything it rests on (``freeze``)
and can be asked again from that alone (``replay``); engines of earlier versions stay callable.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cultivation.eligibility import rules_numbers, rules_people, rules_status
from cultivation.eligibility.facts import Context, FactSet, Judgements
from cultivation.eligibility.results import Answer, BranchResult, CriterionResult, TierResult, all_of, any_of
from cultivation.schema import canonical_json, parse
from cultivation.schema.base import GateStep, Outcome
from cultivation.schema.criteria import CreditClean, CriterionBase, InProvince, Judgement, fact_names
from cultivation.schema.programme import Programme, Subtype

ENGINE_VERSION = "1"

#: Kinds answered from facts and context alone; the other three need the programme or the judgements.
_RULES: dict[str, Callable[[Any, FactSet, Context], Answer]] = {
    "range": rules_numbers.value_range,
    "growth_each_year": rules_numbers.growth_each_year,
    "growth_above_average": rules_numbers.growth_above_average,
    "size_in": rules_numbers.size_in,
    "industry_in_groups": rules_numbers.industry_in_groups,
    "patents_in_use": rules_numbers.patents_in_use,
    "registered_years": rules_status.registered_years,
    "flag": rules_status.flag,
    "provided": rules_status.provided,
    "catalogue_match": rules_status.catalogue_match,
    "partners_on_chain": rules_status.partners_on_chain,
    "market_share_any_of": rules_status.market_share_any_of,
    "newly_established_or_converted": rules_status.newly_established_or_converted,
    "above_scale": rules_status.above_scale,
}


def _answer(criterion: Any, programme: Programme, facts: FactSet, context: Context, judgements: Judgements) -> Answer:
    if isinstance(criterion, InProvince):
        return rules_status.in_province(criterion, facts, context, programme.province, programme.province_name)
    if isinstance(criterion, Judgement):
        return rules_people.judgement(criterion, programme, judgements)
    if isinstance(criterion, CreditClean):
        rule = next(item for item in programme.checks if item.code == criterion.check)
        return rules_people.credit_clean(rule, judgements, context)
    return _RULES[criterion.kind](criterion, facts, context)


def _result(criterion: Any, answer: Answer) -> CriterionResult:
    status = answer.outcome.label
    if answer.outcome is Outcome.NEEDS_JUDGEMENT and isinstance(criterion, Judgement):
        status = criterion.awaiting
    return CriterionResult(
        criterion=criterion.id,
        kind=criterion.kind,
        title=criterion.title,
        clause=criterion.clause,
        requirements=tuple(criterion.requirements),
        outcome=answer.outcome,
        status=status,
        text=answer.text,
        figures=answer.figures,
        distance=answer.distance,
        missing=answer.missing,
        hint="" if answer.outcome is Outcome.MET else criterion.hint,
        note=criterion.note,
        gates={step.value: criterion.gates.effect(step, answer.outcome).value for step in GateStep},
    )


def evaluate(
    programme: Programme,
    tier: str,
    facts: FactSet,
    context: Context,
    *,
    judgements: Judgements | None = None,
    subtype: str | None = None,
    version_hash: str = "",
) -> TierResult:
    """Answer every criterion of a tier (all ways into it, or the one named by ``subtype``).

    Within a way all criteria are needed; between ways one is enough. KeyError for an unknown tier or subtype.
    """
    chosen = programme.tier(tier)
    given = judgements or Judgements()
    branches: list[BranchResult] = []
    for way, criteria in chosen.branches(subtype):
        results = tuple(_result(c, _answer(c, programme, facts, context, given)) for c in criteria)
        branches.append(
            BranchResult(
                subtype=way.code if way else None,
                title=way.title if way else chosen.title,
                outcome=all_of([item.outcome for item in results]),
                criteria=results,
            )
        )
    return TierResult(
        programme=programme.code,
        version_hash=version_hash,
        document_number=programme.document_number,
        tier=chosen.code,
        title=chosen.title,
        rank=chosen.rank,
        as_of=context.as_of.isoformat(),
        round_year=context.round_year,
        engine=ENGINE_VERSION,
        outcome=any_of([branch.outcome for branch in branches]),
        branches=tuple(branches),
    )


def evaluate_all(programme: Programme, facts: FactSet, context: Context, *, version_hash: str = "") -> list[TierResult]:
    """Every tier of a programme, lowest first: the stairs of the enterprise home and the self-check."""
    tiers = sorted(programme.tiers, key=lambda tier: tier.rank)
    return [evaluate(programme, tier.code, facts, context, version_hash=version_hash) for tier in tiers]


def facts_asked(programme: Programme, tier: str, subtype: str | None = None) -> list[str]:
    """Names of the facts the criteria of a tier read, in the order of the criteria."""
    names: list[str] = []
    ways: list[tuple[Subtype | None, list[Any]]] = list(programme.tier(tier).branches(subtype))
    for _, criteria in ways:
        for criterion in criteria:
            if isinstance(criterion, CriterionBase):
                names += fact_names(criterion)
    return list(dict.fromkeys(names))


def freeze(
    document: dict[str, Any],
    tier: str,
    facts: FactSet,
    context: Context,
    *,
    judgements: Judgements | None = None,
    subtype: str | None = None,
    version_hash: str = "",
) -> dict[str, Any]:
    """The verdict together with all it rests on, as JSON: engine, rules, facts, judgements, tables, answer (P-05).

    ``document`` is the stored programme document, kept whole so that the record stands alone. The size standard is cut
    down to the firm's own group.
    """
    given = judgements or Judgements()
    programme = parse(document)
    kept = FactSet.from_rows(facts.to_rows([*facts_asked(programme, tier, subtype), "niche_rank_year"]))
    context = _trim(context, kept)
    result = evaluate(programme, tier, kept, context, judgements=given, subtype=subtype, version_hash=version_hash)
    return {
        "engine": ENGINE_VERSION,
        "document": document,
        "version_hash": version_hash,
        "tier": tier,
        "subtype": subtype,
        "facts": kept.to_rows(),
        "judgements": given.to_json(),
        "context": context.to_json(),
        "result": result.to_json(),
    }


def _trim(context: Context, facts: FactSet) -> Context:
    """Only the parts of the public tables this firm's answer can rest on."""
    code = facts.text("industry")
    groups = {code: context.industry_groups[code]} if code and code in context.industry_groups else {}
    standard = context.size_standard
    if standard is not None:
        names = {group for group, _ in groups.values()}
        standard = {**standard, "rows": [row for row in standard["rows"] if row["industry_group"] in names]}
    return Context(
        as_of=context.as_of,
        round_year=context.round_year,
        reference_date=context.reference_date,
        size_standard=standard,
        industry_groups=groups,
        averages=context.averages,
        catalogues=context.catalogues,
    )


def _replay_1(stored: dict[str, Any]) -> TierResult:
    return evaluate(
        parse(stored["document"]),
        stored["tier"],
        FactSet.from_rows(stored["facts"]),
        Context.from_json(stored["context"]),
        judgements=Judgements.from_json(stored["judgements"]),
        subtype=stored["subtype"],
        version_hash=stored["version_hash"],
    )


#: Engines by version. A change of any rule's answer or wording adds a version; the old one stays.
ENGINES: dict[str, Callable[[dict[str, Any]], TierResult]] = {"1": _replay_1}


def replay(stored: dict[str, Any]) -> TierResult:
    """Ask a frozen verdict again, from what was stored alone. ValueError when its engine is unknown here."""
    engine = ENGINES.get(stored["engine"])
    if engine is None:
        raise ValueError(f"没有第 {stored['engine']} 版核对引擎，无法重算；原结果仍可查看。")
    return engine(stored)


def replays(stored: dict[str, Any]) -> bool:
    """Whether the stored answer comes out again, to the letter."""
    return canonical_json(replay(stored).to_json()) == canonical_json(stored["result"])
