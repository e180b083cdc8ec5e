"""Everything a test may ask for. The guards that hold everywhere are in tests/harness."""

from collections.abc import Iterator
from typing import Any

import pytest

pytest_plugins = [
    "tests.harness.strict",
    "tests.harness.templates",
    "tests.harness.network",
    "tests.harness.files",
    "tests.harness.queries",
    "tests.harness.live",
    "tests.harness.browser",
]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The test database of this worker. A session of a process that was killed by a test may outlive its process for some
    seconds; it is ended before the database is dropped, which would otherwise fail.
    """
    yield
    from django.db import connection

    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests are marked, and come first: they take longest, and the other worker fills in the rest."""
    for item in items:
        if "live_portal" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
    items.sort(key=lambda item: item.get_closest_marker("browser") is None)
