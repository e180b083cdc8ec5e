"""Responsibility is a path (design idea 2): who answers to whom is data with dates, climbed here and nowhere else."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

from django.db import transaction

from foundation.accounts.models import Bureau, BureauPath, ReportingLine

_TOO_DEEP = 8


def bureau_path(bureau_id: int, stage: str, on: dt.date) -> str:
    """Ids of the bureaus from the province down to this one at a programme stage on a day: ``/1/5/9/``.

    A line of the stage itself goes before a line for any stage: so a county under direct provincial finance reports
    Hunan's reserves through its prefecture and everything else straight to the province (HN-20, policy.md a).
    """
    return _climb(bureau_id, stage, _superiors(on))


def _superiors(on: dt.date) -> dict[tuple[int, str], int]:
    lines = (
        ReportingLine.objects.filter(valid_from__lte=on)
        .order_by("valid_from")
        .values_list("bureau_id", "stage", "superior_id", "valid_to")
    )
    return {(bureau, stage): superior for bureau, stage, superior, until in lines if until is None or until >= on}


def _climb(bureau_id: int, stage: str, superiors: dict[tuple[int, str], int]) -> str:
    climbed = [bureau_id]
    while len(climbed) <= _TOO_DEEP:
        above = superiors.get((climbed[-1], stage)) or superiors.get((climbed[-1], ""))
        if above is None:
            return "/" + "/".join(str(step) for step in reversed(climbed)) + "/"
        if above in climbed:
            break
        climbed.append(above)
    raise ValueError(f"隶属关系成环：{climbed}")


def check_lines(on: dt.date) -> None:
    """Raise ValueError when the lines of a day form a ring somewhere, at any stage."""
    superiors = _superiors(on)
    stages = {stage for _, stage in superiors} | {""}
    for bureau_id in {bureau for bureau, _ in superiors}:
        for stage in stages:
            _climb(bureau_id, stage, superiors)


@transaction.atomic
def rebuild_paths(on: dt.date) -> int:
    """Write the paths of every bureau as of a day; paths no longer current stay readable for old files. Returns rows
    current.
    """
    superiors = _superiors(on)
    stages = {stage for _, stage in superiors} | {""}
    wanted = {
        (bureau_id, stage, _climb(bureau_id, stage, superiors))
        for bureau_id in Bureau.objects.values_list("id", flat=True)
        for stage in stages
    }
    plain = {(bureau, path) for bureau, stage, path in wanted if stage == ""}
    wanted = {row for row in wanted if row[1] == "" or (row[0], row[2]) not in plain}
    known = {(row.bureau_id, row.stage, row.path): row for row in BureauPath.objects.all()}
    BureauPath.objects.bulk_create(
        BureauPath(bureau_id=bureau, stage=stage, path=path) for bureau, stage, path in sorted(wanted - known.keys())
    )
    stale = [row.pk for key, row in known.items() if row.current and key not in wanted]
    revived = [row.pk for key, row in known.items() if not row.current and key in wanted]
    BureauPath.objects.filter(pk__in=stale).update(current=False)
    BureauPath.objects.filter(pk__in=revived).update(current=True)
    return len(wanted)


def superior_in(path: str, bureau_id: int) -> int | None:
    """The bureau directly above on a path, None at its top or when the bureau does not stand on it."""
    steps = path_ids(path)
    position = steps.index(bureau_id) if bureau_id in steps else 0
    return steps[position - 1] if position > 0 else None


def path_ids(path: str) -> list[int]:
    """Bureau ids of a path, province first."""
    return [int(step) for step in path.strip("/").split("/") if step]


def subordinates(bureau_id: int, stage: str, on: dt.date) -> list[int]:
    """Bureaus that report directly to this one at a stage on a day, unordered."""
    superiors = _superiors(on)
    found = defaultdict(set)
    for bureau, _ in superiors:
        above = superiors.get((bureau, stage)) or superiors.get((bureau, ""))
        if above is not None:
            found[above].add(bureau)
    return sorted(found[bureau_id])
