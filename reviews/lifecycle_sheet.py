"""The desk of changes on the roster as a sheet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from foundation.spreadsheets import Column, Kind, Sheet
from reviews.lifecycle_queries import line_of
from reviews.models import Proposal

PROPOSALS = Sheet(
    code="reviews.proposals",
    version="1",
    title="名单调整",
    tab_title="名单调整",
    columns=(
        Column("number", "序号", Kind.INTEGER, width=6),
        Column("name", "企业名称", width=32),
        Column("uscc", "统一社会信用代码", Kind.CODE, width=21),
        Column("region", "所在地", width=14),
        Column("tier", "层级", width=18),
        Column("what", "建议", width=12),
        Column("state", "状态", width=18),
        Column("reason", "理由", width=40),
        Column("opened_on", "提出日期", Kind.DATE, width=12),
        Column("proposed_by", "提出单位", width=18),
        Column("hearing_until", "陈述截止", Kind.DATE, width=12),
        Column("bureau", "决定单位", width=18),
        Column("effective_on", "生效日期", Kind.DATE, width=12),
        Column("opinion", "决定意见", width=30),
    ),
)


def rows_of(proposals: Iterable[Proposal]) -> Iterator[dict[str, Any]]:
    """Rows of the sheet in the order of the desk."""
    for number, row in enumerate(proposals, start=1):
        line = line_of(row)
        yield {
            "number": number,
            "name": row.enterprise.name,
            "uscc": row.enterprise.uscc,
            "region": row.entry.region.name,
            "tier": row.entry.tier_title,
            "what": line["what"],
            "state": line["word"],
            "reason": row.reason,
            "opened_on": row.opened_at.date(),
            "proposed_by": row.proposed_by.short_name if row.proposed_by else "企业",
            "hearing_until": row.hearing_until,
            "bureau": row.bureau.short_name,
            "effective_on": row.effective_on,
            "opinion": row.opinion,
        }
