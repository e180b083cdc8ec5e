"""The 小巨人后备企业汇总表: one figure typed by the clerk, the same in the workbook, in the PDF and after a re-save (HN-30…33)."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from foundation.documents.actions.render import render_document
from foundation.documents.actions.store import read_stored
from foundation.documents.models import FrozenDocument, StoredFile
from foundation.duties.models import Job
from foundation.duties.runner import run_job
from reviews.actions import sending
from reviews.dispatch_page import preview
from reviews.jobs import start_table, table_workbook
from reviews.models import Dispatch
from reviews.sheets import summary_sheet
from tests.reviews.conftest import HETANG, JINJIANG, TIANYUAN, World
from tests.reviews.on_the_way import recommended, signed, started

NINE = [
    "所属市县",
    "企业名称",
    "产业细分领域",
    "近三年销售收入（万元）\n2015/2016/2017",
    "近三年研发投入（万元）\n2015/2016/2017",
    "近五年发明专利数",
    "联系人",
    "联系电话",
    "拟参加活动类别",
]


def text_of(content: bytes) -> str:
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=content, capture_output=True, check=True)
    return done.stdout.decode()


@pytest.fixture
def table(world: World) -> Dispatch:
    """A signed list of two firms of Hetang."""
    recommended(world, 2)
    return signed(world, started(world))


def document_of(dispatch: Dispatch) -> FrozenDocument:
    assert dispatch.document is not None
    return FrozenDocument.objects.get(pk=dispatch.document_id)


def cells(book: Any, tab: str) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in book[tab].iter_rows()]


def test_the_figure_typed_is_the_cell_and_the_print(world: World, table: Dispatch) -> None:
    """Typed by the clerk → cell read by openpyxl → text of pdftotext: one figure (design 4)."""
    document = document_of(table)
    file = table.items.order_by("rank").first().application  # type: ignore[union-attr]
    typed = file.enterprise.figures.get(year=2017, fact="sales_revenue", superseded=False).value
    assert isinstance(typed, Decimal)
    book = load_workbook(io.BytesIO(table_workbook(document)))
    row = next(row for row in cells(book, "汇总表") if row[1] == file.enterprise_name)
    assert row[3].split("/")[2] == f"{typed:,.2f}"
    split = next(row for row in cells(book, "分年数据") if row[1] == file.enterprise_name)
    assert Decimal(str(split[5])) == typed
    rendered = render_document(document)
    assert f"{typed:,.2f}" in text_of(read_stored(rendered.pdf))


def test_the_annexes_columns_in_order(table: Dispatch) -> None:
    book = load_workbook(io.BytesIO(table_workbook(document_of(table))))
    page = book["汇总表"]
    assert page["A1"].value == "2018年小巨人后备企业汇总表（演练）"
    assert page["A2"].value == "市州：株洲市"
    assert [cell.value for cell in page[3]] == NINE
    assert (page.page_setup.orientation, page.page_setup.paperSize) == ("landscape", 9)
    assert (page.sheet_properties.pageSetUpPr.fitToPage, page.page_setup.fitToHeight) == (True, 0), "one page wide"
    assert page.print_title_rows == "$3:$3"
    assert [len([cell for cell in book[tab][3] if cell.value]) for tab in ("汇总表", "分年数据")] == [9, 13]
    foot = [cell.value for row in page.iter_rows(min_row=6) for cell in row if cell.value]
    assert any(str(text).startswith(f"填报人：{table.reporter_name}") for text in foot)
    assert any(f"联系电话：{table.reporter_phone}" in str(text) for text in foot)
    assert book["_tidu"].sheet_state == "hidden"


def test_codes_and_phones_are_text(table: Dispatch) -> None:
    """A leading zero survives every program: the cells are text."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(table_workbook(document_of(table))))
    rows = book.get_sheet_by_name("汇总表").to_python()
    phones = [row[7] for row in rows[3:5]]
    assert all(isinstance(phone, str) and phone.startswith("0731-") for phone in phones)


def test_the_print(table: Dispatch) -> None:
    """Title with year, 市州, nine heads, 填报人 and telephone, reference, place for the stamp, 演练."""
    rendered = render_document(document_of(table))
    said = text_of(read_stored(rendered.pdf))
    lines = "".join(said.split())
    for text in (
        "2018年小巨人后备企业汇总表",
        "市州：株洲市",
        "共2户企业",
        f"填报人：{table.reporter_name}",
        f"联系电话：{table.reporter_phone}",
        rendered.reference,
        "盖章处",
        "株洲市荷塘区经科局",
        "演练",
        "2015/2016/2017",
    ):
        assert text in lines, text
    assert rendered.page_count == 1
    info = subprocess.run(["pdfinfo", "-"], input=read_stored(rendered.pdf), capture_output=True, check=True)
    size = next(line for line in info.stdout.decode().splitlines() if line.startswith("Page size"))
    assert size.endswith("(A4)")
    assert float(size.split()[2]) > float(size.split()[4]), "landscape"


