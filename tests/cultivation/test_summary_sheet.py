"""The nine columns of the annex, their years, and the thirteen of the second tab (HN-30…33)."""

from decimal import Decimal

import pytest

from cultivation.summary_sheet import plan, row, split_years_cell
from tests.cultivation.sample import HUNAN, SICHUAN, firm


def test_title_and_nine_columns_in_order_hn30_hn31():
    sheet = plan(HUNAN, 2018)
    assert sheet.title == "2018年小巨人后备企业汇总表"
    assert [c.base_header for c in sheet.columns] == [
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
    assert [label for label, _ in sheet.head_labels] == ["市州"]
    assert [label for label, _ in sheet.foot_labels] == ["填报人", "联系电话"]


def test_heads_name_the_real_years_of_the_round_hn33():
    heads = {c.code: c.header for c in plan(HUNAN, 2018).columns}
    assert heads["sales_revenue"] == "近三年销售收入（万元）\n2015/2016/2017年"
    assert heads["invention_patents_5y"] == "近五年发明专利数\n2013—2017年"
    assert "2016/2017/2018年" in {c.code: c.header for c in plan(HUNAN, 2019).columns}["rd_expenditure"]


def test_second_tab_has_thirteen_columns():
    split = plan(HUNAN, 2018).split_columns
    assert len(split) == 13
    assert [c.header for c in split[3:6]] == [
        "2015年销售收入（万元）",
        "2016年销售收入（万元）",
        "2017年销售收入（万元）",
    ]


def test_row_of_the_main_sheet_and_of_the_tab():
    facts = firm(
        county="株洲县",
        niche="高压柱塞泵",
        invention_patents_5y={2017: 4},
        activity_categories=["cloud_adoption", "maker_china"],
    )
    sheet = plan(HUNAN, 2018)
    assert row(sheet.columns, HUNAN, facts) == [
        "株洲县",
        "（演示）青羊精工机械有限公司",
        "高压柱塞泵",
        "10,100.00 / 11,400.00 / 13,000.00",
        "310.00 / 402.50 / 505.25",
        4,
        "演示甲",
        "13800000001",
        "企业“上云”、“创客中国”",
    ]
    assert row(sheet.split_columns, HUNAN, facts)[3:6] == [
        Decimal("10100.00"),
        Decimal("11400.00"),
        Decimal("13000.00"),
    ]


def test_missing_is_a_dash_never_a_zero():
    facts = firm(sales_revenue={2016: "5"}, rd_expenditure=None)
    cells = row(plan(HUNAN, 2018).columns, HUNAN, facts)
    assert cells[3] == "— / 5.00 / —"
    assert cells[4] == "—"
    assert cells[5] == "—"


def test_sichuan_sheet_shows_tier_and_result_and_is_marked():
    sheet = plan(SICHUAN, 2018)
    cells = dict(
        zip(
            (c.code for c in sheet.columns),
            row(sheet.columns, SICHUAN, firm(), tier="高成长型中小企业", outcome="符合"),
            strict=True,
        )
    )
    assert sheet.own_making
    assert cells["tier"] == "高成长型中小企业"
    assert cells["outcome"] == "符合"
    assert cells["employees"] == 170


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("10,100.00 / 11,400.00 / 13,000.00", ["10100.00", "11400.00", "13000.00"]),
        ("１２／—／3.5", ["12", None, "3.5"]),
    ],
)
def test_cell_of_three_years_reads_back(text, values):
    assert split_years_cell(text) == [None if v is None else Decimal(v) for v in values]
