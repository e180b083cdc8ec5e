"""The whole way in real browsers, from no application at all to the province's receipt: Hunan's reserve and Sichuan's 高成长.

Nothing is written into the database but by pages; it is read only to compare. The figure a clerk types is followed into the cell of the
sheet, the text of the PDF and the roster.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from stdnum.cn import uscc

from tests.browser.person import PASSWORD, Person, stamped, text_of
from tests.harness.browser import PHONE
from tests.harness.live import LivePortal

Open = Callable[..., Page]
SALES = ("8,204.11", "10,377.45", "12,345.67")
"""近三年销售收入 as the clerk of 天元 types them."""


def code(division: str, serial: str) -> str:
    """An invented code with a valid check character."""
    body = f"91{division}{serial}"
    return body + uscc.calc_check_digit(body)


@pytest.fixture(scope="module")
def portal(fresh_portal: LivePortal) -> LivePortal:
    """Officials, notices and rounds; no firm, no application."""
    fresh_portal.manage("demo", "--stage", "notice")
    assert fresh_portal.rows("SELECT count(*) FROM reviews_application") == [(0,)]
    return fresh_portal


# ---- the clerk ---------------------------------------------------------------------------------------------


def registers(clerk: Person, *, firm: str, uscc_code: str, county: str, industry: str) -> None:
    """From the public page to a registered firm."""
    clerk.go("/enterprises/register/")
    for label, value in (
        ("您的姓名", clerk.name),
        ("手机", f"139{uscc_code[9:17].translate(str.maketrans('ABCDEFGHJKLMNPQRTUWXY', '012345678901234567890'))}"),
        ("登录账号", f"clerk-{uscc_code[-6:].lower()}"),
        ("密码", PASSWORD),
        ("再输一次密码", PASSWORD),
        ("统一社会信用代码", uscc_code),
        ("企业名称", firm),
        ("法定代表人（负责人）", "陈示范"),
        ("成立日期", "2010-05-07"),
        ("联系人", clerk.name),
        ("联系电话", "0731-55555501"),
    ):
        clerk.fill(label, value)
    chooses(clerk, "所属县市区", county)
    chooses(clerk, "所属行业", industry)
    clerk.page.get_by_label("独立法人", exact=True).check()
    clerk.page.get_by_label("我已阅读并同意隐私说明").check()
    clerk.click("注册并登记企业")
    clerk.sees(firm)
    clerk.look()


def chooses(clerk: Person, label: str, text: str) -> None:
    """Type into a combobox and take its first suggestion."""
    field = clerk.page.get_by_label(re.compile(rf"^{label}(必填)?$")).first
    field.fill("")
    field.press_sequentially(text, delay=20)
    clerk.page.get_by_role("option").first.click()


def firm_id(clerk: Person, portal: LivePortal, uscc_code: str) -> int:
    return int(portal.rows("SELECT id FROM enterprises_enterprise WHERE uscc = %s", uscc_code)[0][0])


def saved(clerk: Person) -> None:
    """The page says that everything typed is kept."""
    expect(clerk.page.locator("[data-save-state]").first).to_contain_text("已自动保存", timeout=15_000)


def enters_facts(clerk: Person, firm: int, *, sales: tuple[str, str, str], hunan: bool) -> None:
    """The firm's facts, once: the grid by autosave, the niche, the catalogues, the directions."""
    clerk.go(f"/enterprises/firm/{firm}/figures/")
    grid = {
        "营业收入": ("8,300.00", "10,480.00", "12,500.00"),
        "主营业务收入": ("8,210.00", "10,380.00", "12,360.00"),
        "销售收入": sales,
        "研发投入": ("402.10", "455.00", "530.44"),
        "利税": ("811.30", "902.75", "1,004.12"),
        "从业人员": ("398", "405", "412"),
    }
    for fact, values in grid.items():
        for year, value in zip((2015, 2016, 2017), values, strict=True):
            field = clerk.page.get_by_label(f"{fact} {year}年").first
            field.fill(value)
            field.blur()
    saved(clerk)
    clerk.go(f"/enterprises/firm/{firm}/industry/")
    clerk.fill("产业细分领域", "硬质合金刀具")
    clerk.page.keyboard.press("Tab")
    saved(clerk)
    if hunan:
        clerk.page.get_by_label("先进硬质材料").check()
        clerk.page.get_by_role("button", name="保存选择").first.click()
        clerk.page.get_by_label("新材料", exact=True).check()
        clerk.page.get_by_role("button", name="保存选择").last.click()
    clerk.go(f"/enterprises/firm/{firm}/srdi/")
    clerk.page.get_by_label("专业化").check()
    clerk.page.get_by_label("规模以上").first.select_option("yes")
    clerk.page.keyboard.press("Tab")
    saved(clerk)
    clerk.go(f"/enterprises/firm/{firm}/patents/")
    clerk.click("确认清单齐全")
    clerk.look()


