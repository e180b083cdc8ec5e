from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from foundation.accounts.models import User
from tests.accounts.world import World, build
from tests.harness.queries import Queries


@pytest.fixture
def world(db: None) -> World:
    return build()


@pytest.fixture
def sign_in(client: Client) -> Iterator[Callable[[User], Client]]:
    """A client with this person signed in (their first hat on)."""

    def as_user(user: User) -> Client:
        client.force_login(user)
        return client

    return as_user


@pytest.fixture
def frame(queries: Queries) -> Callable[[Client], int]:
    """What the frame of every page costs this person (who am I, which hats, unread messages): not the page's own."""

    def count(client: Client) -> int:
        client.get("/accounts/me/edit/")
        with queries.record() as seen:
            client.get("/accounts/me/edit/")
        assert len(seen) < 20
        return len(seen)

    return count
