"""Which bureau handles a place, and the responsibility paths of an enterprise (design idea 2)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from enterprises.models import Enterprise, EnterprisePath
from foundation.accounts.models import Bureau, BureauPath
from foundation.accounts.paths import bureau_path
from foundation.core.clock import business_today
from foundation.reference import regions


def bureau_for(region_id: int, on: dt.date) -> Bureau | None:
    """The bureau that handles enterprises of a place: its own, else that of the place above (a zone without a
    bureau of its own
    belongs to its prefecture; HN-20). None where no bureau is set up."""
    steps = [view.id for view in regions.path(region_id, on)] or [region_id]
    found = {
        bureau.region_id: bureau for bureau in Bureau.objects.filter(region_id__in=steps, active=True).order_by("-pk")
    }
    return next((found[step] for step in reversed(steps) if step in found), None)


def write_paths(enterprises: Iterable[Enterprise]) -> int:
    """Write the paths of enterprises from those of their bureaus, one row per stage; returns the rows written.
    Set-wise.
    """
    firms = {firm.pk: firm.bureau_id for firm in enterprises}
    by_bureau: dict[int, dict[str, str]] = defaultdict(dict)
    current = BureauPath.objects.filter(bureau_id__in=set(firms.values()), current=True)
    for bureau_id, stage, path in current.values_list("bureau_id", "stage", "path"):
        by_bureau[bureau_id][stage] = path
    today = business_today()
    for bureau_id in set(firms.values()):
        if "" not in by_bureau[bureau_id]:
            by_bureau[bureau_id][""] = bureau_path(bureau_id, "", today)
    EnterprisePath.objects.filter(enterprise_id__in=firms).delete()
    rows = [
        EnterprisePath(enterprise_id=pk, stage=stage, path=path)
        for pk, bureau_id in sorted(firms.items())
        for stage, path in sorted(by_bureau[bureau_id].items())
    ]
    EnterprisePath.objects.bulk_create(rows)
    return len(rows)


def path_for(enterprise: Enterprise, stage: str) -> str:
    """The path of an enterprise at a stage: the row of that stage, else the default one."""
    rows = {row.stage: row.path for row in enterprise.paths.all()}
    return rows.get(stage) or rows[""]