def applies(clerk: Person, *, hunan: bool) -> str:
    """Start, answer, explain, sign, submit; returns the acknowledgement number."""
    clerk.go("/reviews/mine/")
    clerk.click("看条件，去申报")
    clerk.look()
    clerk.click("开始填写")
    clerk.look()
    draft = re.search(r"/reviews/mine/(\d+)/", clerk.page.url)
    assert draft is not None
    here = f"/reviews/mine/{draft[1]}"
    clerk.sees("尚未提交")
    if hunan:
        clerk.go(f"{here}/answers/")
        clerk.page.get_by_label("管理创新").check()
        clerk.page.get_by_label("产融对接").check()
        saved(clerk)
    clerk.go(f"{here}/evidence/")
    clerk.page.locator("#id_financial_report_2017").set_input_files(
        files=[{"name": "审计报告2017.pdf", "mimeType": "application/pdf", "buffer": one_page("2017")}]
    )
    clerk.sees("审计报告2017.pdf")
    clerk.go(f"{here}/check/")
    for reason in clerk.page.locator("main textarea").all():
        reason.fill("新产线投产，订单增加，与审计报告一致")
        reason.blur()
    if clerk.page.locator("main textarea").count():
        saved(clerk)
    if not hunan:
        clerk.go(f"{here}/commitment/")
        clerk.page.locator("#id_click_signer").fill("陈示范")
        clerk.page.locator("#id_click_agree").check()
        clerk.click("签署")
        clerk.sees("陈示范")
    clerk.go(f"{here}/submit/")
    for box in clerk.page.locator("input[name=declared]").all():
        box.check()
    clerk.click("提交申报")
    clerk.look()
    number = re.search(r"(43|51)201801-\d{6}", clerk.page.locator("main").inner_text())
    assert number is not None, clerk.page.locator("main").inner_text()
    return number[0]


def one_page(text: str) -> bytes:
    """A small PDF of one page."""
    from weasyprint import HTML

    return bytes(HTML(string=f"<p>{text}</p>").write_pdf() or b"")


# ---- the county --------------------------------------------------------------------------------------------


def opens_file(officer: Person, firm: str) -> None:
    officer.go("/reviews/queue/")
    officer.page.get_by_role("link", name=firm).click()
    officer.page.wait_for_load_state()
    officer.look()


