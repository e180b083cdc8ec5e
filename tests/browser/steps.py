"""What people of the first half of the way do at the browser: the clerk files, the county recommends, lists are made up, sealed,
sent, received and merged. Shared by the tests that play it on.
"""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.person import PASSWORD, Person, stamped
from tests.harness.live import LivePortal

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
    gives_opinions(officer)


def gives_opinions(officer: Person) -> None:
    """Yes with a line of evidence on every item, a reason where a gate asks for one; on the file's page."""
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
