"""The months open, and end with the entry: obligations of every listed firm, set-wise and safe to repeat."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, Q

from cultivation.models import ProgrammeVersion, RosterEntry
from cultivation.queries import current_versions
from cultivation.schema import Programme
from cultivation.schema.programme import Duty as MonthlyDuty
from enterprises.models import EnterprisePath
from foundation.accounts.actor import SYSTEM, Actor
from foundation.accounts.paths import path_ids
from foundation.duties.actions.obligations import Duty, close_all, oblige_all
from foundation.duties.models import Obligation
from foundation.journal.models import Decision
from foundation.journal.record import Act, record
from foundation.reference import queries as reference
from monitoring import months
from monitoring.models import MonthlyReturn
from monitoring.months import MONTHLY

LOOK_BACK = dt.timedelta(days=400)
"""Entries that left longer ago have no month left to open."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """What the duty needs to know of a roster entry."""

    pk: int
    enterprise_id: int
    programme_id: int
    name: str
    path: str
    duty: MonthlyDuty
    stage: str
    periods: tuple[str, ...]


@transaction.atomic
def open_months(day: dt.date) -> int:
    """Make the obligation and the empty return of every month that has opened by ``day`` and is not there yet; returns how
    many were new (SC-38, SC-39, HN-22, HN-23).

    Daily job: safe to repeat, catches up whatever days were missed, a fixed number of statements for any number of firms.
    Sichuan's duty runs so many months from the month of listing, Hunan's as long as the firm stands on the list; lists
    published before the portal existed count alike.
    """
    entries = _entries(day)
    wanted = _missing(entries)
    if not wanted:
        return 0
    wanted = _at_home(wanted)
    workdays = reference.calendar()
    made = oblige_all(
        [
            Duty(
                owner_kind=Obligation.Owner.ENTERPRISE,
                owner_id=entry.enterprise_id,
                kind=MONTHLY,
                period=period,
                due_on=months.due_on(entry.duty, period, workdays),
                subject_kind=RosterEntry.subject_kind,
                subject_id=entry.pk,
                label=f"{months.label(period)}{entry.duty.title}",
                path=entry.path,
            )
            for entry, period in wanted
        ]
    )
    _make_returns({entry.pk: entry for entry, _ in wanted})
    return made


def _entries(day: dt.date) -> list[_Entry]:
    """Entries under a monthly duty with the months they owe by now."""
    rows = list(
        RosterEntry.objects.filter(Q(until__isnull=True) | Q(until__gt=day - LOOK_BACK), since__lte=day)
        .order_by("pk")
        .values(
            "pk", "enterprise_id", "programme_id", "path", "since", "until", "enterprise__name", "round__version_id",
            "decision__made_at__date",
        )
    )  # fmt: skip
    rules_of = _rules(rows)
    found = []
    for row in rows:
        rules = rules_of[(row["round__version_id"], row["programme_id"])]
        duty = months.monthly_duty(rules) if rules is not None else None
        if rules is None or duty is None:
            continue
        periods = months.owed(
            duty, since=row["since"], known_from=row["decision__made_at__date"], until=row["until"], day=day
        )
        found.append(
            _Entry(
                row["pk"], row["enterprise_id"], row["programme_id"], row["enterprise__name"], row["path"], duty,
                rules.stage, tuple(periods),
            )
        )  # fmt: skip
    return found


def _rules(rows: Sequence[Mapping[str, Any]]) -> dict[tuple[int | None, int], Programme | None]:
    """The rules by version of the entry's round; an entry of an earlier list goes by the programme's newest version."""
    keys = {(row["round__version_id"], row["programme_id"]) for row in rows}
    versions = ProgrammeVersion.objects.in_bulk({version for version, _ in keys if version})
    newest = {version.programme_id: version for version in current_versions()} if keys else {}
    found: dict[tuple[int | None, int], Programme | None] = {}
    for version_id, programme_id in keys:
        version = versions.get(version_id) if version_id else newest.get(programme_id)
        found[(version_id, programme_id)] = version.programme_document if version else None
    return found


def _missing(entries: list[_Entry]) -> list[tuple[_Entry, str]]:
    """Months without an obligation. The list of those present is read only for entries whose number is not right."""
    present = Obligation.objects.filter(kind=MONTHLY, subject_kind=RosterEntry.subject_kind)
    counts = {
        row["subject_id"]: (row["number"], row["newest"])
        for row in present.order_by().values("subject_id").annotate(number=Count("pk"), newest=Max("period"))
    }
    short = [
        entry
        for entry in entries
        if entry.periods and counts.get(entry.pk, (0, "")) != (len(entry.periods), entry.periods[-1])
    ]
    if not short:
        return []
    known = set(present.filter(subject_id__in=[entry.pk for entry in short]).values_list("subject_id", "period"))
    return [(entry, period) for entry in short for period in entry.periods if (entry.pk, period) not in known]


def _at_home(wanted: list[tuple[_Entry, str]]) -> list[tuple[_Entry, str]]:
    """With the path of the bureau that handles each firm now: it may have moved since it was listed."""
    paths = _paths({entry.enterprise_id for entry, _ in wanted})
    found = []
    for entry, period in wanted:
        own = paths.get(entry.enterprise_id, {})
        found.append((replace(entry, path=own.get(entry.stage) or own.get("") or entry.path), period))
    return found


def _paths(enterprise_ids: Collection[int]) -> dict[int, dict[str, str]]:
    """Responsibility paths of firms by stage; one statement."""
    found: dict[int, dict[str, str]] = defaultdict(dict)
    rows = EnterprisePath.objects.filter(enterprise_id__in=enterprise_ids)
    for enterprise_id, stage, path in rows.values_list("enterprise_id", "stage", "path"):
        found[enterprise_id][stage] = path
    return found


def _make_returns(entries: dict[int, _Entry]) -> None:
    """The empty return of each new obligation, with what is known already: last year's figure, a stoppage that goes on."""
    bare = list(
        Obligation.objects.filter(
            kind=MONTHLY, subject_kind=RosterEntry.subject_kind, subject_id__in=entries, monthly_return__isnull=True
        ).order_by("pk")
    )
    firms = {entry.enterprise_id for entry in entries.values()}
    wanted = {months.same_month_last_year(duty.period) for duty in bare} | {
        months.shift(duty.period, -1) for duty in bare
    }
    earlier = {
        (row.enterprise_id, row.entry.programme_id, row.period): row
        for row in MonthlyReturn.objects.filter(
            enterprise_id__in=firms, period__in=wanted, state=MonthlyReturn.State.SUBMITTED
        )
        .select_related("entry")
        .order_by("pk")
    }
    fresh = []
    for duty in bare:
        entry = entries[duty.subject_id]
        row = MonthlyReturn(
            obligation=duty,
            entry_id=entry.pk,
            enterprise_id=entry.enterprise_id,
            bureau_id=path_ids(entry.path)[-1],
            path=entry.path,
            period=duty.period,
            enterprise_name=entry.name,
        )
        key = (entry.enterprise_id, entry.programme_id)
        prefill(
            row,
            last_month=earlier.get((*key, months.shift(duty.period, -1))),
            last_year=earlier.get((*key, months.same_month_last_year(duty.period))),
        )
        fresh.append(row)
    MonthlyReturn.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=1000)


