"""What the months of a firm say, as facts a rule may ask (design idea 5; registry of ``enterprises.facts``).

All are of the year so far on a day: January to the last month that has opened by it. One month that was not reported makes them
undetermined, never smaller.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, TextField
from django.db.models.functions import Cast, JSONObject

from enterprises.dossier import Dossier, beside
from enterprises.facts import FactSpec, Row, json_form, registry
from foundation.core.clock import business_today
from foundation.core.money import growth_pct
from monitoring import months
from monitoring.models import MonthlyReturn

COLUMNS = ("revenue", "main_revenue", "main_revenue_prior")


def _reported() -> ArraySubquery:
    """The firm's submitted months of this year and the last, in the statement that reads the firm."""
    return ArraySubquery(
        MonthlyReturn.objects.filter(
            enterprise_id=OuterRef("pk"),
            state=MonthlyReturn.State.SUBMITTED,
            period__gte=f"{business_today().year - 1}-01",
        )
        .order_by("period", "pk")
        .values(
            month=JSONObject(period="period", **{name: Cast(name, TextField()) for name in COLUMNS}),
        )
    )


beside.register("months", _reported)


def _sum(dossier: Dossier, column: str, on: dt.date) -> tuple[Decimal | None, str]:
    """The year's sum of a column up to the last month open on a day, and the span in words; None while a month is missing."""
    last = months.latest_open(on)
    span = months.year_to(last)
    told = {month["period"]: month[column] for month in dossier.beside.get("months") or []}
    if any(told.get(period) is None for period in span):
        return None, ""
    words = f"{last[:4]}年1—{int(last[5:])}月" if len(span) > 1 else months.label(last)
    return sum((Decimal(told[period]) for period in span), Decimal(0)), f"{words}月报"


def _row(name: str, value: Decimal, unit: str, source: str) -> Row:
    return {
        "name": name,
        "year": None,
        "value": json_form(value),
        "unit": unit,
        "basis": "computed",
        "source": source,
        "evidence": None,
    }


def _money(name: str, label: str, column: str) -> None:
    def read(dossier: Dossier, years: tuple[int, ...], on: dt.date) -> Iterator[Row]:
        value, source = _sum(dossier, column, on)
        if value is not None:
            yield _row(name, value, "万元", source)

    registry.register(name, FactSpec(name, label, "money", read, "万元"))


def _growth(dossier: Dossier, years: tuple[int, ...], on: dt.date) -> Iterator[Row]:
    now, source = _sum(dossier, "main_revenue", on)
    before: Any = _sum(dossier, "main_revenue_prior", on)[0]
    value = growth_pct(before, now)
    if value is not None:
        yield _row("returns.main_revenue_growth", value, "%", source)


_money("returns.revenue_ytd", "本年累计营业收入（月报）", "revenue")
_money("returns.main_revenue_ytd", "本年累计主营业务收入（月报）", "main_revenue")
registry.register(
    "returns.main_revenue_growth",
    FactSpec("returns.main_revenue_growth", "主营业务收入累计增长（月报）", "decimal", _growth, "%"),
)
