"""The annex of the Hunan notice as a spec, for the tests of this room (the real one lives with the programme)."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

from foundation.spreadsheets import Choice, Column, Field, Kind, Sheet, Tab, write_xlsx

YEARS = (2015, 2016, 2017)

SHEET = Sheet(
    code="test.reserve",
    version="1",
    title="2018年小巨人后备企业汇总表",
    tab_title="汇总表",
    heads=(Field("prefecture", "市州"),),
    columns=(
        Column("county", "所属市县", width=10, required=True, clause="HN-31"),
        Column("name", "企业名称", width=26, required=True),
        Column("niche", "产业细分领域", width=18),
        Column("sales", "近三年销售收入", Kind.YEARS, width=32, unit="万元", years=YEARS, required=True, minimum=0),
        Column("rnd", "近三年研发投入", Kind.YEARS, width=30, unit="万元", years=YEARS),
        Column("patents", "近五年发明专利数", Kind.INTEGER, width=10, minimum=0),
        Column("contact", "联系人", width=9),
        Column("phone", "联系电话", Kind.PHONE, width=15),
        Column(
            "activities",
            "拟参加活动类别",
            Kind.CHOICES,
            width=20,
            choices=(
                Choice("cloud", "企业“上云”", ("上云",)),
                Choice("management", "管理创新"),
                Choice("maker", "“创客中国”"),
                Choice("finance", "产融对接"),
            ),
        ),
    ),
    notes=("（拟参加活动类别：企业“上云”、管理创新、“创客中国”、产融对接。）",),
    feet=(Field("filled_by", "填报人"), Field("filled_phone", "联系电话")),
    tabs=(Tab("分年明细"),),
)

ROW: dict[str, Any] = {
    "county": "荷塘区",
    "name": "演示𠮷㛃䶮机械有限公司",
    "niche": "=硬质合金刀具",
    "sales": {2015: Decimal("5898.00"), 2016: Decimal("10916.00"), 2017: Decimal("12345.67")},
    "rnd": {2015: None, 2016: Decimal("540.50"), 2017: Decimal("600.00")},
    "patents": 5,
    "contact": "演示",
    "phone": "0731-00000001",
    "activities": ("cloud", "maker"),
}


def workbook(rows: list[dict[str, Any]], sheet: Sheet = SHEET, **places: Any) -> io.BytesIO:
    """`rows` written as a workbook in memory."""
    out = io.BytesIO()
    write_xlsx(sheet, rows, out, **places)
    out.seek(0)
    return out
