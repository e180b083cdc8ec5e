"""The door, inbox and jobs in a real browser: one press signs in, nothing scrolls sideways at 360 px, axe finds nothing serious."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.harness.browser import DESKTOP, PHONE, assert_accessible, assert_fits
from tests.harness.live import LivePortal

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def demo_portal(fresh_portal: LivePortal) -> LivePortal:
    """The live portal with the first stage of the demo."""
    fresh_portal.manage("demo", "--stage", "filing", "--seed", "5")
    return fresh_portal


def sign_in(page: Page, username: str) -> None:
    page.goto("/accounts/sign-in/")
    page.locator(f'button[value="{username}"]').click()
    page.wait_for_load_state()


def sound(page: Page) -> None:
    assert_accessible(page)
    assert_fits(page)


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_public_pages(demo_portal: LivePortal, open_page: Callable[..., Page], viewport: dict[str, Any]) -> None:
    page = open_page(viewport)
    for path in ("/", "/help/", "/privacy/", "/accessibility/", "/accounts/sign-in/"):
        page.goto(path)
        sound(page)


@pytest.mark.parametrize(("username", "viewport"), [("demo-ty", PHONE), ("demo-zz", DESKTOP), ("demo-sysadmin", PHONE)])
def test_home_inbox_and_jobs(
    demo_portal: LivePortal, open_page: Callable[..., Page], viewport: dict[str, Any], username: str
) -> None:
    page = open_page(viewport)
    sign_in(page, username)
    expect(page.locator("h1")).to_contain_text("您好")
    sound(page)
    for path in ("/notifications/", "/notifications/preferences/", "/duties/"):
        page.goto(path)
        sound(page)


def test_messages_arrive_by_the_worker_and_are_read_by_a_press(
    demo_portal: LivePortal, open_page: Callable[..., Page]
) -> None:
    page = open_page()
    sign_in(page, "demo-ty")
    for _ in range(40):
        page.goto("/notifications/")
        if page.get_by_role("button", name="查看").count():
            break
        page.wait_for_timeout(500)
    before = int(page.locator(".inbox .count").inner_text().split()[0].removesuffix("条未读") or 0)
    page.get_by_role("button", name="查看").first.click()
    page.wait_for_load_state()
    assert "/notifications/" not in page.url
    page.goto("/notifications/")
    after = page.locator(".inbox .count")
    assert (int(after.inner_text().split()[0].removesuffix("条未读")) if after.count() else 0) == before - 1


def test_a_job_is_followed_to_its_file(demo_portal: LivePortal, open_page: Callable[..., Page]) -> None:
    page = open_page()
    sign_in(page, "demo-ty")
    page.goto("/reviews/queue/")
    page.locator(".toolbar").get_by_role("button", name="导出").click()
    page.wait_for_load_state()
    for _ in range(60):
        page.goto("/duties/")
        if page.locator(".tag", has_text="已完成").count():
            break
        page.wait_for_timeout(500)
    sound(page)
    with page.expect_download() as download:
        page.locator("a.file").first.click()
    assert download.value.suggested_filename.endswith(".xlsx")
    page.locator("td.name a").first.click()
    sound(page)