def prefill(row: MonthlyReturn, *, last_month: MonthlyReturn | None, last_year: MonthlyReturn | None) -> None:
    """What need not be asked again (P-07): the figure of the same month last year, and a stoppage that was declared for the
    month before. The firm still declares each month itself.
    """
    if last_year is not None and last_year.main_revenue is not None:
        row.main_revenue_prior = last_year.main_revenue
    if last_month is not None and last_month.nature == MonthlyReturn.Nature.STOPPED:
        row.nature, row.stopped_since = MonthlyReturn.Nature.STOPPED, last_month.stopped_since


def waive_after(*, entry_id: int, until: dt.date, decision_id: int) -> int:
    """An entry left on ``until``: what is open for its month of leaving and later need not be reported any more. Part of
    the decision on the leaving, which is named on every row. Earlier months stay as they are: they were owed. Returns
    how many.
    """
    rows = MonthlyReturn.objects.filter(
        entry_id=entry_id,
        period__gte=months.period_of(until),
        state__in=[MonthlyReturn.State.DRAFT, MonthlyReturn.State.RETURNED],
    )
    ids = list(rows.order_by("pk").select_for_update(of=("self",)).values_list("pk", "obligation_id"))
    if not ids:
        return 0
    decision = Decision.objects.get(pk=decision_id)
    close_all({duty: (Obligation.Status.WAIVED, decision) for _, duty in ids}, by=f"{SYSTEM.hat.label}（已离开名单）")
    return MonthlyReturn.objects.filter(pk__in=[pk for pk, _ in ids]).update(state=MonthlyReturn.State.WAIVED)


@transaction.atomic
def follow_firms(
    *, actor: Actor, enterprise_ids: Collection[int] | None = None, bureau_ids: Collection[int] | None = None
) -> int:
    """Months still open go with their firm to the bureau that handles it now (another place, another reporting line); what was
    submitted keeps its path. One recorded act per month, set-wise. Of the firms named, of those the bureaus named
    handle, or of all. Returns how many.
    """
    open_rows = MonthlyReturn.objects.filter(state__in=[MonthlyReturn.State.DRAFT, MonthlyReturn.State.RETURNED])
    if enterprise_ids is not None:
        open_rows = open_rows.filter(enterprise_id__in=enterprise_ids)
    if bureau_ids is not None:
        open_rows = open_rows.filter(enterprise__bureau_id__in=bureau_ids)
    rows = list(open_rows.select_related("obligation", "entry__round").order_by("pk").select_for_update(of=("self",)))
    paths = _paths({row.enterprise_id for row in rows})
    stages = {version.programme_id: version.programme_document.stage for version in current_versions()} if rows else {}
    moved, acts = [], []
    for row in rows:
        stage = row.entry.round.stage if row.entry.round is not None else stages.get(row.entry.programme_id, "")
        own = paths.get(row.enterprise_id, {})
        path = own.get(stage) or own.get("")
        if path is None or path == row.path:
            continue
        acts.append(
            Act(row.subject_kind, row.pk, str(row), "return.rerouted", row.state, row.state,
                data={"from": row.path, "to": path})
        )  # fmt: skip
        row.path = row.obligation.path = path
        row.bureau_id = path_ids(path)[-1]
        moved.append(row)
    MonthlyReturn.objects.bulk_update(moved, ["path", "bureau"], batch_size=1000)
    Obligation.objects.bulk_update([row.obligation for row in moved], ["path"], batch_size=1000)
    record(acts, actor.label)
    return len(moved)
