"""The pages of the months: the clerk's list and form, the officials' list and page, what they cost (SC-39, HN-23, A3-18)."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from monitoring.actions.returns import send_back
from monitoring.papers import PROOF
from portal.rehearsal.people import ZHUZHOU
from tests.monitoring.conftest import HETANG, JINJIANG, WORKING, Months, Upload, pdf

AUGUST = dt.date(2018, 8, 6)


@pytest.fixture
def listed(world: Months, opened: Any) -> Any:
    entry, firm = world.list_firm()
    opened(AUGUST)
    return entry, firm


def _save(client: Any, row: Any, version: int, **fields: str) -> Any:
    return client.post(
        reverse("monitoring:return_save", args=[row.pk]),
        json.dumps({"version": version, "fields": fields}),
        content_type="application/json",
    )


def _read(client: Any, url: str) -> int:
    answer = client.get(url)
    assert b"".join(answer.streaming_content)
    return answer.status_code


# ---- the firm ----------------------------------------------------------------------------------------------


def test_the_list_names_what_is_owed_with_one_thing_to_do(world: Months, listed: Any) -> None:
    _, firm = listed
    page = world.browser(firm.actor).get(reverse("monitoring:mine")).content.decode()
    assert "有 4 个月没有报送，其中 3 个月已逾期（仍可报送）" in page
    assert page.count("btn-primary") == 1
    assert "填报2018年4月" in page


def test_the_home_page_and_the_bar_tell_the_months(world: Months, listed: Any) -> None:
    _, firm = listed
    page = world.browser(firm.actor).get(reverse("enterprises:home")).content.decode()
    assert "2018年4月月报还没有报送" in page
    assert "另有 1 个月的月报没有报送" in page
    assert '我的月报<span class="count">4<' in page


def test_an_empty_form_is_loud_about_not_being_submitted(world: Months, listed: Any) -> None:
    entry, firm = listed
    row = world.month(entry, "2018-07")
    page = world.browser(firm.actor).get(reverse("monitoring:return", args=[row.pk])).content.decode()
    for words in ("尚未提交", "截止 8月10日", "data-autosave-url", "检查并报送", "主营业务收入", "待定"):
        assert words in page


def test_autosave_keeps_what_is_wrong_and_tells_it(world: Months, listed: Any) -> None:
    entry, firm = listed
    row, client = world.month(entry, "2018-07"), world.browser(firm.actor)
    answer = _save(client, row, 0, revenue="1,234.50", main_revenue="一千", employees="120人")
    assert answer.status_code == 200
    assert answer.json()["version"] == 1
    assert "不是数字" in answer.json()["errors"]["main_revenue"]
    row.refresh_from_db()
    assert (row.revenue, row.main_revenue, row.employees) == (Decimal("1234.50"), None, 120)
    page = client.get(reverse("monitoring:return", args=[row.pk])).content.decode()
    assert 'value="一千"' in page
    assert _save(client, row, 0, revenue="5").status_code == 409
    assert _save(client, row, 1, main_revenue="1000").json()["errors"] == {}
    row.refresh_from_db()
    assert row.unreadable == {}
    assert (
        client.post(reverse("monitoring:return_save", args=[row.pk]), "x", content_type="application/json").status_code
        == 400
    )


def test_submitting_shows_last_month_and_asks_for_reasons_on_the_page(world: Months, listed: Any) -> None:
    entry, firm = listed
    world.file(entry, "2018-06", firm.actor)
    row, client = world.month(entry, "2018-07"), world.browser(firm.actor)
    url = reverse("monitoring:return_submit", args=[row.pk])
    sent = {"version": "0", "nature": "normal", "revenue": "900", "main_revenue": "400", "employees": "121"}
    answer = client.post(url, sent)
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "营业收入 900.00 万元，上月 500.00 万元，增长 80.00%" in page
    assert 'name="why:jump_last_month_revenue"' in page
    assert 'value="900"' in page
    row.refresh_from_db()
    answer = client.post(url, {**sent, "version": str(row.version), "why:jump_last_month_revenue": "新订单集中交付"})
    assert answer.status_code == 302
    row.refresh_from_db()
    assert (row.state, row.explanations) == ("submitted", {"jump_last_month_revenue": "新订单集中交付"})
    # The same form sent once more is told that it has been submitted.
    again = client.post(url, sent)
    assert (again.status_code, "已报送" in again.content.decode()) == (409, True)


def test_a_proof_is_uploaded_and_taken_away(world: Months, listed: Any) -> None:
    entry, firm = listed
    row, client = world.month(entry, "2018-07"), world.browser(firm.actor)
    answer = client.post(
        reverse("monitoring:return_proof", args=[row.pk]),
        {"file": Upload(pdf(), "回执.pdf")},
        HTTP_ACCEPT="application/json",
    )
    assert answer.status_code == 200
    assert _read(client, answer.json()["url"]) == 200
    row.refresh_from_db()
    assert row.elsewhere_proof.purpose == PROOF
    stranger = world.browser(world.firm().actor)
    assert stranger.get(answer.json()["url"]).status_code in (403, 404)
    client.post(reverse("monitoring:return_drop_proof", args=[row.pk]))
    row.refresh_from_db()
    assert row.elsewhere_proof is None
    assert client.post(reverse("monitoring:return_proof", args=[row.pk])).status_code == 400


def test_the_year_so_far_is_undetermined_while_a_month_is_missing(world: Months, listed: Any) -> None:
    entry, firm = listed
    client = world.browser(firm.actor)
    for period in ("2018-04", "2018-06"):
        world.file(entry, period, firm.actor)
    row = world.file(entry, "2018-07", firm.actor)
    page = client.get(reverse("monitoring:return", args=[row.pk])).content.decode()
    assert "待定" in page
    assert "缺5月" in page
    world.file(entry, "2018-05", firm.actor)
    page = client.get(reverse("monitoring:return", args=[row.pk])).content.decode()
    assert "1,600.00" in page
    assert "4—7月" in page


def test_a_stranger_gets_no_page(world: Months, listed: Any) -> None:
    entry, _ = listed
    row = world.month(entry, "2018-07")
    for actor in (world.firm().actor, world.handler(JINJIANG)):
        client = world.browser(actor)
        for name in ("return", "return_on_behalf"):
            assert client.get(reverse(f"monitoring:{name}", args=[row.pk])).status_code == 404
        for name in ("return_submit", "return_recall", "return_send_back", "return_proof"):
            assert client.post(reverse(f"monitoring:{name}", args=[row.pk])).status_code == 404


# ---- officials ---------------------------------------------------------------------------------------------


def test_a_draft_is_nobody_elses_business(world: Months, listed: Any) -> None:
    entry, firm = listed
    row = world.save(world.month(entry, "2018-07"), firm.actor, revenue=Decimal("4321.09"), remark="还没写完")
    client = world.browser(world.handler(HETANG))
    page = client.get(reverse("monitoring:return", args=[row.pk])).content.decode()
    assert "企业尚未报送" in page
    assert "4,321" not in page
    assert "还没写完" not in page
    assert "4,321" not in client.get(reverse("monitoring:month")).content.decode()


def test_the_county_sees_the_month_and_sends_one_back(world: Months, listed: Any) -> None:
    entry, firm = listed
    row = world.file(entry, "2018-07", firm.actor)
    client = world.browser(world.handler(HETANG))
    page = client.get(reverse("monitoring:month") + "?period=2018-07").content.decode()
    assert "应报 1 家，未报送 0 家" in page
    assert "400.00" in page
    answer = client.post(reverse("monitoring:return_send_back", args=[row.pk]), {"opinion": ""})
    assert (answer.status_code, "须写明理由" in answer.content.decode()) == (403, True)
    client.post(reverse("monitoring:return_send_back", args=[row.pk]), {"opinion": "请核对收入"})
    page = client.get(reverse("monitoring:month") + "?period=2018-07&tab=returned").content.decode()
    assert "已退回" in page
    firm_page = world.browser(firm.actor).get(reverse("monitoring:return", args=[row.pk])).content.decode()
    assert "请核对收入" in firm_page
    world.file(entry, "2018-07", firm.actor, main_revenue=Decimal(380))
    page = client.get(reverse("monitoring:return", args=[row.pk])).content.decode()
    assert "第 2 次" in page
    assert '<td class="num">400.00</td><td class="num"><span class="changed">380.00</span></td>' in page


def test_the_county_types_from_paper_on_the_page(world: Months, listed: Any) -> None:
    entry, firm = listed
    row = world.month(entry, "2018-07")
    client = world.browser(world.handler(HETANG))
    url = reverse("monitoring:return_on_behalf", args=[row.pk])
    assert client.get(url).status_code == 200
    figures = {"nature": "normal", "revenue": "500", "main_revenue": "四百", "employees": "120"}
    page = client.post(url, {**figures, "source": Upload(pdf(), "月报.pdf")}).content.decode()
    assert "不是数字" in page
    assert 'value="500"' in page
    answer = client.post(url, {**figures, "main_revenue": "400"})
    assert (answer.status_code, "必填" in answer.content.decode()) == (200, True)
    answer = client.post(url, {**figures, "main_revenue": "400", "source": Upload(pdf(), "月报.pdf")})
    assert answer.status_code == 302
    row.refresh_from_db()
    assert (row.state, row.filed_by) == ("submitted", "bureau")
    # The firm reads the paper its bureau typed from.
    assert _read(world.browser(firm.actor), reverse("documents:file", args=[row.source_id])) == 200


def test_levels_above_see_it_and_others_do_not(world: Months, listed: Any) -> None:
    entry, firm = listed
    row = world.file(entry, "2018-07", firm.actor)
    for place in (ZHUZHOU, "430000"):
        client = world.browser(world.handler(place))
        assert client.get(reverse("monitoring:return", args=[row.pk])).status_code == 200
        assert firm.enterprise.name in client.get(reverse("monitoring:month") + "?period=2018-07").content.decode()
    other = world.browser(world.handler(JINJIANG)).get(reverse("monitoring:month") + "?period=2018-07")
    assert firm.enterprise.name not in other.content.decode()


@pytest.mark.parametrize(
    "query", ["?period=2018-13", "?period=x", "?tab=nothing&page=99", "?bureau=999999&q=无此企业", "?q=%25"]
)
def test_odd_addresses_are_still_a_page(world: Months, listed: Any, query: str) -> None:
    assert world.browser(world.handler(HETANG)).get(reverse("monitoring:month") + query).status_code == 200


def test_the_month_is_exported_by_a_job(world: Months, listed: Any, django_capture_on_commit_callbacks: Any) -> None:
    from foundation.duties.models import Job
    from foundation.duties.runner import run_job

    entry, firm = listed
    world.file(entry, "2018-07", firm.actor)
    client = world.browser(world.handler(HETANG))
    client.post(reverse("monitoring:month_export") + "?period=2018-07")
    job = Job.objects.get(kind="monitoring.export_month")
    assert run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.filename) == ("done", "2018年7月企业月报.xlsx")


# ---- the analysis ------------------------------------------------------------------------------------------


def test_a_fall_is_told_to_the_firm_and_to_both_levels(world: Months, listed: Any) -> None:
    entry, firm = listed
    for period in ("2018-04", "2018-05", "2018-06", "2018-07"):
        world.file(entry, period, firm.actor, main_revenue_prior=Decimal(500))
    own = world.browser(firm.actor).get(reverse("monitoring:analysis")).content.decode()
    assert "截至7月累计 1,600.00 万元，上年同期 2,000.00 万元，-20.00%" in own
    assert "<polyline" in own
    for place in (HETANG, ZHUZHOU, "430000"):
        page = world.browser(world.handler(place)).get(reverse("monitoring:analysis")).content.decode()
        assert firm.enterprise.name in page
        assert "-20.00%" in page
    stranger = world.browser(world.handler(JINJIANG))
    assert firm.enterprise.name not in stranger.get(reverse("monitoring:analysis")).content.decode()
    assert stranger.get(reverse("monitoring:analysis") + f"?firm={firm.enterprise.pk}").status_code == 404


def test_a_missing_month_makes_no_fall(world: Months, listed: Any) -> None:
    entry, firm = listed
    world.file(entry, "2018-07", firm.actor, main_revenue_prior=Decimal(500))
    page = world.browser(world.handler(HETANG)).get(reverse("monitoring:analysis")).content.decode()
    assert "数据齐全的企业中没有下降的" in page
    assert "待定" in world.browser(firm.actor).get(reverse("monitoring:analysis")).content.decode()


# ---- cost --------------------------------------------------------------------------------------------------


def _warm(client: Any, url: str) -> Any:
    return lambda: client.get(url)


def test_the_list_of_the_month_stays_flat(world: Months, opened: Any, queries: Any) -> None:
    client = world.browser(world.handler(HETANG))

    def add() -> None:
        entry, firm = world.list_firm()
        opened(AUGUST)
        world.file(entry, "2018-07", firm.actor)

    queries.flat(add_row=add, act=_warm(client, reverse("monitoring:month") + "?period=2018-07"), expected=12)


def test_the_firms_list_stays_flat(world: Months, opened: Any, queries: Any) -> None:
    _, firm = world.list_firm(on=dt.date(2018, 7, 2))
    client, day = world.browser(firm.actor), iter((2018, month) for month in (8, 9, 10))
    act = _warm(client, reverse("monitoring:mine"))
    queries.flat(add_row=lambda: opened(dt.date(*next(day), 3)), act=act, expected=7)


def test_the_analysis_stays_flat(world: Months, opened: Any, queries: Any) -> None:
    client = world.browser(world.handler(HETANG))

    def add() -> None:
        entry, firm = world.list_firm()
        opened(AUGUST)
        world.file(entry, "2018-07", firm.actor, main_revenue_prior=Decimal(500))

    queries.flat(add_row=add, act=_warm(client, reverse("monitoring:analysis")), expected=7)


def test_the_page_of_a_month_stays_flat(world: Months, listed: Any, queries: Any) -> None:
    entry, firm = listed
    row = world.file(entry, "2018-07", firm.actor)
    county = world.handler(HETANG)
    client = world.browser(county)

    def add() -> None:
        send_back(return_id=row.pk, actor=county, reason="请再核对")
        world.file(entry, "2018-07", firm.actor, main_revenue=Decimal(WORKING["main_revenue"]) + next(more))  # type: ignore[call-overload]

    more = iter(range(1, 9))
    queries.flat(add_row=add, act=_warm(client, reverse("monitoring:return", args=[row.pk])), expected=9)
