"""Pictures of the README: signs in to a running demo by role, as a visitor would, and saves each page with a reduced palette."""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright
from weasyprint import HTML

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 360, "height": 740}
MAX_BYTES = 200_000
LISTED_FIRM, DEMO_PASSWORD = "firm-043", "Tidu-Yanshi-2018"
"""A clerk of a firm on Hunan's roster; stands on no list of accounts."""
COLOURS = (256, 128, 64, 32)


def save(picture: Image.Image, name: str) -> None:
    """Keep a picture with as many colours as fit into the size a README's picture may have."""
    for colours in COLOURS:
        buffer = io.BytesIO()
        reduced = picture.convert("RGB").quantize(colours, dither=Image.Dither.NONE)
        reduced.save(buffer, "PNG", optimize=True)
        if buffer.tell() <= MAX_BYTES:
            break
    (FOLDER / f"{name}.png").write_bytes(buffer.getvalue())
    print(f"{name}.png  {picture.width} × {picture.height}  {buffer.tell() // 1024} KB  {colours} colours")


def look(page: Page) -> Image.Image:
    """What is on the screen now."""
    page.wait_for_load_state("networkidle")
    return Image.open(io.BytesIO(page.screenshot()))


def sheet_of_paper(title: str) -> bytes:
    """An invented proof of one page."""
    body = f"<h1>{title}</h1><p>演示文件，内容虚构。</p>"
    return bytes(HTML(string=f"<html lang='zh'><body>{body}</body></html>").write_pdf() or b"")


def file_the_draft(page: Page) -> str:
    """Fill in what demo-firm-hn's draft lacks and submit it; returns the firm's name. Already submitted: nothing is done."""
    page.goto("/enterprises/home/")
    firm = page.locator("main .sub").first.inner_text().split("·")[-1].strip()
    go_on = page.locator("main .todo").get_by_role("link", name="继续填写")
    if not go_on.count():
        return firm
    go_on.first.click()
    page.get_by_role("link", name="申报填写").click()
    page.get_by_label("管理创新").check()
    page.get_by_role("button", name="保存并继续").click()
    page.wait_for_url("**/evidence/")
    page.wait_for_load_state("networkidle")
    for field, name in (("financial_report_2017", "2017年审计报告（演示）"), ("patents_0", "发明专利证书（演示）")):
        chooser = page.locator(f"#id_{field}")
        if chooser.count():
            paper = {"name": f"{name}.pdf", "mimeType": "application/pdf", "buffer": sheet_of_paper(name)}
            chooser.set_input_files(files=[paper])
            expect(page.locator("main")).to_contain_text(name)
    page.goto(page.url.replace("/evidence/", "/submit/"))
    for box in page.locator("input[name=declared]").all():
        box.check()
    page.get_by_role("button", name="提交申报").click()
    expect(page.locator("h1")).to_contain_text("已提交")
    return firm


def first_sheet(page: Page) -> Image.Image:
    """The first page of the 汇总表 that a county has sent up, drawn by poppler."""
    page.goto("/reviews/dispatches/")
    page.get_by_role("link", name="查看并接收").first.click()
    link = page.locator("a[href$='table.pdf']").first.get_attribute("href")
    assert link is not None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.pdf"
        path.write_bytes(page.request.get(link).body())
        drawn = Path(folder) / "table"
        subprocess.run(["pdftoppm", "-r", "105", "-f", "1", "-l", "1", "-singlefile", "-png", path, drawn], check=True)
        return Image.open(f"{drawn}.png").convert("RGB")


def side_by_side(pictures: list[Image.Image], gap: int = 24) -> Image.Image:
    """Phones beside each other."""
    width = sum(one.width for one in pictures) + gap * (len(pictures) + 1)
    strip = Image.new("RGB", (width, max(one.height for one in pictures) + 2 * gap), "#d9dee5")
    left = gap
    for one in pictures:
        strip.paste(one, (left, gap))
        left += one.width + gap
    return strip


def person(browser: Browser, address: str) -> Callable[..., Page]:
    """Sign in with one press under 演示账号, in a browser of one's own."""

    def sign_in(username: str, screen: dict[str, int] = DESK) -> Page:
        page = browser.new_context(
            viewport={"width": screen["width"], "height": screen["height"]}, base_url=address, locale="zh-CN"
        ).new_page()
        page.goto("/")
        page.locator(f"button[name=user][value={username}]").click()
        page.wait_for_load_state("networkidle")
        return page

    return sign_in


def main(address: str) -> None:
    """All pictures, in the order of the way."""
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--lang=zh-CN"])
        as_ = person(browser, address)
        save(look(as_("demo-firm-sc")), "enterprise-home")
        firm = file_the_draft(as_("demo-firm-hn"))

        county = as_("demo-ty")
        county.goto("/reviews/queue/")
        save(look(county), "county-queue")
        county.get_by_role("searchbox").fill(firm)
        county.get_by_role("button", name="查找").click()
        county.get_by_role("link", name=firm).click()
        county.wait_for_timeout(2_500)  # the browser's own PDF viewer tells nobody when it has drawn
        save(look(county), "file-review")

        save(first_sheet(as_("demo-zz")), "summary-table-pdf")

        small = as_("demo-firm-sc", PHONE)
        shots = [look(small)]
        small.goto("/reviews/mine/")
        small.get_by_role("link", name="继续填写").first.click()
        shots.append(look(small))
        officer = as_("demo-ty", PHONE)
        officer.goto("/reviews/queue/")
        shots.append(look(officer))
        save(side_by_side(shots), "phone")
        browser.close()


def after_the_report(address: str) -> None:
    """Pictures of what follows the report; the demo's stage is ``listed``. Changes nothing."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--lang=zh-CN"])
        province = person(browser, address)("demo-sc")
        province.goto("/reviews/province/")
        province.get_by_role("link", name="看审定结果").click()
        save(look(province), "approval")
        province.goto("/cultivation/roster/")
        save(look(province), "roster")

        visitor = browser.new_context(viewport=PHONE, base_url=address, locale="zh-CN").new_page()
        visitor.goto("/reviews/notices/")
        visitor.locator("main li a, main td a").first.click()
        shots = [look(visitor)]
        firm = browser.new_context(viewport=PHONE, base_url=address, locale="zh-CN").new_page()
        firm.goto("/accounts/sign-in/")
        firm.locator("input[name=identity]").fill(LISTED_FIRM)
        firm.locator("input[name=password]").fill(DEMO_PASSWORD)
        firm.locator("main form button.btn-primary").first.click()
        firm.goto("/monitoring/mine/")
        shots.append(look(firm))
        firm.get_by_role("link", name="填报", exact=True).first.click()
        shots.append(look(firm))
        save(side_by_side(shots), "phone-after")
        browser.close()


if __name__ == "__main__":
    (after_the_report if sys.argv[2:] == ["listed"] else main)(sys.argv[1].rstrip("/"))
