"""One month as its pages show it: each figure with last month, the same month last year and the year so far beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from foundation.accounts.actor import Actor
from foundation.accounts.may import action_label, may
from foundation.core.clock import business_today
from foundation.core.money import format_wan
from foundation.journal.models import Decision
from monitoring import months
from monitoring.actions.returns import can_recall, findings_of
from monitoring.checks import LABELS, MIN_REASON, MONEY, Finding
from monitoring.forms import REASON, money_text
from monitoring.models import MonthlyReturn, ReturnSubmission
from monitoring.months import monthly_duty
from monitoring.queries import Beside, Cumulative, beside, cumulative, growth_to, history, shown_to
from monitoring.standing import rules_of

State, Nature = MonthlyReturn.State, MonthlyReturn.Nature
TONES = {"draft": "wait", "submitted": "ok", "returned": "no", "waived": "mo"}
FIRM_WORDS = {"draft": "尚未提交", "submitted": "已报送", "returned": "退回修改", "waived": "免报"}
OFFICE_WORDS = {"draft": "未报送", "submitted": "已报送", "returned": "已退回", "waived": "免报"}
NATURE_HELP = {
    "normal": "有生产经营，按实填写本月数",
    "zero": "照常开业，本月没有收入",
    "stopped": "停产、停业或歇业，填写起始日期；以后每月仍须声明一次",
    "elsewhere": "已在国家或省平台填报，上传截图或回执即可，数字可不再填",
}
_ACT_TONES = {
    "return.submit": "ok", "return.file_on_behalf": "ok", "return.recall": "mo", "return.send_back": "no",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of the month. ``fixed``: taken over, nothing to type. ``before``: the year's sum without this month as text
    for the running total of the page ('' where undetermined).
    """

    name: str
    label: str
    unit: str
    text: str
    value: Any
    error: str
    last_month: Any
    last_year: Any
    total: Cumulative | None
    before: str
    fixed: str = ""
    required: bool = False

    @property
    def is_money(self) -> bool:
        """Whether it is an amount (else people)."""
        return self.name in MONEY


@dataclass(frozen=True, slots=True)
class Asked:
    """A finding as the page shows it."""

    finding: Finding
    name: str
    text: str

    @property
    def answered(self) -> bool:
        """Whether a reason was given."""
        return len(self.text.strip()) >= MIN_REASON


def lines_of(row: MonthlyReturn, around: Beside, errors: Mapping[str, str] | None = None) -> list[Line]:
    """The figures in the order of the form."""
    last_month, last_year = around.last_month(row.period), around.last_year(row.period)
    taken_over = last_year is not None and last_year.main_revenue is not None
    earlier = {period: month for period, month in around.submitted.items() if period != row.period}
    found = []
    for name in (*MONEY, "employees"):
        value, money = getattr(row, name), name in MONEY
        typed = row.unreadable.get(name, "")
        found.append(
            Line(
                name=name,
                label=LABELS[name],
                unit="万元" if money else "人",
                text=typed or (money_text(value) if money else "" if value is None else str(value)),
                value=value,
                error=(errors or {}).get(name, "") or (f"“{typed}”无法识别，请改正。" if typed else ""),
                last_month=None if name == "main_revenue_prior" else getattr(last_month, name, None),
                last_year=None if name == "main_revenue_prior" else getattr(last_year, name, None),
                total=cumulative(name, row.period, earlier, around.due, now=row) if money else None,
                before=_before(name, row.period, earlier, around) if money else "",
                fixed="取自上年同月的月报" if name == "main_revenue_prior" and taken_over else "",
                required=name in ("revenue", "main_revenue", "employees"),
            )
        )
    return found


def _before(name: str, period: str, submitted: Mapping[str, Any], around: Beside) -> str:
    if period.endswith("-01"):
        return "0"
    first = min((month for month in {*around.due, *submitted} if month[:4] == period[:4]), default=period)
    if first >= period:
        return "0"
    total = cumulative(name, months.shift(period, -1), submitted, around.due)
    return "" if total.value is None else f"{total.value:.2f}"


