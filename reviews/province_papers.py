"""Papers of the province: the 审定表 and the published 名单, frozen with everything they print (SC-32, SC-43)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from cultivation.models import Round
from cultivation.schema.sheets import YearsColumn
from foundation.accounts.models import Bureau
from foundation.accounts.paths import path_ids
from foundation.core.clock import business_today, current_installation
from foundation.documents.kinds import DocumentKind, register_kind
from foundation.documents.layouts import fitted_widths, table_snapshot
from foundation.documents.models import FrozenDocument
from foundation.reference import regions
from foundation.spreadsheets import Column, Field, Kind, Sheet
from reviews.models import Application, Approval, ApprovalItem, PublicNoticeRow, Publishing
from reviews.province_queries import step_of
from reviews.sheets import years_of
from reviews.states import ApprovalOutcome, NoticeRowState, NoticeState

APPROVAL_KIND, LIST_KIND = "reviews.approval", "reviews.roster_list"
_OUTCOMES = {str(value): label for value, label in ApprovalOutcome.choices}


def rehearsal_mark() -> str:
    """演练 on every sheet made in a rehearsal database (design idea 6)."""
    return "演练" if current_installation().is_rehearsal else ""


# ---- 审定表 -------------------------------------------------------------------------------------------------


def revenue_column(round: Round) -> YearsColumn | None:
    """The first column of yearly figures in the programme's table."""
    return next((rule for rule in round.programme.sheet.columns if isinstance(rule, YearsColumn)), None)


def growth_column(round: Round) -> YearsColumn | None:
    """The yearly figures growth is judged by: those of the programme's lifecycle, else the first."""
    rules = [rule for rule in round.programme.sheet.columns if isinstance(rule, YearsColumn)]
    wanted = round.programme.lifecycle.growth_fact
    return next((rule for rule in rules if rule.fact == wanted), rules[0] if rules else None)


def approval_sheet(title: str, figures: Mapping[str, Any]) -> Sheet:
    """Columns of the 审定表; ``figures`` names the yearly figures and their years as they were frozen."""
    columns = [
        Column("rank", "序号", Kind.INTEGER, width=5),
        Column("sender", "推荐单位", width=12),
        Column("county", "所属县市区", width=12),
        Column("name", "企业名称", width=26),
        Column("uscc", "统一社会信用代码", Kind.CODE, width=20),
        Column("tier", "培育层级", width=14),
    ]
    if figures.get("years"):
        columns.append(
            Column(
                "figures",
                figures["title"],
                Kind.YEARS,
                width=24,
                unit=figures["unit"],
                years=tuple(int(year) for year in figures["years"]),
            )
        )
    columns += [Column("outcome", "审定结果", width=10), Column("reason", "理由", width=24)]
    return Sheet(
        code="approval",
        version="1",
        title=title,
        tab_title="审定表",
        heads=(Field("round", "轮次"), Field("bureau", "审定单位")),
        columns=tuple(columns),
        landscape=True,
    )


def figures_of(round: Round) -> dict[str, Any]:
    """Title, unit and years of the yearly figures shown."""
    rule = revenue_column(round)
    if rule is None:
        return {}
    title = rule.header.replace(f"（{rule.unit}）", "")
    return {
        "code": rule.code,
        "title": title,
        "unit": rule.unit,
        "years": [str(year) for year in years_of(rule.window, round.year)],
    }


def sender_names(files: Sequence[Application], deciding: int, *, place: bool = False) -> dict[int, str]:
    """The bureau directly below the deciding one by file: its short name, or with ``place`` the name of its place."""
    below: dict[int, int] = {}
    for file in files:
        steps = path_ids(file.path)
        at = steps.index(deciding) if deciding in steps else -1
        below[file.pk] = steps[min(at + 1, len(steps) - 1)]
    bureaus = Bureau.objects.filter(pk__in=set(below.values())).select_related("region").in_bulk()
    day = business_today()
    names = {
        pk: (bureau.region.name_on(day) if bureau.region is not None else "") if place else bureau.short_name
        for pk, bureau in bureaus.items()
    }
    return {pk: names.get(bureau, "") for pk, bureau in below.items()}


