"""A firm says something about itself: typed fields and yearly figures, with where they come from. Every save is
recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from enterprises.facts import ANNUAL_FACTS, json_form, registry
from enterprises.fields import BY_NAME, FIRM, parse_count
from enterprises.models import AnnualFigure, Basis, Enterprise, FactSource, Membership, Profile, YearSource
from foundation.accounts.actor import Actor
from foundation.accounts.transition import require
from foundation.core.clock import business_now, business_today, real_now
from foundation.core.errors import Refused, StaleState
from foundation.core.money import parse_wan
from foundation.core.verdict import no
from foundation.journal.models import Decision
from foundation.journal.record import Act, record

MAY_BE_NEGATIVE = frozenset({"profit_and_tax"})
"""A loss is a figure; turnover, staff and assets are not negative."""
FIRST_YEAR = 1990
BATCH = 2000
"""Rows of one statement."""
Cell = tuple[int, str, str]
"""Year, fact, basis."""


class SomebodyElse(StaleState):
    """The form was loaded before somebody else saved: who, when (business clock), for the page's answer 409."""

    def __init__(self, who: str, when: str) -> None:
        self.who, self.when = who, when
        said = f"{who}于 {when} " if who else "另一处"
        super().__init__(no(f"{said}修改并保存了这份资料。", "请载入最新内容，您填的会留存供取舍。"))


@dataclass(slots=True)
class Saved:
    """Outcome of a save: the new version of the form, a sentence per field that was not taken."""

    version: int
    errors: dict[str, str] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)


def save_fields(
    *, enterprise_id: int, fields: Mapping[str, Any], actor: Actor, owner: str, version: int | None = None
) -> Saved:
    """Take typed fields of one table (``firm`` or ``profile``); what is wrong is told per field, the rest is saved.

    ``version`` is the one the form was loaded with; None writes over whatever is there (imports, demo). Raises
    :class:`SomebodyElse` when the form is stale.
    """
    versions = None if version is None else {enterprise_id: version}
    return save_fields_of(fields={enterprise_id: fields}, actor=actor, owner=owner, versions=versions)[enterprise_id]


def save_fields_of(
    *,
    fields: Mapping[int, Mapping[str, Any]],
    actor: Actor,
    owner: str,
    versions: Mapping[int, int] | None = None,
) -> dict[int, Saved]:
    """The same for a set of firms, by id; the number of statements does not grow with it (B.3). All or none."""
    with transaction.atomic():
        firms = locked_set(fields, actor)
        rows: dict[int, Any] = dict(firms) if owner == FIRM else dict(_profiles(firms))
        found: dict[int, Saved] = {}
        columns: set[str] = set()
        edits: list[tuple[Enterprise, dict[str, Any]]] = []
        for pk, given in fields.items():
            row, saved = rows[pk], Saved(rows[pk].version)
            found[pk] = saved
            before = _take(row, given, owner, saved)
            if not before:
                continue
            _expect(firms[pk], row.version, (versions or {}).get(pk))
            row.version += 1
            columns |= {BY_NAME[name].column for name in before}
            saved.version, saved.changed = row.version, sorted(before)
            told = {
                name: {"from": old, "to": json_form(getattr(row, BY_NAME[name].column))}
                for name, old in before.items()
                if not BY_NAME[name].personal
            }
            edits.append((firms[pk], {"fields": sorted(before), "values": told}))
        if edits:
            changed = [rows[firm.pk] for firm, _ in edits]
            type(changed[0])._default_manager.bulk_update(changed, [*sorted(columns), "version"], batch_size=BATCH)
            record_edits(edits, actor)
    return found


def _take(row: Any, given: Mapping[str, Any], owner: str, saved: Saved) -> dict[str, Any]:
    """Put what can be read into the row; returns what stood there before, by field (None for personal ones)."""
    before: dict[str, Any] = {}
    for name, raw in given.items():
        spec = BY_NAME.get(name)
        if spec is None or spec.owner != owner:
            continue
        try:
            value = spec.parse(raw)
        except ValueError as error:
            saved.errors[name] = str(error)
            continue
        if getattr(row, spec.column) != value:
            before[name] = None if spec.personal else json_form(getattr(row, spec.column))
            setattr(row, spec.column, value)
    return before


def save_figures(
    *,
    enterprise_id: int,
    cells: Mapping[Cell, Any],
    actor: Actor,
    version: int | None = None,
    source: str | None = None,
) -> Saved:
    """Take cells of the grid 年度数据, as typed; a cell that changes supersedes its row, so that every value stays
    on record.

    Keys of ``errors`` are :func:`cell_name`. ``source`` names where all of them come from (an import); None keeps
    what is said.
    """
    versions = None if version is None else {enterprise_id: version}
    return save_figures_of(cells={enterprise_id: cells}, actor=actor, versions=versions, source=source)[enterprise_id]


