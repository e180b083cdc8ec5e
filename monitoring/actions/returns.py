"""The acts on a month: fill in, submit, take back, send back; the bureau types for a firm that reports on paper.

A month's figures are of the month alone; what the year amounts to is computed. One core submits a set of months: the page,
the county's workbook and the demo call the same function (SC-39, HN-23, P-07).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from cultivation.schema.document import canonical_json
from foundation.accounts.actor import Actor
from foundation.accounts.transition import decide, require
from foundation.core.clock import business_now, business_today, one_installation_per_unit_of_work, real_now
from foundation.core.errors import Refused, StaleState
from foundation.core.verdict import Verdict, no, ok
from foundation.documents.models import StoredFile
from foundation.duties.actions.obligations import close_all
from foundation.duties.models import Obligation
from foundation.journal.models import Decision
from monitoring import months
from monitoring.actions.returns_back import ABSENT, can_recall, recall, send_back, told
from monitoring.actions.returns_opening import open_months, prefill, waive_after
from monitoring.checks import Finding, findings, unexplained, values_of
from monitoring.models import MonthlyReturn, ReturnSubmission
from monitoring.queries import Beside, beside, limits

State, Nature = MonthlyReturn.State, MonthlyReturn.Nature
COLUMNS = (
    "nature", "revenue", "main_revenue", "main_revenue_prior", "profit_and_tax", "rd_expenditure", "employees",
    "stopped_since", "remark",
)  # fmt: skip
"""What is typed; the proof of a report elsewhere is a file and comes by itself."""
_STATUS: dict[str, str] = {Nature.ZERO: Obligation.Status.ZERO, Nature.STOPPED: Obligation.Status.STOPPED}


@dataclass(frozen=True, slots=True)
class Filled:
    """What is entered for one month from outside the page: values by column, reasons by finding."""

    values: Mapping[str, Any] = field(default_factory=dict)
    explanations: Mapping[str, str] = field(default_factory=dict)


# ---- filling in --------------------------------------------------------------------------------------------


@transaction.atomic
def save_return(
    *,
    obligation_id: int,
    actor: Actor,
    version: int,
    values: Mapping[str, Any],
    explanations: Mapping[str, str] | None = None,
    unreadable: Mapping[str, str] | None = None,
) -> MonthlyReturn:
    """Autosave of a month by the firm: only what changed, nothing is required. ``version`` is the one the page was opened
    with; raises ``StaleState`` when somebody else saved in between. Text that could not be read is kept until it is right.
    """
    row = _expected(obligation_id, actor, version)
    _fill(row, values)
    told = {**row.explanations, **{key: text.strip()[:300] for key, text in (explanations or {}).items()}}
    row.explanations = {key: text for key, text in told.items() if text}
    wrong = {**row.unreadable, **dict.fromkeys(values, "")} | dict(unreadable or {})
    row.unreadable = {name: text[:200] for name, text in wrong.items() if text}
    _saved(row, *COLUMNS, "explanations", "unreadable")
    return row


@transaction.atomic
def attach_proof(*, obligation_id: int, actor: Actor, file: StoredFile | None) -> MonthlyReturn:
    """The proof that the month was reported on the national platform (HN-23); None takes it away. A new one replaces it."""
    row = _locked(obligation_id, actor, "return.fill")
    row.elsewhere_proof = file
    _saved(row, "elsewhere_proof")
    return row


def _locked(obligation_id: int, actor: Actor, action: str) -> MonthlyReturn:
    row = MonthlyReturn.objects.select_for_update(of=("self",)).filter(obligation_id=obligation_id).first()
    if row is None:
        raise Refused(ABSENT)
    require(actor, action, row)
    return row


def _expected(obligation_id: int, actor: Actor, version: int) -> MonthlyReturn:
    row = _locked(obligation_id, actor, "return.fill")
    if row.version != version:
        raise StaleState(_stale(row))
    return row


def _stale(row: MonthlyReturn) -> Verdict:
    at = f"（{timezone.localtime(row.saved_at):%H:%M}）" if row.saved_at else ""
    return no(f"这份月报在另一处保存过{at}。", "您填写的内容仍在页面上，请载入最新内容后核对。")


def _fill(row: MonthlyReturn, values: Mapping[str, Any]) -> None:
    unknown = set(values) - set(COLUMNS)
    if unknown:
        raise Refused(no(f"月报没有这些项目：{'、'.join(sorted(unknown))}。"))
    for name, value in values.items():
        if name == "nature" and value not in Nature.values:
            raise Refused(no("请选择本月情况。"))
        setattr(row, name, (value or "") if name == "remark" else value)


def _saved(row: MonthlyReturn, *fields: str) -> None:
    row.version += 1
    row.saved_at = real_now()
    row.save(update_fields=[*fields, "version", "saved_at"])


# ---- submitting --------------------------------------------------------------------------------------------


def findings_of(row: MonthlyReturn, around: Beside) -> list[Finding]:
    """What the rules find in a month as it stands."""
    last_month, last_year = around.last_month(row.period), around.last_year(row.period)
    return findings(
        values_of(row),
        month_end=months.last_day(row.period),
        limits=limits(),
        last_month=values_of(last_month) if last_month else None,
        last_year=values_of(last_year) if last_year else None,
    )


def submit_return(
    *,
    obligation_id: int,
    actor: Actor,
    version: int | None = None,
    values: Mapping[str, Any] | None = None,
    explanations: Mapping[str, str] | None = None,
    filed_by: str = MonthlyReturn.FiledBy.ENTERPRISE,
) -> MonthlyReturn:
    """Submit a month, or submit it again after it was sent back; late is flagged, never forbidden. ``values`` and
    ``explanations`` are entered before (a firm's own system files in one step, ``filed_by`` SYSTEM).

    Raises ``Refused`` with every reason at once, ``StaleState`` when it was submitted or saved elsewhere meanwhile.
    """
    row = MonthlyReturn.objects.filter(obligation_id=obligation_id).first()
    if row is None:
        raise Refused(ABSENT)
    if version is not None and row.version != version and row.state in (State.DRAFT, State.RETURNED):
        require(actor, "return.submit", row)
        raise StaleState(_stale(row))
    filled = {row.pk: Filled(values or {}, explanations or {})} if values or explanations else {}
    _one(submit_many(ids=[row.pk], actor=actor, filled=filled, filed_by=filed_by)[row.pk])
    return MonthlyReturn.objects.select_related("obligation").get(pk=row.pk)


def file_on_behalf(
    *,
    obligation_id: int,
    actor: Actor,
    values: Mapping[str, Any],
    source: StoredFile | None,
    explanations: Mapping[str, str] | None = None,
) -> MonthlyReturn:
    """The handling bureau enters and submits a month from the firm's paper, which must be attached; the firm is told."""
    row = MonthlyReturn.objects.filter(obligation_id=obligation_id).first()
    if row is None:
        raise Refused(ABSENT)
    if source is None:
        raise Refused(no("代填必须附上企业的纸质月报或来函。", "请先选择来源文件。"))
    filled = {row.pk: Filled(values, explanations or {})}
    _one(submit_many(ids=[row.pk], actor=actor, filled=filled, source=source)[row.pk])
    return MonthlyReturn.objects.select_related("obligation").get(pk=row.pk)


def _one(verdict: Verdict) -> None:
    if not verdict:
        raise (StaleState if "已有人先办理" in verdict.reason else Refused)(verdict)


@transaction.atomic
@one_installation_per_unit_of_work()
def submit_many(
    *,
    ids: Iterable[int],
    actor: Actor,
    filled: Mapping[int, Filled] | None = None,
    source: StoredFile | None = None,
    filed_by: str = MonthlyReturn.FiledBy.ENTERPRISE,
) -> dict[int, Verdict]:
    """Submit a set of months by their ids: the firm's own, or (an official) on behalf from ``source``. One verdict per id; a
    fixed number of statements whatever the number, and one per message where firms are told.
    """
    wanted = sorted(set(ids))
    on_behalf = actor.is_official
    around = beside(wanted)
    due = dict(MonthlyReturn.objects.filter(pk__in=wanted).values_list("pk", "obligation__due_on"))
    today, now = business_today(), business_now()
    decisions: dict[int, tuple[MonthlyReturn, Decision]] = {}

    def check(row: MonthlyReturn) -> Verdict:
        given = (filled or {}).get(row.pk)
        if given is not None:
            if on_behalf:
                _clear(row)
            _fill(row, given.values)
            row.explanations = {**row.explanations, **given.explanations}
            row.unreadable = {}
        if source is not None and row.nature == Nature.ELSEWHERE:
            row.elsewhere_proof = source
        _settle(row, around[row.pk])
        found = findings_of(row, around[row.pk])
        row.explanations = {item.key: row.explanations[item.key] for item in found if item.key in row.explanations}
        reasons = [item.text for item in found if item.stops]
        reasons += [f"“{name}”的内容无法识别" for name in row.unreadable]
        reasons += [f"{item.text}，请说明原因" for item in unexplained(found, row.explanations)]
        return no("暂不能报送：" + "；".join(reasons) + "。") if reasons else ok()

    def change(row: MonthlyReturn) -> None:
        # What was sent back keeps the mark of its first submission: the officials' days are not the firm's.
        if not (row.return_reason and row.revision):
            day = due[row.pk]
            row.late = day is not None and today > day
        row.revision += 1
        row.submitted_at, row.submitted_by = now, f"{actor.hat.label} {actor.signature}"[:160]
        row.filed_by = MonthlyReturn.FiledBy.BUREAU if on_behalf else filed_by
        row.source, row.return_reason = source, ""

    def happened(row: MonthlyReturn, decision: Decision) -> None:
        decisions[row.pk] = (row, decision)

    verdicts = decide(
        model=MonthlyReturn,
        ids=wanted,
        action="return.file_on_behalf" if on_behalf else "return.submit",
        expect={State.DRAFT, State.RETURNED},
        to=State.SUBMITTED,
        actor=actor,
        check=check,
        change=change,
        fields=(
            *COLUMNS, "explanations", "unreadable", "revision", "late", "submitted_at", "submitted_by", "filed_by", "source",
            "return_reason", "elsewhere_proof",
        ),
        data=lambda row: {"period": row.period, "nature": row.nature, "revision": row.revision, "late": row.late},
        event=happened,
        outbox=(lambda row, decision: [told(row, decision, "monitoring.filed_on_behalf")]) if on_behalf else None,
    )  # fmt: skip
    _close(list(decisions.values()), actor)
    return verdicts


def _clear(row: MonthlyReturn) -> None:
    """What the firm may have begun to type is not mixed with what stands on its paper."""
    for name in COLUMNS:
        setattr(row, name, Nature.NORMAL if name == "nature" else "" if name == "remark" else None)
    row.explanations, row.elsewhere_proof = {}, None


def _settle(row: MonthlyReturn, around: Beside) -> None:
    """Figures that follow: last year's month as it was reported; none earned where zero or a stoppage is declared."""
    last_year = around.last_year(row.period)
    if last_year is not None and last_year.main_revenue is not None:
        row.main_revenue_prior = last_year.main_revenue
    if row.nature in (Nature.ZERO, Nature.STOPPED):
        row.revenue = row.revenue if row.revenue is not None else Decimal(0)
        row.main_revenue = row.main_revenue if row.main_revenue is not None else Decimal(0)
    if row.nature != Nature.STOPPED:
        row.stopped_since = None
    if row.nature != Nature.ELSEWHERE:
        row.elsewhere_proof = None


def _close(done: list[tuple[MonthlyReturn, Decision]], actor: Actor) -> None:
    """The obligations are fulfilled, what was submitted is frozen, a stoppage is carried on into months that are untouched."""
    if not done:
        return
    close_all(
        {row.obligation_id: (_STATUS.get(row.nature, Obligation.Status.DONE), decision) for row, decision in done},
        by=f"{actor.hat.label} {actor.signature}",
    )
    ReturnSubmission.objects.bulk_create([_frozen(row, decision) for row, decision in done], batch_size=1000)
    stopped = {(row.entry_id, months.shift(row.period, 1)): row for row, _ in done if row.nature == Nature.STOPPED}
    if not stopped:
        return
    following = MonthlyReturn.objects.filter(
        entry_id__in={entry for entry, _ in stopped}, period__in={period for _, period in stopped}, state=State.DRAFT,
        version=0,
    )  # fmt: skip
    touched = [row for row in following.select_for_update(of=("self",)) if (row.entry_id, row.period) in stopped]
    for row in touched:
        prefill(row, last_month=stopped[(row.entry_id, row.period)], last_year=None)
    MonthlyReturn.objects.bulk_update(touched, ["nature", "stopped_since"])


def _frozen(row: MonthlyReturn, decision: Decision) -> ReturnSubmission:
    values = {
        name: value.isoformat()
        if isinstance(value, dt.date)
        else f"{value:.2f}"
        if isinstance(value, Decimal)
        else value
        for name in COLUMNS
        for value in [getattr(row, name)]
    }
    values |= {
        "explanations": row.explanations,
        "filed_by": row.filed_by,
        "source": row.source_id,
        "elsewhere_proof": row.elsewhere_proof_id,
        "late": row.late,
    }
    return ReturnSubmission(
        monthly_return=row,
        revision=row.revision,
        values=values,
        digest=hashlib.sha256(canonical_json(values).encode()).hexdigest(),
        submitted_at=row.submitted_at or business_now(),
        submitted_by=row.submitted_by,
        decision_id=decision.pk,
    )


__all__ = [
    "attach_proof",
    "can_recall",
    "file_on_behalf",
    "findings_of",
    "open_months",
    "recall",
    "save_return",
    "send_back",
    "submit_many",
    "submit_return",
    "waive_after",
]
