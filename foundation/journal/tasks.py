"""Jobs of the journal: seal every minute, close the day."""

from __future__ import annotations

import datetime as dt

from celery import shared_task

from foundation.core.clock import real_now
from foundation.journal import chain


@shared_task(name="journal.seal")
def seal() -> int:
    """Seal new entries into the chain."""
    return chain.seal()


@shared_task(name="journal.close_day")
def close_day() -> None:
    """Write yesterday's head to the ledger outside the database."""
    chain.close_day(real_now().date() - dt.timedelta(days=1))


@shared_task(name="journal.run_check")
def run_check(check_id: int) -> None:
    """Carry out a full check asked for on the audit page."""
    chain.run_check(check_id)
