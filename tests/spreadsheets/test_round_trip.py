"""What is written is read back equal: by hypothesis, and through LibreOffice."""

from __future__ import annotations

import datetime as dt
import subprocess
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from foundation.spreadsheets import Choice, Column, Kind, Sheet, Tab, read_xlsx
from tests.spreadsheets.sample import ROW, SHEET, workbook

EVERY_KIND = Sheet(
    code="test.kinds",
    version="1",
    title="各类单元格",
    columns=(
        Column("name", "名称", required=True),
        Column("code", "代码", Kind.CODE),
        Column("phone", "电话", Kind.PHONE),
        Column("count", "数量", Kind.INTEGER),
        Column("amount", "金额", Kind.WAN, unit="万元"),
        Column("day", "日期", Kind.DATE),
        Column("one", "选一", Kind.CHOICE, choices=(Choice("a", "甲"), Choice("b", "乙、丙"))),
        Column("some", "选几", Kind.CHOICES, choices=(Choice("x", "企业“上云”"), Choice("y", "管理创新"))),
        Column("money", "三年", Kind.YEARS, years=(2015, 2016, 2017)),
        Column("heads", "人数", Kind.YEARS, years=(2016, 2017), each=Kind.INTEGER),
    ),
    tabs=(Tab("分年"),),
)

wan = st.none() | st.decimals(min_value=-(10**9), max_value=10**11, places=2).map(
    lambda value: abs(value) if value == 0 else value
)
rare = st.text(alphabet=st.sampled_from("𠮷㛃䶮甲乙AZ az09=+-@'\"<>&_x0041（）　·/，,\n"), min_size=1, max_size=40)
texts = (
    rare.map(lambda text: text.strip(" \u3000\n\t"))
    .filter(bool)
    .filter(lambda text: not text.startswith(("合计", "总计", "小计")))
)
rows = st.fixed_dictionaries(
    {
        "name": texts.map(lambda text: f"名{text}"),
        "code": st.none()
        | st.text(alphabet="0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=1, max_size=18).map(lambda text: f"0{text}"),
        "phone": st.none() | st.from_regex(r"0[0-9]{2,3}-[0-9]{8}", fullmatch=True),
        "count": st.none() | st.integers(-(10**9), 10**9),
        "amount": wan,
        "day": st.none() | st.dates(dt.date(1950, 1, 1), dt.date(2099, 12, 31)),
        "one": st.none() | st.sampled_from(["a", "b"]),
        "some": st.sampled_from([None, ("x",), ("y",), ("x", "y")]),
        "money": st.fixed_dictionaries({2015: wan, 2016: wan, 2017: wan}).map(
            lambda v: None if not any(x is not None for x in v.values()) else v
        ),
        "heads": st.none()
        | st.fixed_dictionaries({2016: st.integers(0, 9999), 2017: st.none() | st.integers(0, 9999)}),
    }
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(rows, max_size=4))
def test_written_and_read_back_equal(written):
    reading = read_xlsx(EVERY_KIND, workbook(written, EVERY_KIND))
    assert reading.errors == []
    assert [row.values for row in reading.rows] == written
    assert all(isinstance(row["amount"], Decimal | None) for row in reading.good)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(rows, min_size=1, max_size=3))
def test_the_expanded_layout_reads_back_equal_too(written):
    import dataclasses

    wide = dataclasses.replace(EVERY_KIND, mode="expanded", tabs=())
    assert read_xlsx(wide, workbook(written, wide)).good == written


def test_libreoffice_saves_the_same_cells(tmp_path):
    source = tmp_path / "sheet.xlsx"
    source.write_bytes(
        workbook(
            [ROW, ROW | {"name": "演示乙有限公司", "phone": "00731" * 2}], heads={"prefecture": "株洲市"}
        ).getvalue()
    )
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    subprocess.run(
        ["soffice", profile, "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(tmp_path / "out"), str(source)],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    resaved = tmp_path / "out" / "sheet.xlsx"

    def cells(path):
        return {
            page.title: {
                cell.coordinate: (cell.value, cell.data_type)
                for row in page.iter_rows()
                for cell in row
                if cell.value is not None
            }
            for page in load_workbook(path)
        }

    assert cells(resaved) == cells(source)
    page = load_workbook(resaved)["汇总表"]
    assert (page.page_setup.orientation, str(page.page_setup.paperSize), page.print_title_rows) == (
        "landscape",
        "9",
        "$3:$3",
    )
    with source.open("rb") as before, resaved.open("rb") as after:
        first, second = read_xlsx(SHEET, before), read_xlsx(SHEET, after)
    assert second.errors == []
    assert (second.good, second.meta, second.heads) == (first.good, first.meta, first.heads)
