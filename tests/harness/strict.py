"""Warnings are errors, every test has folders and a cache of its own, Celery may run at once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

#: Warnings that are not ours to mend. One line each: filter, then why and until when.
EXCEPTIONS: list[str] = []


def pytest_configure(config: pytest.Config) -> None:
    """Every warning is an error, but for the reasoned exceptions."""
    for line in ["error", *EXCEPTIONS]:
        config.addinivalue_line("filterwarnings", line)


@pytest.fixture(autouse=True)
def own_folders(settings: Any, tmp_path: Path) -> None:
    """Files, exports, letters and the ledger of this test lie below its own tmp_path."""
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.EXPORT_ROOT = tmp_path / "exports"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    settings.JOURNAL_LEDGER = tmp_path / "ledger" / "journal.jsonl"


@pytest.fixture(autouse=True)
def own_cache() -> Iterator[None]:
    """Nothing cached by one test is seen by the next (the tests' cache is one process's memory)."""
    from django.core.cache import cache

    yield
    cache.clear()


@pytest.fixture
def eager() -> Iterator[None]:
    """Celery tasks run at once, in this process, and their errors are the test's errors."""
    from portal.celery import app

    before = app.conf.task_always_eager, app.conf.task_eager_propagates
    app.conf.task_always_eager = app.conf.task_eager_propagates = True
    yield
    app.conf.task_always_eager, app.conf.task_eager_propagates = before


@pytest.fixture(autouse=True)
def _eager_marker(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("eager"):
        request.getfixturevalue("eager")