def approval_rows(round: Round, items: Sequence[ApprovalItem], senders: Mapping[int, str]) -> list[dict[str, Any]]:
    """One line per file in the order of the decision, as text; ``items`` come with file, firm and bureau."""
    tiers = {tier.code: tier.title for tier in round.programme.tiers}
    code = figures_of(round).get("code", "")
    rows = []
    for rank, item in enumerate(items, start=1):
        file = item.application
        cells = file.listing.get("cells") or {}
        rows.append(
            {
                "rank": rank,
                "number": file.number,
                "sender": senders.get(item.application_id, ""),
                "county": file.listing.get("county") or file.bureau.short_name,
                "name": file.enterprise_name,
                "uscc": file.enterprise.uscc,
                "tier": tiers.get(file.tier, file.tier),
                "figures": cells.get(code) if isinstance(cells.get(code), dict) else None,
                "outcome": _OUTCOMES[item.outcome],
                "reason": item.reason,
            }
        )
    return rows


def approval_snapshot(approval: Approval) -> dict[str, Any]:
    """Everything the 审定表 prints: every file with outcome and reason, and the sums."""
    items = list(
        approval.items.select_related("application__enterprise", "application__bureau")
        .defer("application__answers")
        .order_by("rank", "pk")
    )
    rows = approval_rows(approval.round, items, sender_names([item.application for item in items], approval.bureau_id))
    counts = Counter(row["outcome"] for row in rows)
    return {
        "version": 1,
        "title": approval.title,
        "round": {"id": approval.round_id, "title": approval.round.title},
        "programme": approval.round.version.digest,
        "bureau": approval.bureau.name,
        "figures": figures_of(approval.round),
        "rows": rows,
        "counts": {word: counts[word] for word in _OUTCOMES.values() if counts[word]},
    }


def _typed(row: Mapping[str, Any]) -> dict[str, Any]:
    figures = row.get("figures")
    typed = {int(year): Decimal(value) for year, value in figures.items()} if figures else None
    return {**row, "figures": typed}


def approval_table(snapshot: Mapping[str, Any]) -> tuple[Sheet, list[dict[str, Any]]]:
    """Sheet and typed rows of a stored decision: for the page, the workbook and the paper alike."""
    return approval_sheet(snapshot["title"], snapshot["figures"]), [_typed(row) for row in snapshot["rows"]]


def _approval_layout(document: FrozenDocument) -> Mapping[str, Any]:
    snapshot = document.snapshot
    sheet, rows = approval_table(snapshot)
    counted = "，".join(f"{word} {number} 户" for word, number in snapshot["counts"].items())
    heads = {"round": snapshot["round"]["title"], "bureau": snapshot["bureau"]}
    paper = table_snapshot(sheet, rows, heads=heads, seal=True, total=f"共 {len(rows)} 户：{counted}")
    return {**paper, "number": snapshot.get("number", "")}


register_kind(DocumentKind(APPROVAL_KIND, "审定表", layout=_approval_layout, public_title="审定表"))


# ---- 名单 ---------------------------------------------------------------------------------------------------

LIST_FIELDS = {"name": "企业名称", "region": "所属市县", "tier": "培育层级", "batch": "批次"}
"""What the public may see of a listed firm; the programme's publication says which of it (SC-43)."""


def list_fields(round: Round) -> list[str]:
    """Columns of the published list, in the order of the programme."""
    publication = round.programme.publication
    return list(publication.fields) if publication is not None else ["name", "region", "tier"]


def place_name(code_or_region: Any) -> str:
    """成都市锦江区: the place below the province."""
    names = [step.name for step in regions.path(code_or_region, business_today())]
    return "".join(names[1:]) or "".join(names)


