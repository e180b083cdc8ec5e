"""Cross-checks between figures, officials' checks, opinion items and the monitoring commitment."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from cultivation.schema.base import Code, Level, Line, RequirementId, Strict
from cultivation.schema.criteria import FactName

Severity = Literal["stop", "explain"]


class CrossCheckBase(Strict):
    """One check before submission (P-06). *stop* must be mended, *explain* asks for a reason and lets pass."""

    code: Code
    title: Line
    severity: Severity
    tiers: list[Code] = []
    requirements: list[RequirementId] = []
    hint: str = ""


class NotAbove(CrossCheckBase):
    """The left figure may not be above the right one in the same year (main revenue > revenue)."""

    kind: Literal["not_above"]
    left: FactName
    right: FactName
    window: tuple[int, int]


class CountMatches(CrossCheckBase):
    """A claimed number must equal the number counted from the list (patents)."""

    kind: Literal["count_matches"]
    claimed: FactName
    listed: FactName
    year_offset: int | None = None


class YearJump(CrossCheckBase):
    """A change of more than ``pct`` percent on the year before asks for a reason."""

    kind: Literal["year_jump"]
    facts: list[FactName] = Field(min_length=1)
    window: tuple[int, int]
    pct: Decimal = Field(gt=0)


class FiguresPresent(CrossCheckBase):
    """Figures the sheet prints are there for every year of the window (a firm too young says so)."""

    kind: Literal["figures_present"]
    facts: list[FactName] = Field(min_length=1)
    window: tuple[int, int]


class Required(CrossCheckBase):
    """Facts without which a file cannot be sent at all (niche, contact)."""

    kind: Literal["required"]
    facts: list[FactName] = Field(min_length=1)


class BeforeRegistration(CrossCheckBase):
    """Figures are given for a year that ended before the firm was registered."""

    kind: Literal["before_registration"]
    facts: list[FactName] = Field(min_length=1)
    window: tuple[int, int]


class RankWithoutSource(CrossCheckBase):
    """A rank is claimed without niche or source (A3-03)."""

    kind: Literal["rank_without_source"]
    ranks: list[FactName] = Field(min_length=1)
    needs: list[FactName] = Field(min_length=1)


class Signal(CrossCheckBase):
    """Something only the database knows; the caller hands over the labels of what it found.

    ``same_legal_representative``: another file of the round has the same legal representative.
    ``other_live_application``: the firm has another live application this year (both sides are warned).
    ``current_entry``: the firm already stands in a roster of the province (SC-02: warn, not forbid).
    """

    kind: Literal["signal"]
    signal: Literal["same_legal_representative", "other_live_application", "current_entry"]


CrossCheck = Annotated[
    NotAbove | CountMatches | YearJump | FiguresPresent | Required | BeforeRegistration | RankWithoutSource | Signal,
    Field(discriminator="kind"),
]


class OpinionItem(Strict):
    """One point of the bureau's written opinion, ticked yes or no with a line of evidence."""

    code: Code
    title: Line
    clause: Line
    tiers: list[Code] = []
    level: Level = Level.COUNTY
    needs_line: bool = True
    min_length: int = Field(default=4, ge=0)
    required: bool = True
    awaiting: Line = "需研判"
    requirements: list[RequirementId] = []


class BureauCheck(Strict):
    """A check with source, date, checker, result and proof (A2-07, A3-05, P-14)."""

    code: Code
    title: Line
    clause: Line
    level: Level
    sources: list[Line] = Field(min_length=1)
    max_age_days: int = Field(ge=1)
    needs_proof: bool
    blocks: bool
    own_addition: bool = False
    tiers: list[Code] = []
    requirements: list[RequirementId] = []


class Commitment(Strict):
    """The firm's promise to report for so many years; without it no recommendation (SC-37, SC-38)."""

    version: Line
    clause: Line
    years: int = Field(ge=1)
    title: Line
    text: Annotated[str, Field(min_length=20)]
    ways: list[Literal["click", "stamped_scan"]] = Field(min_length=1)
    blocks_recommendation: bool
    expiry_alert_days: int = Field(ge=0)
    requirements: list[RequirementId] = []


class Declaration(Strict):
    """A statement the firm ticks when it submits."""

    code: Code
    fact: FactName | None = None
    text: Line
    clause: Line
    own_addition: bool = False
    requirements: list[RequirementId] = []


class FileQuestion(Strict):
    """Something asked anew with each file, not kept as a fact of the firm (activities wished for, money needed)."""

    fact: FactName
    title: Line
    type: Literal["activity_categories", "financing_need", "count"]
    required: bool
    year_offset: int | None = None
    clause: Line
    help: str = ""
    requirements: list[RequirementId] = []


class EvidenceSlot(Strict):
    """A named place for evidence files beside a file."""

    code: Code
    title: Line
    clause: Line
    per_year: bool = False
    required: bool = False
    tiers: list[Code] = []
    criteria: list[Code] = []
    requirements: list[RequirementId] = []
