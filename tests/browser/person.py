"""People at a browser: each has a page of their own and does what a person does. Every page they see is checked for accessibility."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.harness.browser import assert_accessible, assert_fits

PASSWORD = "Zhuzhou-2018-jj"


class Person:
    """Somebody with a browser."""

    def __init__(self, page: Page, name: str) -> None:
        self.page = page
        self.name = name
        self._looked: set[str] = set()

    def look(self) -> None:
        """No serious finding of axe-core on this kind of page, no sideways scroll; each kind of page once per person."""
        kind = re.sub(r"\d+", "N", self.page.url.split("?")[0])
        if kind not in self._looked:
            self._looked.add(kind)
            assert_accessible(self.page)
            assert_fits(self.page)

    def go(self, path: str) -> None:
        """Open an address and look at it."""
        self.page.goto(path)
        self.look()

    def click(self, what: str, *, within: str = "main") -> None:
        """Press a button or follow a link by its words."""
        area = self.page.locator(within)
        target = (
            area.get_by_role("button", name=what, exact=True).or_(area.get_by_role("link", name=what, exact=True)).first
        )
        target.click()
        self.page.wait_for_load_state()

    def fill(self, label: str, value: str, *, within: str = "main") -> Locator:
        """Type into the field of that label (the mark 必填 does not matter)."""
        field = self.page.locator(within).get_by_label(re.compile(rf"^{re.escape(label)}(必填)?$")).first
        field.fill(value)
        return field

    def sees(self, text: str) -> None:
        """The text stands on the page."""
        expect(self.page.locator("body")).to_contain_text(text)
        self.page.wait_for_load_state("networkidle")

    def sign_in_as_demo(self, username: str) -> Person:
        """One press on the sign-in page of a rehearsal."""
        self.page.goto("/accounts/sign-in/")
        button = self.page.locator(f"button[name=user][value={username}]")
        if not button.is_visible():
            self.page.locator("details:has(button[name=user]) > summary").first.click()
        button.click()
        self.page.wait_for_load_state()
        self.look()
        return self

    def wears(self, hat: str) -> None:
        """Put on another hat from the menu at the top right."""
        self.page.locator("header summary, header [aria-haspopup]").last.click()
        self.page.locator("header").get_by_role("button", name=re.compile(hat)).click()
        self.page.wait_for_load_state()

    def answers_ok(self, action: Callable[[], None]) -> None:
        """Do something that must not be refused."""
        action()
        expect(self.page.locator("[role=alert]")).to_have_count(0)


def stamped(pdf: Path, folder: Path) -> Path:
    """What comes back from the scanner: the printed paper as pictures in a PDF."""
    from PIL import Image

    subprocess.run(["pdftoppm", "-r", "150", "-png", str(pdf), str(folder / pdf.stem)], check=True, capture_output=True)
    sheets = [Image.open(path).convert("RGB") for path in sorted(folder.glob(f"{pdf.stem}-*.png"))]
    scan = folder / f"{pdf.stem}-盖章扫描.pdf"
    sheets[0].save(scan, save_all=True, append_images=sheets[1:], resolution=150)
    return scan


def text_of(pdf: Path) -> str:
    """The text of a PDF as poppler reads it."""
    return subprocess.run(["pdftotext", str(pdf), "-"], check=True, capture_output=True, text=True).stdout
