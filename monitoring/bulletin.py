"""The day's 进度通报 of a round: how far the filing has come, county by county (SC-25, P-15).

Below the level that may see files it is numbers only; names of lagging firms go to their own county alone.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from django.db.models import Count

from cultivation.models import Round
from enterprises.models import Enterprise
from foundation.accounts.actor import Actor
from foundation.accounts.may import path_condition
from foundation.accounts.models import Bureau
from foundation.accounts.paths import path_ids
from reviews.models import Application
from reviews.states import FileState

COLUMNS = (
    ("registered", "已注册"),
    ("draft", "填报中"),
    ("submitted", "已提交"),
    ("returned", "退回补正"),
    ("recommended", "已推荐"),
    ("sent", "已报送"),
)
_COLUMN_OF = {
    FileState.DRAFT: "draft",
    FileState.SUBMITTED: "submitted",
    FileState.RETURNED: "returned",
    FileState.RECOMMENDED: "recommended",
}
_NOT_COUNTED = frozenset({FileState.WITHDRAWN, FileState.REFUSED})
LAGGING = (FileState.DRAFT, FileState.RETURNED)


@dataclass(slots=True)
class Progress:
    """One county's numbers."""

    bureau: Bureau | None
    numbers: dict[str, int] = field(default_factory=lambda: dict.fromkeys((key for key, _ in COLUMNS), 0))

    @property
    def name(self) -> str:
        """The bureau as the table names it."""
        return self.bureau.short_name if self.bureau else "合计"

    @property
    def cells(self) -> list[tuple[str, int]]:
        """Numbers in the order of the columns, each with its head."""
        return [(word, self.numbers[key]) for key, word in COLUMNS]


@dataclass(slots=True)
class Bulletin:
    """The table of a round on a day, and the names a county may read."""

    round: Round
    lines: list[Progress]
    total: Progress
    names: list[str] = field(default_factory=list)


def bulletin_of(actor: Actor, round_: Round) -> Bulletin:
    """How far a round has come by handling bureau in the actor's area; three queries (four for a county's names)."""
    by_bureau: dict[int, Progress] = {}
    files = Application.objects.filter(path_condition(actor, "path"), round=round_).exclude(state__in=_NOT_COUNTED)
    for path, state, number in files.order_by().values_list("path", "state").annotate(number=Count("pk")):
        line = by_bureau.setdefault(path_ids(path)[-1], Progress(None))
        line.numbers[_COLUMN_OF.get(state, "sent")] += number
    firms = Enterprise.objects.visible_to(actor).filter(state=Enterprise.State.ACTIVE)
    for bureau_id, number in firms.order_by().values_list("bureau_id").annotate(number=Count("pk")):
        by_bureau.setdefault(bureau_id, Progress(None)).numbers["registered"] += number
    bureaus = Bureau.objects.in_bulk(by_bureau)
    total = Progress(None)
    for pk, line in by_bureau.items():
        line.bureau = bureaus[pk]
        for key, number in line.numbers.items():
            total.numbers[key] += number
    lines = sorted(
        by_bureau.values(), key=lambda line: (line.bureau.sort_key, line.bureau.pk) if line.bureau else ("", 0)
    )
    names: list[str] = []
    if set(by_bureau) <= {actor.bureau_id}:
        waiting = Application.objects.filter(round=round_, bureau_id=actor.bureau_id, state__in=LAGGING)
        names = list(waiting.order_by("enterprise_name").values_list("enterprise_name", flat=True))
    return Bulletin(round_, lines, total, names)


def text_of(bulletin: Bulletin, place: str, now: dt.datetime) -> str:
    """The bulletin as plain text for a group chat."""
    total = bulletin.total.numbers
    lines = [
        f"【{place} {bulletin.round.title}进度】",
        f"截至{now.month}月{now.day}日{now.hour}时，"
        + "，".join(f"{word}{total[key]}家" for key, word in COLUMNS)
        + "。",
    ]
    if len(bulletin.lines) > 1:
        lines += [
            f"{line.name}：" + "、".join(f"{word}{line.numbers[key]}" for key, word in COLUMNS)
            for line in bulletin.lines
        ]
    if bulletin.names:
        lines.append("尚未提交：" + "、".join(bulletin.names) + "。")
    return "\n".join(lines)
