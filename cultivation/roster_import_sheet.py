"""The sheet of a list published before the portal existed: few columns, and tolerant about what people call them (HN-22)."""

from __future__ import annotations

from typing import Any

from cultivation.schema import Programme
from enterprises import uscc
from foundation.spreadsheets import Column, Kind, Problem, Sheet

ROW_CAP = 20000


def _code(value: Any) -> Problem | None:
    wrong = uscc.form_finding(str(value))
    return Problem(wrong.text, "核对营业执照；没有代码的留空，按名称核对") if wrong is not None else None


EARLIER = Sheet(
    code="cultivation.earlier_list",
    version="1",
    title="以前公布的名单",
    tab_title="名单",
    columns=(
        Column("number", "序号", width=6, help="不填也可以", aliases=("编号", "No.")),
        Column(
            "name",
            "企业名称",
            width=36,
            required=True,
            max_length=120,
            help="按公布文件填写；改过名的填当时的名称",
            aliases=("单位名称", "企业全称", "公司名称", "企业", "名称", "单位"),
        ),
        Column(
            "uscc",
            "统一社会信用代码",
            Kind.CODE,
            width=22,
            help="填了代码的自动对应；没有的留空，按名称由人确认",
            aliases=("信用代码", "社会信用代码", "机构代码", "代码"),
            validator=_code,
        ),
        Column(
            "place",
            "所属市县",
            width=18,
            max_length=80,
            help="同名企业靠它区分",
            aliases=("所在地", "所属地区", "市州", "市（州）", "县市区", "区县", "地区", "所属县市区", "属地"),
        ),
        Column(
            "since",
            "列入日期",
            Kind.DATE,
            width=12,
            help="与整份名单不同的才填",
            aliases=("认定日期", "认定时间", "列入时间", "公布日期"),
        ),
    ),
    notes=("每行一家企业。只有企业名称必填。",),
    row_cap=ROW_CAP,
)


def tiers_of(programme: Programme) -> list[tuple[str, str]]:
    """Tiers an earlier list may be of: the programme's own, and those its monthly duty also holds for (HN-22)."""
    found = [(tier.code, tier.title) for tier in programme.tiers]
    for duty in programme.duties:
        if duty.period == "month":
            found += [(f"{duty.code}_also_{place}", title) for place, title in enumerate(duty.also_for, start=1)]
    return found