def save_figures_of(
    *,
    cells: Mapping[int, Mapping[Cell, Any]],
    actor: Actor,
    versions: Mapping[int, int] | None = None,
    source: str | None = None,
) -> dict[int, Saved]:
    """The same for a set of firms, by id; the number of statements does not grow with it (B.3). All or none."""
    with transaction.atomic():
        firms = locked_set(cells, actor)
        profiles = _profiles(firms)
        found = {pk: Saved(profiles[pk].figures_version) for pk in cells}
        wanted = {pk: _readable(given, found[pk]) for pk, given in cells.items()}
        present = _current(wanted)
        changes: dict[int, dict[Cell, Decimal | None]] = {}
        for pk, asked in wanted.items():
            here = present[pk]
            changed = {
                cell: value for cell, value in asked.items() if (here[cell].value if cell in here else None) != value
            }
            if changed:
                _expect(firms[pk], profiles[pk].figures_version, (versions or {}).get(pk))
                changes[pk] = changed
        if changes:
            _supersede(changes, present, actor, source)
            edits = []
            for pk, changed in changes.items():
                profiles[pk].figures_version += 1
                found[pk].version = profiles[pk].figures_version
                found[pk].changed = [cell_name(*cell) for cell in changed]
                edits.append((firms[pk], {"figures": _told(changed, present[pk]), "source": source or ""}))
            Profile.objects.bulk_update([profiles[pk] for pk in changes], ["figures_version"], batch_size=BATCH)
            record_edits(edits, actor)
    return found


def _readable(given: Mapping[Cell, Any], saved: Saved) -> dict[Cell, Decimal | None]:
    found: dict[Cell, Decimal | None] = {}
    for cell, raw in given.items():
        try:
            found[cell] = parse_figure(cell, raw)
        except ValueError as error:
            saved.errors[cell_name(*cell)] = str(error)
    return found


def _told(changed: Mapping[Cell, Decimal | None], present: Mapping[Cell, AnnualFigure]) -> list[dict[str, Any]]:
    return [
        {
            "year": cell[0],
            "fact": cell[1],
            "basis": cell[2],
            "from": json_form(present[cell].value) if cell in present else None,
            "to": json_form(value),
        }
        for cell, value in sorted(changed.items())
    ]


def parse_figure(cell: Cell, raw: Any) -> Decimal | None:
    """A cell of the grid as typed; raises ValueError with a sentence."""
    year, fact, basis = cell
    if fact not in ANNUAL_FACTS or basis not in Basis.values:
        raise ValueError("没有这项指标。")
    if not FIRST_YEAR <= year <= business_today().year:
        raise ValueError(f"年度应在{FIRST_YEAR}至{business_today().year}之间。")
    if registry[fact].type == "int":
        count = parse_count(raw)
        return None if count is None else Decimal(count)
    value = parse_wan(None if raw is None else str(raw))
    if value is not None and value < 0 and fact not in MAY_BE_NEGATIVE:
        raise ValueError(f"{registry[fact].label}不能是负数。")
    return value


def cell_name(year: int, fact: str, basis: str) -> str:
    """Name of a cell's input: ``revenue-2017-audited``."""
    return f"{fact}-{year}-{basis}"


def cell_of(name: str) -> Cell | None:
    """The cell behind an input's name, None for any other name."""
    fact, _, rest = name.partition("-")
    year, _, basis = rest.partition("-")
    return (int(year), fact, basis) if year.isdecimal() and len(year) == 4 and basis else None


def set_year_source(
    *, enterprise_id: int, year: int, basis: str, actor: Actor, text: str | None = None, evidence: Any = None
) -> YearSource:
    """Say where a whole column of figures comes from, or put a file beside it; None leaves that part as it is."""
    if basis not in Basis.values or not FIRST_YEAR <= year <= business_today().year:
        raise Refused(no("没有这一年度或口径。"))
    with transaction.atomic():
        enterprise = locked_for_edit(enterprise_id, actor)
        row, _ = YearSource.objects.get_or_create(enterprise=enterprise, year=year, basis=basis)
        if _say(row, text, evidence):
            record_edit(enterprise, actor, {"source_of": f"{year} {basis}", "evidence": row.evidence_id})
    return row


def set_fact_source(
    *,
    enterprise_id: int,
    fact: str,
    actor: Actor,
    text: str | None = None,
    year: int | None = None,
    evidence: Any = None,
) -> FactSource:
    """The same for one fact that has no years."""
    if fact not in registry or registry[fact].yearly:
        raise Refused(no("没有这项指标。"))
    with transaction.atomic():
        enterprise = locked_for_edit(enterprise_id, actor)
        row, _ = FactSource.objects.get_or_create(enterprise=enterprise, fact=fact)
        if year is not None:
            row.year = year
        if _say(row, text, evidence, also=year is not None):
            record_edit(enterprise, actor, {"source_of": fact, "evidence": row.evidence_id})
    return row


def drop_evidence(*, enterprise_id: int, row: YearSource | FactSource, actor: Actor) -> None:
    """Take the file away from a source; the stored file itself stays (it may be frozen in a submission)."""
    with transaction.atomic():
        enterprise = locked_for_edit(enterprise_id, actor)
        row.evidence = None
        row.version += 1
        row.save(update_fields=["evidence", "version"])
        record_edit(enterprise, actor, {"source_of": str(row), "evidence": None})


