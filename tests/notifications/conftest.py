"""A mail server, people of a bureau, and message kinds of the tests' own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from foundation.accounts.actor import Actor, actor_for
from foundation.accounts.models import Bureau, Post, User
from foundation.accounts.roles import Level, Role
from foundation.journal.record import Message, send
from foundation.notifications import kinds
from tests.notifications.smtp import Book, Server

KINDS = ("test.note", "test.letter", "test.must", "test.code")


@pytest.fixture
def post_office(settings: Any) -> Iterator[Book]:
    """The SMTP server Django is told to use."""
    server = Server()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 5
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.DEFAULT_FROM_EMAIL = "portal@tidu.example"
    yield server.book
    server.close()


@pytest.fixture(autouse=True)
def kinds_of_the_tests() -> Iterator[None]:
    kinds.register("test.note", "{name}的材料已提交", "请在{day}前办理。", "/files/{pk}/", label="提交提醒")
    both = (kinds.INBOX, kinds.MAIL)
    kinds.register("test.letter", "{name}的材料被退回", "理由：{reason}", "/files/1/", label="退回", channels=both)
    kinds.register("test.must", "{name}", label="告知", channels=both, mandatory="涉及您的权利，依规定必须告知。")
    kinds.register(
        "test.code", "验证码", "验证码：{secret}", label="验证码", channels=(kinds.MAIL,), mandatory="安全", secret=True
    )
    yield
    for name in KINDS:
        kinds.registry._rows.pop(name, None)


@pytest.fixture
def bureau(db: None) -> Bureau:
    return Bureau.objects.create(name="天元区经科局（演示）", short_name="天元区经科局", level=Level.COUNTY)


def official(bureau: Bureau, username: str, name: str, role: str = Role.HANDLER) -> User:
    user = User.objects.create_user(username, name=name, email=f"{username}@example.com")
    Post.objects.create(user=user, bureau=bureau, role=role, valid_from=dt.date(2017, 1, 1))
    return user


@pytest.fixture
def user(bureau: Bureau) -> User:
    return official(bureau, "limin", "李敏")


@pytest.fixture
def actor(user: User) -> Actor:
    return actor_for(user)


@pytest.fixture
def colleague(bureau: Bureau) -> User:
    return official(bureau, "wangqi", "王琪", Role.ARCHIVIST)


def post(key: str, kind: str, recipient_kind: str, recipient_id: int, **payload: Any) -> None:
    """Write one message into the outbox as an act would."""
    with transaction.atomic():
        send([Message(key=key, kind=kind, recipient_kind=recipient_kind, recipient_id=recipient_id, payload=payload)])
