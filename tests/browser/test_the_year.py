"""Both rounds played on from the counties' lists: Hunan to the listing by plan; Sichuan through approval, public notice with two
objections, list and roster, and the twelve months after it. What must come out is written here before the run.

Days pass through the real worker; nothing is written into the database but by pages, the API and the day's jobs.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from portal.rehearsal.people import PASSWORD
from tests.browser import steps
from tests.browser.person import Person
from tests.browser.year_steps import (
    days_pass,
    decides,
    decides_change,
    gives_notice,
    hears,
    makes_token,
    objects,
    publishes,
    raises,
    reports,
    settles,
    signs_in,
    system_reports,
)
from tests.harness.browser import PHONE
from tests.harness.live import LivePortal

Open = Callable[..., Page]

#: The invented firms of seed 1 that Sichuan's counties recommend, by what happens to them: code, name, clerk's account.
FILES = ("91510104DX2420839A", "成都示范蓉芯节能环保装备有限公司（演示）", "firm-083")
ZERO = ("91510104DX00708475", "成都示范浣花燃机部件股份有限公司（演示）", "firm-084")
STRUCK = ("91510104DX3330827E", "成都示范川西节能环保装备有限公司（演示）", "firm-082")
STOPS = ("91510107DX8720867F", "成都示范金沙节能环保装备有限公司（演示）", "firm-086")
FALLS = ("91510107DX5090871F", "成都示范芙蓉燃机部件有限责任公司（演示）", "firm-087")
TIER = "high_growth"

LISTED, FIRST_MONTHS, NEW_YEAR, THE_END = (
    dt.date(2018, 3, 31),
    dt.date(2018, 7, 1),
    dt.date(2019, 1, 31),
    dt.date(2019, 3, 15),
)
#: What the API answers about each firm on four dates: state and tier.
EXPECTED = {
    LISTED: {
        FILES[0]: ("listed", TIER), ZERO[0]: ("listed", TIER), STOPS[0]: ("listed", TIER), FALLS[0]: ("listed", TIER),
        STRUCK[0]: ("never", None),
    },
    FIRST_MONTHS: {
        FILES[0]: ("listed", TIER), ZERO[0]: ("listed", TIER), STOPS[0]: ("left", TIER), FALLS[0]: ("listed", TIER),
        STRUCK[0]: ("never", None),
    },
    NEW_YEAR: {
        FILES[0]: ("listed", TIER), ZERO[0]: ("listed", TIER), STOPS[0]: ("left", TIER),
        FALLS[0]: ("under_observation", TIER), STRUCK[0]: ("never", None),
    },
    THE_END: {
        FILES[0]: ("listed", TIER), ZERO[0]: ("listed", TIER), STOPS[0]: ("left", TIER),
        FALLS[0]: ("under_observation", TIER), STRUCK[0]: ("never", None),
    },
}  # fmt: skip
#: Messages to the five firms by kind. STOPS misses March, April and May: three times T-5, T-1, and T with T+1 by SMS too.
TO_FIRMS = {
    "reviews.approved": 5,
    "reviews.in_notice": 5,
    "reviews.struck": 1,
    "reviews.listed": 4,
    "monitoring.chase_inbox": 3,
    "monitoring.chase_mail": 3,
    "monitoring.chase_sms": 6,
    "monitoring.signal_warning": 2,
    "monitoring.signal_breach": 1,
    "monitoring.signal_growth_fall": 1,
    "reviews.hearing_opened": 1,
    "reviews.proposal_decided": 2,
}
#: Months and natures of the returns at the end.
RETURNS = {FILES[0]: {"normal": 12}, ZERO[0]: {"normal": 10, "zero": 2}, FALLS[0]: {"normal": 12}, STOPS[0]: {}}


@pytest.fixture(scope="module")
def portal(fresh_portal: LivePortal) -> LivePortal:
    """Lists of four counties of Hunan and one of Sichuan have been sent."""
    fresh_portal.manage("demo", "--stage", "dispatch", "--seed", "1")
    return fresh_portal


def waiting(officer: Person) -> list[str]:
    """Addresses of the lists that wait for this bureau's receipt."""
    officer.go("/reviews/dispatches/")
    links = officer.page.get_by_role("link", name="查看并接收").all()
    return [str(link.get_attribute("href")) for link in links]


