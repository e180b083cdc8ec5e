"""Jobs of the accounts."""

from __future__ import annotations

import datetime as dt

from celery import shared_task
from django.db import transaction

from foundation.accounts import kept_logs
from foundation.accounts.events import PathsRebuilt
from foundation.accounts.models import BureauPath, PasswordReset
from foundation.accounts.paths import rebuild_paths
from foundation.core.clock import business_today, one_installation_per_unit_of_work, real_now
from foundation.core.events import announce


def new_day(on: dt.date) -> tuple[int, ...]:
    """Let reporting lines that begin today take effect; returns the bureaus whose paths changed.

    Also called by the rehearsal when it moves its day.
    """
    with transaction.atomic():
        before = set(BureauPath.objects.filter(current=True).values_list("bureau_id", "stage", "path"))
        rebuild_paths(on)
        after = set(BureauPath.objects.filter(current=True).values_list("bureau_id", "stage", "path"))
        changed = tuple(sorted({bureau_id for bureau_id, _, _ in before ^ after}))
        if changed:
            announce(PathsRebuilt(on=on, changed_bureau_ids=changed))
    return changed


@shared_task(name="accounts.new_day")
def run_new_day() -> int:
    """Every night: lines of the day, codes nobody can use any more, logs whose time is over."""
    with one_installation_per_unit_of_work():
        PasswordReset.objects.filter(expires_at__lt=real_now() - dt.timedelta(days=1)).delete()
        kept_logs.delete_old()
        return len(new_day(business_today()))
