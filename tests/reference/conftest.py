"""The public table, loaded into the test's own transaction."""

from collections.abc import Iterator

import pytest

from foundation.reference import queries, regions


@pytest.fixture
def reference_data(db: None) -> Iterator[None]:
    """All data sets; what a process remembers of them is dropped before and after."""
    from foundation.reference.loader import load

    load(force=True)
    yield
    regions.forget()
    queries.forget()
