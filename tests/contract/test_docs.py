"""The pages made from the code say what the code says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from portal import documentation
from portal.documentation.switches import settings_page
from tests.contract.source import ROOT


def test_generated_pages_are_up_to_date() -> None:
    """In a process of its own: other tests register kinds of their own."""
    told = subprocess.run(
        [sys.executable, "manage.py", "write_docs", "--check"],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "portal.settings.test"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert told.returncode == 0, told.stderr[-600:]


def test_check_names_the_stale_page(monkeypatch: Any) -> None:
    monkeypatch.setattr(documentation, "PAGES", {"generated/commands.md": lambda: "other\n"})
    with pytest.raises(CommandError, match=r"docs/generated/commands\.md; run manage.py write_docs"):
        call_command("write_docs", "--check")


def test_every_variable_has_a_meaning() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \|.*\| (.*?) \|$", settings_page(), re.MULTILINE)
    assert len(rows) > 20
    assert [name for name, meaning in rows if not meaning.strip()] == []


def test_every_address_says_what_it_is() -> None:
    assert [route.name for route in documentation.routes() if not route.meaning.strip()] == []


def test_every_command_of_ours_says_what_it_does() -> None:
    page = (ROOT / "docs" / "generated" / "commands.md").read_text(encoding="utf-8")
    assert not re.search(r"^\| `\w+` \|  \|", page, re.MULTILINE)
