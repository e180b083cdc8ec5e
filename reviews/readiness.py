"""What stands in the way of a step, sentence by sentence: shown beside the button and asked again by the action."""

from __future__ import annotations

import datetime as dt

from cultivation.eligibility import GateItem, GateStep, GateVerdict, Outcome, check_states, gate_verdict, opinion_gaps
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
    for state in check_states(programme, file.tier, dossier.judgements, on):
        if state.blocks and state.state in {"missing", "stale"}:
            blocks.append(no(state.text.rstrip("。"), "请核查后登记。"))
    unanswered = [
        item.title
        for item in programme.opinion_items_for(file.tier)
        if item.required and item.code not in dossier.opinions
    ]
    if unanswered:
        blocks.append(no(f"研判意见 {len(unanswered)} 项未填写：{'、'.join(unanswered)}", "请逐项填写并写明依据。"))
    if programme.commitment is not None and programme.commitment.blocks_recommendation and dossier.commitment is None:
        blocks.append(
            no(
                f"企业尚未签署《{programme.commitment.title}》（{programme.commitment.clause}）",
                "请企业在申报材料中签署。",
            )
        )
    blocks.extend(gate_blocks(dossier, GateStep.RECOMMENDATION))
    return blocks


def gate_blocks(dossier: Dossier, step: GateStep) -> list[Verdict]:
    """Criteria whose gate at this step forbids it, or asks for a reason nobody gave yet."""
    gates = gates_at(dossier, step)
    stopped = [no(f"“{item.title}”{item.status}（{item.clause}）", item.text) for item in gates.stops]
    return stopped + [
        no(f"“{item.title}”{item.status}，需说明理由", item.text) for item in open_reasons(dossier, gates)
    ]


def open_reasons(dossier: Dossier, gates: GateVerdict) -> list[GateItem]:
    """Criteria that ask for a reason. One that only waits for an opinion item or a check is not among them: that is asked for itself."""
    waiting = {
        result.criterion
        for result in dossier.evaluation.result.criteria
        if result.outcome is Outcome.NEEDS_JUDGEMENT and result.kind in {"judgement", "credit_clean"}
    }
    if not opinion_gaps(dossier.programme, dossier.file.tier, dossier.judgements):
        waiting = {
            result.criterion for result in dossier.evaluation.result.criteria if result.kind == "credit_clean"
        } & waiting
    return [item for item in gates.to_explain if item.criterion not in waiting]


def gates_at(dossier: Dossier, step: GateStep) -> GateVerdict:
    """Effects of the file's answers at a step, with the reasons given so far."""
    reasons = {
        code: text
        for (kind, at, code), text in dossier.explanations.items()
        if kind == Explanation.Kind.GATE and at == step.value
    }
    return gate_verdict(dossier.evaluation.result, step, reasons)
