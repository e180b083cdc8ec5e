"""Closed lists and small parts shared by all sections of a programme document."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
RequirementId = Annotated[str, StringConstraints(pattern=r"^(ZZ|HN|SC|A1|A2|A3|P)-\d{2}$")]
Line = Annotated[str, StringConstraints(min_length=1, max_length=400, strip_whitespace=True)]


class Strict(BaseModel):
    """A section that refuses unknown keys and loose types, and cannot be changed after reading."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Outcome(StrEnum):
    """What a criterion answers. ``undetermined`` = a figure is missing; it never counts as met or failed."""

    MET = "met"
    NOT_MET = "not_met"
    UNDETERMINED = "undetermined"
    NEEDS_JUDGEMENT = "needs_judgement"

    @property
    def label(self) -> str:
        """The word an official or an enterprise reads."""
        return _OUTCOME_LABELS[self]


_OUTCOME_LABELS = {
    Outcome.MET: "符合",
    Outcome.NOT_MET: "不符合",
    Outcome.UNDETERMINED: "待定",
    Outcome.NEEDS_JUDGEMENT: "需研判",
}


class Effect(StrEnum):
    """What an answer does at a step: nothing, be shown, ask for a reason, forbid the step."""

    PASS = "pass"  # noqa: S105 - an effect, no password
    NOTE = "note"
    EXPLAIN = "explain"
    STOP = "stop"


class GateStep(StrEnum):
    """Steps at which criteria are asked."""

    SUBMISSION = "submission"
    RECOMMENDATION = "recommendation"
    LISTING = "listing"


class Level(StrEnum):
    """Who acts: the firm or a bureau of one level."""

    ENTERPRISE = "enterprise"
    COUNTY = "county"
    PREFECTURE = "prefecture"
    PROVINCE = "province"


GateEffect = Literal["note", "explain", "stop"]


class Gate(Strict):
    """Effect of each answer other than *met* at one step."""

    not_met: GateEffect
    undetermined: GateEffect
    needs_judgement: GateEffect


class Gates(Strict):
    """One gate per step; the defaults are those of the product: filing is never blocked by a figure."""

    submission: Gate = Gate(not_met="note", undetermined="note", needs_judgement="note")
    recommendation: Gate = Gate(not_met="explain", undetermined="explain", needs_judgement="explain")
    listing: Gate = Gate(not_met="stop", undetermined="explain", needs_judgement="explain")

    def effect(self, step: GateStep, outcome: Outcome) -> Effect:
        """Effect of ``outcome`` at ``step``; *met* always passes."""
        if outcome is Outcome.MET:
            return Effect.PASS
        gate: Gate = getattr(self, step.value)
        return Effect(getattr(gate, outcome.value))


class Setting(Strict):
    """A point on which the notices are silent or contradict themselves: our choice, and why.

    ``point`` counts the fifteen points of the requirements' section 8; other choices of our own have none.
    Elsewhere in the document the string ``@code`` stands for the value. ``shown`` words a value that is a code.
    """

    code: Code
    point: int | None = Field(default=None, ge=1, le=15)
    title: Line
    value: bool | int | str | list[str]
    shown: str = ""
    alternatives: list[Line] = []
    reason: Line

    @property
    def worded(self) -> str:
        """The value as a person reads it."""
        return self.shown or str(self.value)


class Target(Strict):
    """A number to be reached; contradicting figures stand side by side with their clause (SC-03)."""

    class Figure(Strict):
        value: int
        clause: Line

    code: Code
    title: Line
    unit: Line
    period: Line
    kind: Literal["at_least", "about"] = "at_least"
    tier: Code | None = None
    figures: list[Figure] = Field(min_length=1)
    requirements: list[RequirementId] = []