def test_hunan_is_listed_by_plan(portal: LivePortal, open_page: Open, tmp_path: Path) -> None:
    city, signer, archive, province = (
        Person(open_page(), one).sign_in_as_demo(one)
        for one in ("demo-zz", "demo-zz-sign", "demo-zz-archive", "demo-hn")
    )
    sent = waiting(city)
    assert len(sent) == 4
    for here in sent:
        steps.receives(city, here)
        steps.merges(city, here)
    up = steps.makes_up(city, signer)
    steps.seals(archive, up, tmp_path, "zhuzhou")
    steps.plans(city)
    steps.sends(city, up)
    province.go("/reviews/province/")
    province.sees("待接收")
    steps.receives(province, up)
    listed = portal.rows(
        "SELECT tier, since, count(*) FROM cultivation_rosterentry WHERE province = '43' AND until IS NULL GROUP BY 1, 2"
    )
    assert listed == [("reserve", dt.date(2018, 3, 12), 16)]
    # Neither approval nor public notice nor published list: 49号 knows none of them.
    assert portal.rows("SELECT count(*) FROM reviews_approval")[0] == (0,)
    public = Person(open_page(PHONE), "市民")
    public.go("/cultivation/roster/")
    assert "小巨人后备" not in public.page.locator("main tbody").all_inner_texts().__str__()


