"""A 汇总表 that comes back as a workbook (HN-34): rows matched by name and county, the doubtful decided by a person.

The annex has no code, so a row alone can never make a file: an unmatched row waits as pending until somebody gives its USCC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from typing import Any

from django.db import transaction

from cultivation.models import Round
from enterprises.models import Enterprise
from foundation.accounts.actor import Actor
from foundation.accounts.models import Bureau
from foundation.accounts.paths import bureau_path
from foundation.accounts.transition import record_act, require
from foundation.core.clock import business_today, real_now
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
from reviews.states import FileState

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
    sheet = summary_sheet(round.programme, round.year)
    with open_stored(file) as stream:
        try:
            reading = read_xlsx(sheet, stream, round_=str(round.pk))
        except SheetRefused as refusal:
            raise Refused(no(str(refusal))) from refusal
    bureau = Bureau.objects.get(pk=actor.bureau_id)
    path = bureau_path(bureau.pk, round.programme.stage, business_today())
    with transaction.atomic():
        sheet_import = SheetImport.objects.create(
            round=round,
            bureau=bureau,
            path=path,
            file=file,
            uploaded_at=real_now(),
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
    rows = []
    for row in reading.rows:
        values = json_row(sheet, row.values)
        candidates = find_candidates(str(values.get("name", "")), str(values.get("county", "")), known)
        sure = [one for one in candidates if one.likeness == 1 and one.application_id is not None]
        match, application_id = Match.PENDING, None
        if len(sure) == 1:
            match, application_id = Match.MATCHED, sure[0].application_id
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
        .exclude(state__in=[FileState.DRAFT, FileState.WITHDRAWN, FileState.REFUSED])
        .select_related("enterprise", "bureau")
    )
    found = [
        Candidate(f.enterprise_name, f.bureau.short_name, f.enterprise.uscc, f.enterprise_id, f.pk, 0) for f in files
    ]
    filed = {one.enterprise_id for one in found}
    firms = Enterprise.objects.filter(bureau_id=sheet_import.bureau_id).exclude(pk__in=filed).select_related("bureau")
    return found + [Candidate(firm.name, firm.bureau.short_name, firm.uscc, firm.pk, None, 0) for firm in firms]


def find_candidates(name: str, county: str, known: list[Candidate]) -> list[Candidate]:
    """Firms a row may speak of, most likely first; 1 means same name in the same county."""
    wanted = normalise_name(name)
    place = normalise_name(county)
    if not wanted:
        return []
    found = []
    for firm in known:
        likeness = SequenceMatcher(None, wanted, normalise_name(firm.name), autojunk=False).ratio()
        same_place = not place or place in firm.county or firm.county.startswith(place[:2])
        if likeness == 1 and not same_place:
            likeness = 0.99
        if likeness >= SIMILAR:
            found.append(
                Candidate(
                    firm.name, firm.county, firm.uscc, firm.enterprise_id, firm.application_id, round(likeness, 3)
                )
            )
    return sorted(found, key=lambda one: -one.likeness)[:5]


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
    if application_id is None:
        row.match, row.application_id = Match.PENDING, None
    else:
        if application_id not in {one["application_id"] for one in row.candidates}:
            raise Refused(no("请从可能对应的材料中选择。"))
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
    row.match, row.application_id = Match.DISMISSED, None
    row.save(update_fields=["match", "application"])
    _note(row, "sheet_import.dismiss", actor, {})
    return row


@transaction.atomic
def give_code(*, row_id: int, actor: Actor, enterprise: Enterprise) -> Application:
    """A pending row gets its firm (found or registered by its code): a draft on behalf, the workbook as its source (代填)."""
    row = _locked(row_id, actor)
    if row.match != Match.PENDING:
        raise Refused(no("这一行不在待补信用代码之列。"))
    round_ = row.sheet_import.round
    file = start_application(
        enterprise=enterprise,
        round=round_,
        tier=round_.programme.tiers[0].code,
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
