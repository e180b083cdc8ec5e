"""Eligibility: may this firm stand on this rung, and if not, how far away is it? Pure rules, no ORM, no clock."""

from cultivation.eligibility.crosschecks import CrossFinding, cross_check
from cultivation.eligibility.engine import (
    ENGINE_VERSION,
    evaluate,
    evaluate_all,
    facts_asked,
    freeze,
    replay,
    replays,
)
from cultivation.eligibility.facts import Check, Context, FactSet, Judgements, Opinion
from cultivation.eligibility.gates import GateItem, GateVerdict, gate_verdict
from cultivation.eligibility.results import BranchResult, CriterionResult, Distance, Figure, TierResult
from cultivation.eligibility.rules_people import CheckState, check_states, opinion_gaps
from cultivation.schema.base import Effect, GateStep, Outcome

__all__ = [
    "ENGINE_VERSION",
    "BranchResult",
    "Check",
    "CheckState",
    "Context",
    "CriterionResult",
    "CrossFinding",
    "Distance",
    "Effect",
    "FactSet",
    "Figure",
    "GateItem",
    "GateStep",
    "GateVerdict",
    "Judgements",
    "Opinion",
    "Outcome",
    "TierResult",
    "check_states",
    "cross_check",
    "evaluate",
    "evaluate_all",
    "facts_asked",
    "freeze",
    "gate_verdict",
    "opinion_gaps",
    "replay",
    "replays",
]
