"""Every variable the settings read, and every setting of our own that is fixed there."""

from __future__ import annotations

import ast
import re

from portal.documentation.text import NOTE, ROOT, line, page


def settings_page() -> str:
    """docs/generated/settings.md: every variable the settings read, and every setting of our own that is fixed there."""
    meanings = _meanings((ROOT / "docs" / "operations.md").read_text(encoding="utf-8"))
    lines = ["# Switches", "", NOTE, "", "## Environment", "", line(["variable", "default", "read in", "meaning"])]
    lines.append(line(["---"] * 4))
    fixed: list[str] = []
    for path in sorted((ROOT / "portal" / "settings").glob("*.py")):
        source = path.read_text(encoding="utf-8")
        for name, default in _switches(source):
            lines.append(
                line([f"`{name}`", f"`{default}`" if default else "required", path.stem, meanings.get(name, "")])
            )
        fixed += [line([f"`{name}`", f"`{value}`", path.stem, meaning]) for name, value, meaning in _fixed(source)]
    lines += [
        "",
        "## Fixed in the settings",
        "",
        line(["setting", "value", "where", "meaning"]),
        line(["---"] * 4),
        *fixed,
    ]
    return page(lines)


def _switches(source: str) -> list[tuple[str, str]]:
    """Variables read through ``env.…("NAME", default=…)``, in order, each once."""
    found: dict[str, str] = {}
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        first = node.args[0]
        if isinstance(node.func.value, ast.Name) and node.func.value.id == "env" and isinstance(first, ast.Constant):
            default = next((ast.unparse(word.value) for word in node.keywords if word.arg == "default"), "")
            found.setdefault(str(first.value), default)
    return sorted(found.items())


def _fixed(source: str) -> list[tuple[str, str, str]]:
    """Settings with a ``#:`` remark that no variable changes."""
    lines, found = source.splitlines(), []
    for node in ast.parse(source).body:
        if not (isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)):
            continue
        value = ast.unparse(node.value)
        remark: list[str] = []
        row = node.lineno - 2
        while row >= 0 and lines[row].startswith("#:"):
            remark.insert(0, lines[row].removeprefix("#:").strip())
            row -= 1
        if remark and "env." not in value and len(value) < 80:
            found.append((node.targets[0].id, value, " ".join(remark)))
    return found


def _meanings(text: str) -> dict[str, str]:
    """What docs/operations.md says of each variable."""
    found: dict[str, str] = {}
    for row in text.splitlines():
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        if row.startswith("|") and len(cells) > 1:
            found |= dict.fromkeys(re.findall(r"`([A-Z_]+)`", cells[0]), cells[1])
            found |= {name: cells[1] for name in re.findall(r"`([A-Z_]{6,})`", cells[1]) if name not in found}
    return found
