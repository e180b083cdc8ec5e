"""Every endpoint under Schemathesis: what it makes of the description, right and wrong, never crashes an endpoint and every
answer is as described. Bounded in time; ``API_FUZZ_EXAMPLES`` asks for more (make soak).
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.generation import GenerationMode

from portal.wsgi import application
from tests.api.conftest import World, program_for
from tests.reviews.conftest import HETANG

EXAMPLES = int(os.environ.get("API_FUZZ_EXAMPLES", "12"))
"""Examples per endpoint and kind (right, wrong)."""
SECONDS = float(os.environ.get("API_FUZZ_SECONDS", "40"))
"""After so much time the rest of the endpoints are asked with a single example each, and the test says so."""

load_all_checks()
NAMES = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "unsupported_method",
)
"""Not asked: positive_data_acceptance — a code that fits its pattern and means nothing (industry 0000) is refused on purpose."""
ASKED = CHECKS.get_by_names(list(NAMES))


@pytest.fixture
def quiet() -> Iterator[None]:
    """A thousand refusals are no thousand lines of log."""
    log = logging.getLogger("django.request")
    before = log.level
    log.setLevel(logging.ERROR)
    yield
    log.setLevel(before)


def _run(operation: Any, mode: GenerationMode, examples: int, headers: dict[str, str], known: dict[str, Any]) -> int:
    """Ask so many made-up questions, every other right one about something that exists; returns how many were asked."""
    asked = 0

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize="API_FUZZ_EXAMPLES" not in os.environ,
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        nonlocal asked
        asked += 1
        if mode is GenerationMode.POSITIVE and asked % 2:
            case.path_parameters.update({name: known[name] for name in case.path_parameters if name in known})
        case.call_and_validate(headers=headers, checks=ASKED)

    ask()
    return asked


def test_no_question_crashes_an_endpoint_and_every_answer_is_as_described(world: World, quiet: None) -> None:
    file, firm = world.submitted(place=HETANG)
    officer = program_for(world.handler(HETANG))
    job = officer.post("exports/", {"kind": "applications", "parameters": {"round": world.hunan.pk}}).json()["id"]
    ids = {"enterprises": firm.enterprise.pk, "applications": file.pk, "exports": job}
    tokens = {"exports": officer.value}
    own = program_for(firm.actor).value
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    operations = [result.ok() for result in schema.get_all_operations()]
    assert len(operations) > 20
    began, asked, short = time.monotonic(), 0, 0
    for operation in operations:
        room = operation.path.removeprefix("/api/v1/").partition("/")[0]
        headers = {"Authorization": f"Bearer {tokens.get(room, own)}"}
        known = {"id": ids.get(room, 0), "code": world.sichuan.family.code}
        late = time.monotonic() - began > SECONDS
        short += late
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            if mode is GenerationMode.POSITIVE or _can_be_wrong(operation):
                asked += _run(operation, mode, 1 if late else EXAMPLES, headers, known)
    print(f"{asked} questions to {len(operations)} endpoints in {time.monotonic() - began:.1f} s, {short} cut short")
    assert asked > 2 * len(operations)


def _can_be_wrong(operation: Any) -> bool:
    """An endpoint that takes nothing, or any text in its path, can be asked nothing wrong."""
    return bool(operation.body) or bool(list(operation.query)) or "{id}" in operation.path
