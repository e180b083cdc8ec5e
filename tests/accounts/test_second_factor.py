"""The second factor: set up, asked for, not twice, locked, recovered, required, taken away (B.1 8)."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from unittest import mock

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django_otp.oath import TOTP

from foundation.accounts.actions import second_factor as actions
from foundation.accounts.models import Authenticator, RecoveryCode, SecondFactorRule, SignInEvent, User
from foundation.core.clock import real_now
from foundation.core.errors import Refused
from foundation.core.models import Installation
from foundation.journal.models import Decision, OutboxMessage
from tests.accounts.world import PASSWORD, World

KEY = "3132333435363738393031323334353637383930"
SIGN_IN, STEP, MINE = "/accounts/sign-in/", "/accounts/sign-in/code/", "/accounts/me/second-factor/"


def code(at: float | None = None, key: str = KEY) -> str:
    """What the app shows at a moment of the machine's clock (now)."""
    app = TOTP(bytes.fromhex(key))
    app.time = time.time() if at is None else at
    return f"{app.token():06}"


def enrolled(world: World, who: str = "ty_handler") -> tuple[User, list[str]]:
    """Somebody with a second factor set up an hour ago, and the recovery codes."""
    user = world.people[who]
    codes = actions.set_up(actor=world.actor(who), user=user, key=KEY, code=code())
    Authenticator.objects.filter(user=user).update(last_t=0)
    return User.objects.get(pk=user.pk), codes


def first_step(client: Client, who: str = "ty_handler", next_page: str = "") -> None:
    answer = client.post(SIGN_IN, {"identity": who, "password": PASSWORD, "next": next_page})
    assert (answer.status_code, answer["Location"]) == (302, STEP)


def is_in(client: Client) -> bool:
    return client.get("/accounts/me/").status_code == 200


# ---- setting it up -----------------------------------------------------------------------------------------
def test_it_is_set_up_with_a_code_and_ten_recovery_codes_are_shown_once(world: World, sign_in) -> None:
    client = sign_in(world.people["ty_handler"])
    page = client.get(MINE).content.decode()
    key = client.session["second_factor_key"]
    assert "<svg" in page
    assert actions.typed_key(key) in page
    assert client.get(MINE).content.decode().count(actions.typed_key(key)) == page.count(actions.typed_key(key))
    wrong = client.post(MINE, {"code": "000000" if code(key=key) != "000000" else "111111"})
    assert wrong.status_code == 422
    assert "动态码不对" in wrong.content.decode()
    assert not Authenticator.objects.exists()
    done = client.post(MINE, {"code": f" {code(key=key)[:3]} {code(key=key)[3:]} ", "next": "/accounts/posts/"})
    assert done.status_code == 302
    shown = client.get(done["Location"]).content.decode()
    codes = re.findall(r"<li>([a-z2-9]{5}-[a-z2-9]{5})</li>", shown)
    assert len(set(codes)) == 10
    assert "/accounts/posts/" in shown
    assert "已经显示过" in client.get(done["Location"]).content.decode()
    stored = " ".join(RecoveryCode.objects.values_list("code_hash", flat=True))
    assert not any(one.replace("-", "") in stored for one in codes)
    assert is_in(client), "this visit goes on"
    assert "已启用" in client.get("/accounts/me/").content.decode()
    assert SignInEvent.objects.filter(kind="second_set").count() == 1
    assert Decision.objects.filter(action="account.second_factor", to_state="set").count() == 1


def test_the_address_in_the_picture_names_issuer_and_account(world: World) -> None:
    address = actions.address_for(world.people["ty_handler"], KEY)
    assert address.startswith("otpauth://totp/")
    assert "secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" in address  # RFC 6238's own secret
    assert ":ty_handler?" in address


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "１２３４５６７", "' OR 1=1"])
def test_anything_else_is_no_code(world: World, typed: str) -> None:
    with pytest.raises(ValidationError):
        actions.set_up(actor=world.actor("ty_handler"), user=world.people["ty_handler"], key=KEY, code=typed)


