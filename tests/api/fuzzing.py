"""Schemathesis over the whole description: shared by the bounded test and the long one (make soak)."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.generation import GenerationMode

from monitoring.actions.returns import open_months
from monitoring.models import MonthlyReturn
from portal.wsgi import application
from tests.api.conftest import program_for
from tests.monitoring.conftest import Months
from tests.reviews.conftest import JINJIANG

load_all_checks()
NAMES = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "allow_header_conformance",
    "unsupported_method",
)
"""Not asked: positive_data_acceptance — a code that fits its pattern and means nothing (industry 0000) is refused on purpose."""
ASKED = CHECKS.get_by_names(list(NAMES))


@dataclass(slots=True)
class Asked:
    """What became of a run."""

    questions: int
    endpoints: int
    cut_short: int
    seconds: float

    def __str__(self) -> str:
        return f"{self.questions} questions to {self.endpoints} endpoints in {self.seconds:.1f} s, {self.cut_short} cut short"


@contextmanager
def _quiet() -> Iterator[None]:
    """A thousand refusals are no thousand lines of log."""
    log = logging.getLogger("django.request")
    before = log.level
    log.setLevel(logging.ERROR)
    yield
    log.setLevel(before)


def ask_everything(world: Months, *, examples: int, seconds: float, repeatable: bool) -> Asked:
    """Every endpoint with so many right and so many wrong questions; raises for the first answer that is not as described.

    After ``seconds`` the rest of the endpoints are asked once each, which the result says.
    """
    file, firm = world.submitted(place=JINJIANG)
    world.list_firm(firm, place=JINJIANG)
    open_months(world.at(2018, 5, 2))
    officer, own = program_for(world.handler(JINJIANG)), program_for(firm.actor)
    job = officer.post("exports/", {"kind": "applications", "parameters": {"round": world.sichuan.pk}}).json()["id"]
    ids = {
        "enterprises": firm.enterprise.pk,
        "applications": file.pk,
        "exports": job,
        "returns": MonthlyReturn.objects.get(period="2018-04").pk,
    }
    operations = [
        one.ok() for one in schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application).get_all_operations()
    ]
    began, questions, short = time.monotonic(), 0, 0
    with _quiet():
        for operation in operations:
            room = operation.path.removeprefix("/api/v1/").partition("/")[0]
            headers = {"Authorization": f"Bearer {officer.value if room == 'exports' else own.value}"}
            known = {"id": ids.get(room, 0), "code": world.sichuan.family.code}
            late = time.monotonic() - began > seconds
            short += late
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                if mode is GenerationMode.POSITIVE or _can_be_wrong(operation):
                    questions += _run(operation, mode, 1 if late else examples, headers, known, repeatable)
    return Asked(questions, len(operations), short, time.monotonic() - began)


def _can_be_wrong(operation: Any) -> bool:
    """An endpoint that takes nothing, or any text in its path, can be asked nothing wrong."""
    return bool(operation.body) or bool(list(operation.query)) or "{id}" in operation.path


def _run(
    operation: Any,
    mode: GenerationMode,
    examples: int,
    headers: dict[str, str],
    known: dict[str, Any],
    repeatable: bool,
) -> int:
    """So many made-up questions, every other right one about something that exists; returns how many were asked."""
    asked = 0

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=repeatable,
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
