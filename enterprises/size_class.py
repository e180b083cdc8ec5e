"""Size class of an enterprise by 《中小企业划型标准规定》 (工信部联企业〔2011〕300号). Pure rule, no ORM.

The standard words the SME ceiling with 或, medium and small with 且 and 及以上, micro with 或. So each class from large
to small asks for *all* its minimums at once, and an enterprise drops to the first class whose minimums it all reaches;
below any minimum of small it is micro. 5,000 employees with 3,000 万元 revenue are therefore *medium* (policy c; A1-01,
A2-04, A3-02).

A missing figure makes the class undetermined unless it cannot matter; what it can still be is told in ``possible``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import IntEnum

from foundation.reference.size_standard import INDICATOR_LABELS, SizeStandard, Threshold


class SizeClass(IntEnum):
    """The four classes, ordered from micro to large."""

    MICRO = 0
    SMALL = 1
    MEDIUM = 2
    LARGE = 3

    @property
    def code(self) -> str:
        """``micro`` … ``large``: the form used in programmes and stored verdicts."""
        return self.name.lower()

    @property
    def label(self) -> str:
        """微型 … 大型."""
        return ("微型", "小型", "中型", "大型")[self.value]


NOT_COVERED = "不在划型范围"
#: Stands in ``missing`` when the industry is chosen too coarsely (59 装卸搬运和仓储业 holds two groups).
INDUSTRY = "industry"


@dataclass(frozen=True, slots=True)
class SizeResult:
    """The answer with everything a reader needs to check it.

    ``size_class`` is None when it is undetermined (``missing`` names the figures) or the industry is outside the
    standard (``covered`` is False). ``deciding`` are the indicators that hold the enterprise in its class; ``possible``
    the classes it can still turn out to be. ``figures`` are those of the group's indicators, as given.
    """

    size_class: SizeClass | None
    group: str
    covered: bool
    deciding: tuple[str, ...] = ()
    figures: dict[str, Decimal | None] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    possible: frozenset[SizeClass] = frozenset()
    clause: str = ""
    document: str = ""

    @property
    def label(self) -> str:
        """中型 / 不在划型范围 / 未定."""
        if not self.covered:
            return NOT_COVERED
        return self.size_class.label if self.size_class is not None else "未定"

    @property
    def is_sme(self) -> bool | None:
        """Medium, small or micro; None when that is not certain."""
        return self.is_one_of({SizeClass.MEDIUM, SizeClass.SMALL, SizeClass.MICRO})

    def is_one_of(self, classes: Iterable[SizeClass]) -> bool | None:
        """Whether the class is among ``classes``; certain even for some undetermined results, else None."""
        wanted = frozenset(classes)
        if not self.possible:
            return None
        if self.possible <= wanted:
            return True
        return None if self.possible & wanted else False

    def explain(self) -> str:
        """One sentence for the page beside the figures."""
        if not self.covered:
            return f"所属行业{NOT_COVERED}。"
        if INDUSTRY in self.missing:
            return "所选行业包含几个划型行业，请选到中类或小类再划型。"
        if self.size_class is None:
            names = "、".join(INDICATOR_LABELS[name] for name in self.missing)
            top = max(self.possible)
            ceiling = f"，但不会高于{top.label}" if top < SizeClass.LARGE else ""
            return f"缺{names}，无法划型{ceiling}。"
        names = "、".join(INDICATOR_LABELS[name] for name in self.deciding)
        return f"按{self.group}划为{self.size_class.label}，由{names}决定。"


def size_class(
    group: str,
    standard: SizeStandard,
    *,
    employees: Decimal | int | None = None,
    revenue: Decimal | int | None = None,
    total_assets: Decimal | int | None = None,
    finer_industry_needed: bool = False,
) -> SizeResult:
    """Classify an enterprise of ``group`` (a name of the standard) by its figures.

    ``employees`` in persons; ``revenue`` and ``total_assets`` in 万元, compared exactly as given, never rounded. None
    is a missing figure. Figures the group does not ask for are ignored. A group the standard does not know gives a
    result with ``covered`` False; with ``finer_industry_needed`` (``Industry.size_state`` is ``finer``) it is
    undetermined and the industry itself is what is missing.
    """
    rule = standard.group(group)
    if rule is None and finer_industry_needed:
        everything = frozenset(SizeClass)
        return SizeResult(
            None, group, covered=True, missing=(INDUSTRY,), possible=everything, document=standard.document
        )
    if rule is None:
        return SizeResult(None, group, covered=False, document=standard.document)
    given = {"employees": employees, "revenue": revenue, "total_assets": total_assets}
    figures = {threshold.indicator: _exact(given[threshold.indicator]) for threshold in rule.thresholds}
    reached = {
        threshold.indicator: _highest_class(threshold, value)
        for threshold in rule.thresholds
        if (value := figures[threshold.indicator]) is not None
    }
    missing = tuple(name for name, value in figures.items() if value is None)
    # All minimums of a class must be reached, so the enterprise stands where its lowest indicator stands.
    lowest = min(reached.values(), default=SizeClass.LARGE)
    decided = not missing or lowest is SizeClass.MICRO
    possible = frozenset({lowest}) if decided else frozenset(c for c in SizeClass if c <= lowest)
    return SizeResult(
        size_class=lowest if decided else None,
        group=group,
        covered=True,
        deciding=tuple(name for name, value in reached.items() if value == lowest) if decided else (),
        figures=figures,
        missing=() if decided else missing,
        possible=possible,
        clause=f"{standard.document} {rule.clause}",
        document=standard.document,
    )


def _exact(value: Decimal | int | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _highest_class(threshold: Threshold, value: Decimal) -> SizeClass:
    """The highest class whose minimum ``value`` reaches (及以上 includes the number itself)."""
    for bound, answer in (
        (threshold.large_min, SizeClass.LARGE),
        (threshold.medium_min, SizeClass.MEDIUM),
        (threshold.small_min, SizeClass.SMALL),
    ):
        if value >= bound:
            return answer
    return SizeClass.MICRO