def test_full_width_digits_are_read(world: World) -> None:
    wide = code().translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert (
        len(actions.set_up(actor=world.actor("ty_handler"), user=world.people["ty_handler"], key=KEY, code=wide)) == 10
    )


def test_nobody_sets_up_somebody_elses_and_nobody_twice(world: World) -> None:
    with pytest.raises(Refused):
        actions.set_up(actor=world.actor("ty_signer"), user=world.people["ty_handler"], key=KEY, code=code())
    enrolled(world)
    with pytest.raises(Refused, match="已经启用"):
        actions.set_up(actor=world.actor("ty_handler"), user=world.people["ty_handler"], key=KEY, code=code())


def test_other_visits_of_the_person_end_when_it_is_set_up(world: World, client: Client) -> None:
    other = Client()
    for one in (client, other):
        one.force_login(world.people["ty_handler"])
    client.get(MINE)
    client.post(MINE, {"code": code(key=client.session["second_factor_key"])})
    assert is_in(client)
    assert not is_in(other)


# ---- signing in --------------------------------------------------------------------------------------------
def test_after_the_password_comes_the_code(world: World, client: Client) -> None:
    enrolled(world)
    first_step(client, next_page="/accounts/posts/")
    assert not is_in(client), "the password alone opens nothing"
    assert "ty_handler" in client.get(STEP).content.decode()
    answer = client.post(STEP, {"code": code()})
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/posts/")
    assert is_in(client)
    assert list(SignInEvent.objects.order_by("id").values_list("kind", flat=True))[-1] == "signed_in"


def test_no_code_is_taken_twice(world: World, client: Client) -> None:
    user, _ = enrolled(world)
    now = code()
    assert actions.check(user=user, code=now)
    assert actions.check(user=user, code=now).answer == "wrong"
    first_step(client)
    replayed = client.post(STEP, {"code": now})
    assert replayed.status_code == 422
    assert "已经用过" in replayed.content.decode()
    assert not is_in(client)


def test_the_code_that_set_it_up_opens_no_door(world: World) -> None:
    user = world.people["ty_handler"]
    now = code()
    actions.set_up(actor=world.actor("ty_handler"), user=user, key=KEY, code=now)
    assert not actions.check(user=user, code=now)


