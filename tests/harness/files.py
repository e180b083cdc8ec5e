"""A file written outside the temporary folders and still there after the test fails it."""

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_TEMPORARY = tuple(str(Path(folder).resolve()) for folder in {tempfile.gettempdir(), "/tmp", "/dev", "/proc"})
#: The checkout may itself lie in a temporary folder.
_INSIDE = f"{ROOT}{os.sep}"
_CACHES = ("__pycache__", ".pytest_cache", ".hypothesis", ".mypy_cache", "fontconfig", ".cache")

#: Paths written since the present test began; None while no test runs.
_written: set[str] | None = None


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if _written is None:
        return
    if event == "open":
        path, _mode, flags = arguments
        if not flags & _WRITING:
            return
    elif event == "os.rename":
        path = arguments[1]
    else:
        return
    if isinstance(path, bytes):
        path = os.fsdecode(path)
    if isinstance(path, (str, os.PathLike)):
        _written.add(os.path.abspath(path))


sys.addaudithook(_watch)


def leftovers(paths: set[str]) -> list[str]:
    """Those of the paths that still exist and lie neither in a temporary folder nor in a tool's cache."""
    return sorted(
        path
        for path in paths
        if (path.startswith(_INSIDE) or not path.startswith(_TEMPORARY))
        and not any(part in path for part in _CACHES)
        and os.path.exists(path)
    )


@pytest.fixture(autouse=True)
def no_leftover_files() -> Iterator[None]:
    """Watches this process's own writes, so that a neighbour's work in the checkout does not disturb."""
    global _written
    _written = set()
    yield
    written, _written = _written, None
    left = leftovers(written)
    if left:
        pytest.fail(f"left behind outside the temporary folders: {', '.join(left)}", pytrace=False)
