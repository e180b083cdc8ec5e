"""The project's own sources, parsed once: what contract tests look at."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.conf import settings

ROOT = Path(__file__).resolve().parents[2]
#: App label → floor: an app may lean on those with a smaller number (settings.ROOMS is the one order).
FLOORS = {room.rpartition(".")[2]: number for number, room in enumerate(settings.ROOMS)}
FOLDERS = {room.rpartition(".")[2]: ROOT / room.replace(".", "/") for room in settings.ROOMS}


def modules() -> Iterator[tuple[str, Path]]:
    """App label and file of every module of the rooms, migrations aside."""
    for label, folder in FOLDERS.items():
        for path in sorted(folder.rglob("*.py")):
            if "migrations" not in path.parts:
                yield label, path


@cache
def tree(path: Path) -> ast.Module:
    """The parsed module."""
    return ast.parse(path.read_text(encoding="utf-8"))


def calls(*names: str) -> Iterator[tuple[str, ast.Call, ast.AST]]:
    """``room/module.py:line`` of every call of a function of these names, the call, and the function it stands in."""
    for _, path in modules():
        for owner, node in _with_owner(tree(path)):
            if isinstance(node, ast.Call) and _name(node.func) in names:
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node, owner


def _with_owner(module: ast.Module) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Every node with the outermost function around it (the module itself outside of functions)."""
    for top in module.body:
        for node in ast.walk(top):
            yield top, node


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def argument(call: ast.Call, place: int, name: str) -> ast.expr | None:
    """An argument by position or by name."""
    for word in call.keywords:
        if word.arg == name:
            return word.value
    return call.args[place] if len(call.args) > place else None


def texts(node: ast.expr | None, owner: ast.AST) -> set[str]:
    """The constant texts an expression may stand for: a constant, a choice of two, a name given in the same function or module."""
    if isinstance(node, ast.Constant):
        return {node.value} if isinstance(node.value, str) else set()
    if isinstance(node, ast.IfExp):
        return texts(node.body, owner) | texts(node.orelse, owner)
    if isinstance(node, ast.Name):
        return {
            text
            for one in ast.walk(owner)
            if isinstance(one, ast.Assign) and any(isinstance(to, ast.Name) and to.id == node.id for to in one.targets)
            for text in texts(one.value, owner)
        }
    return set()
