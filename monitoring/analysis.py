"""What the months say together: the year against the year before, by firm and by bureau, and where it falls (A3-18)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, DecimalField, ExpressionWrapper, F, Q, QuerySet, Sum

from foundation.accounts.actor import Actor
from foundation.core.money import format_wan, growth_pct
from monitoring import months
from monitoring.models import MonthlyReturn
from monitoring.queries import Beside, cumulative

State = MonthlyReturn.State
FALLS_SHOWN = 50
_COMPARABLE = Q(state=State.SUBMITTED, main_revenue__isnull=False, main_revenue_prior__isnull=False)
WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 720, 240, 70, 28, 14


@dataclass(frozen=True, slots=True)
class Month:
    """One month of the year: its own figures, the sums up to it on both sides, and their growth. None is undetermined.

    ``firms`` counts the firms behind the figures, ``owed`` those that should be.
    """

    period: str
    now: Decimal | None
    before: Decimal | None
    now_total: Decimal | None
    before_total: Decimal | None
    firms: int = 1
    owed: int = 1

    @property
    def label(self) -> str:
        """``7月``."""
        return months.short_label(self.period)

    @property
    def growth(self) -> Decimal | None:
        """Percent by which the year so far stands above the same months of the year before."""
        return growth_pct(self.before_total, self.now_total)


def firm_year(year: int, around: Beside) -> list[Month]:
    """The year of one firm, month by month as far as it is owed."""
    found = []
    for period in months.between(f"{year}-01", f"{year}-12"):
        if period not in around.due and period not in around.submitted:
            continue
        row = around.submitted.get(period)
        found.append(
            Month(
                period,
                row.main_revenue if row else None,
                row.main_revenue_prior if row else None,
                cumulative("main_revenue", period, around.submitted, around.due).value,
                cumulative("main_revenue_prior", period, around.submitted, around.due).value,
                firms=1 if row else 0,
            )
        )
    return found


def beside_firm(enterprise_id: int, year: int) -> dict[int, Beside]:
    """The submitted and owed months of a firm in a year, by programme; one statement."""
    found: dict[int, Beside] = {}
    rows = (
        MonthlyReturn.objects.filter(enterprise_id=enterprise_id, period__range=(f"{year}-01", f"{year}-12"))
        .exclude(state=State.WAIVED)
        .select_related("entry__programme")
        .order_by("period", "pk")
    )
    for row in rows:
        one = found.setdefault(row.entry.programme_id, Beside())
        one.due.add(row.period)
        if row.state == State.SUBMITTED:
            one.submitted[row.period] = row
    return found


def bureau_year(actor: Actor, year: int, bureau: str = "") -> list[Month]:
    """The year of all firms the actor sees, on a comparable basis: a month of a firm counts on both sides or on neither, so
    a firm that did not report makes no fall. Sums go on from month to month.
    """
    rows = _seen(actor, year, bureau)
    found: list[Month] = []
    now_total = before_total = Decimal(0)
    for row in (
        rows.order_by("period")
        .values("period")
        .annotate(
            now=Sum("main_revenue", filter=_COMPARABLE),
            before=Sum("main_revenue_prior", filter=_COMPARABLE),
            firms=Count("pk", filter=_COMPARABLE),
            owed=Count("pk"),
        )
    ):
        now_total += row["now"] or 0
        before_total += row["before"] or 0
        known = bool(row["firms"])
        found.append(
            Month(
                row["period"],
                row["now"],
                row["before"],
                now_total if known else None,
                before_total if known else None,
                firms=row["firms"],
                owed=row["owed"],
            )
        )
    return found


def _seen(actor: Actor, year: int, bureau: str) -> QuerySet[MonthlyReturn]:
    rows = (
        MonthlyReturn.objects.visible_to(actor)
        .filter(period__range=(f"{year}-01", f"{year}-12"))
        .exclude(state=State.WAIVED)
    )
    return rows.filter(bureau_id=int(bureau)) if bureau.isdecimal() else rows


def falls(actor: Actor, year: int, bureau: str = "") -> list[Mapping[str, Any]]:
    """Firms whose main revenue of the year so far lies below the same months of the year before, the deepest fall first. Only
    firms all of whose months so far are known on both sides; one statement.
    """
    money: DecimalField[Any, Any] = DecimalField(max_digits=20, decimal_places=8)
    rows = (
        _seen(actor, year, bureau)
        .order_by()
        .values("enterprise_id", "enterprise__name", "bureau__short_name", "entry__programme_id")
        .annotate(
            owed=Count("pk"),
            known=Count("pk", filter=_COMPARABLE),
            now=Sum("main_revenue", filter=_COMPARABLE),
            before=Sum("main_revenue_prior", filter=_COMPARABLE),
        )
        .filter(owed=F("known"), before__gt=0, now__lt=F("before"))
        .annotate(rate=ExpressionWrapper((F("now") - F("before")) * 100 / F("before"), output_field=money))
        .order_by("rate", "enterprise_id")
    )
    return list(rows[:FALLS_SHOWN])


# ---- the picture -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Dot:
    """One marked point of a line."""

    x: int
    y: int
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the chart: unbroken runs of points (a month that is undetermined breaks it) and the dots on them."""

    css: str
    label: str
    runs: tuple[str, ...]
    dots: tuple[Dot, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Two lines over twelve months with a scale: coordinates only, drawn by the template."""

    lines: tuple[Line, ...]
    ticks: tuple[tuple[int, str], ...]
    labels: tuple[tuple[int, str], ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    base: int = HEIGHT - BOTTOM


def chart_of(year: Sequence[Month]) -> Chart | None:
    """The year so far against the year before; None while nothing is known."""
    values = [value for month in year for value in (month.now_total, month.before_total) if value is not None]
    if not values:
        return None
    top = _round_up(max(values))
    bottom = min(Decimal(0), min(values))

    def place(period: str, value: Decimal) -> tuple[int, int]:
        x = LEFT + (int(period[5:]) - 1) * (WIDTH - LEFT - 20) // 11
        share = (value - bottom) / (top - bottom)
        return x, int(HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP))

    lines = tuple(
        _line(css, label, [(month, getattr(month, name)) for month in year], place)
        for css, label, name in (("before", "上年同期", "before_total"), ("now", "本年", "now_total"))
    )
    steps = [bottom + (top - bottom) * step / 4 for step in range(5)]
    ticks = tuple((place("2000-01", step)[1], f"{step:,.0f}") for step in steps)
    labels = tuple((place(f"2000-{number:02d}", bottom)[0], f"{number}月") for number in range(1, 13))
    return Chart(lines, ticks, labels)


def _line(css: str, label: str, points: Sequence[tuple[Month, Decimal | None]], place: Any) -> Line:
    runs: list[list[str]] = [[]]
    dots = []
    for month, value in points:
        if value is None:
            runs.append([])
            continue
        x, y = place(month.period, value)
        runs[-1].append(f"{x},{y}")
        dots.append(Dot(x, y, f"{month.label}{label}累计 {format_wan(value)} 万元"))
    return Line(css, label, tuple(" ".join(run) for run in runs if len(run) > 1), tuple(dots))


def _round_up(value: Decimal) -> Decimal:
    """The next round figure above, so that the scale reads well."""
    if value <= 0:
        return Decimal(1)
    power = Decimal(10) ** (len(str(int(value))) - 1)
    for factor in (1, 2, 5, 10):
        if value <= power * factor:
            return power * factor
    return power * 10