def checks_and_judges(officer: Person, firm: str) -> None:
    """Credit check with proof, opinion items with a line each, reasons where a gate asks."""
    opens_file(officer, firm)
    officer.page.get_by_role("button", name="登记核查…").first.click()
    dialog = officer.page.locator("dialog[open]")
    dialog.locator("input[type=file]").set_input_files(
        files=[{"name": "信用中国查询.pdf", "mimeType": "application/pdf", "buffer": one_page("credit")}]
    )
    dialog.get_by_role("button", name="登记").click()
    officer.page.wait_for_load_state()
    officer.sees("未见不良")
    for answer in officer.page.locator("#opinion input[type=radio][value=yes]").all():
        answer.press(
            "Space"
        )  # by keyboard: the first click after scrolling past a PDF frame is lost in headless Chromium
        expect(answer).to_be_checked()
    for line in officer.page.locator("#opinion input[name^=line_]").all():
        line.fill("实地走访核实，产品与资料一致")
    officer.page.locator("#opinion").get_by_role("button", name="保存意见").press("Enter")
    officer.sees("意见已保存")
    reasons = officer.page.locator("#opinion textarea[name^=reason_]")
    if reasons.count():
        for reason in reasons.all():
            reason.fill("产业方向符合，数据以审计报告为准")
        officer.page.locator("#opinion").get_by_role("button", name="保存意见").press("Enter")
        officer.page.wait_for_load_state()


def recommends(officer: Person, firm: str, opinion: str = "同意推荐") -> None:
    opens_file(officer, firm)
    officer.page.locator("#id_opinion").fill(opinion)
    officer.page.locator("button[name=action][value=recommend]").first.press("Enter")
    officer.page.wait_for_load_state()
    officer.sees("已办理推荐")


# ---- the dispatch ------------------------------------------------------------------------------------------


def makes_up(officer: Person, *hands: Person) -> str:
    """Open the bureau's dispatch, name the reporter, give every hand; returns its address once the table is made."""
    officer.go("/reviews/dispatches/")
    officer.page.get_by_role("button", name="编制报送").click()
    officer.page.wait_for_load_state()
    officer.look()
    here = re.sub(r"[?#].*", "", officer.page.url)
    officer.page.locator("#reporter input[name=name]").fill(officer.name)
    officer.page.locator("#reporter input[name=phone]").fill("0731-28680001")
    officer.page.locator("#reporter").get_by_role("button", name="保存").click()
    officer.page.wait_for_load_state()
    explains_listing(officer)
    for hand in (officer, *hands):
        hand.go(here)
        hand.page.locator("[data-open='#sign-dialog']").click()
        hand.page.locator("#sign-dialog button.btn-primary").click()
        hand.page.wait_for_load_state()
    last = hands[-1] if hands else officer
    expect(last.page.locator("#papers a[href$='table.xlsx']")).to_be_visible(timeout=90_000)
    return here


def explains_listing(officer: Person) -> None:
    """Where the reported list is the listing, every open criterion has its reason: the county's, or one of our own."""
    adopt = officer.page.get_by_role("button", name=re.compile("沿用县级理由"))
    if adopt.count():
        adopt.click()
        officer.page.wait_for_load_state()
    reasons = officer.page.locator("#gates input[name^=reason_]")
    if reasons.count():
        for reason in reasons.all():
            if not reason.input_value():
                reason.fill("已实地核实，同意列入")
        officer.page.get_by_role("button", name="保存说明").click()
        officer.page.wait_for_load_state()


def downloads(officer: Person, here: str, form: str, folder: Path, name: str) -> Path:
    """Fetch the table's PDF or workbook through the page's own link."""
    officer.go(here)
    link = officer.page.locator(f"#papers a[href$='table.{form}']").first.get_attribute("href")
    assert link is not None
    answer = officer.page.request.get(link)
    assert answer.ok
    path = folder / f"{name}.{form}"
    path.write_bytes(answer.body())
    return path


def seals(officer: Person, here: str, folder: Path, name: str) -> Path:
    """Print the PDF, stamp it, scan it, bring it back; the code in the margin is read."""
    printed = downloads(officer, here, "pdf", folder, name)
    officer.page.locator("[data-open='#seal']").first.click()
    officer.page.locator("#seal-file").set_input_files(stamped(printed, folder))
    officer.page.locator("#seal button.btn-primary").click()
    officer.page.wait_for_load_state()
    officer.sees("页的二维码相符")
    return printed


