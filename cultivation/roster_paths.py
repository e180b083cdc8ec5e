"""Current entries go with their firm: to another county, or along a changed line of responsibility (design idea 2).

Name and place of an entry stay those of the day of listing; only who answers for it changes, by a recorded act per entry. Entries
that ended keep the path they had.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from cultivation.models import RosterEntry
from cultivation.queries import current_versions
from enterprises.events import EnterpriseMoved
from enterprises.models import EnterprisePath
from foundation.accounts.actor import SYSTEM
from foundation.accounts.events import PathsRebuilt, ReportingLineChanged
from foundation.accounts.may import action_labels
from foundation.core.events import on
from foundation.journal.record import Act, record

action_labels.register("roster.rerouted", "调整名单记录的责任路径")


@transaction.atomic
def follow_firms(*, enterprise_ids: Iterable[int] | None = None, bureau_ids: Iterable[int] | None = None) -> int:
    """Write the firms' present paths into their current entries; only inside the province of the entry. Returns how many changed."""
    rows = RosterEntry.objects.filter(until__isnull=True).order_by("pk")
    if enterprise_ids is not None:
        rows = rows.filter(enterprise_id__in=list(enterprise_ids))
    if bureau_ids is not None:
        rows = rows.filter(enterprise__bureau_id__in=list(bureau_ids))
    entries = list(rows.select_for_update(of=("self",)))
    stages = {version.programme_id: version.programme_document.stage for version in current_versions()}
    paths = {
        (firm, stage): path
        for firm, stage, path in EnterprisePath.objects.filter(
            enterprise_id__in={entry.enterprise_id for entry in entries}
        ).values_list("enterprise_id", "stage", "path")
    }
    changed, acts = [], []
    for entry in entries:
        firm, stage = entry.enterprise_id, stages.get(entry.programme_id, "")
        path = paths.get((firm, stage)) or paths.get((firm, ""))
        top = entry.path.split("/")[1]
        if path is None or path == entry.path or path.split("/")[1] != top:
            continue
        acts.append(
            Act(
                subject_kind=entry.subject_kind,
                subject_id=entry.pk,
                subject_label=f"{entry.name} {entry}",
                action="roster.rerouted",
                data={"from": entry.path, "to": path},
            )
        )
        entry.path = path
        changed.append(entry)
    RosterEntry.objects.bulk_update(changed, ["path"], batch_size=500)
    record(acts, SYSTEM.label)
    return len(changed)


@on(EnterpriseMoved)
def follow_move(event: EnterpriseMoved) -> None:
    """The firm went to another county."""
    follow_firms(enterprise_ids=[event.enterprise_id])


@on(PathsRebuilt)
def follow_day(event: PathsRebuilt) -> None:
    """The day has come on which lines entered earlier take effect; the firms' own paths were written before."""
    if event.changed_bureau_ids:
        follow_firms(bureau_ids=event.changed_bureau_ids)


@on(ReportingLineChanged)
def follow_line(event: ReportingLineChanged) -> None:
    """A line that is in force at once."""
    if event.effective:
        follow_firms()
