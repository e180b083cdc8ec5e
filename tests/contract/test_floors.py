"""Floors in templates and addresses: imports are import-linter's (pyproject.toml); links and includes are looked at here the same way."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

from tests.contract.source import FLOORS, ROOT, modules

TEMPLATES = ROOT / "templates"
#: Folders of the tree that belong to no room: the frame of every page and its parts. They lean on the lowest floor only.
FRAME = {"components": "core", "errors": "core", "partials": "core", "forms": "core", "look": "core", "django": "core"}
#: A link upward that is no dependence: template or module → namespaces, with the reason.
ALLOWED: dict[str, tuple[set[str], str]] = {
    "base.html": (
        {"accounts", "notifications", "portal"},
        "the frame of every page: sign-in, the own account, the inbox, help",
    ),
    "enterprises/register.html": ({"portal"}, "the privacy notice one agrees to is a public page of the door"),
}
URL = re.compile(r"""\{%\s*url\s+['"]([a-z_]+):""")
OTHER = re.compile(r"""\{%\s*(?:include|extends)\s+['"]([^'"/]+)/""")
REVERSE = re.compile(r"""\b(?:reverse|redirect|reverse_lazy|resolve_url)\(\s*f?['"]([a-z_]+):""")


def _templates() -> list[Path]:
    return sorted(path for path in TEMPLATES.rglob("*") if path.suffix in (".html", ".txt"))


def _label(path: Path) -> str:
    folder = path.relative_to(TEMPLATES).parts[0]
    return folder if folder in FLOORS else FRAME.get(folder, "core")


def _above(found: set[str], label: str) -> set[str]:
    return {name for name in found if FLOORS.get(name, -1) > FLOORS[label]}


def test_every_folder_of_templates_belongs_to_a_room_or_to_the_frame() -> None:
    folders = {path.name for path in TEMPLATES.iterdir() if path.is_dir()}
    assert folders - FLOORS.keys() - FRAME.keys() == set()


def test_templates_link_and_include_downward_only() -> None:
    wrong = []
    for path in _templates():
        text, name = path.read_text(encoding="utf-8"), str(path.relative_to(TEMPLATES))
        found = set(URL.findall(text)) | {folder for folder in OTHER.findall(text) if folder in FLOORS}
        upward = _above(found, _label(path)) - ALLOWED.get(name, (set(), ""))[0]
        if upward:
            wrong.append(f"{name} leans on {', '.join(sorted(upward))}")
    assert wrong == []


def test_code_names_addresses_of_its_own_floor_or_below() -> None:
    wrong = []
    for label, path in modules():
        upward = _above(set(REVERSE.findall(path.read_text(encoding="utf-8"))), label)
        if upward:
            wrong.append(f"{path.relative_to(ROOT)} leads to {', '.join(sorted(upward))}")
    assert wrong == []


def test_every_exception_is_still_needed() -> None:
    for name, (namespaces, _) in ALLOWED.items():
        path = TEMPLATES / name
        used = set(URL.findall(path.read_text(encoding="utf-8")))
        assert namespaces <= used, f"{name} no longer links to {namespaces - used}"


@pytest.mark.parametrize("room", settings.ROOMS)
def test_every_room_is_named_after_its_label(room: str) -> None:
    from django.apps import apps

    assert apps.get_app_config(room.rpartition(".")[2]).name == room
