"""A 汇总表 that comes back as a workbook (HN-34): rows matched by name and county, the doubtful decided by a person.

The annex has no code, so a row alone can never make a file: an unmatched row waits as pending until somebody gives its USCC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from difflib import SequenceMatcher
from typing import Any

from django.db import transaction

from cultivation.models import Round
from enterprises.models import Enterprise
from foundation.accounts.actor import Actor
from foundation.accounts.models import Bureau
from foundation.accounts.paths import bureau_path
from foundation.accounts.transition import record_act, require
from foundation.core.clock import business_now, business_today
from foundation.core.errors import Refused
from foundation.core.text import normalise_name
from foundation.core.verdict import no
from foundation.documents.actions.store import open_stored
from foundation.documents.models import StoredFile
from foundation.spreadsheets import Reading, SheetRefused, read_xlsx
from reviews.actions.filing import save_answers, start_application
from reviews.dossier import load_dossiers
from reviews.models import Application, SheetImport, SheetImportRow
from reviews.sheets import json_row, summary_row, summary_sheet
from reviews.states import ENDED_STATES, FileState

SIMILAR = 0.75
"""From this likeness of two names on, a person is asked."""
Match = SheetImportRow.Match


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file or a firm a row may speak of."""

    name: str
    county: str
    uscc: str
    enterprise_id: int
    application_id: int | None
    likeness: float


def import_table(*, round: Round, actor: Actor, file: StoredFile) -> SheetImport:
    """Read a workbook in the form of the programme's table and match its rows; nothing of a file is changed.

    A workbook that cannot be taken as a whole is refused with a sentence; errors of cells are kept with the import, row by row.
    """
    require(actor, "sheet_import.upload")
    bureau = Bureau.objects.get(pk=actor.bureau_id)
    path = bureau_path(bureau.pk, round.programme.stage, business_today())
    if not path.startswith(round.path):
        raise Refused(no(f"本轮由{round.programme.province_name}组织，本单位不在其中。"))
    sheet = summary_sheet(round.programme, round.year)
    with open_stored(file) as stream:
        try:
            reading = read_xlsx(sheet, stream, round_=str(round.pk))
        except SheetRefused as refusal:
            raise Refused(no(str(refusal))) from refusal
    with transaction.atomic():
        sheet_import = SheetImport.objects.create(
            round=round,
            bureau=bureau,
            path=path,
            file=file,
            uploaded_at=business_now(),
            uploaded_by=f"{actor.hat.label} {actor.name}",
            errors=[asdict(error) for error in reading.errors],
        )
        SheetImportRow.objects.bulk_create(_matched_rows(sheet_import, reading))
        record_act(
            subject_kind=sheet_import.subject_kind,
            subject_id=sheet_import.pk,
            subject_label=str(sheet_import),
            action="sheet_import.upload",
            actor=actor,
            data={"file": file.sha256, "rows": len(reading.rows), "errors": len(reading.errors)},
        )
    return sheet_import


def _matched_rows(sheet_import: SheetImport, reading: Reading) -> list[SheetImportRow]:
    sheet = summary_sheet(sheet_import.round.programme, sheet_import.round.year)
    known = _known_firms(sheet_import)
    files = {
        file.pk: file
        for file in Application.objects.filter(pk__in=[firm.application_id for firm in known if firm.application_id])
    }
    dossiers = load_dossiers(files.values())
    rows: list[SheetImportRow] = []
    taken: set[int | None] = set()
    for row in reading.rows:
        values = json_row(sheet, row.values)
        candidates = find_candidates(str(values.get("name", "")), str(values.get("county", "")), known)
        sure = [one for one in candidates if one.likeness == 1 and one.application_id is not None]
        match, application_id = Match.PENDING, None
        if len(sure) == 1 and sure[0].application_id not in taken:
            match, application_id = Match.MATCHED, sure[0].application_id
            taken.add(application_id)
        elif candidates:
            match = Match.DOUBTFUL
        rows.append(
            SheetImportRow(
                sheet_import=sheet_import,
                row_number=row.number,
                values=values,
                match=match,
                candidates=[asdict(one) for one in candidates],
                application_id=application_id,
                differences=differences(sheet_import.round, dossiers.get(application_id or 0), values),
            )
        )
    return rows


def _known_firms(sheet_import: SheetImport) -> list[Candidate]:
    files = (
        Application.objects.filter(round_id=sheet_import.round_id, path__startswith=sheet_import.path)
        .exclude(state__in=[FileState.DRAFT, *ENDED_STATES])
        .select_related("enterprise", "bureau")
    )
    found = [
        Candidate(
            normalise_name(f.enterprise_name), _county(f.listing, f.bureau), f.enterprise.uscc, f.enterprise_id, f.pk, 0
        )
        for f in files
    ]
    filed = {one.enterprise_id for one in found}
    firms = Enterprise.objects.filter(bureau_id=sheet_import.bureau_id).exclude(pk__in=filed).select_related("bureau")
    return found + [
        Candidate(normalise_name(firm.name), firm.bureau.short_name, firm.uscc, firm.pk, None, 0) for firm in firms
    ]


def _county(listing: Mapping[str, Any], bureau: Bureau) -> str:
    return str(listing.get("county") or "") or bureau.short_name


def find_candidates(name: str, county: str, known: list[Candidate]) -> list[Candidate]:
    """Firms a row may speak of, most likely first; 1 means same name in the same county."""
    wanted = normalise_name(name)
    place = normalise_name(county)
    if not wanted:
        return []
    same = [firm for firm in known if firm.name == wanted]
    found = [(1.0 if _same_place(place, firm.county) else 0.99, firm) for firm in same]
    if not any(likeness == 1 for likeness, _ in found):
        found += _similar(wanted, [firm for firm in known if firm.name != wanted])
    found.sort(key=lambda one: -one[0])
    return [replace(firm, likeness=round(likeness, 3)) for likeness, firm in found[:5]]