def corrected_names(file_ids: Iterable[int]) -> dict[int, str]:
    """Names that were corrected during the public notice, by file."""
    rows = PublicNoticeRow.objects.filter(
        application_id__in=list(file_ids), state=NoticeRowState.CORRECTED, notice__state=NoticeState.CLOSED
    ).exclude(shown_name="")
    return dict(rows.order_by("id").values_list("application_id", "shown_name"))


def list_snapshot(publishing: Publishing, files: Sequence[Application]) -> dict[str, Any]:
    """Everything the published list prints: on what it rests, firms in order with the programme's public fields only."""
    programme = publishing.round.programme
    tiers = {tier.code: tier.title for tier in programme.tiers}
    corrected = corrected_names(file.pk for file in files)
    places: dict[int, str] = {}
    rows = []
    for file in files:
        region = file.enterprise.region
        if region.pk not in places:
            places[region.pk] = place_name(region)
        rows.append(
            {
                "name": corrected.get(file.pk) or file.enterprise.name,
                "region": places[region.pk],
                "tier": tiers.get(file.tier, file.tier),
                "batch": f"{publishing.round.year}年第{publishing.round.batch}批",
            }
        )
    counts = Counter(row["tier"] for row in rows)
    passed = [step.title for code in ("approve", "public_notice") if (step := step_of(publishing.round, code))]
    return {
        "version": 1,
        "title": publishing.title,
        "round": {"id": publishing.round_id, "title": publishing.round.title},
        "programme": publishing.round.version.digest,
        "basis": f"《{programme.document_title}》（{programme.document_number}）",
        "passed": passed,
        "bureau": publishing.bureau.name,
        "supplement": publishing.sequence > 1,
        "fields": list_fields(publishing.round),
        "rows": rows,
        "counts": dict(counts),
    }


def list_texts(snapshot: Mapping[str, Any]) -> list[list[str]]:
    """The lines of a stored list with their running number."""
    return [
        [str(number), *(row[name] for name in snapshot["fields"])]
        for number, row in enumerate(snapshot["rows"], start=1)
    ]


def list_sheet(snapshot: Mapping[str, Any]) -> Sheet:
    """The stored list as a workbook."""
    widths = {"name": 34, "region": 20, "tier": 22, "batch": 16}
    columns = [Column("rank", "序号", Kind.INTEGER, width=6)]
    columns += [Column(name, LIST_FIELDS[name], width=widths[name]) for name in snapshot["fields"]]
    return Sheet(
        code="roster_list",
        version="1",
        title=snapshot["title"],
        tab_title="名单",
        heads=(Field("bureau", "公布单位"), Field("number", "文号"), Field("date", "公布日期")),
        columns=tuple(columns),
    )


def _list_layout(document: FrozenDocument) -> Mapping[str, Any]:
    snapshot = document.snapshot
    titles = ["序号", *(LIST_FIELDS[name] for name in snapshot["fields"])]
    texts = list_texts(snapshot)
    widths = fitted_widths(
        [6, *([20] * len(snapshot["fields"]))], titles, texts, [True] + [False] * len(snapshot["fields"])
    )
    passed = "、".join(["企业申报", "逐级审核推荐", *snapshot["passed"]])
    counted = "，".join(f"{tier} {number} 户" for tier, number in snapshot["counts"].items())
    kind = "补充名单" if snapshot["supplement"] else "名单"
    return {
        "number": snapshot.get("number", ""),
        "body": [
            f"根据{snapshot['basis']}，经{passed}，现将{snapshot['round']['title']}{kind}予以公布。",
            f"本次公布 {len(texts)} 户：{counted}。",
        ],
        "columns": [
            {"title": title, "width": str(width), "align": "center" if place == 0 else "left"}
            for place, (title, width) in enumerate(zip(titles, widths, strict=True))
        ],
        "rows": texts,
        "seal": True,
    }


register_kind(
    DocumentKind(
        LIST_KIND,
        "公布名单",
        template="reviews/pdf/roster_list.html",
        style="list",
        layout=_list_layout,
        public_title="培育名单",
    )
)
