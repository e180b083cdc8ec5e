"""What people of the second half of the way do at the browser: decide, give public notice, object, publish, report, hear, remove."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from playwright.sync_api import expect

from tests.browser.person import Person
from tests.harness.live import LivePortal


def days_pass(portal: LivePortal, to: dt.date) -> None:
    """Day after day through the real worker, as ``manage.py rehearse`` does it."""
    assert f"演练到 {to}" in portal.manage("rehearse", "--to", to.isoformat(), "--quiet")


def signs_in(person: Person, username: str, password: str) -> Person:
    """With name and password, as a clerk does."""
    person.page.goto("/accounts/sign-in/")
    person.page.locator("input[name=identity]").fill(username)
    person.page.locator("input[name=password]").fill(password)
    person.page.get_by_role("button", name="登录", exact=True).click()
    person.page.wait_for_load_state()
    return person


# ---- the province ------------------------------------------------------------------------------------------


def decides(handler: Person, signer: Person) -> None:
    """The list as a whole: opened by 经办, both hands given."""
    handler.go("/reviews/province/")
    handler.click("开始审定")
    here = re.sub(r"[?#].*", "", handler.page.url)
    for person in (handler, signer):
        person.go(here)
        person.page.locator("[data-open='#sign']").click()
        person.page.locator("#sign button.btn-primary").click()
        person.page.wait_for_load_state()
    signer.sees("已审定")


def gives_notice(handler: Person) -> str:
    """Both contacts, posted; returns the address of the desk page."""
    handler.go("/reviews/public-notices/")
    handler.click("拟制公示")
    handler.look()
    here = re.sub(r"[?#].*", "", handler.page.url)
    for field, value in (
        ("#id_bn", "企业处（演示）"),
        ("#id_bp", "028-00000031"),
        ("#id_dn", "机关纪委（演示）"),
        ("#id_dp", "028-00000032"),
    ):
        handler.page.locator(field).fill(value)
    handler.click("保存")
    handler.page.locator("[data-open='#sign-dialog']").click()
    handler.page.locator("#sign-dialog button.btn-primary").click()
    handler.page.wait_for_load_state()
    handler.sees("公示中")
    return here


def objects(citizen: Person, firm: str, text: str) -> str:
    """From the public page of the notice; returns the receipt number."""
    citizen.go("/reviews/notices/")
    citizen.page.locator("main a", has_text="公示").first.click()
    citizen.page.wait_for_load_state()
    citizen.look()
    row = citizen.page.locator("tr", has_text=firm)
    row.get_by_role("link", name=re.compile("异议")).click()
    citizen.page.wait_for_load_state()
    citizen.look()
    citizen.page.locator("#id_name").fill("郑实名（演示）")
    citizen.page.locator("#id_phone").fill("13900000066")
    citizen.page.locator("#id_text").fill(text)
    citizen.page.get_by_role("button", name="提交异议").click()
    citizen.page.wait_for_load_state()
    citizen.look()
    found = re.search(r"YY\d{4}-\w{6}", citizen.page.locator("main").inner_text())
    assert found is not None, citizen.page.locator("main").inner_text()
    return found[0]


def settles(handler: Person, receipt: str, *, upheld: bool) -> None:
    """Received → checked → verified → decided with a reply."""
    handler.go("/reviews/objections/")
    handler.page.locator("tr", has_text=receipt).get_by_role("link").first.click()
    handler.page.wait_for_load_state()
    handler.look()
    handler.page.locator("[data-open='#check']").click()
    handler.page.locator("#check button.btn-primary").click()
    handler.page.wait_for_load_state()
    handler.page.locator("[data-open='#verify']").click()
    handler.page.locator("#verify-finding").fill("调阅年度审计报告和营业执照核对（演示）")
    handler.page.locator("#verify button.btn-primary").click()
    handler.page.wait_for_load_state()
    dialog = "uphold" if upheld else "reject"
    handler.page.locator(f"[data-open='#{dialog}']").click()
    handler.page.locator(f"#{dialog}-reply").fill("您反映的情况已核实，处理结果如上（演示）")
    if upheld:
        handler.page.locator("#uphold-why").fill("经核实，申报数据与审计报告不一致")
    handler.page.locator(f"#{dialog} button.btn-danger, #{dialog} button.btn-primary").first.click()
    handler.page.wait_for_load_state()
    handler.sees("异议成立" if upheld else "异议不成立")


def publishes(handler: Person, signer: Person, number: str) -> None:
    """The list with its number, both hands."""
    handler.go("/reviews/province/")
    handler.click("拟制名单")
    handler.look()
    here = re.sub(r"[?#].*", "", handler.page.url)
    handler.page.locator("#id_number").fill(number)
    handler.click("保存")
    adopt = handler.page.locator("button[name=action][value=adopt]")
    if adopt.count():
        adopt.click()
        handler.page.wait_for_load_state()
    for person in (handler, signer):
        person.go(here)
        person.page.locator("[data-open='#sign-dialog']").click()
        person.page.locator("#sign-dialog button.btn-primary").click()
        person.page.wait_for_load_state()
    signer.sees("已公布")


# ---- the firm ----------------------------------------------------------------------------------------------


def reports(clerk: Person, period: str, *, now: str, before: str, zero: bool = False) -> None:
    """Open the month from the list, fill it in, give a reason where one is asked, submit."""
    year, month = period.split("-")
    clerk.go("/monitoring/mine/")
    clerk.page.locator("main tbody").get_by_role("link", name=f"{year}年{int(month)}月", exact=True).click()
    clerk.page.wait_for_load_state()
    clerk.look()
    if zero:
        clerk.page.locator("#id_nature_zero").check()
    else:
        clerk.page.locator("#id_nature").check()
        clerk.page.locator("#id_revenue").fill(now)
        clerk.page.locator("#id_main_revenue").fill(now)
    if not clerk.page.locator("#id_main_revenue_prior").input_value():
        clerk.page.locator("#id_main_revenue_prior").fill(before)
    clerk.page.locator("#id_employees").fill("86")
    for _ in range(2):
        with clerk.page.expect_navigation():
            clerk.page.get_by_role("button", name=re.compile("检查并报送|重新报送")).press("Enter")
        asked = clerk.page.locator("textarea[id^=id_why_]")
        if not asked.count():
            break
        for reason in asked.all():
            reason.fill("停工检修后恢复，已核对")
    expect(clerk.page.locator("main")).to_contain_text("已报送")


def makes_token(clerk: Person, name: str) -> str:
    """A token for the firm's own system, shown once."""
    clerk.go("/accounts/me/tokens/new/")
    clerk.fill("用途", name)
    for box in clerk.page.locator("input[name=scopes]").all():
        box.check()
    clerk.click("新建")
    return clerk.page.locator("#token").inner_text()


