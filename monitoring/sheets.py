"""The room's sheets: a county's workbook of all its firms for one month, out and in; the list of the month out (P-07)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import IO, Any

from foundation.core.clock import current_installation
from foundation.spreadsheets import Choice, Column, Field, Kind, Sheet, write_xlsx
from monitoring import months
from monitoring.checks import LABELS, NORMAL, STOPPED, ZERO
from monitoring.models import MonthlyReturn
from monitoring.queries import Beside, cumulative, growth_to, shown_to

VERSION = "1"
NATURES = (
    Choice(NORMAL, "正常经营", ("正常", "生产")),
    Choice(ZERO, "零申报", ("零",)),
    Choice(STOPPED, "停产停业", ("停产", "停业", "歇业")),
)
"""What a county may enter by sheet; a report on the national platform needs its own proof and goes by the page."""
ENTERED = (
    "nature", "revenue", "main_revenue", "main_revenue_prior", "profit_and_tax", "rd_expenditure", "employees",
    "stopped_since", "remark",
)  # fmt: skip
"""Columns that enter a month."""


def county_sheet() -> Sheet:
    """The workbook: one row per firm, matched by its code; what has been reported is printed and not entered again."""
    return Sheet(
        code="monitoring.county_month",
        version=VERSION,
        title="月报（县市区汇集）",
        tab_title="月报",
        heads=(Field("period", "所属月份"), Field("programme", "培育项目"), Field("bureau", "填报单位")),
        notes=(
            "金额单位万元，只填本月数，累计由平台计算。没有填的企业留空，整行空着不导入。",
            "状态为“已报送”的企业不能用本表改动；有误请在平台上写明理由退回。",
        ),
        columns=(
            Column("number", "序号", Kind.INTEGER, width=6),
            Column("name", "企业名称", width=30),
            Column("uscc", "统一社会信用代码", Kind.CODE, width=22, required=True, help="企业按代码对应，请勿改动"),
            Column("state", "状态", width=10, help="导出时的状态，导入时不看"),
            Column("nature", LABELS["nature"], Kind.CHOICE, width=12, choices=NATURES),
            Column("revenue", LABELS["revenue"], Kind.WAN, width=14, unit="万元"),
            Column("main_revenue", LABELS["main_revenue"], Kind.WAN, width=16, unit="万元"),
            Column("main_revenue_prior", LABELS["main_revenue_prior"], Kind.WAN, width=18, unit="万元"),
            Column("profit_and_tax", LABELS["profit_and_tax"], Kind.WAN, width=12, unit="万元"),
            Column("rd_expenditure", LABELS["rd_expenditure"], Kind.WAN, width=12, unit="万元"),
            Column("employees", LABELS["employees"], Kind.INTEGER, width=12, unit="人", minimum=0, maximum=10_000_000),
            Column("stopped_since", LABELS["stopped_since"], Kind.DATE, width=12, help="停产停业的填起始日期"),
            Column("remark", LABELS["remark"], width=26, max_length=500),
            Column("explanation", "核对说明", width=30, max_length=300, help="数字与上月或上年相差较大时写明原因"),
            Column("last_month", "上月主营业务收入", Kind.WAN, width=14, unit="万元", help="供对照，导入时不看"),
        ),
    )  # fmt: skip


def write_county(
    rows: Iterable[MonthlyReturn],
    around: Mapping[int, Beside],
    out: IO[bytes],
    *,
    period: str,
    programme: str,
    bureau: str,
) -> None:
    """All firms of one month; figures of those that have reported, known ones of those that have not."""
    cells = []
    for number, row in enumerate(rows, start=1):
        last = around[row.pk].last_month(row.period)
        last_year = around[row.pk].last_year(row.period)
        filed = row.state == MonthlyReturn.State.SUBMITTED
        cell: dict[str, Any] = {
            "number": number,
            "name": row.enterprise_name,
            "uscc": row.enterprise.uscc,
            "state": "已报送" if filed else "已退回" if row.state == MonthlyReturn.State.RETURNED else "未报送",
            "last_month": last.main_revenue if last else None,
        }
        if filed:
            cell |= {name: getattr(row, name) for name in ENTERED}
            cell["explanation"] = "；".join(row.explanations.values())
            if cell["nature"] not in {choice.value for choice in NATURES}:
                cell["nature"], cell["remark"] = None, f"{row.get_nature_display()} {row.remark}".strip()
        else:
            cell["main_revenue_prior"] = last_year.main_revenue if last_year else None
        cells.append(cell)
    write_xlsx(
        county_sheet(),
        cells,
        out,
        heads={"period": months.label(period), "programme": programme, "bureau": bureau},
        round_=period,
        help_tab=True,
        lists_in_rows=True,
        mark=_mark(),
    )


MONTH_LIST = Sheet(
    code="monitoring.month_list",
    version=VERSION,
    title="企业月报",
    tab_title="企业月报",
    heads=(Field("period", "所属月份"),),
    notes=("本年累计缺月份的为空，不以零代替。",),
    columns=(
        Column("number", "序号", Kind.INTEGER, width=6),
        Column("name", "企业名称", width=30),
        Column("uscc", "统一社会信用代码", Kind.CODE, width=22),
        Column("bureau", "主管部门", width=20),
        Column("tier", "层级", width=16),
        Column("state", "状态", width=10),
        Column("nature", "本月情况", width=12),
        Column("revenue", "营业收入", Kind.WAN, unit="万元", width=14),
        Column("main_revenue", "主营业务收入", Kind.WAN, unit="万元", width=14),
        Column("last_month", "上月主营业务收入", Kind.WAN, unit="万元", width=14),
        Column("year_to_date", "本年累计主营业务收入", Kind.WAN, unit="万元", width=16),
        Column("growth", "累计比上年同期", Kind.WAN, unit="%", width=14),
        Column("profit_and_tax", "利税", Kind.WAN, unit="万元", width=12),
        Column("rd_expenditure", "研发投入", Kind.WAN, unit="万元", width=12),
        Column("employees", "期末从业人员", Kind.INTEGER, unit="人", width=12),
        Column("due_on", "截止", Kind.DATE, width=12),
        Column("submitted_on", "报送日期", Kind.DATE, width=12),
        Column("late", "逾期", width=8),
        Column("explanation", "核对说明", width=30),
        Column("remark", "经营情况和困难", width=30),
    ),
)


def month_row(number: int, row: MonthlyReturn, around: Beside, actor: Any) -> dict[str, Any]:
    """One firm of the list of the month; figures only of what was submitted."""
    cell: dict[str, Any] = {
        "number": number,
        "name": row.enterprise_name,
        "uscc": row.enterprise.uscc,
        "bureau": row.bureau.short_name,
        "tier": row.entry.tier_title,
        "state": row.get_state_display(),
        "due_on": row.obligation.due_on,
    }
    if not shown_to(actor, row):
        return cell
    last = around.last_month(row.period)
    growth = growth_to(row.period, around.submitted, around.due)
    return cell | {
        "nature": row.get_nature_display(),
        "revenue": row.revenue,
        "main_revenue": row.main_revenue,
        "last_month": last.main_revenue if last else None,
        "year_to_date": cumulative("main_revenue", row.period, around.submitted, around.due).value,
        "growth": growth.quantize(Decimal("0.01")) if growth is not None else None,
        "profit_and_tax": row.profit_and_tax,
        "rd_expenditure": row.rd_expenditure,
        "employees": row.employees,
        "submitted_on": row.submitted_at.date() if row.submitted_at else None,
        "late": "是" if row.late else "",
        "explanation": "；".join(row.explanations.values()),
        "remark": row.remark,
    }


def write_month(rows: Iterable[dict[str, Any]], out: IO[bytes], *, period: str) -> None:
    """The list of the month as a workbook."""
    write_xlsx(MONTH_LIST, rows, out, heads={"period": months.label(period)}, mark=_mark())


def json_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Entered values as they are kept with an import."""
    return {
        name: value.isoformat() if isinstance(value, dt.date) else str(value) if isinstance(value, Decimal) else value
        for name, value in values.items()
        if name in ENTERED and value is not None
    }


def typed_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same read back."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        if name in ("nature", "remark", "employees"):
            found[name] = value
        elif name == "stopped_since":
            found[name] = dt.date.fromisoformat(value)
        else:
            found[name] = Decimal(value)
    return found


def _mark() -> str:
    return "演练" if current_installation().is_rehearsal else ""
