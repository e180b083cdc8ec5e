"""Every error is a problem; every identity has its limit; nothing from other hosts; the description is true."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.urls import get_resolver
from openapi_spec_validator import validate

from foundation.accounts.models import User
from foundation.core.api import throttles
from foundation.core.api.problems import PROBLEM_TYPES
from foundation.core.api.views import ApiView
from foundation.core.clock import real_now
from portal.api.urls import urlpatterns
from portal.api.views import openapi
from tests.api.conftest import Program, World, assert_problem, program_for
from tests.reviews.conftest import HETANG

# ---- problems ------------------------------------------------------------------------------------------------


def test_every_kind_of_problem_can_be_looked_up(world: World, stranger: Program) -> None:
    rows = stranger.all("problems/")
    assert [row["code"] for row in rows] == list(PROBLEM_TYPES)
    assert all(row["type"] == f"/api/v1/problems/#{row['code']}" for row in rows)


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "no-such/", {}, 404),
        ("GET", "/api/v2/", {}, 404),
        ("GET", "programmes/no-such/", {}, 404),
        ("DELETE", "facts/", {}, 405),
        ("PUT", "facts/", {}, 405),
        ("PATCH", "size-class/", {}, 405),
        ("OPTIONS", "facts/", {"Origin": "http://other.example.com"}, 405),
        ("TRACE", "facts/", {}, 405),
        ("GET", "facts/", {"Accept": "text/html"}, 406),
        ("GET", "facts/", {"Accept": "application/xml"}, 406),
        ("POST", "size-class/", {"content_type": "text/plain"}, 415),
        ("POST", "size-class/", {"content_type": "multipart/form-data; boundary=x"}, 415),
        ("POST", "size-class/", {"content_type": "application/x-www-form-urlencoded"}, 415),
    ],
)
def test_outside_what_is_offered(
    world: World, stranger: Program, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    answer = stranger.ask(method, path, b"{}", **headers)
    assert answer.status_code == status
    if status == 405:
        assert answer["Allow"]
        assert method not in answer["Allow"].split(", ")
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize("path", ["", "facts/", "roster/", "programmes/"])
def test_head_is_get_without_a_body(world: World, stranger: Program, path: str) -> None:
    head, whole = stranger.ask("HEAD", path), stranger.get(path)
    assert (head.status_code, head.content, head.get("ETag")) == (200, b"", whole.get("ETag"))


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff\xfe", b"NaN", b'{"a": Infinity}', b"[" * 100_000, b"{" * 5 + b'"a":', b"1" * 5000, b'"\\ud8"'],
)
def test_what_is_no_json_is_unreadable(world: World, stranger: Program, body: bytes) -> None:
    told = assert_problem(stranger.post("size-class/", body))
    assert told["status"] == 400


@pytest.mark.parametrize("body", [[], "x", 1, None, True])
def test_a_body_is_an_object(world: World, stranger: Program, body: Any) -> None:
    told = assert_problem(stranger.post("size-class/", json.dumps(body).encode()))
    assert told["errors"][0]["pointer"] == "#"


def test_a_body_too_large_is_not_read_to_its_end(world: World, stranger: Program, settings: Any) -> None:
    settings.API_BODY_MAX_BYTES = 1000
    body = b'{"industry": "' + b"x" * 2000 + b'"}'
    assert stranger.post("size-class/", body).status_code == 413


def test_a_crash_is_a_problem_too(world: World, monkeypatch: Any) -> None:
    def fail(*args: Any) -> None:
        raise RuntimeError("inside")

    monkeypatch.setattr("enterprises.api.size_class", fail)
    program = Program(client=Client(raise_request_exception=False))
    answer = program.post("size-class/", {"industry": "3311"})
    assert answer.status_code == 500
    assert "inside" not in answer.content.decode()


# ---- a visit -------------------------------------------------------------------------------------------------


def test_a_visit_reads_and_needs_the_csrf_token_to_change(world: World) -> None:
    firm = world.firm(HETANG)
    client = world.browser(firm.actor)
    client.handler.enforce_csrf_checks = True
    program = Program(client=client)
    path = f"enterprises/{firm.enterprise.pk}/figures/"
    version = program.json(path)["version"]
    cell = {"year": 2017, "fact": "revenue", "basis": "flash", "value": "1.00"}
    body = {"version": version, "figures": [cell]}
    told = assert_problem(program.patch(path, body))
    assert (told["status"], "CSRF" in told["detail"]) == (403, True)
    client.cookies["csrftoken"] = "c" * 32
    assert program.patch(path, body, **{"X-CSRFToken": "d" * 32}).status_code == 403
    assert program.patch(path, body, **{"X-CSRFToken": "c" * 32}).status_code == 200


def test_a_visit_that_ended_is_a_401_and_no_page(world: World) -> None:
    client = world.browser(world.handler(HETANG))
    session = client.session
    session["seen"] = real_now().timestamp() - 86_400
    session.save()
    assert Program(client=client).get("enterprises/").status_code == 401
    client = world.browser(world.handler(HETANG))
    User.objects.filter(pk=world.handler(HETANG).user_id).update(must_change_password=True)
    for headers in ({}, {"Accept": "application/json"}, {"HX-Request": "true"}):
        assert Program(client=client).get("enterprises/", **headers).status_code == 401


def test_what_is_somebodys_own_is_kept_by_nobody(world: World) -> None:
    answer = program_for(world.handler(HETANG)).get("enterprises/")
    assert {"private", "no-store"} <= {word.strip() for word in answer["Cache-Control"].split(",")}


# ---- limits --------------------------------------------------------------------------------------------------


@pytest.fixture
def still(monkeypatch: Any) -> None:
    """All in one window."""
    monkeypatch.setattr(throttles.time, "time", lambda: 1_000_000_020.0)
    cache.clear()


def _until_refused(program: Program, path: str = "facts/", most: int = 20, **headers: str) -> tuple[int, Any]:
    for count in range(most):
        answer = program.get(path, **headers)
        if answer.status_code == 429:
            return count, answer
    return most, None


def test_a_stranger_is_counted_by_address(world: World, stranger: Program, limits: Any, still: None) -> None:
    limits(anonymous=3)
    count, answer = _until_refused(stranger)
    assert count == 3
    assert 1 <= int(answer["Retry-After"]) <= 61
    assert answer["Retry-After"] in assert_problem(answer)["detail"]
    other = Program(client=Client(REMOTE_ADDR="192.0.2.9"))
    assert other.get("facts/").status_code == 200
    limits(token=5)
    assert _until_refused(program_for(world.handler(HETANG)))[0] == 5, "a token has a count of its own"
    assert _until_refused(program_for(world.handler(HETANG)))[0] == 5, "each one"


def test_an_address_of_the_sixth_version_is_its_network(world: World, limits: Any, still: None) -> None:
    limits(anonymous=2)
    for number in range(2):
        assert Program(client=Client(REMOTE_ADDR=f"2001:db8::{number}")).get("facts/").status_code == 200
    assert Program(client=Client(REMOTE_ADDR="2001:db8::ffff")).get("facts/").status_code == 429
    assert Program(client=Client(REMOTE_ADDR="2001:db8:1::1")).get("facts/").status_code == 200


def test_an_invented_forwarding_hides_nobody(world: World, stranger: Program, limits: Any, still: None) -> None:
    limits(anonymous=2)
    for number in range(2):
        assert stranger.get("facts/", **{"X-Forwarded-For": f"192.0.2.{number}"}).status_code == 200
    assert stranger.get("facts/", **{"X-Forwarded-For": "192.0.2.77"}).status_code == 429


def test_trying_tokens_is_counted(world: World, stranger: Program, limits: Any, still: None) -> None:
    limits(anonymous=4)
    assert _until_refused(stranger, "enterprises/", Authorization="Bearer tidu_x")[0] == 4


def test_a_person_signed_in_is_counted_by_person(world: World, limits: Any, still: None) -> None:
    limits(session=2)
    one, two = (Program(client=world.browser(world.handler(HETANG))) for _ in range(2))
    assert [one.get("facts/").status_code, two.get("facts/").status_code, one.get("facts/").status_code] == [
        200,
        200,
        429,
    ]


def test_a_whole_file_counts_ten_times(world: World, stranger: Program, limits: Any, still: None) -> None:
    limits(anonymous=20)
    assert _until_refused(stranger, "roster/?format=csv")[0] == 2


def test_the_count_begins_anew_with_the_minute(world: World, stranger: Program, limits: Any, monkeypatch: Any) -> None:
    limits(anonymous=1)
    now = 1_000_000_020.0
    monkeypatch.setattr(throttles.time, "time", lambda: now)
    assert _until_refused(stranger)[0] == 1
    now += throttles.WINDOW
    assert stranger.get("facts/").status_code == 200


def test_a_cache_that_is_away_refuses_nobody(world: World, stranger: Program, limits: Any, monkeypatch: Any) -> None:
    def away(*args: Any, **kwargs: Any) -> None:
        raise ConnectionError("no cache")

    limits(anonymous=0)
    monkeypatch.setattr(throttles.cache, "incr", away)
    assert stranger.get("facts/").status_code == 200


# ---- the description -----------------------------------------------------------------------------------------


def test_the_description_is_generated_without_a_warning_and_valid(tmp_path: Any) -> None:
    call_command(
        "spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "openapi.yaml"), stderr=io.StringIO()
    )
    validate(json.loads(openapi()))


def test_every_endpoint_is_described_with_its_problems() -> None:
    described = json.loads(openapi())["paths"]
    ours = {
        str(one.pattern): one.callback.view_class
        for one in urlpatterns
        if hasattr(one.callback, "view_class") and one.name != "api_openapi"
    }
    assert len(described) == len(ours) > 20
    for path, methods in described.items():
        assert path.startswith("/api/v1/")
        for method, operation in methods.items():
            assert operation["operationId"]
            assert operation["summary"], (path, method)
            assert {"400", "401", "403", "429", "default"} <= operation["responses"].keys()
            for status, answer in operation["responses"].items():
                if status == "default" or int(status) >= 400:
                    assert list(answer["content"]) == ["application/problem+json"]
    names = [one["operationId"] for methods in described.values() for one in methods.values()]
    assert len(set(names)) == len(names)


def test_who_may_ask_is_described_as_it_is() -> None:
    described = json.loads(openapi())["paths"]
    for one in urlpatterns:
        view = getattr(one.callback, "view_class", None)
        if view is None or one.name == "api_openapi":
            continue
        path = "/api/v1/" + str(one.pattern).replace("<int:pk>", "{id}").replace("<slug:code>", "{code}")
        for operation in described[path].values():
            assert ({} in operation["security"]) == (view.permission_classes == []), path


def test_every_view_below_api_is_one_of_ours() -> None:
    """So that none forgets the limits, the strict reading and the problems."""
    found = [one for one in _all(get_resolver().url_patterns, "") if one[0].startswith("api/")]
    assert len(found) == len(urlpatterns)
    for path, callback in found:
        assert path.startswith("api/v1/")
        if path != "api/v1/docs/":
            assert issubclass(callback.view_class, ApiView)


def _all(patterns: Any, prefix: str) -> Any:
    for one in patterns:
        inner = prefix + str(one.pattern)
        if hasattr(one, "url_patterns"):
            yield from _all(one.url_patterns, inner)
        else:
            yield inner, one.callback


def test_the_page_needs_no_other_host(world: World, stranger: Program) -> None:
    answer = Client().get("/api/v1/docs/")
    text = answer.content.decode()
    assert "swagger-ui-bundle.js" in text
    assert "http://" not in text.replace("http://testserver", "").replace("http://www.w3.org", "")
    assert "https://" not in text
    assert "'unsafe" not in answer["Content-Security-Policy"]
    root = stranger.json("")
    assert (root["version"], root["rehearsal"]) == ("v1", True)
    assert stranger.get(root["openapi"]).json()["openapi"].startswith("3.1")
