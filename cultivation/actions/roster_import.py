"""Bringing in a list published before the portal existed (HN-22): read, match, decide row by row, enter in one act.

A code decides by itself, a name never does. Nothing stands on the roster before somebody enters the decided rows, and then all of
them or none; the same file is never brought in twice, the same firm never twice.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass

from django.db import IntegrityError, transaction

from cultivation.models import Programme, RosterEntry, RosterImport, RosterImportRow, RosterList
from cultivation.queries import current_version
from cultivation.roster_earlier import EarlierFirm, enter_earlier, list_of
from cultivation.roster_import_sheet import EARLIER, tiers_of
from cultivation.roster_matching import mark_standing, matched_rows, on_path
from enterprises.models import Enterprise
from foundation.accounts.actor import Actor
from foundation.accounts.models import Bureau
from foundation.accounts.transition import record_act, require
from foundation.core.clock import business_now, business_today
from foundation.core.errors import Refused, StaleState
from foundation.core.text import normalise_name
from foundation.core.verdict import no
from foundation.documents.actions.store import open_stored
from foundation.documents.models import StoredFile
from foundation.journal.models import Decision
from foundation.journal.record import Message, send
from foundation.spreadsheets import SheetRefused, read_xlsx

Match = RosterImportRow.Match
State = RosterImport.State
TO_ENTER = (Match.MATCHED, Match.ACCEPTED)
TO_DECIDE = (Match.DOUBTFUL, Match.UNKNOWN, Match.WRONG)


@dataclass(frozen=True, slots=True)
class ListData:
    """What the published paper says of itself."""

    title: str
    number: str
    published_on: dt.date
    year: int
    batch: int
    tier: str
    since: dt.date | None = None


@transaction.atomic
def start_import(*, programme: Programme, data: ListData, file: StoredFile, actor: Actor) -> tuple[RosterImport, bool]:
    """Take an uploaded list in; its rows are read by :func:`read_import`. The same file gives the import there is already.

    Returns the import and whether it is new. Refused with a sentence for wrong data of the list.
    """
    require(actor, "roster_import.make")
    bureau = Bureau.objects.select_related("region").get(pk=actor.bureau_id)
    version = current_version(programme)
    if (
        version is None
        or bureau.region is None
        or not bureau.region.code_on(business_today()).startswith(programme.province)
    ):
        raise Refused(no("请选择本省的培育项目。"))
    tiers = dict(tiers_of(version.programme_document))
    title, number = normalise_name(data.title), normalise_name(data.number)
    for wrong, said in (
        (not title, "请填写名单标题。"),
        (not number, "请填写公布名单的文号。"),
        (data.tier not in tiers, "请选择层级。"),
        (data.published_on > business_today(), "公布日期不能晚于今天。"),
        (not 2000 <= data.year <= business_today().year, "年度应在 2000 年和今年之间。"),
        (not 1 <= data.batch <= 99, "批次应为 1 至 99。"),
        (data.since is not None and data.since > business_today(), "列入日期不能晚于今天。"),
    ):
        if wrong:
            raise Refused(no(said))
    live = RosterImport.objects.exclude(state__in=[State.FAILED, State.DROPPED])
    same = live.filter(programme=programme, bureau=bureau, tier=data.tier, sha256=file.sha256).first()
    if same is not None:
        return same, False
    try:
        with transaction.atomic():
            made = RosterImport.objects.create(
                programme=programme,
                bureau=bureau,
                title=title[:200],
                number=number[:80],
                published_on=data.published_on,
                since=data.since or data.published_on,
                year=data.year,
                batch=data.batch,
                tier=data.tier,
                tier_title=tiers[data.tier],
                file=file,
                sha256=file.sha256,
                uploaded_at=business_now(),
                uploaded_by=f"{actor.hat.office} {actor.signature}"[:160],
            )
    except IntegrityError:
        return live.get(programme=programme, bureau=bureau, tier=data.tier, sha256=file.sha256), False
    _note(made, "roster_import.make", actor, file=file.sha256, number=number)
    return made, True


def read_import(*, import_id: int, actor: Actor) -> RosterImport:
    """Read the file and match its rows; a second run of the same job changes nothing. A file that cannot be read is told."""
    source = RosterImport.objects.select_related("file", "programme").get(pk=import_id)
    if source.state != State.READING:
        return source
    try:
        with open_stored(source.file) as stream:
            reading = read_xlsx(EARLIER, stream)
    except SheetRefused as refusal:
        RosterImport.objects.filter(pk=import_id, state=State.READING).update(
            state=State.FAILED, problem=str(refusal)[:400]
        )
        return RosterImport.objects.get(pk=import_id)
    rows = matched_rows(source, reading, actor)
    with transaction.atomic():
        locked = RosterImport.objects.select_for_update(of=("self",)).get(pk=import_id)
        if locked.state != State.READING:
            return locked
        RosterImportRow.objects.bulk_create(rows, batch_size=1000)
        locked.state, locked.errors = State.OPEN, [asdict(error) for error in reading.errors]
        locked.save(update_fields=["state", "errors"])
        _note(locked, "roster_import.read", actor, rows=len(rows), errors=len(reading.errors))
    return locked


# ---- deciding ------------------------------------------------------------------------------------------------


def accept_row(*, row_id: int, enterprise_id: int, actor: Actor) -> RosterImportRow:
    """A person says which firm a row speaks of: one of the candidates."""
    return _accept(row_id, actor, enterprise_id=enterprise_id)


def give_code(*, row_id: int, uscc: str, actor: Actor) -> RosterImportRow:
    """A person gives the firm's code: any registered firm the actor's bureau answers for."""
    return _accept(row_id, actor, uscc=uscc)


@transaction.atomic
def _accept(row_id: int, actor: Actor, *, enterprise_id: int | None = None, uscc: str = "") -> RosterImportRow:
    row = _locked_row(row_id, actor)
    if enterprise_id is not None:
        if enterprise_id not in {one["firm"] for one in row.candidates}:
            raise Refused(no("请从可能对应的企业中选择。"))
        firm = Enterprise.objects.get(pk=enterprise_id)
    else:
        found = Enterprise.objects.filter(uscc=uscc, pk__in=on_path(actor)).first()
        if found is None:
            raise Refused(
                no(
                    f"没有登记代码为 {uscc} 的企业，或它不在本单位职责范围内。",
                    "请先由企业所在县市区代企业登记，再回到这里对应。",
                )
            )
        firm = found
    other = (
        row.roster_import.rows.filter(enterprise=firm, match__in=[*TO_ENTER, Match.ENTERED]).exclude(pk=row.pk).first()
    )
    if other is not None:
        raise Refused(no(f"第 {other.row_number} 行已对应这家企业。", "同一企业出现了两次，请不采用其中一行。"))
    row.enterprise, row.match, row.note = firm, Match.ACCEPTED, ""
    mark_standing(row.roster_import.programme, [row])
    row.save(update_fields=["enterprise", "match", "note"])
    _note(row.roster_import, "roster_import.decide", actor, row=row.row_number, enterprise=firm.pk)
    return row


@transaction.atomic
def accept_same_names(*, import_id: int, actor: Actor) -> int:
    """Confirm at once all rows whose only candidate bears exactly the same name today. Returns how many."""
    source = _locked_import(import_id, actor, "roster_import.decide")
    rows = [
        row
        for row in source.rows.filter(match=Match.DOUBTFUL).select_for_update().order_by("pk")
        if len(row.candidates) == 1 and row.candidates[0]["likeness"] == 1
    ]
    busy = set(source.rows.filter(match__in=[*TO_ENTER, Match.ENTERED]).values_list("enterprise_id", flat=True))
    chosen = []
    for row in rows:
        firm = row.candidates[0]["firm"]
        if firm not in busy:
            busy.add(firm)
            row.enterprise_id, row.match = firm, Match.ACCEPTED
            chosen.append(row)
    mark_standing(source.programme, chosen)
    RosterImportRow.objects.bulk_update(chosen, ["enterprise", "match", "note"], batch_size=500)
    if chosen:
        _note(source, "roster_import.decide", actor, same_names=[row.row_number for row in chosen])
    return len(chosen)


@transaction.atomic
def dismiss_row(*, row_id: int, reason: str, actor: Actor) -> RosterImportRow:
    """Leave a row aside, with the reason."""
    row = _locked_row(row_id, actor)
    reason = reason.strip()
    if not reason:
        raise Refused(no("请写明不采用的理由。"))
    row.match, row.note, row.enterprise = Match.DISMISSED, reason[:300], None
    row.save(update_fields=["match", "note", "enterprise"])
    _note(row.roster_import, "roster_import.dismiss", actor, row=row.row_number)
    return row


@transaction.atomic
def reopen_row(*, row_id: int, actor: Actor) -> RosterImportRow:
    """Look at a decided row again, as long as it was not entered."""
    row = _locked_row(row_id, actor)
    row.match, row.enterprise, row.note = (Match.DOUBTFUL if row.candidates else Match.UNKNOWN), None, ""
    row.save(update_fields=["match", "enterprise", "note"])
    _note(row.roster_import, "roster_import.decide", actor, row=row.row_number, reopened=True)
    return row


@transaction.atomic
def enter_rows(*, import_id: int, actor: Actor) -> int:
    """Enter every decided row as an entry under the earlier list, in one act; returns how many.

    A firm that came onto the roster meanwhile is marked so and left out. Pressed twice, the second time enters nothing.
    """
    source = _locked_import(import_id, actor, "roster_import.enter")
    rows = list(source.rows.filter(match__in=TO_ENTER).select_for_update(of=("self",)).order_by("row_number"))
    mark_standing(source.programme, rows)
    chosen = [row for row in rows if row.match in TO_ENTER]
    RosterImportRow.objects.bulk_update([row for row in rows if row not in chosen], ["match", "note"], batch_size=500)
    if not chosen:
        if not rows:
            raise Refused(no("没有可以列入的行。", "请先确认待办理的行。"))
        return 0
    version = current_version(source.programme)
    assert version is not None
    stage = version.programme_document.stage
    decision = _note(source, "roster_import.enter", actor, rows=[row.row_number for row in chosen])
    if source.roster_list is None:
        source.roster_list = list_of(source, stage, decision)
        source.save(update_fields=["roster_list"])
    firms = [EarlierFirm(row.enterprise_id or 0, row.name[:120], row.since or source.since) for row in chosen]
    made = _entered(source, source.roster_list, stage, firms, decision)
    for row in chosen:
        row.entry, row.match = made[row.enterprise_id or 0], Match.ENTERED
    RosterImportRow.objects.bulk_update(chosen, ["entry", "match"], batch_size=500)
    return len(chosen)


def _entered(
    source: RosterImport, roster_list: RosterList, stage: str, firms: list[EarlierFirm], decision: Decision
) -> dict[int, RosterEntry]:
    try:
        with transaction.atomic():
            made = enter_earlier(source=source, roster_list=roster_list, stage=stage, firms=firms, decision=decision)
    except IntegrityError as error:
        raise StaleState(no("有企业刚刚列入了本项目名单。", "请刷新后再办理。")) from error
    kind = "cultivation.entered_earlier"
    payload = {"title": str(roster_list), "tier": source.tier_title}
    send(
        [
            Message(f"{kind}:{entry.pk}", kind, "enterprise", firm, {**payload, "name": entry.name})
            for firm, entry in made.items()
        ],
        decision,
    )
    return made


@transaction.atomic
def drop_import(*, import_id: int, actor: Actor) -> RosterImport:
    """Give an import up as long as nothing of it was entered; the file may then be brought in anew."""
    source = _locked_import(import_id, actor, "roster_import.decide")
    if source.roster_list_id is not None:
        raise Refused(no("已有企业据这份名单列入，不能放弃。", "其余的行可以不采用。"))
    source.state = State.DROPPED
    source.version += 1
    source.save(update_fields=["state", "version"])
    _note(source, "roster_import.drop", actor)
    return source


def _locked_import(pk: int, actor: Actor, action: str) -> RosterImport:
    rows = RosterImport.objects.select_for_update(of=("self",)).select_related(
        "programme", "bureau", "roster_list", "file"
    )
    source = rows.filter(pk=pk).first()
    if source is None:
        raise Refused(no("没有这次导入，或它不在您的职责范围内。"))
    require(actor, action, source)
    return source


def _locked_row(row_id: int, actor: Actor) -> RosterImportRow:
    rows = RosterImportRow.objects.select_for_update(of=("self",)).select_related("roster_import__programme")
    row = rows.filter(pk=row_id).first()
    if row is None:
        raise Refused(no("没有这一行。"))
    require(actor, "roster_import.decide", row.roster_import)
    if row.match == Match.ENTERED:
        raise Refused(no("这一行已经列入名单，不能再改。", "如有错误，请在名单记录中提出名单调整。"))
    return row


def _note(source: RosterImport, action: str, actor: Actor, **data: object) -> Decision:
    return record_act(
        subject_kind=source.subject_kind,
        subject_id=source.pk,
        subject_label=str(source),
        action=action,
        actor=actor,
        to_state=source.state,
        data=data,
    )
