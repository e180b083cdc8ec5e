"""Exactly one beat: of several started ones, the one that holds a PostgreSQL advisory lock works, the others wait."""

import time
from typing import Any

from celery.beat import PersistentScheduler
from celery.utils.log import get_logger

logger = get_logger(__name__)

#: Any number no other lock uses; the database's own locks are kept apart by the class number.
LOCK = (7_441_102, 1)
_RETRY_SECONDS = 2.0


class LockLost(SystemExit):
    """The connection that held the lock is gone: another beat may have taken over, so this one must end."""


class LockedScheduler(PersistentScheduler):
    """Celery's file-backed scheduler, which waits for the lock before it reads its schedule."""

    _connection: Any = None

    def setup_schedule(self) -> None:
        """Called once at the start; waits here as a spare until the lock is free."""
        self._acquire()
        super().setup_schedule()

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """One round; ends the process when the lock was lost, because a second beat would send everything twice."""
        self._check()
        return min(float(super().tick(*args, **kwargs)), 30.0)

    def close(self) -> None:
        """Write the schedule's file and let the next beat go on."""
        super().close()
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _acquire(self) -> None:
        from django.db import connections

        # A connection of its own, which nothing else uses or closes.
        self._connection = connections["default"].copy()
        said = False
        while True:
            with self._connection.cursor() as cursor:
                cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", LOCK)
                if cursor.fetchone()[0]:
                    return
            if not said:
                logger.warning("another beat is running; waiting for its lock")
                said = True
            time.sleep(_RETRY_SECONDS)

    def _check(self) -> None:
        from django.db import Error

        try:
            with self._connection.cursor() as cursor:
                cursor.execute(
                    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND objid = %s"
                    " AND pid = pg_backend_pid() AND granted",
                    LOCK,
                )
                if cursor.fetchone()[0] == 1:
                    return
        except Error as error:
            logger.critical("the database went away: %s", error)
        raise LockLost("beat lost its lock and ends; start it again")