def sends(officer: Person, here: str) -> None:
    officer.go(here)
    officer.page.get_by_role("button", name="报送", exact=True).click()
    officer.page.wait_for_load_state()
    officer.sees("已报送")


def receives(officer: Person, here: str) -> None:
    officer.go(here)
    officer.page.get_by_role("button", name="接收", exact=True).click()
    officer.page.wait_for_load_state()
    officer.sees("已接收")
    officer.look()


def merges(officer: Person, here: str) -> None:
    officer.go(here)
    officer.page.get_by_role("button", name=re.compile("全部审核通过")).click()
    officer.page.wait_for_load_state()
    expect(officer.page.get_by_role("button", name=re.compile("全部审核通过"))).to_have_count(0)


def plans(officer: Person) -> None:
    """The prefecture's cultivation plan, finished (HN-26)."""
    officer.go("/reviews/dispatches/")
    officer.page.get_by_role("button", name="起草培育工作计划").click()
    officer.page.wait_for_load_state()
    officer.look()
    officer.page.locator("#id_goals").fill("力争两年内形成一批细分领域单项冠军")
    officer.page.get_by_label("第 1 行措施").fill("组织上云诊断和产融对接")
    officer.page.get_by_label("第 1 行责任单位").fill("市经信委中小企业科")
    officer.page.get_by_role("button", name="保存", exact=True).click()
    officer.page.wait_for_load_state()
    officer.page.once("dialog", lambda dialog: dialog.accept())
    officer.page.get_by_role("button", name="定稿").click()
    if officer.page.locator("dialog[open]").count():
        officer.page.locator("dialog[open] button.btn-primary, dialog[open] .btn-danger").first.click()
    officer.sees("已定稿")


def cells(workbook: Path, tab: int = 0) -> list[list[object]]:
    """Cells of a tab, read by another library than the one that wrote them."""
    from openpyxl import load_workbook

    book = load_workbook(workbook)
    sheet = [one for one in book.worksheets if one.sheet_state == "visible"][tab]
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_hunan(portal: LivePortal, open_page: Open, tmp_path: Path) -> None:
    lan, mei = Person(open_page(), "何兰"), Person(open_page(PHONE), "曾梅")
    tianyuan, hetang = "株洲示范天元刀具有限公司（演示）", "株洲示范荷塘阀门有限公司（演示）"
    lan_code, mei_code = code("430211", "MA4L1D001"), code("430202", "MA4L1D002")

    registers(lan, firm=tianyuan, uscc_code=lan_code, county="天元区", industry="3240")
    enters_facts(lan, firm_id(lan, portal, lan_code), sales=SALES, hunan=True)
    applies(lan, hunan=True)
    registers(mei, firm=hetang, uscc_code=mei_code, county="荷塘区", industry="3443")
    enters_facts(mei, firm_id(mei, portal, mei_code), sales=("5,100.00", "6,020.50", "7,200.25"), hunan=True)
    applies(mei, hunan=True)

    handler, signer = (Person(open_page(), name).sign_in_as_demo(name) for name in ("demo-ty", "demo-ty-sign"))
    checks_and_judges(handler, tianyuan)
    recommends(handler, tianyuan)
    recommends(signer, tianyuan)
    alone = Person(open_page(), "demo-ht").sign_in_as_demo("demo-ht")
    checks_and_judges(alone, hetang)
    recommends(alone, hetang)
    assert portal.rows("SELECT DISTINCT state FROM reviews_application") == [("recommended",)]

    city, city_signer, archive = (
        Person(open_page(), one).sign_in_as_demo(one) for one in ("demo-zz", "demo-zz-sign", "demo-zz-archive")
    )
    from_tianyuan = makes_up(handler, signer)
    seals(handler, from_tianyuan, tmp_path, "tianyuan")
    sends(handler, from_tianyuan)
    from_hetang = makes_up(alone)
    seals(alone, from_hetang, tmp_path, "hetang")
    sends(alone, from_hetang)
    for here in (from_tianyuan, from_hetang):
        receives(city, here)
        merges(city, here)
    from_city = makes_up(city, city_signer)
    printed = downloads(archive, from_city, "pdf", tmp_path, "zhuzhou")
    workbook = downloads(archive, from_city, "xlsx", tmp_path, "zhuzhou")
    seals(archive, from_city, tmp_path, "zhuzhou-seal")
    city.go(from_city)
    city.sees("培育工作计划尚未定稿")
    plans(city)
    sends(city, from_city)

    # The figure the clerk typed is the figure in the cell and on the paper (design 4).
    typed = "/".join(SALES)
    main = cells(workbook)
    row = next(row for row in main if tianyuan in row)
    assert typed in row
    assert main[0][0] == "2018年小巨人后备企业汇总表（演练）"
    split = next(row for row in cells(workbook, 1) if tianyuan in row)
    assert len([value for value in split if value is not None]) == 13
    assert [float(value) for value in split if isinstance(value, int | float)][:3] == [8204.11, 10377.45, 12345.67]
    words = re.sub(r"\s+", "", text_of(printed))
    assert all(figure in words for figure in SALES)
    assert tianyuan in words

    province = Person(open_page(), "demo-hn").sign_in_as_demo("demo-hn")
    receives(province, from_city)
    listed = portal.rows(
        "SELECT e.uscc, r.tier, r.since FROM cultivation_rosterentry r"
        " JOIN enterprises_enterprise e ON e.id = r.enterprise_id ORDER BY e.uscc"
    )
    assert listed == sorted((one, "reserve", dt.date(2018, 3, 12)) for one in (lan_code, mei_code))
    lan.go("/reviews/mine/")
    lan.sees("已列入名单")


