"""The written workbook as another library sees it (HN-30…33)."""

from __future__ import annotations

import io

from openpyxl import load_workbook

from foundation.spreadsheets import write_template
from tests.spreadsheets.sample import ROW, SHEET, workbook


def test_nine_columns_three_values_in_one_cell_and_thirteen_on_the_second_tab():
    book = load_workbook(
        workbook([ROW], heads={"prefecture": "株洲市"}, feet={"filled_by": "演示", "filled_phone": "0731-00000002"})
    )
    page, wide = book["汇总表"], book["分年明细"]
    assert page["A1"].value == "2018年小巨人后备企业汇总表"
    assert page["A2"].value == "市州：株洲市"
    assert [cell.value for cell in page[3]] == [
        "所属市县", "企业名称", "产业细分领域", "近三年销售收入（万元）\n2015/2016/2017", "近三年研发投入（万元）\n2015/2016/2017",
        "近五年发明专利数", "联系人", "联系电话", "拟参加活动类别",
    ]  # fmt: skip
    assert page["D4"].value == "5,898.00/10,916.00/12,345.67"
    assert page["E4"].value == "—/540.50/600.00"
    assert page["I4"].value == "企业“上云”、“创客中国”"
    assert page["A6"].value == "填报人：演示"
    assert page["E6"].value == "联系电话：0731-00000002"
    assert len([cell for cell in wide[3] if cell.value]) == 13
    assert (wide["F4"].value, wide["F4"].number_format) == (12345.67, "#,##0.00")


def test_codes_and_phones_are_text_and_a_formula_stays_the_same_text():
    page = load_workbook(workbook([ROW]))["汇总表"]
    assert (page["H4"].value, page["H4"].data_type, page["H4"].number_format) == ("0731-00000001", "s", "@")
    assert (page["C4"].value, page["C4"].data_type, page["C4"].quotePrefix) == ("=硬质合金刀具", "s", True)


def test_prints_on_a4_landscape_one_page_wide_with_the_head_repeated():
    page = load_workbook(workbook([ROW]))["汇总表"]
    assert (page.page_setup.paperSize, page.page_setup.orientation) == (9, "landscape")
    # One page wide is the file format's default and therefore not written; 0 high means as many as needed.
    setup = page.page_setup
    assert (setup.fitToWidth or 1, setup.fitToHeight, page.sheet_properties.pageSetUpPr.fitToPage) == (1, 0, True)
    assert page.print_title_rows == "$3:$3"
    assert "A1:I1" in {str(area) for area in page.merged_cells.ranges}


def test_the_workbook_knows_what_it_is_twice():
    book = load_workbook(workbook([ROW], programme="hunan-2018-49", round_="2018-1"))
    hidden = book["_tidu"]
    assert hidden.sheet_state == "hidden"
    assert {row[0].value: row[1].value for row in hidden["A1:B6"]} == {
        "tidu-sheet": "1", "code": "test.reserve", "version": "1", "programme": "hunan-2018-49", "round": "2018-1", "mode": "cell",
    }  # fmt: skip
    assert book.defined_names["tidu_code"].attr_text == "_tidu!$B$2"


def test_rehearsal_mark_stands_in_title_and_print_header():
    page = load_workbook(workbook([ROW], mark="演练"))["汇总表"]
    assert page["A1"].value == "2018年小巨人后备企业汇总表（演练）"
    assert page.oddHeader.center.text == "演练"


def test_template_offers_rows_hints_and_a_tab_that_explains_each_column():
    out = io.BytesIO()
    write_template(SHEET, out)
    book = load_workbook(out)
    page = book["汇总表"]
    assert page["H4"].number_format == "@"
    assert any("0731-12345678" in (rule.prompt or "") for rule in page.data_validations.dataValidation)
    help_rows = [[cell.value for cell in row] for row in book["填表说明"].iter_rows()]
    assert help_rows[1] == ["所属市县", None, "必填", "填文字", "HN-31"]
    assert len(help_rows) == 1 + len(SHEET.columns)
