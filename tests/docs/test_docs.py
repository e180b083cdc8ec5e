"""README and docs/: links lead somewhere, pictures exist and are shown, commands and demo accounts are real, nothing outside is named."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from portal.rehearsal import people

ROOT = Path(__file__).resolve().parents[2]
READMES = (ROOT / "README.md", ROOT / "README.zh-CN.md")
PICTURES = ROOT / "docs" / "screenshots"
FIRMS = {"demo-firm-hn", "demo-firm-sc", "demo-firm-new"}
"""Clerks of the rehearsal; made in stages.py, the officials in people.py."""

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FOREIGN = (
    r"(?<![\w.*>}])/(?:work|root|home|mnt|opt|Users)/\w[\w/.-]*",  # a path of one machine
    r"https?://(?!127\.0\.0\.1|localhost|[\w.]*example\.)\w[\w./-]*",  # another host
    r"\b(?:TO" r"DO|FIX" r"ME|TBD)\b",
)


def _documents() -> list[Path]:
    return [*READMES, *sorted((ROOT / "docs").rglob("*.md"))]


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _anchors(path: Path) -> set[str]:
    """Anchors that a reader of Markdown makes of the headings."""
    heads = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.strip().lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("path", _documents(), ids=_name)
def test_links_lead_somewhere(path: Path) -> None:
    broken = []
    for link in LINK.findall(path.read_text()):
        if "://" in link:
            continue
        file, _hash, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("path", _documents(), ids=_name)
def test_nothing_outside_is_named(path: Path) -> None:
    text = path.read_text()
    found = [match.group() for pattern in FOREIGN for match in re.finditer(pattern, text)]
    assert found == []


def test_every_document_is_reached_from_the_index() -> None:
    index = ROOT / "docs" / "README.md"
    reached, waiting = set(), [index, *READMES]
    while waiting:
        path = waiting.pop()
        if path in reached:
            continue
        reached.add(path)
        for link in LINK.findall(path.read_text()):
            target = (path.parent / link.partition("#")[0]).resolve()
            if target.suffix == ".md" and target.is_file():
                waiting.append(target)
    assert [_name(path) for path in _documents() if path not in reached] == []


def test_pictures_are_small_and_each_is_shown() -> None:
    shown = {Path(link).name for path in READMES for link in LINK.findall(path.read_text()) if link.endswith(".png")}
    kept = {path.name for path in PICTURES.glob("*.png")}
    assert shown == kept
    assert 4 <= len(kept) <= 8
    sizes = {path.name: path.stat().st_size for path in PICTURES.glob("*.png")}
    assert {name: size for name, size in sizes.items() if size > 200 * 1024} == {}
    assert sum(sizes.values()) <= 2 * 1024 * 1024
    for path in PICTURES.glob("*.png"):
        with Image.open(path) as picture:
            assert picture.mode == "P", f"{path.name} has no palette"


@pytest.mark.parametrize("path", READMES, ids=_name)
def test_the_two_commands_and_the_switches(path: Path) -> None:
    text = path.read_text()
    for word in ("make run", "make test", "DATABASE_URL", "REDIS_URL", "LICENSE"):
        assert word in text
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)\b", text)) <= targets


def test_named_demo_accounts_exist() -> None:
    known = {one.username for one in people.OFFICIALS} | {username for username, *_ in people.ADMINISTRATORS} | FIRMS
    for path in [*READMES, ROOT / "docs" / "tour.md", ROOT / "docs" / "demo.md"]:
        assert set(re.findall(r"`(demo-[a-z0-9-]+)`", path.read_text())) <= known, path.name
    names = {one.username: one.name for one in people.OFFICIALS}
    for username, name in re.findall(r"`(demo-[a-z0-9-]+)`[（(]?[,， ]*(\w{2})[)）]", READMES[0].read_text()):
        assert names.get(username, name).startswith(name), username


def test_named_files_of_the_house_exist() -> None:
    """A path in backticks that looks like a file of the checkout is one."""
    missing = []
    for path in (*READMES, ROOT / "docs" / "README.md", ROOT / "docs" / "architecture.md", ROOT / "docs" / "tour.md"):
        for name in re.findall(r"`([a-z_]+/[A-Za-z0-9_/.\-]+\.(?:py|md|yaml|csv|html))", path.read_text()):
            if "<" not in name and "*" not in name and not (ROOT / name).exists():
                missing.append(f"{path.name}: {name}")
    assert missing == []


def test_every_production_library_has_its_reason() -> None:
    pinned = re.findall(r"^([A-Za-z0-9_.-]+)(?:\[|==)", (ROOT / "requirements.in").read_text(), re.MULTILINE)
    told = "\n".join(path.read_text().lower() for path in (ROOT / "docs" / "decisions").glob("*.md"))
    assert len(pinned) > 20
    assert [name for name in pinned if name.lower().removesuffix("-cffi").removesuffix("-binary") not in told] == []


def test_the_script_that_takes_the_pictures_runs() -> None:
    script = ROOT / "scripts" / "screenshots"
    assert script.stat().st_mode & 0o111
    subprocess.run(["bash", "-n", str(script)], check=True)
    taken = set(re.findall(r'save\(.*"([a-z-]+)"\)', (ROOT / "scripts" / "tools" / "screenshots.py").read_text()))
    assert {f"{name}.png" for name in taken} == {path.name for path in PICTURES.glob("*.png")}