def test_sichuan(portal: LivePortal, open_page: Open, tmp_path: Path) -> None:
    clerk, firm = Person(open_page(), "何静"), "锦江示范流体控制有限公司（演示）"
    number = code("510104", "MA4L1D003")
    registers(clerk, firm=firm, uscc_code=number, county="锦江区", industry="3443")
    enters_facts(clerk, firm_id(clerk, portal, number), sales=("8,000.00", "9,500.00", "11,000.00"), hunan=False)
    applies(clerk, hunan=False)
    county = Person(open_page(), "demo-jj").sign_in_as_demo("demo-jj")
    checks_and_judges(county, firm)
    recommends(county, firm)
    up = makes_up(county)
    seals(county, up, tmp_path, "jinjiang")
    sends(county, up)
    city = Person(open_page(), "demo-cd").sign_in_as_demo("demo-cd")
    receives(city, up)
    merges(city, up)
    further = makes_up(city)
    seals(city, further, tmp_path, "chengdu")
    sends(city, further)
    province = Person(open_page(), "demo-sc").sign_in_as_demo("demo-sc")
    receives(province, further)
    # Approval, public notice and list come after the receipt: nobody is listed by it in Sichuan.
    assert portal.rows("SELECT count(*) FROM cultivation_rosterentry WHERE province = '51'") == [(0,)]


def test_the_journal_holds_and_tells(portal: LivePortal) -> None:
    """Whole after both ways; one altered row makes the check fail and is named."""
    portal.manage("shell", "-c", "from foundation.journal import chain; chain.seal()")
    assert "留痕核对通过" in portal.manage("journal_check")
    entry = portal.rows("SELECT min(id) FROM journal_decision WHERE action = 'application.recommend'")[0][0]
    portal.alter(
        "ALTER TABLE journal_decision DISABLE TRIGGER USER",
        f"UPDATE journal_decision SET opinion = '不同意' WHERE id = {entry}",
        "ALTER TABLE journal_decision ENABLE TRIGGER USER",
    )
    code_, told = portal.run("journal_check")
    assert code_ == 1
    assert f"决定 {entry}" in told
