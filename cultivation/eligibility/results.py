"""What the engine answers: per criterion, per way into a tier, per tier. All of it has a JSON form."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cultivation.schema.base import Outcome


@dataclass(frozen=True)
class Figure:
    """A figure used, ready to be read: ``2017年 营业收入 12,345.67 万元``; ``value`` keeps the exact number as text."""

    fact: str
    label: str
    year: int | None
    value: str
    unit: str
    text: str
    source: str = ""

    def to_json(self) -> dict[str, Any]:
        return dict(self.__dict__)


@dataclass(frozen=True)
class Distance:
    """How far a criterion that is not met is from being met: exact amount, unit, sentence."""

    amount: Decimal
    unit: str
    text: str

    def to_json(self) -> dict[str, Any]:
        return {"amount": str(self.amount), "unit": self.unit, "text": self.text}


@dataclass(frozen=True)
class Answer:
    """What one rule says before it is put beside its criterion."""

    outcome: Outcome
    text: str
    figures: tuple[Figure, ...] = ()
    distance: Distance | None = None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class CriterionResult:
    """One criterion with its answer. ``status`` is the word shown (待录入 where the programme says so)."""

    criterion: str
    kind: str
    title: str
    clause: str
    requirements: tuple[str, ...]
    outcome: Outcome
    status: str
    text: str
    figures: tuple[Figure, ...]
    distance: Distance | None
    missing: tuple[str, ...]
    hint: str
    note: str
    gates: dict[str, str]

    def to_json(self) -> dict[str, Any]:
        return {
            "criterion": self.criterion,
            "kind": self.kind,
            "title": self.title,
            "clause": self.clause,
            "requirements": list(self.requirements),
            "outcome": self.outcome.value,
            "status": self.status,
            "text": self.text,
            "figures": [figure.to_json() for figure in self.figures],
            "distance": self.distance.to_json() if self.distance else None,
            "missing": list(self.missing),
            "hint": self.hint,
            "note": self.note,
            "gates": dict(self.gates),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> CriterionResult:
        distance = data["distance"]
        return cls(
            criterion=data["criterion"],
            kind=data["kind"],
            title=data["title"],
            clause=data["clause"],
            requirements=tuple(data["requirements"]),
            outcome=Outcome(data["outcome"]),
            status=data["status"],
            text=data["text"],
            figures=tuple(Figure(**figure) for figure in data["figures"]),
            distance=Distance(Decimal(distance["amount"]), distance["unit"], distance["text"]) if distance else None,
            missing=tuple(data["missing"]),
            hint=data["hint"],
            note=data["note"],
            gates=dict(data["gates"]),
        )


_WORST_FIRST = (Outcome.NOT_MET, Outcome.UNDETERMINED, Outcome.NEEDS_JUDGEMENT, Outcome.MET)


def all_of(outcomes: list[Outcome]) -> Outcome:
    """Every criterion is needed: the worst answer is the answer."""
    return next((outcome for outcome in _WORST_FIRST if outcome in outcomes), Outcome.MET)


def any_of(outcomes: list[Outcome]) -> Outcome:
    """One way is enough: the best answer is the answer."""
    return next((outcome for outcome in reversed(_WORST_FIRST) if outcome in outcomes), Outcome.NOT_MET)


@dataclass(frozen=True)
class BranchResult:
    """One way into a tier (a subtype, or the tier itself when it has none)."""

    subtype: str | None
    title: str
    outcome: Outcome
    criteria: tuple[CriterionResult, ...]

    def count(self, outcome: str) -> int:
        """How many criteria answered so."""
        return sum(1 for item in self.criteria if item.outcome == outcome)

    @property
    def met_count(self) -> int:
        """Criteria met, for "5 / 9"."""
        return self.count(Outcome.MET)

    @property
    def open_items(self) -> list[CriterionResult]:
        """Criteria not met yet, for the list of what is missing."""
        return [item for item in self.criteria if item.outcome is not Outcome.MET]

    def to_json(self) -> dict[str, Any]:
        return {
            "subtype": self.subtype,
            "title": self.title,
            "outcome": self.outcome.value,
            "criteria": [item.to_json() for item in self.criteria],
        }


@dataclass(frozen=True)
class TierResult:
    """The whole answer for one tier on one day."""

    programme: str
    version_hash: str
    document_number: str
    tier: str
    title: str
    rank: int
    as_of: str
    round_year: int
    engine: str
    outcome: Outcome
    branches: tuple[BranchResult, ...]

    @property
    def best(self) -> BranchResult:
        """The branch that stands best: outcome first, then the number of criteria met."""
        order = list(reversed(_WORST_FIRST))
        return min(self.branches, key=lambda branch: (order.index(branch.outcome), -branch.met_count))

    @property
    def criteria(self) -> tuple[CriterionResult, ...]:
        """Criteria of the best branch (the only one where a subtype was named or there is none)."""
        return self.best.criteria

    def to_json(self) -> dict[str, Any]:
        return {
            "programme": self.programme,
            "version_hash": self.version_hash,
            "document_number": self.document_number,
            "tier": self.tier,
            "title": self.title,
            "rank": self.rank,
            "as_of": self.as_of,
            "round_year": self.round_year,
            "engine": self.engine,
            "outcome": self.outcome.value,
            "branches": [branch.to_json() for branch in self.branches],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> TierResult:
        """A stored result as it was answered then, without asking again."""
        branches = tuple(
            BranchResult(
                subtype=branch["subtype"],
                title=branch["title"],
                outcome=Outcome(branch["outcome"]),
                criteria=tuple(CriterionResult.from_json(item) for item in branch["criteria"]),
            )
            for branch in data["branches"]
        )
        return cls(
            programme=data["programme"],
            version_hash=data["version_hash"],
            document_number=data["document_number"],
            tier=data["tier"],
            title=data["title"],
            rank=data["rank"],
            as_of=data["as_of"],
            round_year=data["round_year"],
            engine=data["engine"],
            outcome=Outcome(data["outcome"]),
            branches=branches,
        )
