"""Which firms the rows of an earlier list speak of (HN-22): by code, else by name for a person to confirm. Set-wise."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.db.models import QuerySet

from cultivation.models import Programme, RosterEntry, RosterImport, RosterImportRow
from cultivation.name_book import Known, Likely, NameBook
from enterprises.models import Enterprise, EnterpriseName, EnterprisePath
from foundation.accounts.actor import Actor
from foundation.accounts.may import path_condition
from foundation.core.clock import business_today
from foundation.core.text import normalise_name
from foundation.reference import regions
from foundation.spreadsheets import Reading

Match = RosterImportRow.Match
_SAME_ENOUGH = 0.6
"""A code whose firm's name is less like the typed one than this is shown to a person."""


def on_path(actor: Actor) -> QuerySet[EnterprisePath, Any]:
    """Ids of the firms the actor's bureau answers for, as a part of a query."""
    return EnterprisePath.objects.filter(path_condition(actor, "path")).values("enterprise_id")


def matched_rows(source: RosterImport, reading: Reading, actor: Actor) -> list[RosterImportRow]:
    """Every row with what it speaks of, in a fixed number of statements."""
    seen = Enterprise.objects.filter(pk__in=on_path(actor))
    codes = {str(row.values["uscc"]) for row in reading.rows if row.values.get("uscc")}
    by_code = {firm.uscc: firm for firm in seen.filter(uscc__in=codes)}
    elsewhere = set(Enterprise.objects.filter(uscc__in=codes).values_list("uscc", flat=True)) - set(by_code)
    book: NameBook | None = None
    today = business_today()
    wrong = {error.row: error.rule for error in reading.errors}
    rows: list[RosterImportRow] = []
    taken: dict[int, int] = {}
    for read in reading.rows:
        values = read.values
        row = RosterImportRow(
            roster_import=source,
            row_number=read.number,
            name=normalise_name(str(values.get("name") or ""))[:200],
            uscc=str(values.get("uscc") or "")[:18],
            place=str(values.get("place") or "")[:80],
            since=values.get("since"),
            match=Match.DOUBTFUL,
        )
        rows.append(row)
        if not read.ok or not row.name:
            row.match, row.note = Match.WRONG, wrong.get(read.number, "企业名称没有填")[:300]
        elif row.since is not None and row.since > today:
            row.match, row.note = Match.WRONG, "列入日期晚于今天"
        elif row.uscc in elsewhere:
            row.match, row.note = Match.WRONG, "该代码的企业不在本单位职责范围内"
        elif row.uscc in by_code:
            _by_code(row, by_code[row.uscc])
        elif row.uscc:
            row.match, row.note = Match.UNKNOWN, "代码还没有登记"
        else:
            book = book or _book(seen)
            _by_name(row, book.find(row.name))
        firm = row.enterprise_id
        if firm is not None and firm in taken:
            row.match, row.note, row.enterprise = Match.WRONG, f"与第 {taken[firm]} 行是同一家企业", None
        elif firm is not None:
            taken[firm] = row.row_number
    mark_standing(source.programme, rows)
    _describe(rows)
    return rows


def _by_code(row: RosterImportRow, firm: Enterprise) -> None:
    likely = NameBook([Known(firm.pk, firm.name)]).find(row.name)
    if likely and likely[0].likeness >= _SAME_ENOUGH:
        row.match, row.enterprise = Match.MATCHED, firm
        return
    row.note = f"代码登记的名称是“{firm.name}”，与表中不同"
    row.candidates = [asdict(Likely(firm.pk, firm.name, 0.5, former=False))]


def _by_name(row: RosterImportRow, found: list[Likely]) -> None:
    row.candidates = [asdict(one) for one in found]
    if not found:
        row.match, row.note = Match.UNKNOWN, "没有找到名称相同或相近的企业"


def _book(firms: QuerySet[Enterprise]) -> NameBook:
    now = [Known(pk, name) for pk, name in firms.values_list("pk", "name")]
    former = EnterpriseName.objects.filter(enterprise__in=firms.values("pk"), valid_to__isnull=False)
    return NameBook(now + [Known(pk, name, True) for pk, name in former.values_list("enterprise_id", "name")])


def mark_standing(programme: Programme, rows: list[RosterImportRow]) -> None:
    """Rows whose firm stands in the programme, or stood and left: nobody comes back by an old list, only by a new
    application (SC-42).
    """
    ids = [row.enterprise_id for row in rows if row.enterprise_id is not None]
    known: dict[int, RosterEntry] = {}
    for entry in RosterEntry.objects.filter(programme=programme, enterprise_id__in=ids).order_by("since", "id"):
        known[entry.enterprise_id] = entry
    for row in rows:
        last = known.get(row.enterprise_id or 0)
        if last is None:
            continue
        row.match, row.note = Match.ALREADY, "企业已在本项目现行名单中"
        if last.until is not None:
            row.note = f"企业已于{last.until:%Y-%m-%d}离开本项目名单（{last.get_exit_display()}），再次纳入须重新申请"


def _describe(rows: list[RosterImportRow]) -> None:
    """Code and place beside every candidate, so that a person can tell firms of one name apart."""
    firms = Enterprise.objects.in_bulk({one["firm"] for row in rows for one in row.candidates})
    today = business_today()
    for row in rows:
        for one in row.candidates:
            firm = firms[one["firm"]]
            one |= {"uscc": firm.uscc, "place": regions.full_name(firm.region_id, today), "now": firm.name}
