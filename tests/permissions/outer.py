"""A transaction around a whole module: what is built once is seen by every test and left by none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def outer_transaction() -> Iterator[None]:
    """The tests' own transactions become savepoints of it; the connection stays open meanwhile."""
    outer = transaction.atomic()
    outer._from_testcase = True  # type: ignore[attr-defined]
    close = connection.close
    outer.__enter__()
    connection.close = lambda: None  # type: ignore[method-assign]
    try:
        yield
    finally:
        connection.close = close  # type: ignore[method-assign]
        transaction.set_rollback(True)
        outer.__exit__(None, None, None)
