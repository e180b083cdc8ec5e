"""The month as an official's list: who filed, declared zero or a stoppage, was sent back, is missing; filters in the address."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Q, QuerySet

from cultivation.models import Programme
from foundation.accounts.actor import Actor
from foundation.accounts.models import Bureau
from foundation.core.clock import business_today
from foundation.core.money import growth_pct
from foundation.core.text import normalise_name
from monitoring import months
from monitoring.models import MonthlyReturn
from monitoring.queries import Beside, Cumulative, beside, cumulative, growth_to, shown_to
from monitoring.return_page import OFFICE_WORDS, TONES
from monitoring.standing_of_firm import Standing, commitments_of

State, Nature = MonthlyReturn.State, MonthlyReturn.Nature
FILTERS = ("tab", "q", "bureau")
_FILED = Q(state=State.SUBMITTED)
TABS: dict[str, tuple[str, Q]] = {
    "missing": ("未报送", Q(state=State.DRAFT)),
    "filed": ("有数据", _FILED & Q(nature=Nature.NORMAL)),
    "zero": ("零申报", _FILED & Q(nature=Nature.ZERO)),
    "stopped": ("停产停业", _FILED & Q(nature=Nature.STOPPED)),
    "elsewhere": ("国家或省平台已报", _FILED & Q(nature=Nature.ELSEWHERE)),
    "returned": ("已退回", Q(state=State.RETURNED)),
    "late": ("逾期报送", _FILED & Q(late=True)),
}
"""The views of the list; together with all of them they are counted in one statement."""


def months_listed(actor: Actor) -> list[str]:
    """Months that have opened and in which anybody seen owes something, newest first."""
    return list(
        MonthlyReturn.objects.visible_to(actor)
        .exclude(state=State.WAIVED)
        .order_by("-period")
        .values_list("period", flat=True)
        .distinct()[:37]
    )


def month_rows(actor: Actor, period: str, filters: Mapping[str, str]) -> QuerySet[MonthlyReturn]:
    """Firms that owe the month, in the order of bureaus and names, narrowed by ``tab``, ``q`` and ``bureau``."""
    rows = _all(actor, period)
    tab = TABS.get(filters.get("tab", ""))
    if tab is not None:
        rows = rows.filter(tab[1])
    text = filters.get("q", "").strip()
    if text:
        rows = rows.filter(
            Q(enterprise_name__contains=normalise_name(text))
            | Q(enterprise__uscc__contains=text.upper())
            | Q(enterprise__pinyin__contains=text.lower())
        )
    if filters.get("bureau", "").isdecimal():
        rows = rows.filter(bureau_id=int(filters["bureau"]))
    return rows.select_related("obligation", "bureau", "enterprise", "entry").order_by(
        "bureau__sort_key", "bureau_id", "enterprise_name", "pk"
    )


def ids_in_order(rows: QuerySet[MonthlyReturn]) -> QuerySet[MonthlyReturn, int]:
    """The same list as ids alone: thousands are put in order without carrying their whole rows along."""
    return rows.select_related(None).values_list("pk", flat=True)


def in_order(ids: Iterable[int]) -> list[MonthlyReturn]:
    """The rows of a page by their ids, in that order, with what the list shows; one statement."""
    wanted = list(ids)
    rows = MonthlyReturn.objects.select_related("obligation", "bureau", "enterprise", "entry").in_bulk(wanted)
    return [rows[pk] for pk in wanted if pk in rows]


def _all(actor: Actor, period: str) -> QuerySet[MonthlyReturn]:
    return MonthlyReturn.objects.visible_to(actor).filter(period=period).exclude(state=State.WAIVED)


def counts(actor: Actor, period: str, bureau: str = "") -> dict[str, Any]:
    """How many firms each view holds, how many in all, and the latest due day; one statement."""
    rows = _all(actor, period)
    if bureau.isdecimal():
        rows = rows.filter(bureau_id=int(bureau))
    return rows.aggregate(
        total=Count("pk"),
        due_on=Max("obligation__due_on"),
        **{name: Count("pk", filter=condition) for name, (_, condition) in TABS.items()},
    )


def bureaus_of(actor: Actor, period: str) -> list[Bureau]:
    """Bureaus that handle firms of the month, for the filter."""
    ids = _all(actor, period).order_by().values_list("bureau_id", flat=True).distinct()
    return list(Bureau.objects.filter(pk__in=ids).order_by("sort_key", "pk"))


def programmes_of(actor: Actor, period: str) -> list[Programme]:
    """Programmes whose firms the actor's own bureau handles in the month: a workbook is of one."""
    ids = _all(actor, period).filter(bureau_id=actor.bureau_id).order_by().values_list("entry__programme_id", flat=True)
    return list(Programme.objects.filter(pk__in=ids.distinct()).order_by("code"))


@dataclass(frozen=True, slots=True)
class Row:
    """One firm of the list as the page shows it; figures only of what was submitted."""

    row: MonthlyReturn
    word: str
    tone: str
    overdue: bool
    visible: bool
    last_month: Decimal | None
    change: Decimal | None
    total: Cumulative | None
    growth: Decimal | None
    commitment: Standing | None


def shown_rows(rows: Iterable[MonthlyReturn], actor: Actor, today: dt.date | None = None) -> list[Row]:
    """The rows of a page with last month, the year so far and the commitment beside; three statements."""
    page = list(rows)
    day = today or business_today()
    around = beside([row.pk for row in page])
    signed = commitments_of({row.enterprise_id for row in page}, day)
    return [_row(row, around[row.pk], actor, day, signed.get(row.enterprise_id)) for row in page]


def _row(row: MonthlyReturn, around: Beside, actor: Actor, day: dt.date, signed: Standing | None) -> Row:
    visible = shown_to(actor, row)
    last = around.last_month(row.period)
    before = last.main_revenue if last is not None else None
    return Row(
        row=row,
        word=row.get_nature_display() if visible and row.nature != Nature.NORMAL else OFFICE_WORDS[row.state],
        tone=("mo" if visible and row.nature != Nature.NORMAL else TONES[row.state]),
        overdue=row.state in (State.DRAFT, State.RETURNED)
        and row.obligation.due_on is not None
        and row.obligation.due_on < day,
        visible=visible,
        last_month=before,
        change=growth_pct(before, row.main_revenue) if visible else None,
        total=cumulative("main_revenue", row.period, around.submitted, around.due) if visible else None,
        growth=growth_to(row.period, around.submitted, around.due) if visible else None,
        commitment=signed if signed is not None and signed.alert else None,
    )


def chosen(wanted: str, known: list[str]) -> str:
    """The month asked for, else the newest one."""
    if months.is_period(wanted) and wanted in known:
        return wanted
    return known[0] if known else months.latest_open(business_today())
