"""The town is built once for these tests; every test runs in a savepoint of it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.test import override_settings

from cultivation import contexts
from foundation.core.models import Installation
from foundation.reference import queries as reference
from foundation.reference import regions
from portal.rehearsal import calendar
from tests.permissions.outer import outer_transaction
from tests.permissions.town import Town


def _forget() -> None:
    for cache in (regions, reference, contexts):
        cache.forget()


@pytest.fixture(scope="package")
def built_town(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[tuple[Town, Any]]:
    """The town and the folder of its files."""
    folder = tmp_path_factory.mktemp("town")
    with django_db_blocker.unblock(), outer_transaction(), override_settings(MEDIA_ROOT=folder):
        _forget()
        Installation.start_rehearsal(calendar.ISSUED)
        quiet = io.StringIO()
        call_command("load_reference", stdout=quiet)
        call_command("load_bureaus", on=calendar.ISSUED, demo=True, stdout=quiet)
        call_command("load_programmes", stdout=quiet)
        yield Town(), folder
        _forget()


@pytest.fixture
def town(built_town: tuple[Town, Any], db: None, settings: Any) -> Town:
    """The built town inside this test's savepoint."""
    town, folder = built_town
    settings.MEDIA_ROOT = folder
    return town
