"""Every endpoint under Schemathesis: what it makes of the description, right and wrong, never crashes an endpoint and every
answer is as described. Bounded in time; ``API_FUZZ_EXAMPLES`` and ``API_FUZZ_SECONDS`` ask for more, ``make soak`` does.
"""

from __future__ import annotations

import os

from tests.api.fuzzing import ask_everything
from tests.monitoring.conftest import Months, built, world

__all__ = ["built", "world"]


def test_no_question_crashes_an_endpoint_and_every_answer_is_as_described(world: Months) -> None:
    found = ask_everything(
        world,
        examples=int(os.environ.get("API_FUZZ_EXAMPLES", "12")),
        seconds=float(os.environ.get("API_FUZZ_SECONDS", "40")),
        repeatable="API_FUZZ_EXAMPLES" not in os.environ,
    )
    print(found)
    assert found.endpoints > 25
    assert found.questions > 2 * found.endpoints
