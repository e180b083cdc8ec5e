"""Celery task of the notifications room."""

from __future__ import annotations

from celery import shared_task

from foundation.core.clock import one_installation_per_unit_of_work
from foundation.duties.locks import only_one
from foundation.notifications import delivery


@shared_task(name="notifications.deliver")
def deliver() -> dict[str, int]:
    """Deliver what waits; one deliverer at a time is enough, others leave at once (rows are locked besides)."""
    with only_one("notifications.deliver") as free:
        if not free:
            return {}
        with one_installation_per_unit_of_work():
            return delivery.deliver()
