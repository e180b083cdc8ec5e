"""Password rules, the forced change, reset by mailed code, reset by the bureau."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError

from foundation.accounts import secrets
from foundation.accounts.actions import passwords
from foundation.accounts.models import PasswordReset, SignInEvent, User
from foundation.accounts.password_rules import password_rules
from foundation.accounts.permissions import account_keepers
from foundation.core.clock import real_now
from foundation.core.errors import Refused
from foundation.journal.models import Decision, OutboxMessage
from tests.accounts.world import PASSWORD, World

NEW = "brand-new-8-words"


@pytest.fixture
def person(db) -> User:
    return World().person("limin", phone="13812345678", email="limin@example.com")


# ---- rules -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("short-7a", "至少要 10 位"),
        ("onlyletters", "只有一种字符"),
        ("1234567890987", "只有一种字符"),
        ("limin-2018!", "太接近"),
        ("13812345678a", "太接近"),
        ("password123", "常见密码"),
    ],
)
def test_weak_passwords_are_refused_with_the_reason(person, password, told):
    person.name = "李敏"
    with pytest.raises(ValidationError) as refused:
        passwords.set_password(person, password)
    assert told in "".join(refused.value.messages)


@pytest.mark.parametrize("password", [NEW, "天元区经科局2018年", "a long phrase of words", "Xk2-" * 3])
def test_good_passwords_are_taken(person, password):
    passwords.set_password(person, password)
    assert person.check_password(password)


def test_rules_stand_on_the_page_before_anybody_types(person, client):
    client.force_login(person)
    page = client.get("/accounts/me/password/").content.decode()
    assert len(password_rules()) == 4
    for rule in password_rules():
        assert rule in page


def test_changing_needs_the_present_one_and_keeps_this_visit(person, client):
    client.force_login(person)
    url = "/accounts/me/password/"
    wrong = client.post(url, {"old": "x", "new": NEW, "again": NEW})
    assert "当前密码不对" in wrong.content.decode()
    unequal = client.post(url, {"old": PASSWORD, "new": NEW, "again": NEW + "x"})
    assert "两次输入的密码不一样" in unequal.content.decode()
    same = client.post(url, {"old": PASSWORD, "new": PASSWORD, "again": PASSWORD})
    assert "与现在的密码相同" in same.content.decode()
    assert client.post(url, {"old": PASSWORD, "new": NEW, "again": NEW}).status_code == 302
    assert client.get("/accounts/me/").status_code == 200
    decision = Decision.objects.get(action="account.change_password")
    assert decision.subject_id == person.pk
    assert decision.data == {}


def test_other_visits_end_with_the_old_password(person, client):
    from django.test import Client

    other = Client()
    other.force_login(person)
    client.force_login(person)
    client.post("/accounts/me/password/", {"old": PASSWORD, "new": NEW, "again": NEW})
    assert other.get("/accounts/me/").status_code == 302


# ---- forced change -----------------------------------------------------------------------------------------
def test_a_one_time_password_must_be_changed_first(person, client):
    User.objects.update(must_change_password=True)
    client.force_login(person)
    response = client.get("/accounts/me/?x=1")
    assert response.url == "/accounts/me/password/?next=%2Faccounts%2Fme%2F%3Fx%3D1"
    assert "请先设置自己的密码" in client.get(response.url).content.decode()
    done = client.post(response.url, {"old": PASSWORD, "new": NEW, "again": NEW, "next": "/accounts/me/?x=1"})
    assert done.url == "/accounts/me/?x=1"
    assert client.get(done.url).status_code == 200


def test_an_act_is_not_done_before_the_change(person, client):
    User.objects.update(must_change_password=True)
    client.force_login(person)
    told = client.post("/accounts/me/edit/", {"phone": ""}, headers={"X-Requested-With": "fetch"})
    assert told.status_code == 401
    assert told.json()["reason"] == "请先修改密码。"
    assert client.post("/accounts/sign-out/").status_code == 302


def test_an_old_password_is_due(person, settings):
    person.password_changed_at = real_now() - dt.timedelta(days=181)
    assert passwords.password_is_due(person)
    settings.PASSWORD_MAX_AGE_DAYS = 0
    assert not passwords.password_is_due(person)


# ---- reset by code -----------------------------------------------------------------------------------------
NAMES = ("limin", "nomail", "stranger")


def ask(client, identity="limin"):
    return client.post("/accounts/reset/", {"identity": identity}, follow=True)


def mailed_code() -> str:
    """What the room that delivers would put into the letter."""
    message = OutboxMessage.objects.order_by("-id").first()
    return secrets.take(message.key)


def answer(client, code, new=NEW):
    return client.post("/accounts/reset/code/", {"code": code, "new": new, "again": new})


def test_the_whole_way(person, client):
    ask(client, "13812345678")
    message = OutboxMessage.objects.get()
    assert (message.kind, message.recipient_kind, message.recipient_id) == ("accounts.reset_code", "user", person.pk)
    code = mailed_code()
    assert answer(client, code).url == "/accounts/sign-in/"
    person.refresh_from_db()
    assert person.check_password(NEW)
    assert Decision.objects.get().action == "account.reset_by_code"
    assert answer(client, code).status_code == 302, "the request is over"


def test_the_code_is_nowhere_in_the_database(person, client):
    ask(client)
    message, row = OutboxMessage.objects.get(), PasswordReset.objects.get()
    code = mailed_code()
    assert code.isdigit()
    assert len(code) == 6
    assert code not in str(message.payload)
    assert code not in row.code_hash[:6]
    assert message.payload == {"minutes": 10, "masked": "l***@example.com"}


def test_the_code_can_be_taken_once(person, client):
    ask(client)
    key = OutboxMessage.objects.get().key
    assert secrets.take(key)
    assert secrets.take(key) is None


def test_nobody_learns_which_accounts_exist(person, client):
    User.objects.create(username="nomail", name="无邮箱")
    pages = {re.sub(r"[A-Za-z0-9]{64}", "token", ask(client, name).content.decode()) for name in NAMES}
    assert len(pages) == 1
    assert OutboxMessage.objects.count() == 1
    assert "验证码不对或已失效" in answer(client, "123456").content.decode()


def test_five_tries(person, client):
    ask(client)
    code = mailed_code()
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(5):
        assert "验证码不对或已失效" in answer(client, wrong).content.decode()
    assert "验证码不对或已失效" in answer(client, code).content.decode()
    assert SignInEvent.objects.filter(kind="reset_failed", user=person).count() == 6


def test_a_weak_new_password_costs_no_try(person, client):
    ask(client)
    code = mailed_code()
    for _ in range(7):
        assert "至少要 10 位" in answer(client, code, "short1").content.decode()
    assert answer(client, code).status_code == 302


def test_ten_minutes_of_the_machines_clock(person, client):
    ask(client)
    code = mailed_code()
    PasswordReset.objects.update(expires_at=real_now() - dt.timedelta(seconds=1))
    assert "验证码不对或已失效" in answer(client, code).content.decode()


def test_one_letter_a_minute_and_five_an_hour(person, client):
    ask(client)
    ask(client)
    assert OutboxMessage.objects.count() == 1
    for _ in range(7):
        cache.delete(f"accounts:reset-rate:m{person.pk}")
        ask(client)
    assert OutboxMessage.objects.count() == 5


def test_reset_opens_a_locked_door(person, client):
    for _ in range(5):
        client.post("/accounts/sign-in/", {"identity": "limin", "password": "x"})
    ask(client)
    answer(client, mailed_code())
    assert client.post("/accounts/sign-in/", {"identity": "limin", "password": NEW}).status_code == 302


def test_code_page_without_a_request_leads_back(db, client):
    assert client.get("/accounts/reset/code/").url == "/accounts/reset/"


# ---- reset by the bureau -----------------------------------------------------------------------------------
def reset(world: World, who: str, person: str) -> str:
    user, once = passwords.reset_for(
        actor=world.actor(who), user_id=world.people[person].pk, checked="id_card", note="看了身份证"
    )
    assert user.check_password(once)
    assert user.must_change_password
    return once


@pytest.mark.parametrize(
    ("who", "person"),
    [
        ("ty_post_manager", "ty_handler"),
        ("zz_post_manager", "ty_post_manager"),
        ("zz_post_manager", "ty_signer"),
        ("hn_post_manager", "zz_post_manager"),
        ("system_admin", "hn_post_manager"),
        ("security_admin", "audit_admin"),
        ("system_admin", "security_admin"),
    ],
)
def test_whoever_manages_the_post_resets(world: World, who, person):
    once = reset(world, who, person)
    decision = Decision.objects.get(action="account.reset_for_bureau")
    assert decision.data == {"checked": "id_card"}
    assert once not in str(decision.__dict__)
    assert SignInEvent.objects.get().kind == "reset_by_bureau"


@pytest.mark.parametrize(
    ("who", "person"),
    [
        ("ty_post_manager", "ty_post_manager"),
        ("ty_post_manager", "lk_handler"),
        ("ty_post_manager", "zz_handler"),
        ("hn_post_manager", "ty_handler"),
        ("jj_post_manager", "ty_handler"),
        ("ty_handler", "ty_signer"),
        ("system_admin", "audit_admin"),
        ("system_admin", "hn_handler"),
        ("audit_admin", "ty_handler"),
        ("security_admin", "ty_handler"),
    ],
)
def test_nobody_else_resets(world: World, who, person):
    before = world.people[person].password
    with pytest.raises(Refused):
        reset(world, who, person)
    world.people[person].refresh_from_db()
    assert world.people[person].password == before


def test_somebody_with_a_post_elsewhere_is_not_handed_over(world: World):
    world.post("ty_handler", "zz", "signer")
    with pytest.raises(Refused, match="另有身份"):
        reset(world, "ty_post_manager", "ty_handler")


def test_rooms_above_say_who_keeps_their_people(world: World, monkeypatch):
    """As ``enterprises`` does for its members: the county's 经办 after looking at the licence."""
    firm = world.person("firm_admin")

    def keeper(actor, user):
        return [actor.bureau_id == world.bureaus["ty"].pk] if user == firm else []

    monkeypatch.setitem(account_keepers._rows, "test.members", keeper)
    reset(world, "ty_handler", "firm_admin")
    with pytest.raises(Refused):
        reset(world, "lk_handler", "firm_admin")