def _same_place(place: str, county: str) -> bool:
    """The annex writes the county shortly or with its prefecture: 天元区, 株洲天元, 株洲市天元区."""
    if not place:
        return True
    core = county.rstrip("区县市经科局信委工业和化")
    return place in county or county in place or (len(core) > 1 and core in place)


def _similar(wanted: str, known: list[Candidate]) -> list[tuple[float, Candidate]]:
    """Names that look alike; the cheap upper bounds go first, since a list of 300 meets a register of thousands."""
    matcher = SequenceMatcher(None, "", wanted, autojunk=False)
    found = []
    for firm in known:
        matcher.set_seq1(firm.name)
        if matcher.real_quick_ratio() < SIMILAR or matcher.quick_ratio() < SIMILAR:
            continue
        likeness = matcher.ratio()
        if likeness >= SIMILAR:
            found.append((min(likeness, 0.98), firm))
    return found


def differences(round_: Round, dossier: Any, values: Mapping[str, Any]) -> list[dict[str, str]]:
    """Cells in which the sheet and the file's frozen figures are not the same: ``{column, sheet, file}``."""
    if dossier is None or dossier.submission is None:
        return []
    programme = round_.programme
    frozen = summary_row(programme, round_.year, dossier.facts, dossier.submission.evaluation["result"])
    heads = {column.key: column.title for column in summary_sheet(programme, round_.year).columns}
    return [
        {"column": heads[key], "sheet": _shown(values.get(key)), "file": _shown(frozen.get(key))}
        for key in heads
        if key in values and _shown(values.get(key)) != _shown(frozen.get(key))
    ]


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return "/".join(str(value[year]) for year in sorted(value))
    if isinstance(value, list):
        return "、".join(str(item) for item in value)
    return "" if value is None else str(value)


@transaction.atomic
def decide_row(*, row_id: int, actor: Actor, application_id: int | None) -> SheetImportRow:
    """A person says which file a doubtful row speaks of, or (None) that it is none of them: it then waits for a code."""
    row = _locked(row_id, actor)
    if row.match not in {Match.DOUBTFUL, Match.DECIDED, Match.PENDING, Match.DISMISSED}:
        raise Refused(no(f"这一行“{row.get_match_display()}”，无需再确认。"))
    if application_id is None:
        row.match, row.application_id = Match.PENDING, None
    else:
        if application_id not in {one["application_id"] for one in row.candidates}:
            raise Refused(no("请从可能对应的材料中选择。"))
        taken = row.sheet_import.rows.filter(application_id=application_id).exclude(pk=row.pk).first()
        if taken is not None:
            raise Refused(
                no(f"第 {taken.row_number} 行已对应这份材料。", "同一企业在表中出现了两次，请核对后不采用其中一行。")
            )
        row.match, row.application_id = Match.DECIDED, application_id
        dossier = load_dossiers(Application.objects.filter(pk=application_id)).get(application_id)
        row.differences = differences(row.sheet_import.round, dossier, row.values)
    row.save(update_fields=["match", "application", "differences"])
    _note(row, "sheet_import.decide", actor, {"application": application_id})
    return row


@transaction.atomic
def dismiss_row(*, row_id: int, actor: Actor) -> SheetImportRow:
    """Leave a row aside."""
    row = _locked(row_id, actor)
    if row.match == Match.CREATED:
        raise Refused(no("这一行已经建档，不能再改为不采用。", "如不需要，请在“代填”中撤回那份草稿。"))
    row.match, row.application_id = Match.DISMISSED, None
    row.save(update_fields=["match", "application"])
    _note(row, "sheet_import.dismiss", actor, {})
    return row


@transaction.atomic
def give_code(*, row_id: int, actor: Actor, enterprise: Enterprise) -> Application:
    """A pending row gets its firm (found or registered by its code): a draft on behalf, the workbook as its source (代填)."""
    row = _locked(row_id, actor)
    if row.match not in {Match.PENDING, Match.DOUBTFUL}:
        raise Refused(no("这一行不在待补信用代码之列。"))
    round_ = row.sheet_import.round
    tiers = {tier.title: tier.code for tier in round_.programme.tiers}
    file = start_application(
        enterprise=enterprise,
        round=round_,
        tier=tiers.get(str(row.values.get("tier", "")), round_.programme.tiers[0].code),
        actor=actor,
        paper_source=row.sheet_import.file,
    )
    categories = row.values.get("activity_categories")
    if categories:
        file = save_answers(
            application_id=file.pk, actor=actor, version=file.version, changes={"activity_categories": categories}
        )
    row.match, row.application, row.uscc = Match.CREATED, file, enterprise.uscc
    row.save(update_fields=["match", "application", "uscc"])
    _note(row, "sheet_import.create", actor, {"application": file.pk})
    return file


def _locked(row_id: int, actor: Actor) -> SheetImportRow:
    row = (
        SheetImportRow.objects.select_for_update(of=("self",))
        .select_related("sheet_import__round__version")
        .filter(pk=row_id)
        .first()
    )
    if row is None:
        raise Refused(no("没有这一行。"))
    require(actor, "sheet_import.decide", row.sheet_import)
    return row


def _note(row: SheetImportRow, action: str, actor: Actor, data: dict[str, Any]) -> None:
    record_act(
        subject_kind=SheetImport.subject_kind,
        subject_id=row.sheet_import_id,
        subject_label=str(row.sheet_import),
        action=action,
        actor=actor,
        data={"row": row.row_number, **data},
    )
