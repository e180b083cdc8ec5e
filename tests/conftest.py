"""Everything a test may ask for. The guards that hold everywhere are in tests/harness."""

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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests are marked, and come first: they take longest, and the other worker fills in the rest."""
    for item in items:
        if "live_portal" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
    items.sort(key=lambda item: item.get_closest_marker("browser") is None)
