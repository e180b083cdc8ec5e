"""The numbers of the page frame: what waits for the hat worn, counted in one statement and kept for some seconds.

A number may be a few seconds behind what *others* do; after an act of one's own it is counted anew. Permissions are never kept:
``show`` of an entry is asked on every page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

Countable = int | QuerySet | Iterable[QuerySet]
"""A number, or what is to be counted: one list of rows or several that are added up."""
Counter = Callable[[Any], Countable]


def count_together(wanted: Mapping[str, Countable]) -> dict[str, int]:
    """The number behind each name; everything that is still to be counted in one statement."""
    found: dict[str, int] = dict.fromkeys(wanted, 0)
    names: list[str] = []
    parts: list[str] = []
    params: list[Any] = []
    for name, thing in wanted.items():
        if isinstance(thing, int):
            found[name] = thing
            continue
        for rows in [thing] if isinstance(thing, QuerySet) else thing:
            try:
                sql, values = rows.order_by().values("pk").query.sql_with_params()
            except EmptyResultSet:
                continue
            names.append(name)
            parts.append(f"(SELECT count(*) FROM ({sql}) counted)")  # noqa: S608 - made by the ORM
            params += values
    if parts:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(parts)}", params)
            for name, number in zip(names, cursor.fetchone(), strict=True):
                found[name] += number
    return found


def _key(actor: Any) -> str:
    return f"counters:{actor.user_id}:{actor.hat.key}"


def kept_counts(actor: Any, counters: Mapping[str, Counter]) -> dict[str, int]:
    """The counters' numbers for this person and hat, at most ``settings.COUNTERS_SECONDS`` old."""
    seconds = settings.COUNTERS_SECONDS
    known = cache.get(_key(actor)) if seconds else None
    if known is not None and known.keys() == counters.keys():
        return dict(known)
    found = count_together({name: counter(actor) for name, counter in counters.items()})
    if seconds:
        cache.set(_key(actor), found, seconds)
    return found


def forget_counts(actor: Any) -> None:
    """Count anew on the next page of this person: they have just done something."""
    if settings.COUNTERS_SECONDS and getattr(actor, "user_id", None) is not None:
        cache.delete(_key(actor))
