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
from playwright.sync_api import Page
from stdnum.cn import uscc

from tests.browser.person import Person, text_of
from tests.browser.steps import (
    applies,
    cells,
    checks_and_judges,
    downloads,
    enters_facts,
    firm_id,
    makes_up,
    merges,
    plans,
    receives,
    recommends,
    registers,
    seals,
    sends,
)
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
