"""An undefined variable in one of our templates fails the test."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: Only our own tree is held to it; the admin's and the API browser's templates rely on silence.
OURS = str(ROOT / "templates")


class UndefinedVariable(Exception):
    """A template uses a name its view did not provide."""


def _origin(context: Any) -> str:
    template = getattr(getattr(context, "render_context", None), "template", None) or getattr(context, "template", None)
    return str(getattr(getattr(template, "origin", None), "name", ""))


class Undefined:
    """Takes the place of the engine's string_if_invalid and raises when it is printed by one of our templates."""

    def __init__(self, roots: tuple[str, ...]) -> None:
        self.roots = roots

    def __contains__(self, part: object) -> bool:
        return part == "%s"  # so that Django calls __mod__ and tells us the variable

    def __bool__(self) -> bool:
        # Django's own `if string_if_invalid` must see a value; {% if thing.gone %} must see nothing.
        return sys._getframe(1).f_code.co_name == "resolve"

    def __mod__(self, variable: object) -> str:
        context = sys._getframe(1).f_locals.get("context")
        origin = _origin(context)
        if origin.startswith(self.roots):
            raise UndefinedVariable(f"{{{{ {variable} }}}} is undefined in {Path(origin).name} ({origin})")
        return ""

    def __str__(self) -> str:
        frame: Any = sys._getframe(1)
        while frame is not None:
            context = frame.f_locals.get("context")
            if context is not None and hasattr(context, "render_context"):
                if _origin(context).startswith(self.roots):
                    raise UndefinedVariable(f"an object that does not exist is printed in {_origin(context)}")
                break
            frame = frame.f_back
        return ""


@pytest.fixture(autouse=True, scope="session")
def undefined_variables_fail() -> Iterator[None]:
    """Every Django engine of the project gets the raising marker."""
    from django.template import engines

    marker: Any = Undefined((OURS,))
    engine: Any = engines["django"]
    before = engine.engine.string_if_invalid
    engine.engine.string_if_invalid = marker
    yield
    engine.engine.string_if_invalid = before
