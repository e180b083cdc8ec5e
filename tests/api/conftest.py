"""The world of March 2018 (tests/reviews), asked by programs: tokens, strangers, people signed in."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client

from foundation.accounts.actions.tokens import create_token
from foundation.accounts.actor import Actor
from foundation.accounts.models import ApiToken, TokenScope, User
from foundation.accounts.tokens import scopes_for
from tests.reviews.conftest import World, built, world

__all__ = ["built", "world"]
ROOT = "/api/v1/"


@dataclass
class Program:
    """A program with or without a token. Answers are checked to be JSON or problems."""

    value: str = ""
    token: ApiToken | None = None
    client: Client = field(default_factory=lambda: Client(raise_request_exception=True))

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """One request; ``body`` as JSON unless it is bytes."""
        if self.value:
            headers.setdefault("Authorization", f"Bearer {self.value}")
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        kind = headers.pop("content_type", "application/json")
        send = getattr(self.client, method.lower())
        if method in ("GET", "HEAD", "OPTIONS", "TRACE"):
            answer = send(self.address(path), headers=headers)
        else:
            answer = send(self.address(path), content, content_type=kind, headers=headers)
        if answer.status_code >= 400:
            assert_problem(answer)
        return answer

    @staticmethod
    def address(path: str) -> str:
        return path if path.startswith(("/", "http")) else ROOT + path

    def get(self, path: str, **headers: str) -> Any:
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.ask("POST", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.ask("PATCH", path, body, **headers)

    def json(self, path: str, status: int = 200) -> Any:
        """The body of a GET that must answer so."""
        answer = self.get(path)
        assert answer.status_code == status, answer.content
        return answer.json()

    def all(self, path: str) -> list[Any]:
        """Every row of a list, page by page."""
        found: list[Any] = []
        following: str | None = path
        while following:
            page = self.json(following)
            found += page["results"]
            following = page["next"]
        return found


def assert_problem(answer: Any) -> dict[str, Any]:
    """RFC 9457 in form, Chinese in words."""
    assert answer["Content-Type"] == "application/problem+json", (answer.status_code, answer.content[:300])
    if not answer.content:
        return {}
    told: dict[str, Any] = answer.json()
    assert told["status"] == answer.status_code
    assert told["type"].startswith("/api/v1/problems/#")
    assert any("一" <= letter <= "鿿" for letter in told["detail"]), told
    assert any("一" <= letter <= "鿿" for letter in told["title"]), told
    for error in told.get("errors", ()):
        assert error["detail"]
        assert error.get("pointer", "#").startswith("#")
        assert ("pointer" in error) != ("parameter" in error), error
    return told


def program_for(actor: Actor, *scopes: str, days: int = 30) -> Program:
    """A program with a token of that person's hat, with every scope the hat has unless some are named."""
    user = User.objects.get(pk=actor.user_id)
    chosen = scopes or [scope.value for scope in scopes_for(actor.hat)]
    token, value = create_token(actor=actor, user=user, hat=actor.hat, name="测试程序", scopes=chosen, days=days)
    return Program(value, token)


@pytest.fixture
def stranger() -> Program:
    """No token."""
    return Program()


@pytest.fixture
def limits(settings: Any) -> Any:
    """Set the requests a minute."""

    def set_to(**numbers: int) -> None:
        settings.API_PER_MINUTE = settings.API_PER_MINUTE | numbers

    return set_to


READ = TokenScope.READ.value
__all__ += ["READ", "Program", "World", "program_for"]
