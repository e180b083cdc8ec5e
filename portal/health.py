"""Whether the portal works: database, Redis, a worker that does what the beat asks for. Answered before everything else."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.core.cache import cache
from django.db import Error as DatabaseError
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from foundation.core.clock import real_now

log = logging.getLogger(__name__)

PATH = "/healthz"
HEARTBEAT_KEY = "portal:heartbeat"
HEARTBEAT_EVERY = 15
"""Seconds between two heartbeats: beat asks, a worker answers by writing the time into Redis."""
HEARTBEAT_IS_LATE = 60
"""A worker not heard of for so many seconds counts as away."""


class HealthMiddleware:
    """Answers ``/healthz`` itself, before sessions and the database are touched, so that it can say which of them is away.

    200 when all is well, else 503; ``?only=web`` asks about this process, database and Redis alone (for a load balancer: pages are
    served although background work waits).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path != PATH:
            return self.get_response(request)
        report = {"database": database(), "redis": redis()}
        if request.GET.get("only") != "web":
            report["worker"] = worker() if report["redis"] == "ok" else "unknown"
        well = all(state == "ok" for state in report.values())
        answer = JsonResponse({"ok": well, **report}, status=200 if well else 503)
        answer["Cache-Control"] = "no-store"
        return answer


def database() -> str:
    """``ok`` or ``away``."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        log.exception("health: the database does not answer")
        connection.close()
        return "away"
    return "ok"


def redis() -> str:
    """``ok`` or ``away``: what is written must be read back."""
    mark = str(time.monotonic_ns())
    try:
        cache.set("portal:health", mark, timeout=30)
        return "ok" if cache.get("portal:health") is not None else "away"
    except Exception:
        log.exception("health: Redis does not answer")
        return "away"


def worker() -> str:
    """``ok``, ``never`` (no heartbeat yet) or ``late 75 s``."""
    seen = cache.get(HEARTBEAT_KEY)
    if seen is None:
        return "never"
    age = int(real_now().timestamp() - float(seen))
    return "ok" if age <= HEARTBEAT_IS_LATE else f"late {age} s"


def beat() -> None:
    """Written by the worker whenever the beat asks."""
    cache.set(HEARTBEAT_KEY, real_now().timestamp(), timeout=24 * 3600)