def asked_of(row: MonthlyReturn, around: Beside) -> list[Asked]:
    """What the rules find, with the reasons given so far."""
    return [Asked(item, f"{REASON}{item.key}", row.explanations.get(item.key, "")) for item in findings_of(row, around)]


def page_of(row: MonthlyReturn, actor: Actor, *, errors: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Context of a month for whoever reads or writes it."""
    around = beside([row.pk])[row.pk]
    visible = shown_to(actor, row)
    asked = asked_of(row, around) if visible else []
    rules = rules_of([row.entry]).get(row.entry_id)
    duty = monthly_duty(rules) if rules else None
    words = FIRM_WORDS if actor.is_enterprise else OFFICE_WORDS
    growth = growth_to(row.period, around.submitted, around.due, now=row) if visible else None
    return {
        "row": row,
        "month": months.label(row.period),
        "duty": duty,
        "platform": duty.platform if duty else "国家或省平台",
        "due_on": row.obligation.due_on,
        "overdue": row.obligation.due_on is not None and row.obligation.due_on < business_today(),
        "tone": TONES[row.state],
        "word": words[row.state],
        "visible": visible,
        "lines": lines_of(row, around, errors) if visible else [],
        "growth": growth,
        "growth_size": abs(growth) if growth is not None else None,
        "asked": asked,
        "open_reasons": sum(1 for one in asked if not one.finding.stops and not one.answered),
        "natures": [(value, label, NATURE_HELP[value]) for value, label in Nature.choices],
        "last_month": months.label(months.shift(row.period, -1)),
        "last_year": months.label(months.same_month_last_year(row.period)),
        "can_fill": may(actor, "return.fill", row),
        "can_recall": _recall(row, actor),
        "can_send_back": may(actor, "return.send_back", row),
        "can_file": may(actor, "return.file_on_behalf", row),
    }


def _recall(row: MonthlyReturn, actor: Actor) -> Any:
    allowed = may(actor, "return.recall", row)
    return can_recall(row) if allowed and row.state == State.SUBMITTED else None


# ---- what was submitted ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Revision:
    """One submission with what it changed against the one before."""

    submission: ReturnSubmission
    changes: tuple[tuple[str, str, str], ...]


def revisions(row: MonthlyReturn) -> list[Revision]:
    """Everything submitted for the month, newest first, each compared with the one before it."""
    rows = history(row)
    found = []
    for place, submission in enumerate(rows):
        before = rows[place + 1].values if place + 1 < len(rows) else None
        found.append(Revision(submission, () if before is None else tuple(_differences(before, submission.values))))
    return found


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    return [
        (label, _shown(name, before.get(name)), _shown(name, after.get(name)))
        for name, label in LABELS.items()
        if before.get(name) != after.get(name)
    ]


def _shown(name: str, value: Any) -> str:
    if value in (None, ""):
        return "—"
    if name in MONEY:
        return format_wan(Decimal(value))
    if name == "nature":
        return Nature(value).label
    return "已上传" if name == "elsewhere_proof" else str(value)


def timeline(row: MonthlyReturn) -> list[dict[str, Any]]:
    """The acts on the month, newest first; officials appear with bureau and post."""
    decisions = Decision.objects.filter(subject_kind=row.subject_kind, subject_id=row.pk).order_by("-id")[:50]
    return [
        {
            "title": action_label(one.action),
            "tone": _ACT_TONES.get(one.action, "mo"),
            "at": one.made_at,
            "who": one.hat_label
            if one.hat_kind == "bureau"
            else f"{one.signature}（{one.hat_label.rpartition(' · ')[2]}）",
            "opinion": one.opinion,
            "note": "",
        }
        for one in decisions
    ]
