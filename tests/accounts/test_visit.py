"""A visit: idle time, hats worn, switched and lost."""

from __future__ import annotations

import datetime as dt

import pytest

from foundation.accounts.actions import posts
from foundation.accounts.middleware import SEEN_KEY
from foundation.accounts.models import Post, SignInEvent, User
from foundation.core.clock import real_now
from foundation.journal.models import Decision
from tests.accounts.world import World

ME = "/accounts/me/"


def let_pass(client, minutes: int) -> None:
    session = client.session
    session[SEEN_KEY] = int(real_now().timestamp()) - minutes * 60
    session.save()


@pytest.fixture
def visitor(world: World, sign_in):
    client = sign_in(world.people["ty_handler"])
    client.get(ME)
    return client


# ---- idle time ---------------------------------------------------------------------------------------------
def test_the_page_carries_what_the_warning_needs(visitor, settings):
    page = visitor.get(ME).content.decode()
    assert f'data-idle-seconds="{settings.IDLE_MINUTES * 60}"' in page
    assert 'data-idle-url="/accounts/still-here/"' in page
    assert 'data-sign-in-url="/accounts/sign-in/"' in page


def test_after_half_an_hour_the_visit_is_over_and_leads_back(visitor):
    let_pass(visitor, 31)
    response = visitor.get(ME + "?tab=2")
    assert response.url == "/accounts/sign-in/?next=%2Faccounts%2Fme%2F%3Ftab%3D2&idle=1"
    assert "还保留在这台电脑的浏览器里" in visitor.get(response.url).content.decode()
    assert SignInEvent.objects.order_by("-id").first().kind == "expired"


def test_before_that_it_goes_on(visitor):
    let_pass(visitor, 29)
    assert visitor.get(ME).status_code == 200
    assert real_now().timestamp() - visitor.session[SEEN_KEY] < 5


def test_a_form_sent_too_late_is_not_done_and_leads_back_to_its_page(visitor):
    let_pass(visitor, 31)
    response = visitor.post(ME + "hat/", {"hat": "x"}, headers={"Referer": "http://testserver/accounts/posts/?q=1"})
    assert "next=%2Faccounts%2Fposts%2F%3Fq%3D1" in response.url
    assert not Decision.objects.exists()


def test_scripts_are_told_in_their_own_way(visitor):
    let_pass(visitor, 31)
    assert visitor.post("/accounts/still-here/", headers={"Accept": "application/json"}).status_code == 401


def test_htmx_is_sent_to_the_sign_in_page_as_a_whole(visitor):
    let_pass(visitor, 31)
    response = visitor.get(ME, headers={"HX-Request": "true"})
    assert response.headers["HX-Redirect"].startswith("/accounts/sign-in/")


def test_carrying_on_keeps_the_visit(visitor):
    let_pass(visitor, 29)
    assert visitor.post("/accounts/still-here/").status_code == 204
    let_pass(visitor, 0)
    assert visitor.get(ME).status_code == 200


def test_what_a_page_asks_by_itself_does_not_count(visitor):
    let_pass(visitor, 29)
    visitor.get(ME, headers={"X-Background": "1"})
    assert real_now().timestamp() - visitor.session[SEEN_KEY] > 28 * 60


def test_the_time_is_written_at_most_once_a_minute(visitor):
    session = visitor.session
    before = session[SEEN_KEY] = int(real_now().timestamp()) - 50
    session.save()
    visitor.get(ME)
    assert visitor.session[SEEN_KEY] == before


def test_a_referer_of_another_host_is_not_followed(visitor):
    let_pass(visitor, 31)
    response = visitor.post(ME + "hat/", headers={"Referer": "https://evil.example/x"})
    assert "next=%2F&" in response.url


# ---- hats --------------------------------------------------------------------------------------------------
@pytest.fixture
def two_hats(world: World) -> User:
    world.post("ty_handler", "lk", "signer")
    return world.people["ty_handler"]


def hat_of(page: str) -> str:
    return page.split('<summary class="hat"><span>')[1].split("<")[0]


def test_top_right_tells_which_hat_is_on_and_offers_the_others(two_hats, sign_in):
    page = sign_in(two_hats).get(ME).content.decode()
    assert hat_of(page) == "天元区经科局（测试） · 经办 演示ty_handler"
    assert "渌口区经科局（测试） · 签发" in page


