"""A GET request reads: the guard of foundation.core.readonly, and that it is switched on."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as live_settings
from django.contrib.auth.models import Group
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from foundation.core.readonly import ReadOnlyGetMiddleware, WriteOnGet, allow_writes, is_write


def _answer(view: Callable[[], Any], method: str = "get") -> HttpResponse:
    def respond(_request: HttpRequest) -> HttpResponse:
        view()
        return HttpResponse("ok")

    return ReadOnlyGetMiddleware(respond)(getattr(RequestFactory(), method)("/somewhere/"))


def _write() -> None:
    Group.objects.create(name="written")


@pytest.mark.parametrize(
    ("sql", "writes"),
    [
        ("SELECT 1", False),
        ("  (SELECT 1) UNION (SELECT 2)", False),
        ("SAVEPOINT x", False),
        ("WITH a AS (SELECT 1) SELECT * FROM a", False),
        ("WITH a AS (INSERT INTO b VALUES (1) RETURNING 1) SELECT * FROM a", True),
        ('INSERT INTO "reviews_dispatch" VALUES (1)', True),
        ('UPDATE "django_session" SET a = 1', False),
        ('UPDATE "reviews_dispatch" SET a = 1', True),
        ('DELETE FROM "reviews_dispatch"', True),
        ("TRUNCATE reviews_dispatch", True),
    ],
)
def test_what_counts_as_a_write(sql: str, writes: bool) -> None:
    assert is_write(sql) is writes


def test_a_write_on_get_is_refused(db: None) -> None:
    with pytest.raises(WriteOnGet, match=r"GET /somewhere/ writes: INSERT"), transaction.atomic():
        _answer(_write)
    assert not Group.objects.exists()


def test_a_write_on_post_is_the_way(db: None) -> None:
    _answer(_write, "post")
    assert Group.objects.count() == 1


def test_a_reasoned_write_is_allowed(db: None) -> None:
    def view() -> None:
        with allow_writes("the proof of the switch"):
            _write()

    _answer(view)
    assert Group.objects.count() == 1
    with pytest.raises(ValueError, match="reason"), allow_writes(""):
        pass


def test_production_logs_instead(db: None, settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    settings.WRITES_ON_GET = "log"
    with caplog.at_level(logging.WARNING, logger="foundation.core.readonly"):
        _answer(_write)
    assert "GET /somewhere/ writes: INSERT" in caplog.text


def test_the_guard_stands_in_the_way_of_every_request() -> None:
    assert "foundation.core.readonly.ReadOnlyGetMiddleware" in live_settings.MIDDLEWARE
    assert live_settings.WRITES_ON_GET == "refuse"
