"""The county's workbook of a month: out with its firms, in row by row, never over what a firm has reported (P-07)."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from foundation.core.errors import Refused
from foundation.documents.actions.store import store_upload
from monitoring.actions.returns_importing import accept_rows, import_month, refuse_rows
from monitoring.models import MonthlyReturn, ReturnImport
from monitoring.papers import SHEET
from tests.monitoring.conftest import HETANG, JINJIANG, Months, Upload

AUGUST = dt.date(2018, 8, 6)
HEAD = ("nature", "revenue", "main_revenue", "employees", "explanation")


@pytest.fixture
def three(world: Months, opened: Any) -> Any:
    """Three firms of Hetang; the first has reported July."""
    listed = [world.list_firm() for _ in range(3)]
    opened(AUGUST)
    world.file(listed[0][0], "2018-07", listed[0][1].actor)
    return listed


def _sheet(world: Months, period: str = "2018-07") -> Any:
    answer = world.browser(world.handler(HETANG)).get(reverse("monitoring:return_sheet") + f"?period={period}")
    assert answer.status_code == 200
    return load_workbook(io.BytesIO(b"".join(answer.streaming_content)))


def _columns(page: Any) -> tuple[int, dict[str, int]]:
    """Row of the heads, and the place of each column by the begin of its head."""
    for row in page.iter_rows():
        heads = {str(cell.value or ""): cell.column for cell in row}
        if "企业名称" in heads:
            return row[0].row, {head.partition("（")[0].partition("\n")[0]: place for head, place in heads.items()}
    raise AssertionError("no head")


def _fill(book: Any, uscc: str, **cells: Any) -> None:
    page = book["月报"]
    first, places = _columns(page)
    for row in range(first + 1, page.max_row + 1):
        if page.cell(row, places["统一社会信用代码"]).value == uscc:
            for title, value in cells.items():
                page.cell(row, places[title]).value = value
            return
    raise AssertionError(uscc)


def _bytes(book: Any) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _import(world: Months, book: Any, period: str = "2018-07", place: str = HETANG) -> ReturnImport:
    actor = world.handler(place)
    stored = store_upload(Upload(_bytes(book), "七月.xlsx"), actor=actor, purpose=SHEET)
    return import_month(programme=world.hunan.family, period=period, actor=actor, file=stored)


def _outcomes(found: ReturnImport) -> dict[str, str]:
    return {row.uscc: row.outcome for row in found.rows.all()}


WORKING = {"营业收入": 500, "主营业务收入": 400, "期末从业人员": 120}


def test_the_workbook_holds_all_firms_with_what_is_known(world: Months, three: Any) -> None:
    page = _sheet(world)["月报"]
    first, places = _columns(page)
    rows = {
        page.cell(row, places["统一社会信用代码"]).value: page.cell(row, places["状态"]).value
        for row in range(first + 1, page.max_row + 1)
        if page.cell(row, places["状态"]).value
    }
    assert rows == {
        firm.enterprise.uscc: word for (_, firm), word in zip(three, ("已报送", "未报送", "未报送"), strict=True)
    }
    # The list of natures is offered on the firms' own rows.
    assert any(rule.type == "list" for rule in page.data_validations.dataValidation)


def test_a_filled_workbook_is_compared_and_accepted_row_by_row(world: Months, three: Any) -> None:
    (_, reported), (second, firm), (third, other) = three
    book = _sheet(world)
    _fill(book, firm.enterprise.uscc, **WORKING)
    _fill(book, other.enterprise.uscc, 本月情况="零申报", 期末从业人员=9)
    found = _import(world, book)
    assert found.errors == []
    assert _outcomes(found) == {
        reported.enterprise.uscc: "same", firm.enterprise.uscc: "offered", other.enterprise.uscc: "offered"
    }  # fmt: skip
    assert world.month(second, "2018-07").state == "draft"
    county = world.handler(HETANG)
    one = found.rows.get(uscc=other.enterprise.uscc)
    assert refuse_rows(import_id=found.pk, row_ids=[one.pk], actor=county) == 1
    verdicts = accept_rows(
        import_id=found.pk, row_ids=found.rows.filter(outcome="offered").values_list("pk", flat=True), actor=county
    )
    assert all(verdicts.values())
    row = world.month(second, "2018-07")
    assert (row.state, row.filed_by, row.main_revenue, row.source_id) == ("submitted", "bureau", 400, found.file_id)
    assert world.month(third, "2018-07").state == "draft"
    # A refused row may be taken up again; a row that was entered may not.
    assert accept_rows(import_id=found.pk, row_ids=[one.pk], actor=county)[one.pk]
    assert world.month(third, "2018-07").nature == "zero"
    with pytest.raises(Refused, match="没有选中"):
        accept_rows(import_id=found.pk, row_ids=[one.pk], actor=county)


def test_what_a_firm_reported_is_never_changed(world: Months, three: Any) -> None:
    (entry, firm), (_, second), _ = three
    book = _sheet(world)
    _fill(book, firm.enterprise.uscc, 主营业务收入=1)
    _fill(book, second.enterprise.uscc, **WORKING)
    found = _import(world, book)
    blocked = found.rows.get(uscc=firm.enterprise.uscc)
    assert (blocked.outcome, blocked.problem) == ("blocked", "企业已经报送，不能用表格改动；有误请退回。")
    # The second firm reports itself before the officer accepts: its own figures stay.
    own = world.file(three[1][0], "2018-07", second.actor, main_revenue=Decimal(333))
    row = found.rows.get(uscc=second.enterprise.uscc)
    verdict = accept_rows(import_id=found.pk, row_ids=[row.pk], actor=world.handler(HETANG))[row.pk]
    assert not verdict
    own.refresh_from_db()
    assert (own.main_revenue, own.filed_by) == (333, "enterprise")
    assert world.month(entry, "2018-07").main_revenue == 400


def test_a_jump_asks_for_its_reason_in_the_sheet(world: Months, three: Any) -> None:
    _, (entry, firm), _ = three
    world.file(entry, "2018-06", firm.actor)
    book = _sheet(world)
    _fill(book, firm.enterprise.uscc, **{**WORKING, "营业收入": 900})
    row = _import(world, book).rows.get(uscc=firm.enterprise.uscc)
    assert row.outcome == "blocked"
    assert "增长 80.00%，请在“核对说明”写明原因" in row.problem
    _fill(book, firm.enterprise.uscc, 核对说明="大客户集中交货")
    found = _import(world, book)
    row = found.rows.get(uscc=firm.enterprise.uscc)
    assert row.outcome == "offered"
    assert accept_rows(import_id=found.pk, row_ids=[row.pk], actor=world.handler(HETANG))[row.pk]
    assert world.month(entry, "2018-07").explanations == {"jump_last_month_revenue": "大客户集中交货"}


def test_wrong_cells_are_named_and_come_back_in_a_copy(world: Months, three: Any) -> None:
    _, (_, firm), (_, other) = three
    book = _sheet(world)
    _fill(book, firm.enterprise.uscc, **{**WORKING, "主营业务收入": "四百"})
    _fill(book, other.enterprise.uscc, **WORKING)
    client = world.browser(world.handler(HETANG))
    answer = client.post(
        reverse("monitoring:return_upload"), {"period": "2018-07", "file": Upload(_bytes(book), "七月.xlsx")}
    )
    assert answer.status_code == 302
    page = client.get(answer["Location"]).content.decode()
    assert "四百" in page
    assert "采用全部 1 行" in page
    found = ReturnImport.objects.get()
    assert _outcomes(found)[firm.enterprise.uscc] == "blocked"
    copy = client.get(reverse("monitoring:return_import_errors", args=[found.pk]))
    assert "错误清单" in load_workbook(io.BytesIO(b"".join(copy.streaming_content))).sheetnames
    assert (
        client.post(
            reverse("monitoring:return_import_decide", args=[found.pk]), {"action": "accept", "all": "1"}
        ).status_code
        == 302
    )
    assert MonthlyReturn.objects.filter(filed_by="bureau", state="submitted").count() == 1


def test_another_month_another_file_and_strangers_are_refused(world: Months, three: Any) -> None:
    book = _sheet(world)
    with pytest.raises(Refused, match="2018年7月的，不是2018年6月的"):
        _import(world, book, period="2018-06")
    client = world.browser(world.handler(HETANG))
    url = reverse("monitoring:return_upload")
    assert client.post(url, {"period": "2018-07", "file": Upload(b"x", "七月.xlsx")}).status_code in (400, 403)
    book["月报"].cell(
        _columns(book["月报"])[0] + 1, _columns(book["月报"])[1]["统一社会信用代码"]
    ).value = "91510104XXXXXXXX1X"
    found = _import(world, book)
    assert "没有这个代码" in found.rows.get(uscc="91510104XXXXXXXX1X").problem
    other = world.browser(world.handler(JINJIANG))
    assert other.get(reverse("monitoring:return_import", args=[found.pk])).status_code == 404
    assert other.get(reverse("documents:file", args=[found.file_id])).status_code in (403, 404)
    assert world.browser(three[1][1].actor).get(reverse("documents:file", args=[found.file_id])).status_code in (
        403,
        404,
    )


def test_the_same_firm_twice_is_told(world: Months, three: Any) -> None:
    _, (_, firm), (_, other) = three
    book = _sheet(world)
    page = book["月报"]
    _, places = _columns(page)
    _fill(book, firm.enterprise.uscc, **WORKING)
    _fill(book, other.enterprise.uscc, **WORKING)
    for row in page.iter_rows():
        if row[places["统一社会信用代码"] - 1].value == other.enterprise.uscc:
            row[places["统一社会信用代码"] - 1].value = firm.enterprise.uscc
    found = _import(world, book)
    assert sorted(row.outcome for row in found.rows.filter(uscc=firm.enterprise.uscc)) == ["blocked", "offered"]


def test_reading_and_accepting_cost_the_same_for_one_row_and_three(world: Months, opened: Any, queries: Any) -> None:
    counts = []
    for number in (1, 3):
        listed = [world.list_firm(on=dt.date(2018, 7, 2)) for _ in range(number)]
        opened(AUGUST)
        book = _sheet(world)
        for _, firm in listed:
            _fill(book, firm.enterprise.uscc, **WORKING)
        actor = world.handler(HETANG)
        stored = store_upload(Upload(_bytes(book), "七月.xlsx"), actor=actor, purpose=SHEET)
        with queries.record() as seen:
            found = import_month(programme=world.hunan.family, period="2018-07", actor=actor, file=stored)
        with queries.record() as entered:
            accept_rows(
                import_id=found.pk, row_ids=[row.pk for row in found.rows.filter(outcome="offered")], actor=actor
            )
        counts.append((len(seen), sum("journal_outboxmessage" not in line for line in entered)))
    assert counts[0] == counts[1], counts
