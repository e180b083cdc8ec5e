"""A database with reference data, bureaus and programmes, as set-up leaves it."""

from __future__ import annotations

import pytest
from django.core.management import call_command


@pytest.fixture
def foundations(db: None) -> None:
    """Reference data and programmes; the demo makes the rest."""
    call_command("load_reference", verbosity=0)
    call_command("load_programmes", verbosity=0)