def system_reports(person: Person, token: str, period: str, *, now: str, before: str) -> None:
    """The firm's own system files over the API."""
    headers = {"Authorization": f"Bearer {token}"}
    call: Any = person.page.request
    row = call.get(f"/api/v1/returns/?period={period}", headers=headers).json()["results"][0]
    values = {
        "version": row["version"],
        "nature": "normal",
        "revenue": now,
        "main_revenue": now,
        "main_revenue_prior": before,
        "employees": 86,
    }
    answer = call.post(f"/api/v1/returns/{row['id']}/submit/", headers=headers, data=values)
    assert answer.ok, answer.text()
    assert answer.json()["state"] == "submitted"


# ---- consequences ------------------------------------------------------------------------------------------


def raises(city: Person, firm: str) -> str:
    """The prefecture turns the signal into a proposal; returns its address."""
    city.go("/monitoring/signals/")
    city.page.locator("tbody tr", has_text=firm).get_by_role("link").first.click()
    city.page.wait_for_load_state()
    city.look()
    city.click("提出建议")
    city.look()
    return re.sub(r"[?#].*", "", city.page.url)


def hears(province: Person, clerk: Person, here: str) -> None:
    """The letter goes out, the firm states its case."""
    province.go(here)
    province.page.locator("[data-open='#hearing']").click()
    province.page.locator("#hearing button.btn-primary").click()
    province.page.wait_for_load_state()
    clerk.go(here)
    clerk.page.locator("#id_text").fill("财务人员离职，未能按月填报，愿意补报（演示）")
    clerk.page.get_by_role("button", name=re.compile("^提交")).click()
    clerk.page.wait_for_load_state()
    clerk.sees("愿意补报")


def decides_change(handler: Person, signer: Person, here: str) -> None:
    """Both hands on a change of the roster."""
    for person in (handler, signer):
        person.go(here)
        person.page.locator("[data-open='#decide']").click()
        person.page.locator("#decide-opinion").fill("同意（演示）")
        person.page.locator("#decide button.btn-primary").click()
        person.page.wait_for_load_state()
    signer.sees("已决定")
