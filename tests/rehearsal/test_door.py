"""The door: home by role, public pages, health, one-press sign-in only where it belongs."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from foundation.accounts.models import Bureau, BureauPath, Post, User
from foundation.accounts.roles import Level, Role
from foundation.core.clock import real_now
from foundation.core.models import Installation
from portal import health
from portal.rehearsal.accounts import featured

pytestmark = pytest.mark.django_db
DAY = dt.date(2018, 3, 12)


@pytest.fixture
def bureau() -> Bureau:
    bureau = Bureau.objects.create(name="天元区经科局（演示）", short_name="天元区经科局", level=Level.COUNTY)
    BureauPath.objects.create(bureau=bureau, path=f"/{bureau.pk}/")
    return bureau


def person(username: str, role: str, bureau: Bureau | None, *, demo: bool = True) -> User:
    user = User.objects.create_user(username, name=username, is_demo=demo)
    Post.objects.create(user=user, bureau=bureau, role=role, valid_from=dt.date(2017, 1, 1))
    return user


def test_a_visitor_sees_what_this_is(client: Client) -> None:
    page = client.get("/").content.decode()
    assert "把企业一级一级扶上去" in page
    assert "演示账号" not in page


@pytest.mark.parametrize("name", ["help", "privacy", "accessibility"])
def test_public_pages(client: Client, name: str) -> None:
    assert client.get(reverse(f"portal:{name}")).status_code == 200


def test_an_official_sees_the_work(client: Client, bureau: Bureau) -> None:
    client.force_login(person("demo-jb", Role.HANDLER, bureau))
    page = client.get("/").content.decode()
    assert "天元区经科局 · 经办" in page
    assert "现在没有要办的事" in page


@pytest.mark.parametrize("role", [Role.SYSTEM_ADMIN, Role.AUDIT_ADMIN, Role.SECURITY_ADMIN])
def test_an_administrator_sees_pages_and_no_content(client: Client, role: str) -> None:
    client.force_login(person("admin", role, None))
    assert "看不到申报内容" in client.get("/").content.decode()


def test_somebody_without_a_hat_is_told_what_to_do(client: Client) -> None:
    client.force_login(User.objects.create_user("new", name="新人"))
    assert "您的账号还没有身份" in client.get("/").content.decode()


class TestDemoSignIn:
    """POST only, rehearsal only, demo people only."""

    url = "/demo/sign-in/"

    def test_signs_in_and_goes_home(self, client: Client, bureau: Bureau) -> None:
        user = person("demo-jb", Role.HANDLER, bureau)
        Installation.start_rehearsal(DAY)
        page = client.get("/").content.decode()
        assert "演示账号" in page
        assert 'value="demo-jb"' in page
        answer = client.post(self.url, {"user": "demo-jb"})
        assert (answer.status_code, answer["Location"]) == (302, "/")
        assert client.session["_auth_user_id"] == str(user.pk)

    def test_refused_outside_a_rehearsal(self, client: Client, bureau: Bureau) -> None:
        person("demo-jb", Role.HANDLER, bureau)
        answer = client.post(self.url, {"user": "demo-jb"})
        assert answer.status_code == 403
        assert "只在演练环境中提供" in answer.content.decode()
        assert "_auth_user_id" not in client.session
        assert featured() == []

    @pytest.mark.parametrize("username", ["real", "gone", ""])
    def test_refused_for_anybody_else(self, client: Client, bureau: Bureau, username: str) -> None:
        person("real", Role.HANDLER, bureau, demo=False)
        Installation.start_rehearsal(DAY)
        assert client.post(self.url, {"user": username}).status_code == 403
        assert "_auth_user_id" not in client.session

    def test_refused_for_a_blocked_demo_account(self, client: Client, bureau: Bureau) -> None:
        person("demo-jb", Role.HANDLER, bureau)
        User.objects.update(is_active=False)
        Installation.start_rehearsal(DAY)
        assert client.post(self.url, {"user": "demo-jb"}).status_code == 403

    def test_not_by_get_and_not_without_the_csrf_token(self, bureau: Bureau) -> None:
        person("demo-jb", Role.HANDLER, bureau)
        Installation.start_rehearsal(DAY)
        strict = Client(enforce_csrf_checks=True)
        assert strict.get(self.url).status_code == 405
        assert strict.post(self.url, {"user": "demo-jb"}).status_code == 403
        assert "_auth_user_id" not in strict.session


class TestHealth:
    """Says which of the three is away."""

    def test_well(self, client: Client, queries: Any) -> None:
        health.beat()
        with queries(1):
            answer = client.get("/healthz")
        assert (answer.status_code, answer.json()) == (
            200,
            {"ok": True, "database": "ok", "redis": "ok", "worker": "ok"},
        )

    def test_a_worker_never_heard_of(self, client: Client) -> None:
        answer = client.get("/healthz")
        assert (answer.status_code, answer.json()["worker"]) == (503, "never")
        assert client.get("/healthz?only=web").status_code == 200

    def test_a_worker_that_went_silent(self, client: Client) -> None:
        cache.set(health.HEARTBEAT_KEY, real_now().timestamp() - 75)
        answer = client.get("/healthz")
        assert answer.status_code == 503
        assert answer.json()["worker"].startswith("late 7")

    def test_database_and_redis_away(self, client: Client, monkeypatch: Any, caplog: Any) -> None:
        from django.db import OperationalError

        class Gone:
            def cursor(self) -> None:
                raise OperationalError

            def close(self) -> None:
                pass

        def away(*args: Any, **kwargs: Any) -> None:
            raise ConnectionError

        monkeypatch.setattr(health, "connection", Gone())
        monkeypatch.setattr(health.cache, "set", away)
        answer = client.get("/healthz")
        assert (answer.status_code, answer.json()) == (
            503,
            {"ok": False, "database": "away", "redis": "away", "worker": "unknown"},
        )
