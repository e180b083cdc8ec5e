from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from foundation.accounts.models import User
from tests.accounts.world import World, build


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
