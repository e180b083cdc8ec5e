"""People, a job kind of the tests' own, and a runner that is a process of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from foundation.accounts.actor import Actor, actor_for
from foundation.accounts.models import Bureau, BureauPath, Post, User
from foundation.accounts.roles import Level, Role


@pytest.fixture
def bureau(db: None) -> Bureau:
    """A county bureau with its path."""
    bureau = Bureau.objects.create(name="天元区经科局（演示）", short_name="天元区经科局", level=Level.COUNTY)
    BureauPath.objects.create(bureau=bureau, path=f"/{bureau.pk}/")
    return bureau


@pytest.fixture
def user(bureau: Bureau) -> User:
    """经办 there."""
    user = User.objects.create_user("limin", name="李敏", email="limin@example.com")
    Post.objects.create(user=user, bureau=bureau, role=Role.HANDLER, valid_from=dt.date(2017, 1, 1))
    return user


@pytest.fixture
def actor(user: User) -> Actor:
    """The same as an actor."""
    return actor_for(user)


@pytest.fixture
def stranger(bureau: Bureau) -> Actor:
    """A colleague in the same bureau and role."""
    other = User.objects.create_user("wangqi", name="王琪", email="wangqi@example.com")
    Post.objects.create(user=other, bureau=bureau, role=Role.HANDLER, valid_from=dt.date(2017, 1, 1))
    return actor_for(other)


@pytest.fixture(autouse=True)
def test_kinds() -> Iterator[None]:
    """The job kinds of tests/duties/kinds.py; forgotten afterwards."""
    from foundation.duties import jobs
    from tests.duties import kinds

    kinds.register()
    yield
    for name in kinds.NAMES:
        jobs.kinds._rows.pop(name, None)


@pytest.fixture
def signed_in(client: Any, user: User) -> Any:
    """The test client signed in as the 经办."""
    client.force_login(user)
    return client
