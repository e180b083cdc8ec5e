"""The door: name or number, lockout that explains itself, the log that keeps no passwords (GB/T 22239 identity)."""

from __future__ import annotations

import datetime as dt

import pytest
from axes.models import AccessAttempt
from django.urls import reverse

from foundation.accounts.models import Post, SignInEvent, User
from foundation.core.clock import real_now
from tests.accounts.world import PASSWORD, World

SIGN_IN = "/accounts/sign-in/"
WRONG = "wrong-guess-1"


@pytest.fixture
def person(db) -> User:
    world = World()
    return world.person("limin", phone="13812345678", email="limin@example.com")


def attempt(client, identity="limin", password=WRONG, **extra):
    return client.post(SIGN_IN, {"identity": identity, "password": password}, **extra)


@pytest.mark.parametrize("identity", ["limin", "LiMin", " 13812345678 "])
def test_by_name_or_number(person, client, identity):
    response = attempt(client, identity, PASSWORD)
    assert response.status_code == 302
    assert client.get("/accounts/me/").status_code == 200
    assert SignInEvent.objects.get().kind == "signed_in"


def test_returns_to_the_page_asked_for(person, client):
    response = client.post(SIGN_IN, {"identity": "limin", "password": PASSWORD, "next": "/accounts/me/edit/"})
    assert response.url == "/accounts/me/edit/"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/x", "javascript:alert(1)"])
def test_never_leads_to_another_host(person, client, elsewhere):
    response = client.post(SIGN_IN, {"identity": "limin", "password": PASSWORD, "next": elsewhere})
    assert response.url == "/"


def test_wrong_password_and_unknown_name_read_the_same(person, client):
    known = attempt(client).content.decode()
    unknown = attempt(client, "somebody").content.decode()
    assert "账号或密码不对" in known
    assert known.replace("limin", "X").split("csrf")[0] == unknown.replace("somebody", "X").split("csrf")[0]


def test_typed_name_stays_on_the_page(person, client):
    assert 'value="limin"' in attempt(client).content.decode()


def test_an_account_out_of_use_cannot_sign_in(person, client):
    User.objects.update(is_active=False)
    assert attempt(client, password=PASSWORD).status_code == 422


def test_warns_before_it_locks_and_locks_at_five(person, client):
    for left in (4, 3, 2, 1):
        told = attempt(client).content.decode()
        assert (f"再错 {left} 次" in told) == (left <= 3)
    response = attempt(client)
    assert response.status_code == 429
    told = response.content.decode()
    assert "锁定 15 分钟" in told
    assert "用邮箱验证码重置" in told
    assert attempt(client, password=PASSWORD).status_code == 429, "the right password does not open a locked door"


def test_number_and_name_share_one_counter(person, client):
    for identity in ("limin", "13812345678", "LIMIN", "limin"):
        attempt(client, identity)
    assert attempt(client, "13812345678").status_code == 429


def test_a_stranger_elsewhere_does_not_lock_the_officer_out(person, client):
    for _ in range(5):
        attempt(client, REMOTE_ADDR="203.0.113.9")
    assert attempt(client, password=PASSWORD, REMOTE_ADDR="198.51.100.1").status_code == 302


def test_opens_again_after_the_time_told(person, client):
    for _ in range(5):
        attempt(client)
    AccessAttempt.objects.update(attempt_time=real_now() - dt.timedelta(minutes=16))
    assert attempt(client, password=PASSWORD).status_code == 302


def test_trying_while_locked_does_not_prolong_the_lock(person, client):
    for _ in range(5):
        attempt(client)
    before = AccessAttempt.objects.get().attempt_time
    attempt(client)
    assert AccessAttempt.objects.get().attempt_time == before


def test_every_event_is_logged_and_no_password_ever(person, client):
    attempt(client, "my-Secret-pass-typed-here", "x")
    for _ in range(5):
        attempt(client)
    kinds = list(SignInEvent.objects.order_by("id").values_list("kind", flat=True))
    assert kinds[0] == "failed"
    assert "locked" in kinds
    stored = "".join(SignInEvent.objects.values_list("username", flat=True))
    assert "Secret" not in stored, "people type passwords into the name field"
    assert "my***（无此账号）" in stored


def test_signing_out_is_a_post(person, client):
    attempt(client, password=PASSWORD)
    assert client.get("/accounts/sign-out/").status_code == 405
    assert client.post("/accounts/sign-out/").url == SIGN_IN
    assert client.get("/accounts/me/").status_code == 302
    assert SignInEvent.objects.order_by("-id").first().kind == "signed_out"


def test_security_administrator_lets_a_locked_account_try_again(world: World, client):
    for _ in range(5):
        attempt(client, "ty_handler")
    client.force_login(world.people["security_admin"])
    page = client.get(reverse("accounts:locks")).content.decode()
    assert "ty_handler" in page
    client.post(reverse("accounts:unlock"), {"username": "ty_handler"})
    client.logout()
    assert attempt(client, "ty_handler", PASSWORD).status_code == 302
    assert SignInEvent.objects.filter(kind="unlocked", username="ty_handler").exists()


@pytest.mark.parametrize("who", ["system_admin", "audit_admin", "ty_post_manager", "hn_handler"])
def test_nobody_else_unlocks(world: World, sign_in, who):
    client = sign_in(world.people[who])
    assert client.post(reverse("accounts:unlock"), {"username": "ty_handler"}).status_code == 403


def test_locked_page_is_told_for_unknown_names_too(db, client):
    for _ in range(4):
        attempt(client, "nobody-here")
    assert attempt(client, "nobody-here").status_code == 429


def test_sign_in_log_filters(world: World, sign_in, queries, frame):
    client = sign_in(world.people["audit_admin"])
    url = reverse("accounts:sign_in_log")
    now = real_now()

    def add() -> None:
        SignInEvent.objects.create(at=now, kind="failed", username="ty_handler", address="203.0.113.9")

    queries.flat(add_row=add, act=lambda: client.get(url, {"kind": "failed", "q": "ty_h"}), expected=frame(client) + 3)
    page = client.get(url, {"kind": "locked"}).content.decode()
    assert "203.0.113.9" not in page
    assert client.get(url, {"from": "2018-13-45"}).status_code == 200, "a day that does not exist filters nothing"


def test_officials_hats_come_from_posts_in_force(world: World, client):
    Post.objects.filter(user=world.people["ty_handler"]).update(valid_from=real_now().date() + dt.timedelta(days=1))
    client.force_login(world.people["ty_handler"])
    assert "您还没有身份" in client.get("/accounts/me/").content.decode()
