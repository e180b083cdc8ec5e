"""Which rules hold for an entry, and who decides on it."""

from __future__ import annotations

from cultivation.models import ProgrammeVersion, RosterEntry
from cultivation.queries import current_version
from cultivation.schema import Programme
from foundation.accounts.models import Bureau
from foundation.accounts.paths import path_ids
from foundation.accounts.roles import Level


def version_of(entry: RosterEntry) -> ProgrammeVersion:
    """The version the entry's round was opened under; for a list older than the portal the programme's newest one."""
    if entry.round is not None:
        return entry.round.version
    found = current_version(entry.programme)
    if found is None:
        raise LookupError(f"{entry.programme.code} has no published version")
    return found


def programme_of(entry: RosterEntry) -> Programme:
    """The rules of an entry (see :func:`version_of`)."""
    return version_of(entry).programme_document


def deciding_bureau(entry: RosterEntry) -> Bureau:
    """Who decides on changes of an entry: the province where it approves or publishes the list, else the prefecture that
    made the plan (49号 knows no provincial approval). A path without a prefecture ends at its top.
    """
    programme = programme_of(entry)
    level = Level.PROVINCE if programme.has_step("approve") or programme.has_step("list") else Level.PREFECTURE
    steps = path_ids(entry.path)
    bureaus = Bureau.objects.in_bulk(steps)
    return next((bureaus[pk] for pk in steps if bureaus[pk].level == level), bureaus[steps[0]])
