"""The browser harness bites: an inaccessible page, a page too wide, a script error, a refused inline script."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.harness.browser import assert_accessible, assert_fits
from tests.harness.live import LivePortal


def test_the_portal_is_there_and_empty(fresh_portal: LivePortal) -> None:
    assert fresh_portal.rows("SELECT count(*) FROM reviews_application") == [(0,)]
    assert fresh_portal.rows("SELECT count(*) FROM accounts_user") == [(0,)]


def test_looking_into_the_database_cannot_write(live_portal: LivePortal) -> None:
    import psycopg2

    with pytest.raises(psycopg2.errors.ReadOnlySqlTransaction):
        live_portal.rows("DELETE FROM django_session RETURNING 1")


def test_an_inaccessible_page_is_found(page: Any) -> None:
    page.set_content(
        '<!doctype html><html lang="zh-CN"><title>x</title><main><img src="data:,"><h1>x</h1></main></html>'
    )
    with pytest.raises(AssertionError, match="critical image-alt"):
        assert_accessible(page)


def test_an_accessible_page_is_left_alone(page: Any) -> None:
    page.set_content('<!doctype html><html lang="zh-CN"><title>x</title><main><h1>x</h1></main></html>')
    assert_accessible(page)


def test_a_page_wider_than_the_phone_is_found(phone: Any) -> None:
    content = '<!doctype html><html lang="zh-CN"><meta name="viewport" content="width=device-width"><title>x</title>'
    phone.set_content(content + '<div style="width:300px">x</div>')
    assert_fits(phone)
    phone.set_content(content + '<div style="width:400px">x</div>')
    with pytest.raises(AssertionError, match="px wider"):
        assert_fits(phone)


@pytest.fixture
def complaining(request: pytest.FixtureRequest, open_page: Callable[..., Any]) -> Any:
    """A page whose complaints are expected: they are taken out before the harness looks."""
    from tests.harness import browser

    taken: list[str] = []
    page = open_page()
    page.context.on("page", lambda _page: None)
    page.on("console", lambda message: taken.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: taken.append(str(error)))
    request.node.stash[browser.EXPECTED] = True
    return page, taken


def test_a_script_error_is_a_complaint(complaining: Any) -> None:
    page, taken = complaining
    page.set_content("<script>throw new Error('broken page')</script>")
    page.wait_for_timeout(100)
    assert any("broken page" in line for line in taken)


def test_an_inline_script_is_refused_on_our_pages(complaining: Any, live_portal: LivePortal) -> None:
    page, taken = complaining
    page.goto("/")
    page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.hit = 1';"
        "document.head.append(s); }"
    )
    assert page.evaluate("window.hit") is None
    assert any("Content Security Policy" in line for line in taken)
