"""Questions about months: what stands beside a month, what the year amounts to, who has reported."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from foundation.accounts.actor import Actor
from foundation.core.money import growth_pct
from monitoring import months
from monitoring.checks import Limits
from monitoring.models import MonthlyReturn, ReturnSubmission

State, Nature = MonthlyReturn.State, MonthlyReturn.Nature
FIGURES = ("revenue", "main_revenue", "main_revenue_prior", "profit_and_tax", "rd_expenditure")
"""Money of a month that is added up over the year."""


def limits() -> Limits:
    """How much a figure may change without a reason, from the settings."""
    from django.conf import settings

    return Limits(
        jump_pct=Decimal(settings.RETURN_JUMP_PCT),
        floor_wan=Decimal(settings.RETURN_JUMP_FLOOR_WAN),
        staff_pct=Decimal(settings.RETURN_STAFF_JUMP_PCT),
        staff_floor=settings.RETURN_STAFF_JUMP_FLOOR,
        unit_ratio=settings.RETURN_UNIT_RATIO,
    )


def shown_to(actor: Actor, row: MonthlyReturn) -> bool:
    """Whether the figures of the row may be shown: a draft is its writer's own business, a level above sees what was submitted."""
    return actor.is_enterprise or row.state == State.SUBMITTED


# ---- beside a month ----------------------------------------------------------------------------------------


@dataclass(slots=True)
class Beside:
    """What stands beside a month: the submitted months of the same firm in the same programme, by period; ``due`` are the
    months of the year the firm owes at all.
    """

    submitted: dict[str, MonthlyReturn] = field(default_factory=dict)
    due: set[str] = field(default_factory=set)

    def last_month(self, period: str) -> MonthlyReturn | None:
        """The month before, if it was submitted."""
        return self.submitted.get(months.shift(period, -1))

    def last_year(self, period: str) -> MonthlyReturn | None:
        """The same month of the year before, if it was submitted."""
        return self.submitted.get(months.same_month_last_year(period))


def beside(ids: Iterable[int]) -> dict[int, Beside]:
    """For each return what stands beside it; two statements whatever the number. Months of an entry that the firm left for
    another tier of the programme count on.
    """
    rows = list(
        MonthlyReturn.objects.filter(pk__in=list(ids)).values("pk", "enterprise_id", "entry__programme_id", "period")
    )
    wanted: set[str] = set()
    for row in rows:
        wanted |= {*months.year_to(row["period"]), months.shift(row["period"], -1)}
        wanted.add(months.same_month_last_year(row["period"]))
    others = (
        MonthlyReturn.objects.filter(enterprise_id__in={row["enterprise_id"] for row in rows}, period__in=wanted)
        .exclude(state=State.WAIVED)
        .select_related("entry")
        .order_by("period", "pk")
    )
    by_firm: dict[tuple[int, int], Beside] = {}
    for other in others if rows else []:
        found = by_firm.setdefault((other.enterprise_id, other.entry.programme_id), Beside())
        found.due.add(other.period)
        if other.state == State.SUBMITTED:
            found.submitted[other.period] = other
    return {row["pk"]: by_firm.get((row["enterprise_id"], row["entry__programme_id"]), Beside()) for row in rows}


# ---- the year ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cumulative:
    """A figure added up over the months of a year that are owed: ``value`` None is undetermined, with the months ``missing``."""

    value: Decimal | None
    first: str
    last: str
    missing: tuple[str, ...]

    @property
    def span(self) -> str:
        """``1—7月``, ``7月``."""
        first, last = int(self.first[5:]), int(self.last[5:])
        return f"{first}—{last}月" if first != last else f"{last}月"

    @property
    def whole_year_so_far(self) -> bool:
        """Whether it begins in January: only then is it the year's figure."""
        return self.first.endswith("-01")

    @property
    def missing_text(self) -> str:
        """``5月、6月``."""
        return "、".join(months.short_label(period) for period in self.missing)


def cumulative(
    figure: str, period: str, submitted: Mapping[str, Any], due: Iterable[str], *, now: Any = None
) -> Cumulative:
    """The year's sum of one figure up to ``period``: begins with the first month of the year that is owed or was reported, a
    month without the figure makes it undetermined, never smaller (HN-23). ``now`` stands for ``period`` itself (a draft).
    """
    have = dict(submitted)
    if now is not None:
        have[period] = now
    span = [month for month in months.year_to(period) if month in set(due) | set(have) | {period}]
    first = span[0]
    wanted = list(months.between(first, period))
    values = {month: getattr(have[month], figure, None) if month in have else None for month in wanted}
    missing = tuple(month for month, value in values.items() if value is None)
    total = None if missing else sum((value for value in values.values() if value is not None), Decimal(0))
    return Cumulative(total, first, period, missing)


def growth_to(period: str, submitted: Mapping[str, Any], due: Iterable[str], *, now: Any = None) -> Decimal | None:
    """Percent by which main revenue of the year so far stands above the same months of the year before; None where a month on
    either side is missing or there was none to grow from.
    """
    ahead = cumulative("main_revenue", period, submitted, due, now=now)
    behind = cumulative("main_revenue_prior", period, submitted, due, now=now)
    return growth_pct(behind.value, ahead.value)


# ---- lists -------------------------------------------------------------------------------------------------


def my_months(actor: Actor) -> QuerySet[MonthlyReturn]:
    """The firm's months, newest first."""
    return (
        MonthlyReturn.objects.visible_to(actor)
        .filter(enterprise_id=actor.enterprise_id)
        .select_related("obligation", "entry__programme")
        .order_by("-period", "entry_id")
    )


def open_months_of(enterprise_id: int) -> QuerySet[MonthlyReturn]:
    """Months a firm still has to report, the oldest first; a firm that has left for good is not asked any more."""
    return (
        MonthlyReturn.objects.filter(
            Q(entry__until__isnull=True) | Q(entry__exit="promoted"),
            enterprise_id=enterprise_id,
            state__in=[State.DRAFT, State.RETURNED],
        )
        .select_related("obligation", "entry")
        .order_by("period", "pk")
    )


def history(row: MonthlyReturn) -> list[ReturnSubmission]:
    """Everything that was ever submitted for the month, newest first."""
    return list(row.submissions.order_by("-revision"))
