"""Sheets of the room: the grid of yearly figures out and in, the list of enterprises out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import IO, Any

from enterprises.actions.facts import Cell, parse_figure
from enterprises.dossier import Dossier
from enterprises.facts import ANNUAL_FACTS, json_form, registry
from enterprises.models import Basis, Enterprise
from enterprises.queries import Glance
from foundation.core.clock import business_today, current_installation
from foundation.core.text import mask_phone
from foundation.spreadsheets import Column, Kind, Reading, Sheet, SheetRefused, read_xlsx, write_xlsx
from foundation.spreadsheets import Field as Place

FIGURES_VERSION = "1"
LIST_VERSION = "1"
_LABELS = {registry[fact].label: fact for fact in ANNUAL_FACTS}


def figures_sheet(years: Iterable[int]) -> Sheet:
    """The grid as a sheet: a row per fact, two columns per year (审计, 快报). Made for the years given."""
    columns = [
        Column("label", "指标", required=True, width=16),
        Column("unit", "单位", width=8),
    ]
    columns += [
        Column(
            f"{year}-{basis.value}", f"{year}年{basis.label}", Kind.WAN, width=14, help="没有的留空；空格不改动已填的数"
        )
        for year in years
        for basis in (Basis.AUDITED, Basis.FLASH)
    ]
    return Sheet(
        code="enterprises.figures",
        version=FIGURES_VERSION,
        title="企业年度数据",
        tab_title="年度数据",
        heads=(Place("uscc", "统一社会信用代码"), Place("name", "企业名称")),
        notes=("金额单位为万元。留空的格子不改动平台上已填的数；要清空某个数，请在平台上改。",),
        columns=tuple(columns),
    )


def write_figures(dossier: Dossier, years: tuple[int, ...], out: IO[bytes]) -> None:
    """The grid of one enterprise, both bases, as it stands."""
    rows = []
    for fact in ANNUAL_FACTS:
        row: dict[str, Any] = {"label": registry[fact].label, "unit": registry[fact].unit}
        for year in years:
            for basis in (Basis.AUDITED, Basis.FLASH):
                figure = dossier.figures.get((year, fact, basis))
                row[f"{year}-{basis.value}"] = figure.value if figure else None
        rows.append(row)
    heads = {"uscc": dossier.enterprise.uscc, "name": dossier.enterprise.name}
    write_xlsx(figures_sheet(years), rows, out, heads=heads, mark=_mark())


@dataclass(frozen=True, slots=True)
class Change:
    """One cell that an import would change."""

    cell: Cell
    label: str
    before: Decimal | None
    after: Decimal


@dataclass(slots=True)
class Preview:
    """What an imported grid would do; nothing is stored before a person says so. ``errors`` are sentences with
    cell addresses.
    """

    changes: list[Change] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    unchanged: int = 0
    reading: Reading | None = None


def read_figures(dossier: Dossier, years: tuple[int, ...], file: IO[bytes]) -> Preview:
    """Compare a filled-in grid with what is there. Raises ``SheetRefused`` where the file as a whole cannot be
    taken.
    """
    reading = read_xlsx(figures_sheet(years), file)
    _is_of(dossier.enterprise, reading)
    preview = Preview(errors=[str(error) for error in reading.errors], reading=reading)
    seen: set[str] = set()
    for row in reading.rows:
        label = str(row.values.get("label") or "").strip()
        fact = _LABELS.get(label)
        place = f"{reading.tab}!{row.cells.get('label', '')}“{label}”"
        if fact is None:
            if label:
                preview.errors.append(f"{place}：没有这项指标。请用下载的表填写，不要改动第一列。")
            continue
        if fact in seen:
            preview.errors.append(f"{place}：同一指标出现两行。请只保留一行。")
            continue
        seen.add(fact)
        for year in years:
            for basis in (Basis.AUDITED, Basis.FLASH):
                _compare(dossier, preview, (year, fact, basis.value), row.values, row.cells)
    return preview


def _compare(dossier: Dossier, preview: Preview, cell: Cell, values: dict[str, Any], cells: dict[str, str]) -> None:
    year, fact, basis = cell
    key = f"{year}-{basis}"
    given = values.get(key)
    if given is None:
        return
    try:
        wanted = parse_figure(cell, json_form(given))
    except ValueError as error:
        preview.errors.append(f"{cells.get(key, '')}“{given}”：{error}")
        return
    figure = dossier.figures.get((year, fact, basis))
    before = figure.value if figure else None
    if wanted is None or wanted == before:
        preview.unchanged += 1
        return
    label = f"{registry[fact].label} {year}年（{Basis(basis).label}）"
    preview.changes.append(Change(cell, label, before, wanted))


def _is_of(enterprise: Enterprise, reading: Reading) -> None:
    said = (reading.heads.get("uscc") or "").strip().upper()
    if said and said != enterprise.uscc:
        raise SheetRefused(f"这份表是 {said} 的，不是本企业的。", "请核对文件，或重新下载本企业的表填写。")


ENTERPRISE_LIST = Sheet(
    code="enterprises.list",
    version=LIST_VERSION,
    title="企业名录",
    tab_title="企业名录",
    columns=(
        Column("number", "序号", Kind.INTEGER, width=6),
        Column("name", "企业名称", width=34),
        Column("uscc", "统一社会信用代码", Kind.CODE, width=22),
        Column("place", "所属县市区", width=16),
        Column("bureau", "主管部门", width=22),
        Column("industry", "所属行业", width=20),
        Column("size", "划型", width=8),
        Column("legal_representative", "法定代表人", width=12),
        Column("registered_on", "成立日期", Kind.DATE, width=12),
        Column("revenue", "上年营业收入", Kind.WAN, unit="万元", width=14),
        Column("contact_name", "联系人", width=10),
        Column("contact_phone", "联系电话", Kind.TEXT, width=16),
        Column("state", "状态", width=8),
    ),
)


def write_list(
    enterprises: Iterable[Enterprise], glances: dict[int, Glance], out: IO[bytes], *, bureau_id: int | None
) -> None:
    """The list of enterprises; phones in full only for firms of ``bureau_id`` (None: all masked)."""
    today = business_today()
    rows = []
    for number, firm in enumerate(enterprises, start=1):
        own = firm.bureau_id == bureau_id
        rows.append(
            {
                "number": number,
                "name": firm.name,
                "uscc": firm.uscc,
                "place": firm.region.name_on(today),
                "bureau": firm.bureau.name,
                "industry": f"{firm.industry.code} {firm.industry.name}" if firm.industry else "",
                "size": glances[firm.pk].size,
                "legal_representative": firm.legal_representative,
                "registered_on": firm.registered_on,
                "revenue": glances[firm.pk].revenue,
                "contact_name": firm.contact_name,
                "contact_phone": firm.contact_phone if own else mask_phone(firm.contact_phone),
                "state": firm.get_state_display(),
            }
        )
    write_xlsx(ENTERPRISE_LIST, rows, out, mark=_mark())


def _mark() -> str:
    return "演练" if current_installation().is_rehearsal else ""
