"""The door and the masks in a real browser: second factor, deputies, a look at a masked number, the pages of the administrators.

No server is started: Django's test client answers what the browser asks for, with the real content security policy.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connections
from django.test import Client
from django_otp.oath import TOTP
from playwright.sync_api import Browser, Page, Route

from enterprises import personal
from enterprises.models import Enterprise, EnterprisePath
from foundation.accounts import privacy
from foundation.accounts.actions import second_factor
from foundation.accounts.actions.authority import give_authority
from foundation.accounts.models import Post, RevealEvent, User
from foundation.accounts.paths import bureau_path
from foundation.core.clock import business_now, business_today
from foundation.reference.models import Region
from tests.accounts.conftest import world
from tests.accounts.world import PASSWORD, World
from tests.harness.browser import DESKTOP, PHONE, assert_accessible, assert_fits

STATIC = Path(__file__).resolve().parents[2] / "static"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
HOST = "http://testserver"
BACKEND = "django.contrib.auth.backends.ModelBackend"
KEY = second_factor.new_key()
NUMBER = "13800001111"

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


class Door:
    """A browser page whose requests end in this process."""

    def __init__(self, page: Page) -> None:
        self.page, self.client, self.complaints = page, Client(), []  # type: ignore[var-annotated]
        self.database = connections["default"]
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda line: self.complaints.append(line.text) if "Content Security" in line.text else None)
        page.route("**/*", self._answer)

    def _answer(self, route: Route) -> None:
        connections["default"] = self.database  # Playwright's loop would open one that does not see this test's rows
        request, parts = route.request, urlsplit(route.request.url)
        if parts.path.startswith("/static/"):
            file = STATIC / parts.path.removeprefix("/static/")
            route.fulfill(body=file.read_bytes(), content_type=TYPES[file.suffix])
            return
        headers = {name: value for name, value in request.headers.items() if name.startswith("hx-") or name == "accept"}
        address = f"{parts.path}?{parts.query}" if parts.query else parts.path
        if request.method == "POST":
            kind = request.headers.get("content-type", "")
            done: Any = self.client.post(address, request.post_data_buffer or b"", content_type=kind, headers=headers)
        else:
            done = self.client.get(address, headers=headers)
        while done.status_code == 302:
            done = self.client.get(done["Location"])
        told = {name: value for name, value in done.headers.items() if name.lower() != "content-length"}
        route.fulfill(status=done.status_code, headers=told, body=done.content)

    def enter(self, user: User) -> Door:
        """Be somebody."""
        self.client.force_login(user, BACKEND)
        return self

    def open(self, path: str) -> Page:
        """A page, looked at in both sizes."""
        for size in (PHONE, DESKTOP):
            self.page.set_viewport_size(size)  # type: ignore[arg-type]
            self.page.goto(f"{HOST}{path}")
            self.look()
        return self.page

    def look(self) -> None:
        """What is on the screen is accessible and fits."""
        assert_accessible(self.page)
        assert_fits(self.page)


@pytest.fixture
def door(browser: Browser) -> Iterator[Door]:
    context = browser.new_context(viewport=DESKTOP, locale="zh-CN", timezone_id="Asia/Shanghai")  # type: ignore[arg-type]
    context.set_default_timeout(8000)
    found = Door(context.new_page())
    yield found
    context.close()
    assert not found.complaints


def code(key: str, steps: int = 0) -> str:
    """What the app shows, now or some steps later."""
    app = TOTP(bytes.fromhex(key))
    app.time = time.time() + 30 * steps
    return f"{app.token():06}"


def test_set_up_and_signed_in_with_it(world: World, door: Door) -> None:
    person = world.people["ty_signer"]
    page = door.enter(person).open("/accounts/me/second-factor/")
    key = door.client.session["second_factor_key"]
    page.get_by_label("动态码").fill(code(key))
    page.get_by_role("button", name="启用").click()
    page.get_by_text("离开这一页后不再显示").wait_for()
    assert page.locator(".recovery li").count() == 10
    door.look()
    recovery = page.locator(".recovery li").first.inner_text()
    door.open("/accounts/me/second-factor/")
    door.open("/accounts/me/")
    door.client = Client()
    page.goto(f"{HOST}/accounts/sign-in/")
    page.get_by_label("账号或手机号").fill("ty_signer")
    page.locator("#id_password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="登录", exact=True).click()
    page.get_by_role("heading", name="二次验证").wait_for()
    page.goto(
        f"{HOST}/accounts/sign-in/code/"
    )  # redirects are followed in this process, the browser keeps the old address
    door.look()
    page.get_by_label("动态码").fill(code(key, -3))
    page.get_by_role("main").get_by_role("button", name="登录", exact=True).click()
    page.get_by_text("已经用过").first.wait_for()
    door.look()
    page.get_by_label("动态码").fill(recovery)
    page.get_by_role("main").get_by_role("button", name="登录", exact=True).click()
    page.get_by_text("还剩 9 个").wait_for()


def test_pages_of_deputies_and_desks(world: World, door: Door) -> None:
    today = business_today()
    give_authority(
        actor=world.actor("ty_signer"), post_id=Post.objects.get(user=world.people["ty_signer"]).pk,
        deputy_id=world.people["ty_handler"].pk, valid_from=today, valid_to=today, reason="出差",
    )  # fmt: skip
    door.enter(world.people["ty_post_manager"])
    page = door.open("/accounts/deputies/")
    assert page.get_by_text("演示ty_handler（代演示ty_signer）").count()
    for path in (
        "/accounts/deputies/new/",
        f"/accounts/people/{world.people['ty_handler'].pk}/desk/",
        "/accounts/posts/",
    ):
        door.open(path)
    door.enter(world.people["ty_handler"])
    page.goto(f"{HOST}/accounts/me/edit/")
    page.locator("summary.hat").click()
    page.get_by_role("button", name="天元区经科局（测试） · 签发（代演示ty_signer）").click()
    page.get_by_text("现在的身份").wait_for()
    assert "签发（代演示ty_signer）" in page.locator("summary.hat").inner_text()


def test_pages_of_the_administrators(world: World, door: Door) -> None:
    second_factor.set_up(actor=world.actor("ty_signer"), user=world.people["ty_signer"], key=KEY, code=code(KEY))
    privacy.note(
        "reveal",
        actor=world.actor("zz_handler"),
        field="enterprise.contact_phone",
        subject_kind="enterprise",
        subject_id=7,
    )
    door.enter(world.people["security_admin"])
    page = door.open("/accounts/second-factors/?show=with")
    assert page.get_by_text("演示ty_signer").count()
    door.open(f"/accounts/people/{world.people['ty_signer'].pk}/second-factor/")
    door.enter(world.people["audit_admin"])
    for path in ("/accounts/looks/", "/accounts/sign-ins/", "/accounts/me/privacy/"):
        door.open(path)
    door.client = Client()
    door.open("/privacy/")


def test_a_masked_number_is_shown_in_its_place(world: World, door: Door) -> None:
    county = world.bureaus["ty"]
    region = Region.objects.create(
        pk=430211, level="county", kind="市辖区", code="430211", name="天元区", sort_key="430211"
    )
    firm = Enterprise.objects.create(
        uscc="91430211MA4L000011",
        name="演示有限公司",
        region=region,
        bureau=county,
        contact_phone=NUMBER,
        registered_at=business_now(),
    )
    EnterprisePath.objects.create(enterprise=firm, path=bureau_path(county.pk, "", business_today()))
    page = door.enter(world.people["zz_handler"]).open(f"/accounts/reveal/?field=enterprise.contact_phone&pk={firm.pk}")
    assert NUMBER not in page.content()
    door.page.goto(f"{HOST}/enterprises/firm/{firm.pk}/")
    assert "138****1111" in page.content()
    page.locator(".personal button").first.click()
    page.locator(".revealed").wait_for()
    assert page.locator(".revealed").inner_text() == NUMBER
    assert page.url.endswith(f"/enterprises/firm/{firm.pk}/"), "without leaving the page"
    assert RevealEvent.objects.count() == 1
    door.look()


__all__ = ["personal", "world"]
