"""docs/api.md: every curl in it is run, every endpoint has one, every status it promises is one the API knows."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import urlsplit

import pytest

from foundation.core.api.problems import PROBLEM_TYPES
from foundation.core.clock import business_today
from monitoring.actions.returns import open_months
from monitoring.models import MonthlyReturn
from portal.api.views import openapi
from reviews.models import Application
from tests.api.conftest import Program, program_for
from tests.monitoring.conftest import Months, World, built, world
from tests.reviews.conftest import JINJIANG

__all__ = ["World", "built", "world"]
TEXT = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text(encoding="utf-8")


def _commands() -> Iterator[str]:
    """One per curl, continued lines joined."""
    for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL):
        whole = re.sub(r"^#.*\n", "", block, flags=re.MULTILINE).replace("\\\n", " ")
        yield from (f"curl {one.strip()}" for one in re.split(r"^curl ", whole, flags=re.MULTILINE) if one.strip())


COMMANDS = list(_commands())


def _run(command: str, names: dict[str, str]) -> tuple[str, Any]:
    """The request a curl makes, sent through the portal's own middleware; its method with path, and the answer."""
    words = iter(shlex.split(Template(command).safe_substitute(names))[1:])
    method, url, body, headers = "GET", "", None, {}
    for word in words:
        if word == "-X":
            method = next(words)
        elif word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = next(words).encode()
        elif word == "-o":
            next(words)
        elif word != "-s":
            url = word
    kind = headers.pop("Content-Type", "application/json")
    assert "$" not in url, f"{url} names something nobody sets"
    answer = Program().ask(method, url.removeprefix(names["TIDU"]), body, content_type=kind, **headers)
    return f"{method} {urlsplit(url).path}", answer


@pytest.mark.eager
def test_every_example_runs(world: Months, django_capture_on_commit_callbacks: Any) -> None:
    file, firm = world.submitted(place=JINJIANG)
    world.list_firm(firm, place=JINJIANG)
    open_months(world.at(2018, 5, 2))
    own = program_for(firm.actor)
    names = {
        "TIDU": "https://tidu.example.gov.cn",
        "PROGRAMME": world.sichuan.family.code,
        "TODAY": business_today().isoformat(),
        "USCC": firm.enterprise.uscc,
        "TOKEN": own.value,
        "OFFICER_TOKEN": program_for(world.handler(JINJIANG)).value,
        "ENTERPRISE": str(firm.enterprise.pk),
        "FIGURES_VERSION": str(own.json(f"enterprises/{firm.enterprise.pk}/figures/")["version"]),
        "APPLICATION": str(Application.objects.get(pk=file.pk).pk),
        "RETURN": str(MonthlyReturn.objects.get(period="2018-04").pk),
        "ROUND": str(world.sichuan.pk),
    }
    assert len(COMMANDS) > 35
    for command in COMMANDS:
        with django_capture_on_commit_callbacks(execute=True):
            asked, answer = _run(command, names)
        expected = 400 if "many" in command else 201 if asked == "POST /api/v1/exports/" else 200
        assert answer.status_code == expected, (command, answer.content[:400])
        answer.close()
        if expected == 201:
            names["EXPORT"] = str(answer.json()["id"])
    assert own.json(f"returns/{names['RETURN']}/")["state"] == "submitted"


def test_every_endpoint_has_an_example() -> None:
    shown = set()
    for command in COMMANDS:
        method = (re.search(r"-X (\w+)", command) or [None, "GET"])[1]
        path = re.search(r"\$TIDU(/api/v1/[^\s\"?]*)", command)
        assert path is not None, command
        shown.add(f"{method} {re.sub(r'[$][A-Z_]+', '{}', path[1])}")
    described = {
        f"{method.upper()} {re.sub(r'{[a-z]+}', '{}', path)}"
        for path, methods in json.loads(openapi())["paths"].items()
        for method in methods
    }
    assert described - shown == set()
    assert shown - described == set()


def test_the_problems_it_names_are_those_there_are() -> None:
    table = TEXT.split("## Errors")[1].split("## Pages")[0]
    assert set(re.findall(r"`([a-z_]+)`", table.partition("| status")[2].partition("```")[0])) - {
        "errors", "detail", "version", "hint",
    } == set(PROBLEM_TYPES)  # fmt: skip