def test_the_page_shows_what_will_be_printed(world: World) -> None:
    """Before signing the page shows the same table; after it the stored one."""
    recommended(world)
    dispatch = started(world)
    county = world.handler()
    before = preview(Dispatch.objects.get(pk=dispatch.pk), county)
    final = signed(world, dispatch)
    after = preview(final, county)
    assert before["rows"] == after["rows"]
    phone = final.items.get().application.enterprise.contact_phone
    assert any(phone in cell["text"] for row in after["rows"] for cell in row)
    above = preview(final, world.handler("430200"))
    shown = str(above)
    assert phone not in shown, "on screen the level above reads masked numbers; paper and workbook keep theirs"
    assert final.reporter_phone not in shown
    assert [column["title"] for column in after["columns"]][3:5] == [
        "近三年销售收入\n（万元）",
        "近三年研发投入\n（万元）",
    ]
    assert after["columns"][3]["years"] == "2015/2016/2017"


def test_the_snapshot_alone_is_printed(world: World, table: Dispatch) -> None:
    """A telephone changed later changes the firm, never the signed table."""
    document = document_of(table)
    before = cells(load_workbook(io.BytesIO(table_workbook(document))), "汇总表")
    first = table.items.order_by("rank").first()
    assert first is not None
    first.application.enterprise.contact_phone = "0731-99999999"
    first.application.enterprise.save(update_fields=["contact_phone"])
    assert cells(load_workbook(io.BytesIO(table_workbook(document))), "汇总表") == before


def test_the_job_makes_both_once(table: Dispatch, world: World, django_capture_on_commit_callbacks: Callable) -> None:
    with django_capture_on_commit_callbacks():
        job = start_table(table, world.handler())
    assert run_job(job.pk) == "done"
    job = Job.objects.get(pk=job.pk)
    document = document_of(table)
    assert (job.done, job.total, job.filename.endswith(".xlsx")) == (2, 2, True)
    assert (document.pdf_id is not None, document.sheet_id is not None) == (True, True)
    with django_capture_on_commit_callbacks():
        again = start_table(table, world.handler())
    assert run_job(again.pk) == "done"
    assert document_of(table).sheet_id == document.sheet_id
    assert StoredFile.objects.filter(purpose="document.sheet").count() == 1


def test_a_recalled_table_is_not_made(
    table: Dispatch, world: World, django_capture_on_commit_callbacks: Callable
) -> None:
    with django_capture_on_commit_callbacks():
        job = start_table(table, world.handler())
    sending.recall(dispatch_id=table.pk, actor=world.handler(), reason="改一户（演示）")
    run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.message) == ("failed", "报送已撤回，汇总表不再生成。")


def test_only_who_sees_the_list_makes_its_files(
    table: Dispatch, world: World, django_capture_on_commit_callbacks: Callable
) -> None:
    with django_capture_on_commit_callbacks():
        job = start_table(table, world.handler(TIANYUAN))
    run_job(job.pk)
    job.refresh_from_db()
    assert job.state == "failed"


def test_libreoffice_saves_the_same_cells(table: Dispatch, tmp_path: Path) -> None:
    source = tmp_path / "table.xlsx"
    source.write_bytes(table_workbook(document_of(table)))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    subprocess.run(
        ["soffice", profile, "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(tmp_path / "out"), str(source)],
        check=True, capture_output=True, timeout=240,
    )  # fmt: skip
    before, after = load_workbook(source), load_workbook(tmp_path / "out" / "table.xlsx")
    for tab in before.sheetnames:
        filled = {cell.coordinate: (cell.value, cell.data_type) for row in before[tab] for cell in row if cell.value}
        saved = {cell.coordinate: (cell.value, cell.data_type) for row in after[tab] for cell in row if cell.value}
        assert saved == filled, tab


def test_sichuans_own_table(world: World) -> None:
    """自拟: with the code as text, the rung and the check's answer as it was recommended."""
    recommended(world, 1, JINJIANG)
    dispatch = signed(world, started(world, JINJIANG), JINJIANG)
    sheet = summary_sheet(world.sichuan.programme, world.sichuan.year)
    book = load_workbook(io.BytesIO(table_workbook(document_of(dispatch))))
    page = book["汇总表"]
    assert page["A1"].value == "2018年中小企业梯度培育推荐企业汇总表（自拟）（演练）"
    row = {column.key: cell for column, cell in zip(sheet.columns, page[4], strict=False)}
    assert (len(row["uscc"].value), row["uscc"].data_type) == (18, "s")
    assert (row["tier"].value, row["outcome"].value) == ("高成长型中小企业", "符合")


def test_the_table_names_the_place_it_comes_from(table: Dispatch, world: World) -> None:
    assert document_of(table).reference.startswith(f"TD-{HETANG}-2018-")
