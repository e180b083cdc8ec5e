"""Workbooks as people send them in (HN-34)."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest
from openpyxl import Workbook, load_workbook

from foundation.spreadsheets import SheetRefused, read_xlsx, write_error_copy
from tests.spreadsheets.sample import ROW, SHEET, workbook


def saved(book: Workbook) -> io.BytesIO:
    out = io.BytesIO()
    book.save(out)
    out.seek(0)
    return out


def by_hand(*rows: list, head: list | None = None) -> io.BytesIO:
    """A workbook as a county types it: two title lines, its own head wording, a foot."""
    book = Workbook()
    page = book.active
    page.title = "Sheet1"
    page.append(["附件"])
    page.append(["2018年小巨人后备企业汇总表"])
    page.merge_cells("A2:J2")
    page.append(["市州：", "株洲市"])
    page.append(
        head
        or [
            "序号",
            "所属\n市县",
            "企业名称",
            "产业细分\n领域",
            "近三年销售收入\n（万元）",
            "近三年研发投入（万元）",
            "近五年发明专利数",
            "联系人",
            "联系电话",
            "拟参加活动类别",
        ]
    )
    for row in rows:
        page.append(row)
    page.append([None] * 10)
    page.append(["填报人：某某                                   联系电话：0731-00000003"])
    return saved(book)


def test_own_export_reads_back_equal():
    reading = read_xlsx(SHEET, workbook([ROW, ROW], heads={"prefecture": "株洲市"}, feet={"filled_by": "演示"}))
    assert reading.errors == []
    assert reading.good == [ROW, ROW]
    assert reading.heads == {"prefecture": "株洲市"}
    assert reading.feet == {"filled_by": "演示"}
    assert reading.rows[0].cells["phone"] == "H4"


def test_sheet_typed_by_hand_is_understood():
    file = by_hand(
        [
            1,
            "荷塘区",
            "演示甲有限公司",
            "刀具",
            "５，８９８／10,916.00／11709万元",
            "1、2、3",
            "5件",
            "某某",
            13800000000,
            '企业"上云"，管理创新',
        ],
        [2, None, "演示乙有限公司", None, "2017年：3\n2016年：2\n2015年：1", None, None, None, None, None],
    )
    book = load_workbook(file)
    book["Sheet1"].merge_cells("B5:B6")
    reading = read_xlsx(SHEET, saved(book))
    assert reading.errors == []
    first, second = reading.good
    assert first["sales"] == {2015: 5898, 2016: 10916, 2017: 11709}
    assert first["rnd"] == {2015: 1, 2016: 2, 2017: 3}
    assert (first["patents"], first["phone"], first["activities"]) == (5, "13800000000", ("cloud", "management"))
    assert (second["county"], second["sales"]) == ("荷塘区", {2015: 1, 2016: 2, 2017: 3})
    assert reading.feet == {"filled_by": "某某", "filled_phone": "0731-00000003"}
    assert (reading.heads, reading.ignored) == ({"prefecture": "株洲市"}, ["序号"])


def test_head_of_two_rows_with_the_years_below():
    book = Workbook()
    page = book.active
    page.append(["所属市县", "企业名称", "近三年销售收入（万元）", None, None, "联系电话"])
    page.append([None, None, "2015年", "2016年", "2017年", None])
    page.append(["荷塘区", "演示甲有限公司", 1.5, 2, 12345.67, "0731-00000001"])
    reading = read_xlsx(SHEET, saved(book))
    assert reading.errors == []
    assert reading.good[0]["sales"] == {2015: Decimal("1.5"), 2016: 2, 2017: Decimal("12345.67")}


@pytest.mark.parametrize(
    ("place", "value", "rule"),
    [
        (4, "5898/10916", "应为 3 个数"),
        (4, "1/2/x", "2017 年：“x”不是数字，请填写以万元为单位的金额，例如 12,345.67"),
        (4, "1/2/-3", "2017 年：不能小于 0"),
        (4, "1亿元/2/3", "2015 年：单位是亿元"),
        (4, None, "必填，不能空着"),
        (4, "#REF!", "这一格是公式错误值"),
        (6, "3.5", "应为整数"),
        (8, "请看附件", "不像电话号码"),
        (8, 1.38e17, "这一格被表格软件当作数字，后面几位已经丢失"),
        (9, "上云、跳舞", "“跳舞”不在可选范围内"),
    ],
)
def test_each_complaint_names_cell_value_rule_and_remedy(place, value, rule):
    row = [1, "荷塘区", "演示甲有限公司", "刀具", "1/2/3", "1/2/3", 5, "某某", "0731-00000001", "上云"]
    row[place] = value
    reading = read_xlsx(SHEET, by_hand(row))
    assert [(error.sheet, error.cell, error.rule) for error in reading.errors] == [
        ("Sheet1", f"{'ABCDEFGHIJ'[place]}5", rule)
    ]
    assert reading.errors[0].how
    assert reading.good == []


def test_missing_column_is_named_at_the_head():
    reading = read_xlsx(
        SHEET,
        by_hand(head=["序号", "所属市县", "企业", "领域", "销售", "近三年研发投入", "专利", "联系人", "联系电话", "x"]),
    )
    assert [(error.cell, error.rule) for error in reading.errors] == [
        ("B4", "表头里没有“企业名称”这一列"),
        ("B4", "表头里没有“近三年销售收入”这一列"),
    ]


def test_identity_is_checked_before_anything_else():
    other = workbook([ROW], programme="hunan-2018-49", round_="1")
    with pytest.raises(SheetRefused, match="另一个批次"):
        read_xlsx(SHEET, other, programme="hunan-2018-49", round_="2")
    assert read_xlsx(SHEET, other, programme="hunan-2018-49", round_="1").ok
    import dataclasses

    with pytest.raises(SheetRefused, match="旧版式"):
        read_xlsx(dataclasses.replace(SHEET, version="2"), workbook([ROW]))
    with pytest.raises(SheetRefused, match="这不是《别的表》"):
        read_xlsx(dataclasses.replace(SHEET, code="other", title="别的表"), workbook([ROW]))


def test_row_cap():
    import dataclasses

    with pytest.raises(SheetRefused, match="超过 1 行"):
        read_xlsx(dataclasses.replace(SHEET, row_cap=1), workbook([ROW, ROW]))


def test_error_copy_marks_cells_and_reads_like_the_original():
    file = by_hand([1, "荷塘区", "演示甲有限公司", "=1+1", "1/2", None, 1, None, "x", None])
    reading = read_xlsx(SHEET, file)
    out = io.BytesIO()
    assert write_error_copy(file, reading.errors, out) == 2
    book = load_workbook(out)
    page = book["Sheet1"]
    assert page["E5"].fill.start_color.rgb == "FFFFC7CE"
    assert page["E5"].comment.text.startswith("应为 3 个数。按 2015/2016/2017 的次序")
    assert page["I5"].comment.text.startswith("不像电话号码")
    listed = [[cell.value for cell in row] for row in book["错误清单"].iter_rows(min_row=2)]
    assert [(row[0], row[1], row[2], row[3]) for row in listed] == [
        ("Sheet1", "E5", "近三年销售收入", "1/2"),
        ("Sheet1", "I5", "联系电话", "x"),
    ]
    out.seek(0)
    again = read_xlsx(SHEET, out)
    assert [error.cell for error in again.errors] == ["E5", "I5"]
    second = io.BytesIO()
    write_error_copy(out, again.errors, second)
    assert load_workbook(second).sheetnames.count("错误清单") == 1
