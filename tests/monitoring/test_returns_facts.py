"""What the months say to other rooms: facts for rules, the panel of an entry, messages that read well (SC-38, HN-23)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.urls import resolve, reverse

from enterprises.facts import fact_rows_of
from foundation.notifications import kinds
from tests.monitoring.conftest import HETANG, JINJIANG, Months

MONTH = {"return": 7, "name": "演示机械有限公司", "month": "2018年7月", "reason": "请核对收入", "by": "荷塘区 · 经办"}
CASES = ["monitoring.sent_back", "monitoring.sent_back_above", "monitoring.filed_on_behalf"]


def _facts(firm: Any, on: dt.date) -> dict[str, Any]:
    rows = fact_rows_of([firm.enterprise.pk], years=[2018], on=on)[firm.enterprise.pk]
    return {row["name"]: row for row in rows if row["name"].startswith("returns.")}


def test_the_year_so_far_is_a_fact_once_every_month_is_reported(world: Months, opened: Any) -> None:
    entry, firm = world.list_firm(on=dt.date(2018, 4, 20))
    opened(dt.date(2019, 3, 4))
    assert _facts(firm, dt.date(2019, 3, 4)) == {}
    world.file(entry, "2019-01", firm.actor, main_revenue_prior=Decimal(500))
    assert _facts(firm, dt.date(2019, 3, 4)) == {}
    world.file(entry, "2019-02", firm.actor, main_revenue_prior=Decimal(500))
    found = _facts(firm, dt.date(2019, 3, 4))
    assert {name: row["value"] for name, row in found.items()} == {
        "returns.revenue_ytd": "1000.00",
        "returns.main_revenue_ytd": "800.00",
        "returns.main_revenue_growth": "-20.00",
    }
    assert found["returns.revenue_ytd"]["source"] == "2019年1—2月月报"
    # In February only January has opened.
    assert _facts(firm, dt.date(2019, 2, 4))["returns.revenue_ytd"]["value"] == "500.00"


def test_a_year_that_was_not_reported_from_january_is_undetermined(world: Months, opened: Any) -> None:
    entry, firm = world.list_firm()
    opened(dt.date(2018, 6, 4))
    for period in ("2018-04", "2018-05"):
        world.file(entry, period, firm.actor)
    assert _facts(firm, dt.date(2018, 6, 4)) == {}


def test_facts_of_many_firms_cost_as_much_as_of_one(world: Months, queries: Any) -> None:
    firms = [world.firm() for _ in range(3)]
    with queries.record() as one:
        fact_rows_of([firms[0].enterprise.pk], years=[2018], on=dt.date(2018, 6, 4))
    with queries(len(one)):
        fact_rows_of([firm.enterprise.pk for firm in firms], years=[2018], on=dt.date(2018, 6, 4))


def test_the_page_of_an_entry_shows_its_months(world: Months, opened: Any) -> None:
    entry, firm = world.list_firm()
    opened(dt.date(2018, 8, 6))
    world.file(entry, "2018-07", firm.actor, nature="zero", revenue=None, main_revenue=None)
    for actor in (firm.actor, world.handler(HETANG)):
        page = world.browser(actor).get(reverse("cultivation:roster-entry", args=[entry.pk])).content.decode()
        assert "2018年7月" in page
        assert "零申报" in page


def test_the_commitment_is_pointed_out_before_it_ends(world: Months, opened: Any) -> None:
    file, firm = world.submitted(place=JINJIANG)
    commitment = file.commitments.order_by("-id").first()
    assert commitment is not None
    entry, _ = world.list_firm(firm, place=JINJIANG)
    opened(commitment.ends_on - dt.timedelta(days=40))
    page = world.browser(firm.actor).get(reverse("monitoring:mine")).content.decode()
    assert "还有 40 天到期" in page
    last = entry.returns.order_by("-period").first()
    county = world.browser(world.handler(JINJIANG)).get(reverse("monitoring:month") + f"?period={last.period}")
    assert "承诺将到期" in county.content.decode()


@pytest.mark.parametrize("name", CASES)
def test_a_message_has_a_title_a_text_without_gaps_and_an_address(name: str) -> None:
    title, body, url = kinds.known(name).render(dict(MONTH))
    assert "2018年7月" in title
    assert "{" not in title + body
    assert resolve(url).view_name == "monitoring:return"