def test_switching_is_recorded_and_remembered(two_hats, sign_in, world: World):
    client = sign_in(two_hats)
    key = f"bureau:{world.bureaus['lk'].pk}:signer"
    response = client.post("/accounts/me/hat/", {"hat": key, "next": ME})
    assert response.url == ME
    assert hat_of(client.get(ME).content.decode()).startswith("渌口区经科局（测试） · 签发")
    decision = Decision.objects.get()
    assert decision.action == "account.switch_hat"
    assert decision.data["to"] == key
    client.logout()
    sign_in(User.objects.get(pk=two_hats.pk))
    assert hat_of(client.get(ME).content.decode()).startswith("渌口区经科局（测试） · 签发"), "also at the next sign-in"


def test_a_hat_of_somebody_else_cannot_be_put_on(world: World, sign_in):
    client = sign_in(world.people["ty_handler"])
    response = client.post("/accounts/me/hat/", {"hat": f"bureau:{world.bureaus['ty'].pk}:signer"})
    assert response.status_code == 403
    assert "您没有这个身份" in response.content.decode()


def test_a_lost_hat_falls_back_with_a_word(two_hats, sign_in, world: World):
    client = sign_in(two_hats)
    client.get(ME)
    post = Post.objects.get(user=two_hats, role="handler")
    posts.end_post(actor=world.actor("ty_post_manager"), post_id=post.pk)
    page = client.get(ME).content.decode()
    assert "您刚才的身份已停用，现在的身份是“渌口区经科局（测试） · 签发”。" in page
    assert "身份已停用" not in client.get(ME).content.decode(), "told once"


def test_an_act_is_not_done_under_another_hat_than_the_page_showed(two_hats, sign_in, world: World):
    client = sign_in(two_hats)
    client.get(ME)
    post = Post.objects.get(user=two_hats, role="handler")
    posts.end_post(actor=world.actor("ty_post_manager"), post_id=post.pk)
    response = client.post("/accounts/me/edit/", {"phone": "13900000000"})
    assert response.status_code == 403
    assert "这次提交没有办理" in response.content.decode()


def test_a_person_without_a_hat_is_told_what_to_do(db, sign_in):
    page = sign_in(World().person("newcomer")).get(ME).content.decode()
    assert "您还没有身份" in page
    assert "尚无身份" in page


def test_a_bureau_out_of_use_gives_no_hat(world: World, sign_in):
    bureau = world.bureaus["ty"]
    bureau.active = False
    bureau.save()
    assert "您还没有身份" in sign_in(world.people["ty_handler"]).get(ME).content.decode()


# ---- one's own account -------------------------------------------------------------------------------------
def test_contact_is_changed_with_the_password_only(world: World, sign_in):
    from tests.accounts.world import PASSWORD

    client = sign_in(world.people["ty_handler"])
    url = "/accounts/me/edit/"
    typed = {"phone": "139 0000 1111", "email": "x@example.com"}
    refused = client.post(url, typed | {"password": "no"})
    assert "当前密码不对，资料没有改动" in refused.content.decode()
    assert "x@example.com" in refused.content.decode()
    assert client.post(url, typed | {"password": PASSWORD}).url == ME
    user = User.objects.get(username="ty_handler")
    assert (user.phone, user.email) == ("13900001111", "x@example.com")
    decision = Decision.objects.get()
    assert decision.data == {"fields": ["email", "phone"]}
    assert "13900001111" not in str(decision.entry.body)
    page = client.get(ME).content.decode()
    assert "139****1111" in page
    assert "13900001111" not in page


def test_a_number_belongs_to_one_account(world: World, sign_in):
    from tests.accounts.world import PASSWORD

    world.person("other", phone="13900001111")
    client = sign_in(world.people["ty_handler"])
    page = client.post("/accounts/me/edit/", {"phone": "13900001111", "email": "", "password": PASSWORD})
    assert "该手机号已登记在另一个账号上" in page.content.decode()
    bad = client.post("/accounts/me/edit/", {"phone": "1390000", "email": "", "password": PASSWORD})
    assert "手机号应为 11 位数字" in bad.content.decode()


def test_my_page_shows_my_last_sign_ins(world: World, sign_in, queries, frame):
    client = sign_in(world.people["ty_handler"])

    def add() -> None:
        SignInEvent.objects.create(
            at=real_now() - dt.timedelta(days=1), kind="failed", username="ty_handler", user=world.people["ty_handler"]
        )

    queries.flat(add_row=add, act=lambda: client.get(ME), expected=frame(client) + 3)
    assert "密码不对" in client.get(ME).content.decode()
