"""Forms of the dispatch area: measures of the plan as rows of one page, read without a script."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.dateparse import parse_date

from reviews.models import PlanMeasure

BLANK_ROWS = 2
"""Empty rows under the filled ones; more by 再加几行."""


@dataclass(slots=True)
class MeasureRow:
    """One row as typed: for whom (``c:<category>`` or ``f:<file>``), what, who, until when; ``error`` when it cannot be kept."""

    about: str = ""
    text: str = ""
    owner: str = ""
    due_on: str = ""
    error: str = ""

    @property
    def empty(self) -> bool:
        return not (self.text or self.owner or self.due_on or self.about)

    def as_measure(self) -> dict[str, object]:
        """What ``set_measures`` takes; call only where ``error`` is empty."""
        kind, _, value = self.about.partition(":")
        return {
            "application_id": int(value) if kind == "f" and value.isdecimal() else None,
            "category": value if kind == "c" else "",
            "text": self.text,
            "owner": self.owner,
            "due_on": _day(self.due_on),
        }


def stored_rows(measures: list[PlanMeasure]) -> list[MeasureRow]:
    """Rows of the saved measures."""
    return [
        MeasureRow(
            about=f"f:{row.application_id}" if row.application_id else f"c:{row.category}" if row.category else "",
            text=row.text,
            owner=row.owner,
            due_on=row.due_on.isoformat() if row.due_on else "",
        )
        for row in measures
    ]


def typed_measures(data: QueryDict) -> list[MeasureRow]:
    """Rows of a posted page; empty ones left out, those marked to go too, what cannot be kept marked with its reason."""
    columns = [data.getlist(name) for name in ("about", "text", "owner", "due_on")]
    gone = {data.get("remove", "")}
    rows = []
    for number, (about, text, owner, due_on) in enumerate(zip(*columns, strict=False)):
        row = MeasureRow(about.strip(), text.strip(), owner.strip(), due_on.strip())
        if row.empty or str(number) in gone:
            continue
        if not row.text:
            row.error = "没有写措施内容"
        elif len(row.text) > 400:
            row.error = f"措施 {len(row.text)} 个字，超过 400 个字"
        elif row.due_on and _day(row.due_on) is None:
            row.error = "完成时间不是有效的日期，请按 2018-06-30 的形式填写"
        rows.append(row)
    return rows


def _day(text: str) -> dt.date | None:
    try:
        return parse_date(text) if text else None
    except ValueError:
        return None