def test_sichuan_to_the_roster_and_through_the_year(portal: LivePortal, open_page: Open, tmp_path: Path) -> None:
    county, city, province, sign = (
        Person(open_page(), one).sign_in_as_demo(one) for one in ("demo-jj", "demo-cd", "demo-sc", "demo-sc-sign")
    )
    for firm in (STRUCK, FILES, ZERO):
        judges(county, firm[1])
        steps.recommends(county, firm[1])
    up = steps.makes_up(county)
    steps.seals(county, up, tmp_path, "jinjiang")
    steps.sends(county, up)
    for here in waiting(city):
        steps.receives(city, here)
        steps.merges(city, here)
    further = steps.makes_up(city)
    steps.seals(city, further, tmp_path, "chengdu")
    steps.sends(city, further)
    steps.receives(province, further)

    decides(province, sign)
    gives_notice(province)
    days_pass(portal, dt.date(2018, 3, 14))
    citizen = Person(open_page(PHONE), "郑实名")
    first = objects(citizen, STRUCK[1], "该企业所报主营业务收入与审计报告不一致（演示）")
    second = objects(citizen, FILES[1], "认为该企业成立不足两年（演示）")
    settles(province, first, upheld=True)
    settles(province, second, upheld=False)
    citizen.go("/reviews/notices/")
    citizen.page.locator("main a", has_text="公示").first.click()
    citizen.sees("经核实，申报数据与审计报告不一致")
    days_pass(portal, dt.date(2018, 3, 20))
    closes(province)
    publishes(province, sign, "川经信企业〔2018〕演示9号")
    looks_it_up(citizen, FILES, STRUCK)

    clerk, phone = (
        signs_in(Person(open_page(*size), firm[1]), firm[2], PASSWORD) for firm, size in ((FILES, ()), (ZERO, (PHONE,)))
    )
    falling, stopping = (signs_in(Person(open_page(), firm[1]), firm[2], PASSWORD) for firm in (FALLS, STOPS))
    token = makes_token(falling, "财务系统")
    for number in range(12):
        year, month = 2018 + (2 + number) // 12, (2 + number) % 12 + 1
        period = f"{year}-{month:02d}"
        days_pass(portal, dt.date(year + month // 12, month % 12 + 1, 3))
        reports(clerk, period, now=f"{1000 + number}.50", before="900.00")
        reports(phone, period, now="800.00", before="600.00", zero=period in {"2018-10", "2018-11"})
        system_reports(falling, token, period, now="540.00", before="600.00")
        if period == "2018-05":
            days_pass(portal, dt.date(2018, 6, 13))
            here = raises(city, STOPS[1])
            hears(province, stopping, here)
            decides_change(province, sign, here)
        if period == "2018-12":
            days_pass(portal, dt.date(2019, 1, 14))
            decides_change(province, sign, raises(city, FALLS[1]))
    days_pass(portal, THE_END)

    assert {day: {code: standing(citizen, code, day) for code in rows} for day, rows in EXPECTED.items()} == EXPECTED
    assert messages(portal) == TO_FIRMS
    assert natures(portal) == RETURNS
    restart_needs_a_new_application(portal)
    portal.manage("shell", "-c", "from foundation.journal import chain; chain.seal()")
    assert "留痕核对通过" in portal.manage("journal_check")
    assert portal.run("invariants")[0] == 0


def judges(officer: Person, firm: str) -> None:
    """The credit check has been made: opinions and reasons only."""
    steps.opens_file(officer, firm)
    steps.gives_opinions(officer)


def closes(officer: Person) -> None:
    """The notice is closed after its last day."""
    officer.go("/reviews/public-notices/")
    officer.page.locator("main a", has_text="公示").first.click()
    officer.page.wait_for_load_state()
    officer.click("结束公示")
    officer.sees("已结束")


def looks_it_up(citizen: Person, listed: tuple[str, str, str], absent: tuple[str, str, str]) -> None:
    """The public roster: name, region, tier, batch only."""
    citizen.go("/cultivation/roster/")
    citizen.sees(listed[1])
    text = citizen.page.locator("main").inner_text()
    assert absent[1] not in text
    assert listed[0] not in text
    assert not re.search(r"1\d{10}", text)


def standing(person: Person, code: str, day: dt.date) -> tuple[str, str | None]:
    """Status and tier of a firm on a day, as the API tells anybody who asks (a bank)."""
    answer = person.page.request.get(f"/api/v1/roster/?uscc={code}&as_of={day}&programme=sichuan_2017_238")
    assert answer.ok, answer.text()
    found = answer.json()["answers"][0]
    return found["status"], found["tier"]


def messages(portal: LivePortal) -> dict[str, int]:
    """Messages to the five firms since the province had their files, by kind."""
    rows = portal.rows(
        "SELECT o.kind FROM journal_outboxmessage o JOIN enterprises_enterprise e ON e.id = o.recipient_id"
        " WHERE o.recipient_kind = 'enterprise' AND e.uscc = ANY(%s)"
        " AND o.kind NOT IN ('reviews.acknowledged', 'reviews.recommended', 'cultivation.notice_published')",
        [firm[0] for firm in (FILES, ZERO, STRUCK, STOPS, FALLS)],
    )
    return dict(Counter(kind for (kind,) in rows))


def natures(portal: LivePortal) -> dict[str, dict[str, int]]:
    """Submitted months by nature, per listed firm."""
    found: dict[str, dict[str, int]] = {firm[0]: {} for firm in (FILES, ZERO, STOPS, FALLS)}
    for code, nature, number in portal.rows(
        "SELECT e.uscc, r.nature, count(*) FROM monitoring_monthlyreturn r"
        " JOIN enterprises_enterprise e ON e.id = r.enterprise_id WHERE r.state = 'submitted' GROUP BY 1, 2"
    ):
        found[code][nature] = number
    return found


def restart_needs_a_new_application(portal: LivePortal) -> None:
    """SC-42: the delisted firm's entry is closed for good, with cause, paper and decision."""
    assert portal.rows(
        "SELECT r.exit, r.until, r.exit_document_id IS NOT NULL, r.exit_decision_id IS NOT NULL"
        " FROM cultivation_rosterentry r JOIN enterprises_enterprise e ON e.id = r.enterprise_id WHERE e.uscc = %s",
        STOPS[0],
    ) == [("delisted", dt.date(2018, 6, 13), True, True)]
