"""What the page of a list shows: firms in order, what is missing, the gates that ask for a reason."""

from __future__ import annotations

from dataclasses import dataclass

from cultivation.eligibility.gates import GateItem
from cultivation.models import RosterEntry
from cultivation.schema import GateStep
from reviews import province_queries, public_notices
from reviews.actions.listing_gate import STEP
from reviews.actions.publishing_gates import DOSSIERS, asks_gate, to_ask
from reviews.dossier import Dossier, load_dossiers
from reviews.models import Application, Explanation, Publishing, PublishingItem
from reviews.province_papers import corrected_names, place_name
from reviews.province_queries import chunks
from reviews.readiness import gates_at, open_reasons

GATES_SHOWN = 200
"""Lines of the gates on the page; the rest are asked all the same, and named when the list is signed."""


@dataclass(frozen=True, slots=True)
class ListRow:
    """One firm of the list."""

    pk: int
    rank: int
    name: str
    region: str
    tier: str
    standing: str


@dataclass(frozen=True, slots=True)
class GateLine:
    """A criterion whose gate at listing stops a firm, or asks for a reason."""

    pk: int
    firm: str
    code: str
    title: str
    clause: str
    status: str
    text: str
    reason: str
    given_below: str
    stops: bool


@dataclass(frozen=True, slots=True)
class Task:
    """One line of the checklist."""

    label: str
    tone: str
    word: str
    text: str = ""
    anchor: str = ""

    @property
    def done(self) -> bool:
        return self.tone == "ok"


def rows_of(publishing: Publishing, item_ids: list[int]) -> list[ListRow]:
    """Firms of one page in order, each with the entry it leaves by this list (晋级); a fixed number of queries."""
    items = list(
        PublishingItem.objects.filter(pk__in=item_ids)
        .select_related("application__enterprise__region")
        .order_by("rank")
    )
    files = [item.application for item in items]
    tiers = {tier.code: tier.title for tier in publishing.round.programme.tiers}
    corrected = corrected_names(file.pk for file in files)
    current = {
        entry.enterprise_id: entry
        for entry in RosterEntry.objects.filter(
            programme_id=publishing.round.family_id,
            enterprise_id__in=[file.enterprise_id for file in files],
            until__isnull=True,
        )
    }
    rows = []
    for item in items:
        file = item.application
        before = current.get(file.enterprise_id)
        rows.append(
            ListRow(
                pk=file.pk,
                rank=item.rank,
                name=corrected.get(file.pk) or file.enterprise.name,
                region=place_name(file.enterprise.region),
                tier=tiers.get(file.tier, file.tier),
                standing="" if before is None or publishing.document_id else _change(before, file),
            )
        )
    return rows


def _change(before: RosterEntry, file: Application) -> str:
    if before.tier == file.tier:
        return f"已在列（{before.year}年第{before.batch}批），保留原列入日期"
    return f"由{before.tier_title}晋级"


def gate_lines(publishing: Publishing) -> list[GateLine]:
    """Gates of the files whose stored answers are not all met; stops first."""
    found: list[GateLine] = []
    for files in chunks(to_ask(publishing), DOSSIERS):
        for dossier in load_dossiers(files).values():
            gates = gates_at(dossier, STEP)
            asked = [*open_reasons(dossier, gates), *gates.explained]
            found += [_line(dossier, item, stops=True) for item in gates.stops]
            found += [_line(dossier, item, stops=False) for item in asked]
    return sorted(found, key=lambda line: (not line.stops, bool(line.reason)))[:GATES_SHOWN]


def _line(dossier: Dossier, item: GateItem, *, stops: bool) -> GateLine:
    kind = Explanation.Kind.GATE
    return GateLine(
        pk=dossier.file.pk,
        firm=dossier.file.enterprise_name,
        code=item.criterion,
        title=item.title,
        clause=item.clause,
        status=item.status,
        text=item.text,
        reason=dossier.explained(kind, STEP.value, item.criterion),
        given_below=dossier.explained(kind, GateStep.RECOMMENDATION.value, item.criterion),
        stops=stops,
    )


def tasks_of(publishing: Publishing, gates: list[GateLine]) -> list[Task]:
    """What a draft still lacks, in the order it is done."""
    count = publishing.items.count()
    gone = province_queries.not_cleared(publishing).count()
    tasks = [
        Task("名单", "ok", f"{count} 户", anchor="rows")
        if count and not gone
        else Task("名单", "no", "须更新", f"{gone} 户有未办结的异议或已撤下" if gone else "名单中没有企业", "rows")
    ]
    held = public_notices.held(publishing.round).count()
    if public_notices.notice_step(publishing.round) is not None:
        text = f"{held} 户因异议未办结不在本次名单中，办结后列入补充名单" if held else ""
        tasks.append(Task("公示", "ok", "已结束", text))
    if asks_gate(publishing.round):
        stops = sum(line.stops for line in gates)
        open_ones = sum(not line.stops and not line.reason for line in gates)
        if stops or open_ones:
            said = [f"{stops} 项不符合，须移出" if stops else "", f"{open_ones} 项待说明" if open_ones else ""]
            tasks.append(
                Task("列入条件", "no" if stops else "wait", "未办妥", "，".join(one for one in said if one), "gates")
            )
        else:
            tasks.append(Task("列入条件", "ok", "已核对", anchor="gates"))
    number = publishing.number
    tasks.append(
        Task("文号", "ok", "已填写", number, "heading") if number else Task("文号", "wait", "未填写", anchor="heading")
    )
    return tasks
