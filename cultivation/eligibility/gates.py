"""What the answers do at a step: pass, be shown, ask for a reason, forbid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cultivation.eligibility.results import CriterionResult, TierResult
from cultivation.schema.base import Effect, GateStep
from foundation.core.verdict import Verdict, no, ok

#: A reason shorter than this is no reason.
MIN_REASON = 4


@dataclass(frozen=True)
class GateItem:
    """One criterion that does something at this step."""

    criterion: str
    title: str
    clause: str
    status: str
    effect: Effect
    text: str


@dataclass(frozen=True)
class GateVerdict:
    """All of them, by effect. ``to_explain`` are those without a reason yet, ``explained`` those with one."""

    step: GateStep
    stops: tuple[GateItem, ...]
    to_explain: tuple[GateItem, ...]
    explained: tuple[GateItem, ...]
    notes: tuple[GateItem, ...]

    @property
    def verdict(self) -> Verdict:
        """Whether the step may be taken, with the reason a person reads."""
        if self.stops:
            names = "；".join(f"{item.title}（{item.status}，{item.clause}）" for item in self.stops)
            return no(f"有条件不符合，不能办理：{names}。", "请退回补正或不予推荐。")
        if self.to_explain:
            names = "；".join(f"{item.title}（{item.status}）" for item in self.to_explain)
            return no(f"以下条件须先写明理由：{names}。", f"在每一条下写明理由（至少{MIN_REASON}个字）后再办理。")
        return ok()

    @property
    def allowed(self) -> bool:
        """Shorthand for the verdict."""
        return self.verdict.allowed


def _item(result: CriterionResult, effect: Effect) -> GateItem:
    text = result.distance.text if result.distance else result.text
    return GateItem(result.criterion, result.title, result.clause, result.status, effect, text)


def gate_verdict(
    result: TierResult | Iterable[CriterionResult], step: GateStep | str, explanations: Mapping[str, str] | None = None
) -> GateVerdict:
    """Effects of a tier's answers at ``step``; ``explanations`` are reasons by criterion id.

    A tier with several ways is judged by the one that stands best.
    """
    at = GateStep(step)
    reasons = explanations or {}
    criteria = result.criteria if isinstance(result, TierResult) else tuple(result)
    found: dict[str, list[GateItem]] = {"stop": [], "open": [], "explained": [], "note": []}
    for item in criteria:
        effect = Effect(item.gates[at.value])
        if effect is Effect.STOP:
            found["stop"].append(_item(item, effect))
        elif effect is Effect.NOTE:
            found["note"].append(_item(item, effect))
        elif effect is Effect.EXPLAIN:
            given = len(reasons.get(item.criterion, "").strip()) >= MIN_REASON
            found["explained" if given else "open"].append(_item(item, effect))
    return GateVerdict(at, tuple(found["stop"]), tuple(found["open"]), tuple(found["explained"]), tuple(found["note"]))
