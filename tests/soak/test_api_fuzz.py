"""The API asked for minutes, other questions every time."""

from __future__ import annotations

from tests.api.fuzzing import ask_everything
from tests.monitoring.conftest import Months, built, world

__all__ = ["built", "world"]
EXAMPLES, SECONDS = 150, 600.0


def test_thousands_of_questions_crash_no_endpoint(world: Months) -> None:
    found = ask_everything(world, examples=EXAMPLES, seconds=SECONDS, repeatable=False)
    print(found)
    assert found.questions > 3000
