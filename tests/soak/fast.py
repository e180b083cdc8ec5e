"""The portal's Celery application with less patience, so that thirty kills fit into a coffee break: the beat ten times as often, a
lost sender and a lost job noticed after seconds. Nothing else differs.
"""

import datetime as dt
from typing import Any

from celery.signals import worker_process_init

from portal.celery import app

for _entry in app.conf.beat_schedule.values():
    if isinstance(_entry["schedule"], float):
        _entry["schedule"] /= 10

LOST_AFTER = dt.timedelta(seconds=4)


@worker_process_init.connect
def be_impatient(**_given: Any) -> None:
    """In every pool process, once Django stands."""
    from foundation.documents import tasks as papers
    from foundation.duties import tasks as duties
    from foundation.notifications import delivery

    delivery.CLAIM_IS_LOST_AFTER = duties.LOST_AFTER = papers._GRACE = LOST_AFTER


__all__ = ["app"]
