"""Counting queries, so that a page costs the same with three rows as with one.

def test_queue(queries, client):
    with queries(7):
        client.get(...)

def test_queue_stays_flat(queries, client):
    queries.flat(add_row=make_application, act=lambda: client.get(...), expected=7)
"""

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: Bookkeeping of the test's own transaction is no cost of the page.
_UNCOUNTED = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT", "SET CONSTRAINTS")


def _origin() -> str:
    """The innermost line of ours (not of a library, not of a test) that caused the statement."""
    for frame in reversed(traceback.extract_stack()):
        name = frame.filename
        if name.startswith(str(ROOT)) and "/.venv/" not in name and "/tests/harness/" not in name:
            return f"{Path(name).relative_to(ROOT)}:{frame.lineno}"
    return "?"


class Queries:
    """Counts the statements of a block and says which they were when the number is another than expected."""

    @contextmanager
    def record(self) -> Iterator[list[str]]:
        """Yields a list that fills with one readable line per statement."""
        from django.db import connection

        seen: list[str] = []

        def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
            if not str(sql).startswith(_UNCOUNTED):
                short = " ".join(str(sql).split())
                seen.append(f"{len(seen) + 1:3} {_origin()}  {short[:230]}")
            return execute(sql, params, many, context)

        with connection.execute_wrapper(note):
            yield seen

    @contextmanager
    def __call__(self, expected: int) -> Iterator[list[str]]:
        """The block makes exactly `expected` statements."""
        with self.record() as seen:
            yield seen
        if len(seen) != expected:
            pytest.fail(f"{len(seen)} queries instead of {expected}:\n" + "\n".join(seen), pytrace=False)

    def flat(self, *, add_row: Callable[[], Any], act: Callable[[], Any], expected: int, warm: bool = True) -> None:
        """`act` makes exactly `expected` statements with one row and with three.

        `add_row` is called once, then twice more. With `warm`, act runs once uncounted before, so that what is read
        once per process (content types, caches) does not disturb.
        """
        add_row()
        if warm:
            act()
        with self(expected):
            act()
        add_row()
        add_row()
        with self.record() as seen:
            act()
        if len(seen) != expected:
            pytest.fail(f"{len(seen)} queries with three rows, {expected} with one:\n" + "\n".join(seen), pytrace=False)


@pytest.fixture
def queries(db: None) -> Queries:
    """See the module."""
    return Queries()
