"""Who has reported a month, bureau by bureau (SC-24, SC-39, P-15), and the day's text for the group chat."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import Count, Q

from enterprises.models import Enterprise
from foundation.accounts.actor import Actor
from foundation.accounts.models import Bureau
from foundation.accounts.paths import path_ids
from foundation.core.money import format_pct
from foundation.duties.models import Obligation
from monitoring.models import MonthlyReturn
from monitoring.months import MONTHLY

Status = Obligation.Status
PERIODS_SHOWN = 13


@dataclass(slots=True)
class Line:
    """One bureau's month: owed = every line of its duty that was not waived."""

    bureau: Bureau | None
    own: bool = False
    owed: int = 0
    filed: int = 0
    zero: int = 0
    stopped: int = 0
    elsewhere: int = 0
    returned: int = 0
    late: int = 0
    missing: int = 0

    @property
    def reported(self) -> int:
        """Filed in any way: figures, zero, stoppage, on the other platform."""
        return self.filed + self.zero + self.stopped + self.elsewhere

    @property
    def rate(self) -> str:
        """报送率, two places; a dash where nothing was owed."""
        return format_pct(None) if not self.owed else f"{self.reported * 100 / self.owed:.2f}%"

    @property
    def name(self) -> str:
        """The bureau as the table names it."""
        short = self.bureau.short_name if self.bureau else "合计"
        return f"{short}（本级）" if self.own else short

    def add(self, other: Line) -> None:
        """Count another line into this one."""
        for column in ("owed", "filed", "zero", "stopped", "elsewhere", "returned", "late", "missing"):
            setattr(self, column, getattr(self, column) + getattr(other, column))


@dataclass(slots=True)
class Board:
    """A month as one official sees it: the bureaus one step below, the whole, the due day."""

    period: str
    due_on: dt.date | None
    lines: list[Line] = field(default_factory=list)
    total: Line = field(default_factory=lambda: Line(None))


def periods(today: dt.date) -> list[str]:
    """The months a board can be opened for, newest first: those that have opened, the last thirteen."""
    found, year, month = [], today.year, today.month
    for _ in range(PERIODS_SHOWN):
        month -= 1
        if month == 0:
            year, month = year - 1, 12
        found.append(f"{year}-{month:02d}")
    return found


def board_of(actor: Actor, period: str) -> Board:
    """The month by bureau one step below the actor's own; three queries whatever the number of firms."""
    rows = (
        Obligation.objects.visible_to(actor)
        .filter(kind=MONTHLY, period=period)
        .exclude(status=Status.WAIVED)
        .order_by()
        .values("path", "status", "due_on", "monthly_return__nature", "monthly_return__state")
        .annotate(number=Count("pk"), late=Count("pk", filter=Q(monthly_return__late=True)))
    )
    board = Board(period, None)
    by_bureau: dict[int, Line] = {}
    for row in rows:
        step, own = _step_below(actor, row["path"])
        line = by_bureau.setdefault(step, Line(None, own=own))
        _count(line, row)
        board.due_on = max(filter(None, (board.due_on, row["due_on"])), default=None)
    bureaus = Bureau.objects.in_bulk(by_bureau)
    for step, line in by_bureau.items():
        line.bureau = bureaus[step]
        board.total.add(line)
    board.lines = sorted(
        by_bureau.values(), key=lambda line: (line.own, line.bureau.sort_key if line.bureau else "", id(line))
    )
    return board


def _step_below(actor: Actor, path: str) -> tuple[int, bool]:
    """The bureau one step below the actor's own on a path, and whether it is the own one (own-level firms)."""
    steps = path_ids(path)
    place = steps.index(actor.bureau_id) if actor.bureau_id in steps else len(steps) - 1
    return (steps[place + 1], False) if place + 1 < len(steps) else (steps[place], True)


def _count(line: Line, row: Mapping[str, object]) -> None:
    number = int(str(row["number"]))
    line.owed += number
    line.late += int(str(row["late"]))
    status = row["status"]
    if status == Status.ZERO:
        line.zero += number
    elif status == Status.STOPPED:
        line.stopped += number
    elif status == Status.DONE and row["monthly_return__nature"] == MonthlyReturn.Nature.ELSEWHERE:
        line.elsewhere += number
    elif status == Status.DONE:
        line.filed += number
    elif row["monthly_return__state"] == MonthlyReturn.State.RETURNED:
        line.returned += number
        line.missing += number
    else:
        line.missing += number


@dataclass(frozen=True, slots=True)
class Lagging:
    """A firm that has not reported the month."""

    obligation_id: int
    enterprise_id: int
    name: str
    county: str
    due_on: dt.date | None
    sent_back: bool
    chased: int


def lagging(actor: Actor, period: str, *, bureau_id: int | None = None, limit: int | None = None) -> list[Lagging]:
    """Firms the actor answers for that have not reported, with how often they were reminded; three queries.

    ``bureau_id`` narrows to the firms on that bureau's path.
    """
    rows = Obligation.objects.visible_to(actor).filter(kind=MONTHLY, period=period, status=Status.OPEN)
    if bureau_id is not None:
        rows = rows.filter(path__contains=f"/{bureau_id}/")
    rows = rows.annotate(chased=Count("chase_claims__message_key", distinct=True)).order_by("path", "pk")
    found = list(rows.values_list("pk", "owner_id", "path", "due_on", "monthly_return__state", "chased")[:limit])
    firms = dict(Enterprise.objects.filter(pk__in=[row[1] for row in found]).values_list("pk", "name"))
    handlers = dict(
        Bureau.objects.filter(pk__in={path_ids(row[2])[-1] for row in found}).values_list("pk", "short_name")
    )
    return [
        Lagging(
            obligation_id=pk,
            enterprise_id=owner,
            name=firms.get(owner, ""),
            county=handlers.get(path_ids(path)[-1], ""),
            due_on=due,
            sent_back=state == MonthlyReturn.State.RETURNED,
            chased=chased,
        )
        for pk, owner, path, due, state, chased in found
    ]


def text_of(board: Board, place: str, now: dt.datetime, names: Iterable[str] = ()) -> str:
    """The day's 通报 as plain text. ``names`` only for the county's own firms: a prefecture's text carries numbers."""
    total = board.total
    year, month = board.period.split("-")
    lines = [
        f"【{place}{year}年{int(month)}月运行监测月报进度】",
        f"截至{now.month}月{now.day}日{now.hour}时，应报{total.owed}家，已报{total.reported}家，报送率{total.rate}"
        + (f"；其中零申报{total.zero}家" if total.zero else "")
        + (f"，停产停业{total.stopped}家" if total.stopped else "")
        + (f"；退回修改{total.returned}家" if total.returned else "")
        + f"，未报{total.missing}家。",
    ]
    listed = list(names)
    if listed:
        lines.append("未报企业：" + "、".join(listed) + "。")
    elif len(board.lines) > 1:
        lines += [
            f"{line.name}：应报{line.owed}，已报{line.reported}，未报{line.missing}，{line.rate}"
            for line in board.lines
        ]
    if board.due_on is not None:
        lines.append(f"报送期限{board.due_on.month}月{board.due_on.day}日，请未报企业尽快报送。")
    return "\n".join(lines)
