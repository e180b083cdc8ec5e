"""What stands in the way of a step, sentence by sentence: shown beside the button and asked again by the action."""

from __future__ import annotations

import datetime as dt

from cultivation.schema import Effect, GateStep, Outcome
from foundation.core.clock import business_today
from foundation.core.verdict import Verdict, no
from reviews.dossier import Dossier
from reviews.models import Explanation


def recommendation_blocks(dossier: Dossier, on: dt.date | None = None) -> list[Verdict]:
    """Everything that keeps the handling bureau from recommending; empty when it may.

    Open correction; credit check missing or older than the programme's limit (A2-07, A3-05, P-14); opinion items unanswered (HN-05);
    monitoring commitment missing where it is due (SC-37); gates of the criteria at recommendation.
    """
    on = on or business_today()
    programme, file = dossier.programme, dossier.file
    blocks: list[Verdict] = []
    if dossier.correction is not None:
        blocks.append(no("企业尚未答复补正要求"))
    for rule in programme.checks_for(file.tier):
        age = dossier.check_age_days(rule.code, on)
        if rule.blocks and age is None:
            blocks.append(no(f"尚未登记{rule.title}", f"请查询{rule.sources[0]}后登记。"))
        elif rule.blocks and age is not None and age > rule.max_age_days:
            blocks.append(no(f"{rule.title}已过 {age} 天（限 {rule.max_age_days} 天）", "请重新核查。"))
    missing = [item.title for item in programme.opinion_items_for(file.tier) if item.required and item.code not in dossier.opinions]
    if missing:
        blocks.append(no(f"研判意见未填写：{'、'.join(missing)}"))
    if programme.commitment is not None and programme.commitment.blocks_recommendation and dossier.commitment is None:
        blocks.append(no(f"企业尚未签署《{programme.commitment.title}》（{programme.commitment.clause}）", "请企业在申报材料中签署。"))
    blocks.extend(gate_blocks(dossier, GateStep.RECOMMENDATION))
    return blocks


def gate_blocks(dossier: Dossier, step: GateStep) -> list[Verdict]:
    """Criteria whose gate at this step forbids it, or asks for a reason nobody gave yet."""
    blocks: list[Verdict] = []
    for result in dossier.evaluation.tier.criteria:
        effect = Effect(result.gates[step.value]) if result.outcome is not Outcome.MET else Effect.PASS
        what = f"“{result.title}”{result.status}"
        if effect is Effect.STOP:
            blocks.append(no(f"{what}（{result.clause}）", result.hint))
        elif effect is Effect.EXPLAIN and not dossier.explained(Explanation.Kind.GATE, step.value, result.criterion):
            blocks.append(no(f"{what}，需说明理由", result.hint))
    return blocks


def gates_to_explain(dossier: Dossier, step: GateStep) -> list[tuple[str, str, str]]:
    """``(criterion, title, reason given)`` for every criterion that asks for a reason at this step."""
    return [
        (result.criterion, result.title, dossier.explained(Explanation.Kind.GATE, step.value, result.criterion))
        for result in dossier.evaluation.tier.criteria
        if result.outcome is not Outcome.MET and Effect(result.gates[step.value]) is Effect.EXPLAIN
    ]