def test_the_page_shows_the_password_once(world: World, sign_in):
    client = sign_in(world.people["ty_post_manager"])
    url = f"/accounts/people/{world.people['ty_handler'].pk}/reset/"
    assert client.get(url).status_code == 200
    bad = client.post(url, {"checked": "id_card", "note": ""})
    assert bad.status_code == 422
    response = client.post(url, {"checked": "id_card", "note": "当面"})
    page = client.get(response.url)
    user = world.people["ty_handler"]
    user.refresh_from_db()
    shown = page.content.decode().split('id="once">')[1].split("<")[0]
    assert user.check_password(shown)
    assert "no-store" in page["Cache-Control"]
    assert "已经显示过" in client.get(response.url).content.decode()


def test_the_page_is_bound_to_the_official(world: World, sign_in):
    client = sign_in(world.people["ty_post_manager"])
    url = f"/accounts/people/{world.people['ty_handler'].pk}/reset/"
    where = client.post(url, {"checked": "id_card", "note": "当面"}).url
    client.force_login(world.people["lk_post_manager"])
    assert client.get(where).status_code == 404


def test_an_absent_person_and_a_foreign_one_read_the_same(world: World, sign_in):
    client = sign_in(world.people["ty_post_manager"])
    foreign = client.get(f"/accounts/people/{world.people['jj_handler'].pk}/reset/")
    absent = client.get("/accounts/people/999999/reset/")
    assert foreign.status_code == absent.status_code == 403
    reason = "没有此人，或其账号不由您的单位管理。"
    assert reason in absent.content.decode()
