"""Debian's Chromium through Playwright: a desktop and a phone page, and what every page must stand."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.harness.live import LivePortal

ROOT = Path(__file__).resolve().parents[2]
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 360, "height": 740}
#: Console lines that are no defect of ours: the browser's own note about an answer that is meant (403, 404, 409, 422).
_MEANT = ("Failed to load resource: the server responded with a status of 4",)

#: Set on a test's stash: this test makes the browser complain on purpose and must do so.
EXPECTED = pytest.StashKey[bool]()

# Playwright's loop runs in this thread; Django would refuse the database to every later test of the same worker.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Chromium as installed by the system, quiet and without its own network traffic."""
    chromium = os.environ.get("TIDU_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.fail("没有找到 Chromium：apt-get install chromium / Chromium is missing: apt-get install chromium")
    return {
        "executable_path": chromium,
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ],
    }


def _watched(page: Page, complaints: list[str]) -> None:
    def console(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(_MEANT):
            complaints.append(f"console: {message.text}")

    page.on("console", console)
    page.on("pageerror", lambda error: complaints.append(f"script: {error}"))
    page.on(
        "response", lambda answer: complaints.append(f"{answer.status} {answer.url}") if answer.status >= 500 else None
    )


@pytest.fixture
def open_page(
    browser: Browser, live_portal: LivePortal, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Page]]:
    """Opens a page in a browser context of its own (its own cookies): open_page() or open_page(PHONE).

    A console error, a script error, a refusal of the content security policy or an answer 5xx fails the test.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_one(viewport: dict[str, int] = DESKTOP) -> Page:
        context = browser.new_context(
            viewport=viewport,  # type: ignore[arg-type]
            base_url=live_portal.url,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            accept_downloads=True,
            has_touch=viewport["width"] < 600,
        )
        context.set_default_timeout(15_000)
        context.on("page", lambda page: _watched(page, complaints))
        contexts.append(context)
        return context.new_page()

    yield open_one
    for context in contexts:
        context.close()
    expected = request.node.stash.get(EXPECTED, False)
    if expected and not complaints:
        pytest.fail("the browser was expected to complain", pytrace=False)
    if complaints and not expected:
        pytest.fail("the browser complained:\n" + "\n".join(complaints), pytrace=False)


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """A desktop page, 1440 x 900."""
    return open_page()


@pytest.fixture
def phone(open_page: Callable[..., Page]) -> Page:
    """A phone page, 360 x 740."""
    return open_page(PHONE)


@cache
def _axe() -> tuple[str, str]:
    folder = ROOT / "node_modules" / "axe-core"
    return (folder / "axe.min.js").read_text(), (folder / "locales" / "zh_CN.json").read_text()


def findings(page: Page) -> list[str]:
    """axe-core's serious and critical findings on the page, one readable line each."""
    script, locale = _axe()
    # Evaluated, not added as a tag: the page's own content security policy stays as it is.
    page.evaluate(f"if (!window.axe) {{ {script} }}")
    found = page.evaluate(
        """async (locale) => {
            axe.configure({locale});
            const result = await axe.run(document, {resultTypes: ["violations"]});
            return result.violations
                .filter(v => ["serious", "critical"].includes(v.impact))
                .map(v => `${v.impact} ${v.id}: ${v.help} — `
                    + v.nodes.slice(0, 4).map(n => n.html.slice(0, 160)).join(" | "));
        }""",
        json.loads(locale),
    )
    return list(found)


def assert_accessible(page: Page) -> None:
    """No serious or critical finding by axe-core."""
    found = findings(page)
    assert not found, f"{page.url} is not accessible:\n" + "\n".join(found)


def assert_fits(page: Page) -> None:
    """Nothing makes the page scroll sideways."""
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{page.url} is {wide} px wider than its window"