def last_editor(enterprise_id: int) -> tuple[str, str]:
    """Name and time of the last edit of a firm's facts, for the page and the conflict message; empty when there is
    none.
    """
    last = (
        Decision.objects.filter(subject_kind="enterprise", subject_id=enterprise_id, action="enterprise.edit_facts")
        .order_by("-id")
        .first()
    )
    return (last.actor_name, f"{timezone.localtime(last.recorded_at):%H:%M}") if last else ("", "")


# --- inside ------------------------------------------------------------------------------------------------------


def locked_for_edit(pk: int, actor: Actor) -> Enterprise:
    return locked_set([pk], actor)[pk]


def locked_set(ids: Iterable[int], actor: Actor) -> dict[int, Enterprise]:
    """Firms under lock in id order, after asking ``may`` for each; raises Refused for the first that may not be edited."""
    wanted = sorted(set(ids))
    rows = Enterprise.objects.select_for_update(of=("self",)).filter(pk__in=wanted).order_by("pk")
    if actor.is_official:
        rows = rows.prefetch_related("paths").annotate(
            has_people=Exists(Membership.objects.filter(enterprise_id=OuterRef("pk"), valid_to__isnull=True))
        )
    firms = {row.pk: row for row in rows}
    if len(firms) != len(wanted):
        raise Refused(no("没有这份材料，或它不在您的职责范围内。"))
    for firm in firms.values():
        require(actor, "enterprise.edit_facts", firm)
    return firms


def _profiles(firms: Mapping[int, Enterprise]) -> dict[int, Profile]:
    found = {row.enterprise_id: row for row in Profile.objects.filter(enterprise_id__in=firms)}
    return found | {pk: profile_of(firm) for pk, firm in firms.items() if pk not in found}


def profile_of(enterprise: Enterprise) -> Profile:
    profile, _ = Profile.objects.get_or_create(enterprise=enterprise)
    return profile


def _expect(enterprise: Enterprise, present: int, loaded: int | None) -> None:
    """Asked only when something would change: a second press of the same save is no conflict."""
    if loaded is not None and loaded != present:
        raise SomebodyElse(*last_editor(enterprise.pk))


def _current(wanted: Mapping[int, Iterable[Cell]]) -> dict[int, dict[Cell, AnnualFigure]]:
    years = {cell[0] for cells in wanted.values() for cell in cells}
    found: dict[int, dict[Cell, AnnualFigure]] = {pk: {} for pk in wanted}
    rows = AnnualFigure.objects.filter(enterprise_id__in=wanted, year__in=years, superseded=False).order_by("pk")
    for row in rows:
        found[row.enterprise_id][(row.year, row.fact, row.basis)] = row
    return found


def _supersede(
    changes: Mapping[int, Mapping[Cell, Decimal | None]],
    present: Mapping[int, Mapping[Cell, AnnualFigure]],
    actor: Actor,
    source: str | None,
) -> None:
    old = [present[pk][cell].pk for pk, changed in changes.items() for cell in changed if cell in present[pk]]
    if old:
        AnnualFigure.objects.filter(pk__in=old).update(superseded=True)
    now, by = business_now(), f"{actor.name}（{actor.hat.label}）"[:120]
    AnnualFigure.objects.bulk_create(
        [
            AnnualFigure(
                enterprise_id=pk,
                year=cell[0],
                fact=cell[1],
                basis=cell[2],
                value=value,
                source=source if source is not None else (before.source if before is not None else ""),
                evidence_id=before.evidence_id if before is not None else None,
                entered_by=by,
                entered_at=now,
                version=before.version + 1 if before is not None else 1,
            )
            for pk, changed in changes.items()
            for cell, value in sorted(changed.items())
            for before in [present[pk].get(cell)]
        ],
        batch_size=BATCH,
    )


def _say(row: YearSource | FactSource, text: str | None, evidence: Any, *, also: bool = False) -> bool:
    new = row.text if text is None else text.strip()[:200]
    changed = also or new != row.text or (evidence is not None and evidence.pk != row.evidence_id)
    if changed:
        row.text = new
        if evidence is not None:
            row.evidence = evidence
        row.version += 1
        row.save()
    return changed


def record_edit(enterprise: Enterprise, actor: Actor, data: dict[str, Any]) -> None:
    record_edits([(enterprise, data)], actor)


def record_edits(edits: Iterable[tuple[Enterprise, dict[str, Any]]], actor: Actor) -> None:
    record(
        [
            Act(
                subject_kind=enterprise.subject_kind,
                subject_id=enterprise.pk,
                subject_label=enterprise.name,
                action="enterprise.edit_facts",
                data=data,
            )
            for enterprise, data in edits
        ],
        actor.label,
    )


def saved_at() -> str:
    """The time shown beside 已自动保存."""
    now = real_now()
    return f"{now.hour}:{now.minute:02d}"
