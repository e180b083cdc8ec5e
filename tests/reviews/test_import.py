"""The table that comes back as a workbook (HN-34): matched, doubtful, pending; errors by cell; a draft from a code."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from foundation.core.errors import Refused
from foundation.documents.actions.store import store_upload
from foundation.journal.models import Decision
from portal.rehearsal.people import ZHUZHOU
from reviews.actions import importing
from reviews.dispatch_papers import SHEET_IMPORT
from reviews.jobs import table_workbook
from reviews.models import Application, SheetImport, SheetImportRow
from tests.harness.queries import Queries
from tests.reviews.conftest import HETANG, JINJIANG, TIANYUAN, Upload, World
from tests.reviews.on_the_way import recommended, signed, started

HEADS = [
    "所属市县",
    "企业名称",
    "产业细分领域",
    "近三年销售收入（万元）",
    "近三年研发投入（万元）",
    "近五年发明专利数",
    "联系人",
    "联系电话",
    "拟参加活动类别",
]
Match = SheetImportRow.Match


def workbook(*rows: list[Any]) -> bytes:
    """A table typed by hand in a county, without our hidden tab."""
    book = Workbook()
    page = book.active
    page.append(["2018年小巨人后备企业汇总表"])
    page.append(["市州：株洲市"])
    page.append(HEADS)
    for row in rows:
        page.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def row_for(file: Application, **changes: Any) -> list[Any]:
    cells = file.listing["cells"]
    years = {
        key: "/".join(cells[key][year] for year in ("2015", "2016", "2017"))
        for key in ("sales_revenue", "rd_expenditure")
    }
    values = {
        "county": cells["county"],
        "name": file.enterprise_name,
        "niche": cells["niche"],
        **years,
        "invention_patents_5y": cells.get("invention_patents_5y", 0),
        "contact_name": cells["contact_name"],
        "contact_phone": cells["contact_phone"],
        "activity_categories": "企业“上云”",
    } | changes
    return list(values.values())


def read(world: World, content: bytes, place: str = HETANG) -> SheetImport:
    actor = world.handler(place)
    file = store_upload(Upload(content, "汇总表.xlsx"), actor=actor, purpose=SHEET_IMPORT)
    return importing.import_table(round=world.hunan, actor=actor, file=file)


def matches(found: SheetImport) -> list[str]:
    return [row.match for row in found.rows.order_by("row_number")]


def test_our_own_table_comes_back_without_a_difference(world: World) -> None:
    recommended(world, 2)
    dispatch = signed(world, started(world))
    found = read(world, table_workbook(dispatch.document))
    assert (matches(found), found.errors) == ([Match.MATCHED, Match.MATCHED], [])
    assert [row.differences for row in found.rows.all()] == [[], []]


def test_matched_by_name_and_county_with_its_differences(world: World) -> None:
    file, _ = world.submitted()
    found = read(world, workbook(row_for(file, sales_revenue="1/2/3", activity_categories=None)))
    row = found.rows.get()
    assert (row.match, row.application_id) == (Match.MATCHED, file.pk)
    told = {one["column"]: one["sheet"] for one in row.differences}
    assert told["近三年销售收入"] == "1/2/3"
    file.refresh_from_db()
    assert file.state == "submitted", "an import changes nothing of a file"


def test_names_that_only_look_alike_are_decided_by_a_person(world: World) -> None:
    file, _ = world.submitted()
    typed = (
        file.enterprise_name.replace("有限责任公司", "有限公司").replace("股份有限公司", "公司").replace("示范", "范示")
    )
    found = read(world, workbook(row_for(file, name=typed), row_for(file, county="茶陵县")))
    assert matches(found) == [Match.DOUBTFUL, Match.DOUBTFUL]
    first, second = found.rows.order_by("row_number")
    with pytest.raises(Refused, match="请从可能对应的材料中选择"):
        importing.decide_row(row_id=first.pk, actor=world.handler(), application_id=file.pk + 99)
    done = importing.decide_row(row_id=first.pk, actor=world.handler(), application_id=file.pk)
    assert done.match == Match.DECIDED
    with pytest.raises(Refused, match="已对应这份材料"):
        importing.decide_row(row_id=second.pk, actor=world.handler(), application_id=file.pk)
    assert importing.decide_row(row_id=second.pk, actor=world.handler(), application_id=None).match == Match.PENDING
    assert importing.dismiss_row(row_id=second.pk, actor=world.handler()).match == Match.DISMISSED
    acts = Decision.objects.filter(subject_kind="sheet_import").order_by("id").values_list("action", flat=True)
    assert list(acts) == ["sheet_import.upload", "sheet_import.decide", "sheet_import.decide", "sheet_import.dismiss"]


def test_a_row_without_a_code_makes_no_file_until_it_has_one(world: World) -> None:
    firm = world.firm()
    values = [
        "荷塘区",
        "株洲示范无名新材料有限公司",
        "新材料",
        "1/2/3",
        "0.1/0.2/0.3",
        2,
        "李某",
        "0731-00000000",
        "管理创新",
    ]
    found = read(world, workbook(values))
    row = found.rows.get()
    assert row.match == Match.PENDING
    before = Application.objects.count()
    file = importing.give_code(row_id=row.pk, actor=world.handler(), enterprise=firm.enterprise)
    assert Application.objects.count() == before + 1
    assert (file.state, file.filed_by, file.paper_source_id) == ("draft", "bureau", found.file_id)
    assert file.answers["activity_categories"] == ["management_innovation"]
    row.refresh_from_db()
    assert (row.match, row.uscc) == (Match.CREATED, firm.enterprise.uscc)
    with pytest.raises(Refused, match="不在待补信用代码之列"):
        importing.give_code(row_id=row.pk, actor=world.handler(), enterprise=firm.enterprise)
    with pytest.raises(Refused, match="已经建档"):
        importing.dismiss_row(row_id=row.pk, actor=world.handler())


def test_a_firm_of_another_county_is_not_entered_on_behalf(world: World) -> None:
    firm = world.firm(TIANYUAN)
    found = read(
        world, workbook(["荷塘区", "株洲示范无名新材料有限公司", "新材料", None, None, None, None, None, None])
    )
    with pytest.raises(Refused, match=r"没有这份材料|只能为本单位受理的企业代填"):
        importing.give_code(row_id=found.rows.get().pk, actor=world.handler(), enterprise=firm.enterprise)


def test_errors_by_cell_and_the_copy_that_shows_them(world: World) -> None:
    file, _ = world.submitted()
    found = read(world, workbook(row_for(file, sales_revenue="很多", contact_phone="12")))
    cells = {error["cell"] for error in found.errors}
    assert cells == {"D4", "H4"}
    client = world.browser(world.handler())
    page = client.get(reverse("reviews:sheet_import", args=[found.pk]))
    assert "很多" in page.content.decode()
    copy = client.get(reverse("reviews:sheet_import_errors", args=[found.pk]))
    book = load_workbook(io.BytesIO(b"".join(copy.streaming_content)))  # type: ignore[attr-defined]
    assert book.worksheets[0]["D4"].comment is not None
    assert "错误清单" in book.sheetnames


def test_what_is_no_such_table_is_refused_with_a_sentence(world: World) -> None:
    client = world.browser(world.handler())
    address = reverse("reviews:sheet_import_upload")
    for content, name in ((b"%PDF-1.4 nonsense", "表.pdf"), (b"", "空.xlsx")):
        answer = client.post(address, {"round": world.hunan.pk, "file": Upload(content, name)})
        assert answer.status_code >= 400
        assert 'role="alert"' in answer.content.decode()
    missing = client.post(address, {"round": world.hunan.pk})
    assert "还没有选择文件" in missing.content.decode()
    assert not SheetImport.objects.exists()


def test_another_provinces_round_is_not_there(world: World) -> None:
    client = world.browser(world.handler(JINJIANG))
    answer = client.post(reverse("reviews:sheet_import_upload"), {"round": world.hunan.pk})
    assert answer.status_code == 404


def test_the_pages_of_an_import(world: World) -> None:
    file, firm = world.submitted()
    other = world.firm()
    client = world.browser(world.handler())
    page = client.get(reverse("reviews:sheet_imports"))
    assert page.status_code == 200
    content = workbook(row_for(file), row_for(file, name="株洲示范无名新材料有限公司"))
    client.post(
        reverse("reviews:sheet_import_upload"), {"round": world.hunan.pk, "file": Upload(content, "汇总表.xlsx")}
    )
    found = SheetImport.objects.get()
    pending = found.rows.get(match=Match.PENDING)
    act = reverse("reviews:sheet_import_row", args=[found.pk])
    wrong = client.post(act, {"row": pending.pk, "action": "code", "uscc": firm.enterprise.uscc[:-1] + "!"})
    assert "统一社会信用代码有误" in wrong.content.decode()
    unknown = world.built.maker.firm(HETANG, "met").uscc
    told = client.post(act, {"row": pending.pk, "action": "code", "uscc": unknown}).content.decode()
    assert "还没有登记代码" in told
    assert f"uscc={unknown}" in told, "the link to register carries the code on"
    assert client.post(act, {"row": pending.pk, "action": "code", "uscc": other.enterprise.uscc}).status_code == 302
    assert Application.objects.filter(enterprise=other.enterprise, filed_by="bureau").exists()
    stranger = world.browser(world.handler(TIANYUAN))
    assert stranger.get(reverse("reviews:sheet_import", args=[found.pk])).status_code == 404
    above = world.browser(world.handler(ZHUZHOU))
    assert above.get(reverse("reviews:sheet_import", args=[found.pk])).status_code == 404
    blank = client.get(reverse("reviews:sheet_import_template"))
    book = load_workbook(io.BytesIO(b"".join(blank.streaming_content)))  # type: ignore[attr-defined]
    assert book["汇总表"]["A3"].value == "所属市县"


def test_reading_and_showing_cost_the_same_with_more_rows(world: World, queries: Queries) -> None:
    files = [world.submitted()[0] for _ in range(3)]
    actor = world.handler()
    uploads = [
        store_upload(Upload(workbook(*map(row_for, some)), f"{len(some)}.xlsx"), actor=actor, purpose=SHEET_IMPORT)
        for some in (files[:1], files[:1], files)
    ]
    counted = []
    pages = []
    client = world.browser(actor)
    for file in uploads:
        with queries.record() as seen:
            found = importing.import_table(round=world.hunan, actor=actor, file=file)
        counted.append(len(seen))
        with queries.record() as shown:
            client.get(reverse("reviews:sheet_import", args=[found.pk]))
        pages.append(len(shown))
    assert counted[1] == counted[2]
    assert pages[1] == pages[2]
