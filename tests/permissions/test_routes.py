"""Every address once per role, on the own path and on another one: exactly the status the table says (A.4)."""

from __future__ import annotations

import traceback
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import get_resolver, reverse

from foundation.accounts import middleware
from foundation.accounts.actor import actor_for
from portal.documentation import routes
from tests.contract.source import FLOORS
from tests.permissions.table import EVERYONE, HERE, rows
from tests.permissions.table import roles as roles_of
from tests.permissions.town import Town

TABLE = rows(HERE / "routes.csv")
SIGN_IN = "/accounts/sign-in/"


@dataclass(frozen=True, slots=True)
class Answers:
    """Status per role, from a cell such as ``desk=200 firm=302 *=403``; None: the method does not exist."""

    status: dict[str, int]
    others: int | None

    @classmethod
    def read(cls, cell: str) -> Answers | None:
        """The cell taken apart; None when it is empty."""
        if not cell:
            return None
        named: list[str] = []
        status: dict[str, int] = {}
        others = None
        for word in cell.split():
            name, _, code = word.partition("=")
            if name == "*":
                others = int(code or status_of_last(cell, word))
            else:
                named.append(name)
            if code:
                for waiting in named:
                    status |= dict.fromkeys(roles_of(waiting), int(code))
                named = []
        return cls(status, others)

    def of(self, role: str) -> int | str:
        """Expected status; visitors who are not named are led to the sign-in page."""
        if role == "visitor":
            return self.status.get(role, "sign-in")
        found = self.status.get(role, self.others)
        assert found is not None, f"nothing is said about {role}"
        return found


def status_of_last(cell: str, word: str) -> int:
    """``visitor *=200`` names the star last; a star without a number is a mistake."""
    raise AssertionError(f"{word!r} in {cell!r} says no status")


@contextmanager
def undone() -> Iterator[None]:
    """Whatever a request writes is undone."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@dataclass(slots=True)
class Browser:
    """A browser that keeps its session whatever a page did to it: the next question is asked by the same person."""

    client: Client
    session: str

    def ask(self, method: str, address: str, *, briefly: bool = False) -> int | str:
        """Status of one request; ``sign-in`` when led there; the last line of the error when it fails.

        ``briefly`` as a script asks, to whom a refusal is told without a page around it.
        """
        accept = {"Accept": "application/json"} if briefly else {}
        self.client.cookies.clear()
        if self.session:
            self.client.cookies["sessionid"] = self.session
        try:
            with undone():
                response = (
                    self.client.get(address, headers=accept)
                    if method == "GET"
                    else self.client.post(address, headers=accept)
                )
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            return f"{type(error).__name__}: {error} ({where.filename.rpartition('/')[2]}:{where.lineno})"
        response.close()
        if response.status_code == 302 and response["Location"].startswith(f"{SIGN_IN}?next="):
            return "sign-in"
        return response.status_code


def _browser(town: Town, actor: Any) -> Browser:
    client = town.browser(actor)
    cookie = client.cookies.get("sessionid")
    return Browser(client, cookie.value if cookie is not None else "")


@pytest.fixture
def hats_looked_up_once(monkeypatch: Any) -> None:
    """Nobody's hats change here, since everything is undone: three thousand requests need not ask the database for them again."""
    known: dict[tuple[int, str], Any] = {}

    def remembered(user: Any, hat_key: str = "") -> Any:
        if (user.pk, hat_key) not in known:
            known[user.pk, hat_key] = actor_for(user, hat_key)
        return known[user.pk, hat_key]

    monkeypatch.setattr(middleware, "actor_for", remembered)


def test_every_address_is_in_the_table() -> None:
    assert {row["route"] for row in TABLE} == {route.name for route in routes()}


def test_public_addresses_are_those_a_visitor_is_named_for() -> None:
    public = {route.name for route in routes() if route.public}
    named = {row["route"] for row in TABLE if "visitor" in row["get"] + row["post"]}
    assert named == public


def test_what_belongs_to_no_room_is_known() -> None:
    """The administration has tests of its own (test_administrators)."""
    top = [one for one in get_resolver().url_patterns if getattr(one, "app_name", None) not in FLOORS]
    assert {str(one.pattern) for one in top} == {"admin/"}


ROOMS = sorted({row["route"].partition(":")[0] for row in TABLE})


@pytest.mark.parametrize("room", ROOMS)
def test_every_role_gets_what_the_table_says(town: Town, hats_looked_up_once: None, room: str) -> None:
    things = town.things()
    browsers: dict[Any, Browser] = {}
    wrong: dict[tuple[str, int | str, int | str], list[str]] = defaultdict(list)

    refused: set[tuple[str, str]] = set()

    def ask(role: str, actor: Any, method: str, address: str, expected: int | str, what: str) -> None:
        key = (actor.user_id, actor.hat.key) if actor is not None else None
        # The page around a refusal is looked at once; after that the answer is enough.
        briefly = expected == 403 and (method, what) in refused
        found = browsers[key].ask(method, address, briefly=briefly)
        if found == 403:
            refused.add((method, what))
        if found != expected:
            wrong[f"{method} {what}", found, expected].append(role)

    for row in (row for row in TABLE if row["route"].startswith(f"{room}:")):
        thing = things[row["about"]]
        what = f"{row['route']} {row['about']} {row['at']}"
        for method in ("GET", "POST"):
            answers = Answers.read(row[method.lower()])
            for role in EVERYONE if answers else ("handler",):
                actor = town.asked(role, row["at"], thing.firm)
                expected: int | str = answers.of(role) if answers else 405
                key = (actor.user_id, actor.hat.key) if actor is not None else None
                if key not in browsers:
                    browsers[key] = _browser(town, actor)
                with undone():
                    address = reverse(row["route"], kwargs=thing.own(actor))
                    ask(role, actor, method, address, expected, what)
                    if row["foreign"] and answers and isinstance(expected, int) and expected < 400:
                        assert thing.foreign is not None, f"{row['about']} has no counterpart"
                        address = reverse(row["route"], kwargs=thing.foreign(actor))
                        ask(role, actor, method, address, int(row["foreign"]), f"{what} foreign")
    told = [
        f"{what}: {found} instead of {expected} for {' '.join(who)}" for (what, found, expected), who in wrong.items()
    ]
    assert not told, "\n".join(told)