@pytest.mark.parametrize(("steps", "right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_one_step_early_or_late_is_taken(world: World, steps: int, right: bool) -> None:
    user, _ = enrolled(world)
    now = time.time()
    with mock.patch("time.time", return_value=now):
        assert bool(actions.check(user=user, code=code(now + 30 * steps))) == right


def test_an_older_code_than_the_last_used_is_refused(world: World) -> None:
    user, _ = enrolled(world)
    now = time.time()
    with mock.patch("time.time", return_value=now):
        assert actions.check(user=user, code=code(now + 30))
        assert not actions.check(user=user, code=code(now))


def test_five_wrong_codes_lock_whatever_the_address(world: World, client: Client) -> None:
    user, codes = enrolled(world)
    first_step(client)
    for _ in range(4):
        assert client.post(STEP, {"code": "000001"}, REMOTE_ADDR="203.0.113.5").status_code == 422
    locked = client.post(STEP, {"code": "000001"}, REMOTE_ADDR="203.0.113.6")
    assert locked.status_code == 429
    assert "已锁定到" in locked.content.decode()
    for right in (code(), codes[0]):
        assert client.post(STEP, {"code": right}).status_code == 429, "locked is locked, also for right codes"
    kinds = list(SignInEvent.objects.filter(user=user).values_list("kind", flat=True))
    assert kinds.count("second_failed") == 5
    later = real_now() - dt.timedelta(minutes=16)
    Authenticator.objects.update(throttling_failure_timestamp=later)
    assert client.post(STEP, {"code": "000001"}).status_code == 429, "one more wrong code locks again"
    Authenticator.objects.update(throttling_failure_timestamp=later)
    assert client.post(STEP, {"code": code()}).status_code == 302
    assert Authenticator.objects.get().throttling_failure_count == 0


def test_the_security_administrator_sees_and_opens_the_lock(world: World, sign_in) -> None:
    user, _ = enrolled(world)
    for _ in range(5):
        actions.check(user=user, code="1")
    client = sign_in(world.people["security_admin"])
    assert "ty_handler" in client.get("/accounts/locks/").content.decode()
    client.post("/accounts/locks/unlock/", {"username": "ty_handler"})
    assert actions.check(user=user, code=code())


def test_between_the_steps_there_are_five_minutes(world: World, client: Client) -> None:
    enrolled(world)
    first_step(client)
    session = client.session
    session["second_step"] = {**session["second_step"], "at": time.time() - 301}
    session.save()
    assert client.post(STEP, {"code": code()})["Location"] == SIGN_IN
    assert not is_in(client)


def test_nobody_comes_to_the_second_step_without_the_first(world: World, client: Client) -> None:
    enrolled(world)
    for answer in (client.get(STEP), client.post(STEP, {"code": code()})):
        assert answer["Location"] == SIGN_IN


def test_a_password_changed_meanwhile_ends_the_wait(world: World, client: Client) -> None:
    user, _ = enrolled(world)
    first_step(client)
    user.set_password("another-secret-9")
    user.save()
    assert client.post(STEP, {"code": code()})["Location"] == SIGN_IN


def test_a_wrong_password_never_tells_that_there_is_a_second_step(world: World, client: Client) -> None:
    enrolled(world)
    answer = client.post(SIGN_IN, {"identity": "ty_handler", "password": "wrong-wrong-1"})
    assert answer.status_code == 422
    assert "second_step" not in client.session


def test_a_door_without_a_second_step_does_not_hold(world: World, client: Client) -> None:
    """Whoever was signed in some other way (the administration pages) is sent to the real door."""
    user, _ = enrolled(world)
    client.force_login(user)
    assert client.get("/accounts/me/")["Location"].startswith(SIGN_IN)
    assert not is_in(client)


def test_the_administration_pages_show_no_secrets(world: World, client: Client) -> None:
    user, _ = enrolled(world)
    staff = User.objects.create_superuser("root", password=PASSWORD, name="值班")
    client.force_login(staff)
    assert client.get("/admin/otp_totp/totpdevice/").status_code == 404
    shown = client.get(f"/admin/accounts/user/{user.pk}/change/").content.decode()
    assert KEY not in shown
    assert "启用二次验证时间" in shown


def test_without_a_second_factor_nothing_is_asked(world: World, client: Client) -> None:
    answer = client.post(SIGN_IN, {"identity": "ty_signer", "password": PASSWORD})
    assert answer["Location"] == "/"
    assert is_in(client)


# ---- recovery codes ----------------------------------------------------------------------------------------
def test_a_recovery_code_works_once_however_it_is_typed(world: World, client: Client) -> None:
    _, codes = enrolled(world)
    first_step(client)
    assert client.post(STEP, {"code": f"  {codes[3].upper().replace('-', ' ')} "}).status_code == 302
    assert "还剩 9 个" in client.get("/accounts/me/").content.decode()
    again = Client()
    first_step(again)
    assert again.post(STEP, {"code": codes[3]}).status_code == 422
    assert again.post(STEP, {"code": codes[4]}).status_code == 302


def test_new_codes_end_the_old_ones_and_ask_for_a_code(world: World, client: Client) -> None:
    user, codes = enrolled(world)
    first_step(client)
    client.post(STEP, {"code": codes[0]})
    assert client.post(f"{MINE}codes/", {"code": "000001"}).status_code == 422
    assert client.post(f"{MINE}codes/", {"code": code()}).status_code == 302
    assert not actions.check(user=user, code=codes[1])
    assert RecoveryCode.objects.filter(user=user, used_at=None).count() == 10


# ---- required ----------------------------------------------------------------------------------------------
def require_of(world: World, role: str, required: bool = True) -> SecondFactorRule:
    return actions.set_rule(actor=world.actor("security_admin"), role=role, required=required)


def test_a_role_that_needs_it_leads_there_before_anything_else(world: World, sign_in) -> None:
    require_of(world, "handler")
    client = sign_in(world.people["ty_handler"])
    for page in ("/", "/accounts/me/", "/accounts/posts/"):
        assert client.get(page)["Location"].startswith(f"{MINE}?next=")
    assert client.post("/accounts/posts/new/", {"name": "x"})["Location"].startswith(MINE)
    script = client.get("/accounts/posts/", headers={"Accept": "application/json"})
    assert script.status_code == 401
    page = client.get(f"{MINE}?next=/accounts/posts/")
    assert "启用后才能继续办理" in page.content.decode()
    client.post(MINE, {"code": code(key=client.session["second_factor_key"]), "next": "/accounts/posts/"})
    assert client.get("/accounts/posts/").status_code == 200
    assert sign_in(world.people["ty_signer"]).get("/accounts/me/").status_code == 200, "another role is not asked"


def test_another_hat_may_be_put_on_and_signing_out_stays_open(world: World, sign_in) -> None:
    world.post("ty_handler", "ty", "archivist")
    require_of(world, "handler")
    client = sign_in(world.people["ty_handler"])
    archive = next(hat for hat in world.actor("ty_handler").others if hat.role == "archivist")
    assert client.get("/accounts/posts/").status_code == 302
    client.post("/accounts/me/hat/", {"hat": archive.key})
    assert client.get("/accounts/posts/").status_code == 200
    assert client.post("/accounts/sign-out/").status_code == 302


def test_the_rule_is_read_once_and_then_from_the_cache(world: World, sign_in, queries) -> None:
    client = sign_in(world.people["ty_handler"])
    client.get("/accounts/me/edit/")
    with queries.record() as seen:
        client.get("/accounts/me/edit/")
    assert not [line for line in seen if "secondfactor" in line]
    require_of(world, "handler")
    assert client.get("/accounts/me/edit/").status_code == 302


def test_the_default_is_of_the_installation_and_none_in_a_rehearsal(world: World, settings) -> None:
    settings.SECOND_FACTOR_ROLES = ["signer"]
    assert actions.rules_in_force()["signer"]
    assert not actions.rules_in_force()["handler"]
    Installation.start_rehearsal(dt.date(2018, 3, 10))
    assert not actions.rules_in_force()["signer"]
    require_of(world, "signer")
    assert actions.rules_in_force()["signer"], "settable in a rehearsal, too"


def test_a_needed_one_is_not_taken_down(world: World) -> None:
    user, _ = enrolled(world)
    require_of(world, "handler")
    with pytest.raises(Refused, match="必须启用"):
        actions.take_down(actor=world.actor("ty_handler"), user=user, code=code())
    require_of(world, "handler", required=False)
    with pytest.raises(ValidationError):
        actions.take_down(actor=world.actor("ty_handler"), user=user, code="000001")
    actions.take_down(actor=world.actor("ty_handler"), user=user, code=code())
    assert not Authenticator.objects.exists()
    assert not RecoveryCode.objects.exists()
    assert User.objects.get(pk=user.pk).second_factor_since is None


@pytest.mark.parametrize("who", ["ty_post_manager", "system_admin", "audit_admin"])
def test_only_the_security_administrator_sets_rules(world: World, who: str) -> None:
    with pytest.raises(Refused):
        actions.set_rule(actor=world.actor(who), role="handler", required=True)


def test_rules_are_for_officials_and_administrators(world: World) -> None:
    for role in ("enterprise_admin", "visitor", "nobody"):
        with pytest.raises(ValidationError):
            require_of(world, role)


def test_a_rule_is_recorded_once_per_change(world: World) -> None:
    for required in (True, True, False):
        require_of(world, "signer", required)
    steps = list(
        Decision.objects.filter(action="second_factor.rules").order_by("id").values_list("from_state", "to_state")
    )
    assert steps == [("", "required"), ("required", "optional")]


# ---- taken away by the security administrator -------------------------------------------------------------
def test_a_reset_has_a_reason_ends_visits_and_is_told(world: World, client: Client, sign_in: Callable) -> None:
    user, _ = enrolled(world)
    first_step(client)
    client.post(STEP, {"code": code()})
    guard = Client()
    guard.force_login(world.people["security_admin"])
    page = f"/accounts/people/{user.pk}/second-factor/"
    assert guard.post(page, {"reason": "   "}).status_code == 422
    assert is_in(client)
    assert guard.post(page, {"reason": "手机丢失，已当面核对证件"}).status_code == 302
    assert not is_in(client)
    assert Decision.objects.get(action="account.reset_second_factor").note == "手机丢失，已当面核对证件"
    assert OutboxMessage.objects.filter(kind="accounts.second_factor_reset", recipient_id=user.pk).count() == 1
    assert SignInEvent.objects.filter(kind="second_removed", user=user).exists()
    assert guard.post(page, {"reason": "again"}).status_code == 403


def test_who_resets_whom(world: World) -> None:
    world.post("other_security_admin", None, "security_admin")
    for who in ("ty_handler", "other_security_admin", "audit_admin"):
        enrolled(world, who)
    for actor, whom in (
        ("security_admin", "other_security_admin"),
        ("system_admin", "audit_admin"),
        ("ty_post_manager", "ty_handler"),
        ("other_security_admin", "other_security_admin"),
    ):
        with pytest.raises(Refused):
            actions.reset_for(actor=world.actor(actor), user_id=world.people[whom].pk, reason="x")
    actions.reset_for(actor=world.actor("system_admin"), user_id=world.people["other_security_admin"].pk, reason="x")
    actions.reset_for(actor=world.actor("security_admin"), user_id=world.people["audit_admin"].pk, reason="x")


def test_the_list_tells_who_has_it_and_costs_the_same(world: World, sign_in, queries, frame) -> None:
    enrolled(world)
    require_of(world, "signer")
    client = sign_in(world.people["security_admin"])
    text = client.get("/accounts/second-factors/?q=ty_").content.decode()
    assert "已启用" in text
    assert "应启用" in text
    assert "ty_signer" in client.get("/accounts/second-factors/?show=due&q=ty_").content.decode()
    assert "ty_handler" not in client.get("/accounts/second-factors/?show=due&q=ty_").content.decode()
    numbers = iter(range(9))
    queries.flat(
        add_row=lambda: world.post(f"more_{next(numbers)}", "lk", "handler"),
        act=lambda: client.get("/accounts/second-factors/"),
        expected=frame(client) + 5,
    )


def test_posts_tell_who_has_it(world: World, sign_in) -> None:
    enrolled(world)
    text = sign_in(world.people["ty_post_manager"]).get("/accounts/posts/").content.decode()
    assert text.count("已启用") == 1


def test_one_press_demo_sign_in_stays_one_press(world: World, client: Client) -> None:
    Installation.start_rehearsal(dt.date(2018, 3, 10))
    user, _ = enrolled(world)
    User.objects.filter(pk=user.pk).update(is_demo=True)
    assert client.post("/demo/sign-in/", {"user": "ty_handler"}).status_code == 302
    assert is_in(client)


@pytest.mark.django_db(transaction=True)
def test_two_doors_at_once_get_one_code_between_them() -> None:
    user = User.objects.create(username="twice", name="演示")
    Authenticator.objects.create(user=user, name="app", key=KEY, confirmed=True)
    now, together = code(), Barrier(2)

    def try_it(_: int) -> bool:
        together.wait()
        try:
            return bool(actions.check(user=user, code=now))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(try_it, range(2))) == [False, True]
