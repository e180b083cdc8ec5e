"""Answers kept until somebody acts: exact, and counted once however many people look.

Every change of state writes an act into the journal, and every act changes the stamp after its commit. An answer is stored with the
stamp it was computed under and holds as long as that is the present one. Numbers only, never permissions.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction

T = TypeVar("T")

KEEP_SECONDS = 300
"""An answer nobody asks for is forgotten after so long."""
_STAMP = "acts"


def until_the_next_act(name: str, about: Any, compute: Callable[[], T]) -> T:
    """``compute()``, or what it said before under the same name and ``about`` (whatever the answer depends on: person, filters,
    day) if nothing was recorded since.
    """
    if not settings.COUNTERS_SECONDS or connection.in_atomic_block:  # within a change nothing is final
        return compute()
    key = f"kept:{name}:{hashlib.sha256(repr(about).encode()).hexdigest()}"
    known = cache.get_many([_STAMP, key])
    stamp = known.get(_STAMP)
    if stamp is None:
        stamp = cache.get_or_set(_STAMP, _new_stamp, None)
    elif key in known and known[key][0] == stamp:
        answer: T = known[key][1]
        return answer
    answer = compute()
    cache.set(key, (stamp, answer), KEEP_SECONDS)
    return answer


def _new_stamp() -> str:
    return uuid.uuid4().hex


def _change_stamp() -> None:
    cache.set(_STAMP, _new_stamp(), None)


def an_act_was_recorded() -> None:
    """Called by the journal within the transaction: after the commit no answer kept until then holds any more."""
    if settings.COUNTERS_SECONDS and not any(call is _change_stamp for _, call, *_ in connection.run_on_commit):
        transaction.on_commit(_change_stamp, robust=True)
