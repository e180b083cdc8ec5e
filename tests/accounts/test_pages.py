"""Every page of the room, for every kind of person: who gets it, and how many queries it costs."""

from __future__ import annotations

import pytest
from django.urls import reverse

from foundation.accounts.roles import BUREAU_ROLES, Role
from tests.accounts.world import World

ADMINS = {"system_admin", "audit_admin", "security_admin"}
COUNTY = {f"ty_{role}" for role in BUREAU_ROLES}
EVERYBODY = ADMINS | COUNTY | {"zz_post_manager", "hn_post_manager", "jj_post_manager", "nobody"}

#: Route -> who gets a page; everybody else who is signed in gets a refusal (403) or nothing (404).
PAGES = {
    "profile": EVERYBODY,
    "edit_profile": EVERYBODY,
    "change_password": EVERYBODY,
    "posts": COUNTY | {"zz_post_manager", "hn_post_manager", "jj_post_manager", "system_admin"},
    "appoint": {"ty_post_manager", "zz_post_manager", "hn_post_manager", "jj_post_manager", "system_admin"},
    "below": {"ty_post_manager", "zz_post_manager", "hn_post_manager", "jj_post_manager", "system_admin"},
    "journal": {"audit_admin"},
    "sign_in_log": {"audit_admin", "security_admin"},
    "locks": {"security_admin"},
    # of the county ty:
    "bureau": COUNTY | {"zz_post_manager", "hn_post_manager"},
    "edit_contact": {"ty_handler", "ty_post_manager"},
    "set_hands": {"ty_post_manager"},
    "set_line": {"hn_post_manager"},
    "edit_bureau": {"zz_post_manager", "hn_post_manager"},
    "new_bureau": {"zz_post_manager", "hn_post_manager"},
}
OF_A_BUREAU = {"bureau", "edit_contact", "set_hands", "set_line", "edit_bureau", "new_bureau"}


@pytest.mark.parametrize("route", sorted(PAGES))
def test_page_is_for_exactly_these_people(world: World, client, route):
    world.person("nobody")
    args = [world.bureaus["ty"].pk] if route in OF_A_BUREAU else []
    got = set()
    for name in EVERYBODY:
        client.force_login(world.people[name])
        response = client.get(reverse(f"accounts:{route}", args=args))
        assert response.status_code in (200, 403, 404), f"{name} {route}: {response.status_code}"
        if response.status_code == 200:
            got.add(name)
    assert got == PAGES[route]


@pytest.mark.parametrize("route", sorted(PAGES))
def test_visitor_is_led_to_the_sign_in_page_and_back(world: World, client, route):
    args = [world.bureaus["ty"].pk] if route in OF_A_BUREAU else []
    url = reverse(f"accounts:{route}", args=args)
    response = client.get(url)
    assert response.status_code == 302
    assert response.url == f"{reverse('accounts:sign_in')}?next={url}"


@pytest.mark.parametrize("route", ["sign_in", "reset_ask"])
def test_doors_are_open_to_visitors(db, client, route):
    assert client.get(reverse(f"accounts:{route}")).status_code == 200


def test_refusal_names_who_may(world: World, sign_in):
    response = sign_in(world.people["ty_handler"]).get(reverse("accounts:journal"))
    assert response.status_code == 403
    assert "查看留痕由审计管理员办理" in response.content.decode()


def test_a_foreign_bureau_does_not_exist(world: World, sign_in):
    client = sign_in(world.people["zz_post_manager"])
    for key in ("jj", "sc", "hn"):
        assert client.get(reverse("accounts:bureau", args=[world.bureaus[key].pk])).status_code == 404


def test_posts_page_costs_the_same_with_more_people(world: World, sign_in, queries, frame):
    client = sign_in(world.people["ty_post_manager"])
    number = iter(range(100))
    queries.flat(
        add_row=lambda: world.post(f"more{next(number)}", "ty", Role.HANDLER),
        act=lambda: client.get(reverse("accounts:posts")),
        expected=frame(client) + 4,
    )


def test_below_page_costs_the_same_with_more_bureaus(world: World, sign_in, queries, frame):
    client = sign_in(world.people["zz_post_manager"])
    number = iter(range(100))

    def add() -> None:
        key = f"b{next(number)}"
        world.bureau(key, f"测试单位{key}", "county", "zz")
        world.post(f"{key}_manager", key, Role.POST_MANAGER)

    queries.flat(add_row=add, act=lambda: client.get(reverse("accounts:below")), expected=frame(client) + 3)
