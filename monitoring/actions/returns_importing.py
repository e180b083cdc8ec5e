"""A county's workbook of one month comes back: read, compared row by row with what is there, accepted or refused by a person
(P-07). Nothing is entered by the upload itself; a month that was reported is never changed by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from django.db import transaction

from cultivation.models import Programme
from foundation.accounts.actor import Actor
from foundation.accounts.may import may
from foundation.accounts.transition import record_act, require
from foundation.core.clock import business_now
from foundation.core.errors import Refused
from foundation.core.verdict import Verdict, no
from foundation.documents.actions.store import open_stored
from foundation.documents.models import StoredFile
from foundation.spreadsheets import Reading, ReadRow, SheetRefused, read_xlsx
from monitoring import months
from monitoring.actions.returns import Filled, findings_of, submit_many
from monitoring.checks import EXPLAINED, LABELS, MIN_REASON
from monitoring.models import MonthlyReturn, ReturnImport, ReturnImportRow
from monitoring.queries import Beside, beside
from monitoring.sheets import ENTERED, county_sheet, json_values, typed_values

State, Outcome = MonthlyReturn.State, ReturnImportRow.Outcome
OPEN = (Outcome.OFFERED, Outcome.REFUSED)
"""Rows a person may still accept or refuse."""


def import_month(*, programme: Programme, period: str, actor: Actor, file: StoredFile) -> ReturnImport:
    """Read the workbook of a month and set every row beside what is there. A workbook that cannot be taken as a whole is
    refused with a sentence; errors of cells are kept with the import.
    """
    require(actor, "return_import.upload")
    with open_stored(file) as stream:
        try:
            reading = read_xlsx(county_sheet(), stream)
        except SheetRefused as refusal:
            raise Refused(no(str(refusal))) from refusal
    _is_of(reading, period)
    with transaction.atomic():
        found = ReturnImport.objects.create(
            bureau_id=actor.bureau_id,
            programme=programme,
            period=period,
            file=file,
            uploaded_at=business_now(),
            uploaded_by=f"{actor.hat.label} {actor.signature}"[:160],
            errors=[asdict(error) for error in reading.errors],
        )
        rows = _rows(found, reading, actor)
        ReturnImportRow.objects.bulk_create(rows, batch_size=1000)
        _note(
            found, "return_import.upload", actor, {"period": period, "rows": len(rows), "errors": len(reading.errors)}
        )
    return found


def _is_of(reading: Reading, period: str) -> None:
    said = reading.meta.round if reading.meta is not None else ""
    printed = (reading.heads.get("period") or "").strip()
    other = said != period if said else bool(printed) and printed not in (period, months.label(period))
    if other:
        wrong = months.label(said) if said and months.is_period(said) else printed
        raise Refused(no(f"这份表是{wrong}的，不是{months.label(period)}的。", "请选择对应的月份后再上传。"))


def _rows(found: ReturnImport, reading: Reading, actor: Actor) -> list[ReturnImportRow]:
    """Every row of the workbook with what would come of it; a fixed number of statements."""
    ours = {
        row.enterprise.uscc: row
        for row in MonthlyReturn.objects.visible_to(actor)
        .filter(bureau_id=found.bureau_id, period=found.period, entry__programme=found.programme)
        .select_related("enterprise", "entry")
        .order_by("pk")
    }
    around = beside([row.pk for row in ours.values()])
    seen: set[str] = set()
    rows = []
    for read in reading.rows:
        code = str(read.values.get("uscc") or "")
        entered = {name: read.values[name] for name in ENTERED if read.values.get(name) is not None}
        row = ReturnImportRow(
            return_import=found,
            row_number=read.number,
            name=str(read.values.get("name") or "")[:200],
            uscc=code[:40],
            values=json_values(entered),
            explanation=str(read.values.get("explanation") or "")[:300],
            outcome=Outcome.BLOCKED,
        )
        target = ours.get(code)
        if code in seen and code:
            row.problem = "同一企业在表中出现两行，请只保留一行。"
        elif target is None:
            row.problem = _unknown(code)
        else:
            row.monthly_return = target
            _compare(row, read, entered, target, around[target.pk], actor)
        seen.add(code)
        rows.append(row)
    return rows


def _unknown(code: str) -> str:
    if not code:
        return "没有统一社会信用代码，无法对应企业。"
    return "本单位受理的名单企业中没有这个代码，或该企业本月没有应报事项。"


def _compare(
    row: ReturnImportRow,
    read: ReadRow,
    entered: Mapping[str, Any],
    target: MonthlyReturn,
    around: Beside,
    actor: Actor,
) -> None:
    """What the row would enter; refused where the month is reported already or its figures do not hold."""
    last_year = around.last_year(target.period)
    known = {"main_revenue_prior": last_year.main_revenue} if last_year is not None else {}
    told = {name: value for name, value in entered.items() if known.get(name, object()) != value}
    if target.state == State.SUBMITTED:
        row.changes = _changes(target, entered)
        row.outcome = Outcome.BLOCKED if row.changes else Outcome.SAME
        row.problem = "企业已经报送，不能用表格改动；有误请退回。" if row.changes else ""
        return
    if not told:
        row.outcome = Outcome.EMPTY
        return
    allowed = may(actor, "return.file_on_behalf", target)
    if not allowed:
        row.problem = str(allowed)[:600]
        return
    if not read.ok:
        row.problem = "有单元格填写错误，见上面的错误清单。"
        return
    row.changes = _changes(None, {"nature": "normal", **entered})
    problem = _holds(target, entered, around, row.explanation)
    row.problem, row.outcome = problem[:600], Outcome.BLOCKED if problem else Outcome.OFFERED


def _holds(target: MonthlyReturn, entered: Mapping[str, Any], around: Beside, explanation: str) -> str:
    """Why the figures cannot be taken, by the same rules as the page; '' where they can. One explanation stands for all
    findings of the row.
    """
    trial = MonthlyReturn(entry=target.entry, period=target.period, **{"nature": "normal", **entered})
    found = findings_of(trial, around)
    stops = [item.text for item in found if item.stops]
    if not stops and len(explanation.strip()) >= MIN_REASON:
        return ""
    asked = [f"{item.text}，请在“核对说明”写明原因" for item in found if not item.stops]
    return "；".join(stops + asked)


def _changes(target: MonthlyReturn | None, entered: Mapping[str, Any]) -> list[dict[str, str]]:
    return [
        {"label": LABELS[name], "before": _text(before), "after": _text(value)}
        for name, value in entered.items()
        for before in [getattr(target, name) if target is not None else None]
        if before != value
    ]


def _text(value: Any) -> str:
    if value is None or value == "":
        return "—"
    return dict(MonthlyReturn.Nature.choices).get(str(value), str(value))


# ---- a person decides --------------------------------------------------------------------------------------


@transaction.atomic
def accept_rows(*, import_id: int, row_ids: Iterable[int], actor: Actor) -> dict[int, Verdict]:
    """Enter the chosen rows of a workbook on behalf of their firms, the workbook being the source; one verdict per row. The
    rules are asked again under lock: a firm may have reported meanwhile.
    """
    found, rows = _chosen(import_id, row_ids, actor)
    filled = {row.monthly_return_id: _filled(row) for row in rows if row.monthly_return_id}
    given = submit_many(ids=filled, actor=actor, filled=filled, source=found.file)
    verdicts: dict[int, Verdict] = {}
    for row in rows:
        verdict = given[row.monthly_return_id] if row.monthly_return_id else no("没有对应的企业。")
        row.outcome = Outcome.ACCEPTED if verdict else Outcome.BLOCKED
        row.problem = "" if verdict else str(verdict)[:600]
        verdicts[row.pk] = verdict
    ReturnImportRow.objects.bulk_update(rows, ["outcome", "problem"])
    entered = sum(1 for verdict in verdicts.values() if verdict)
    _note(found, "return_import.accept", actor, {"entered": entered, "refused": len(rows) - entered})
    return verdicts


@transaction.atomic
def refuse_rows(*, import_id: int, row_ids: Iterable[int], actor: Actor) -> int:
    """Leave the chosen rows aside; they may still be accepted later. Returns how many."""
    found, rows = _chosen(import_id, row_ids, actor)
    for row in rows:
        row.outcome = Outcome.REFUSED
    ReturnImportRow.objects.bulk_update(rows, ["outcome"])
    _note(found, "return_import.refuse", actor, {"rows": len(rows)})
    return len(rows)


def _chosen(import_id: int, row_ids: Iterable[int], actor: Actor) -> tuple[ReturnImport, list[ReturnImportRow]]:
    found = ReturnImport.objects.select_related("file").select_for_update(of=("self",)).filter(pk=import_id).first()
    if found is None:
        raise Refused(no("没有这次导入，或它不在您的职责范围内。"))
    require(actor, "return_import.decide", found)
    rows = list(found.rows.filter(pk__in=list(row_ids), outcome__in=OPEN).order_by("row_number"))
    if not rows:
        raise Refused(no("没有选中可以办理的行。", "请勾选“待采用”的行。"))
    return found, rows


def _filled(row: ReturnImportRow) -> Filled:
    """What the row enters; its one explanation answers whatever is asked of it."""
    said = dict.fromkeys(EXPLAINED, row.explanation) if row.explanation else {}
    return Filled({"nature": "normal", **typed_values(row.values)}, said)


def _note(found: ReturnImport, action: str, actor: Actor, data: dict[str, Any]) -> None:
    record_act(
        subject_kind=found.subject_kind,
        subject_id=found.pk,
        subject_label=str(found),
        action=action,
        actor=actor,
        data=data,
    )
