"""What the page of one dispatch shows: the list in order, what is still missing, the table as it will be printed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cultivation.eligibility import TierResult
from cultivation.eligibility.gates import GateItem
from cultivation.schema import GateStep
from cultivation.schema.sheets import YearsColumn
from foundation.accounts.actor import Actor
from foundation.accounts.may import action_label
from foundation.core.text import mask_phones
from foundation.documents.models import DocumentScan
from foundation.duties.models import Job
from foundation.journal.models import Decision
from foundation.spreadsheets import Kind, cell_text
from reviews import hands, queries
from reviews.actions import dispatching, sending
from reviews.county_page import criteria_words
from reviews.dispatch_papers import sheet_of, table_paper
from reviews.dispatch_queries import SENDER_WORDS, SUPERIOR_WORDS
from reviews.dossier import Dossier, load_dossiers
from reviews.evaluation import criteria_summary
from reviews.jobs import RENDER_TABLE
from reviews.models import Application, Dispatch, DispatchItem, Endorsement, Explanation
from reviews.readiness import gates_at
from reviews.sheets import summary_sheet, typed_rows
from reviews.states import TONES, DispatchState, FileState, Hand, state_word
from reviews.summary_table import recommended_results, table_snapshot

WIDE = 200
"""Columns of text wider than this on paper may break their lines on the page, too."""
STEPS = (
    (DispatchState.DRAFT, "编制名单"),
    (DispatchState.SIGNED, "签发"),
    (DispatchState.SEALED, "盖章"),
    (DispatchState.SENT, "报送"),
    (DispatchState.RECEIVED, "上级接收"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One firm on the list, ready to print."""

    item: DispatchItem
    file: Application
    place: int
    county: str
    niche: str
    figures: str
    patents: str
    criteria_tone: str
    criteria: str
    state_tone: str
    state: str

    @property
    def name(self) -> str:
        return self.file.enterprise_name


@dataclass(frozen=True, slots=True)
class Task:
    """One line of the checklist: done or not, what it says, where it is mended."""

    label: str
    tone: str
    word: str
    text: str = ""
    anchor: str = ""

    @property
    def done(self) -> bool:
        return self.tone == "ok"


def words_of(dispatch: Dispatch, actor: Actor) -> tuple[str, str]:
    """Tone and word of the state, as this reader calls it."""
    words = SENDER_WORDS if dispatch.from_bureau_id == actor.bureau_id else SUPERIOR_WORDS
    tone, word = words[dispatch.state]
    if dispatch.state == DispatchState.SIGNED and not dispatching.dispatch_rule(dispatch).needs_seal:
        word = "已签发，待报送"
    return tone, word


def figures_head(dispatch: Dispatch) -> tuple[str, str]:
    """Key and head of the first column of yearly figures in the programme's table, with the real years (HN-33)."""
    sheet = summary_sheet(dispatch.round.programme, dispatch.round.year)
    rule = next((one for one in dispatch.round.programme.sheet.columns if isinstance(one, YearsColumn)), None)
    if rule is None:
        return "", ""
    column = next(one for one in sheet.columns if one.key == rule.code)
    years = f" {column.years_text}" if column.years else ""
    return column.key, f"{column.title}{years}（{column.unit}）" if column.unit else f"{column.title}{years}"


def lines_of(dispatch: Dispatch, actor: Actor) -> list[Line]:
    """The list in order: reported firms numbered, those held back behind them without a number."""
    sheet = summary_sheet(dispatch.round.programme, dispatch.round.year)
    key, _ = figures_head(dispatch)
    column = next((one for one in sheet.columns if one.key == key), None)
    items = list(dispatch.items.select_related("application__bureau").order_by("held", "rank"))
    results = recommended_results([item.application_id for item in items])
    judged = {pk: criteria_summary(TierResult.from_json(result)) for pk, result in results.items()}
    lines = []
    for place, item in enumerate(items, start=1):
        file = item.application
        listing = file.listing
        tone, criteria = criteria_words(judged.get(file.pk, listing))
        row = typed_rows(sheet, [listing.get("cells") or {}])[0]
        lines.append(
            Line(
                item=item,
                file=file,
                place=0 if item.held else place,
                county=listing.get("county") or file.bureau.short_name,
                niche=listing.get("niche") or "—",
                figures=(cell_text(column, row[key]) if column is not None else "") or "—",
                patents="—" if listing.get("patents") is None else str(listing["patents"]),
                criteria_tone=tone,
                criteria=criteria,
                state_tone=TONES[file.state],
                state=_file_word(file, actor),
            )
        )
    return lines


def duplicates_on(dispatch: Dispatch, lines: list[Line], actor: Actor) -> list[dict[str, Any]]:
    """Possible duplicates of firms on the list, among files this reader may see (HN-25; below the floor only counts)."""
    groups = queries.duplicates(dispatch.round, dispatch.path)
    found: set[int] = {file[0] for group in groups for file in group["files"]}  # type: ignore[attr-defined]
    seen = (
        set(Application.objects.visible_to(actor).filter(pk__in=found).values_list("pk", flat=True)) if found else set()
    )
    own = {line.file.pk for line in lines}
    kept = []
    for group in groups:
        files = [file for file in group["files"] if file[0] in seen]  # type: ignore[attr-defined]
        if len(files) > 1 and any(file[0] in own for file in files):
            kept.append({**group, "files": files})
    return kept


def _file_word(file: Application, actor: Actor) -> str:
    return state_word(file.state, actor.level)


def preview(dispatch: Dispatch, actor: Actor) -> dict[str, Any]:
    """The table as it is or will be printed, from the stored snapshot once there is one; on the screen phones are masked
    but for the bureau that handles the file (B.1 7). Paper and workbook keep them.
    """
    stored = dispatch.document.snapshot if dispatch.document is not None else None
    snapshot = stored or table_snapshot(dispatch, dispatching.reported(dispatch))
    sheet = sheet_of(snapshot)
    paper = table_paper(snapshot, sheet)
    phones = [place for place, cell in enumerate(sheet.cells()) if cell.kind == Kind.PHONE]
    _mask_phones(paper, snapshot, dispatch, actor, phones)
    css = [_cell_css(column) for column in paper["columns"]]
    rows = [[{"text": text, "css": look} for text, look in zip(row, css, strict=True)] for row in paper["rows"]]
    return {**paper, "rows": rows}


def _mask_phones(
    paper: dict[str, Any], snapshot: Mapping[str, Any], dispatch: Dispatch, actor: Actor, phones: list[int]
) -> None:
    """Firms' phones on rows of other bureaus' files, the reporter's for all but the bureau that made the list."""
    items = dispatch.items.filter(application__bureau_id=actor.bureau_id)
    own = set(items.values_list("application__number", flat=True))
    for row, source in zip(paper["rows"], snapshot["rows"], strict=True):
        if source["number"] not in own:
            for place in phones:
                row[place] = mask_phones(row[place])
    if dispatch.from_bureau_id != actor.bureau_id:
        for foot in paper["feet"]:
            foot["value"] = mask_phones(foot["value"] or "")


def _cell_css(column: Mapping[str, Any]) -> str:
    if column["align"] == "right":
        return "num"
    return "wrap" if column["align"] == "left" and int(column["width"]) > WIDE else ""


@dataclass(frozen=True, slots=True)
class GateLine:
    """A criterion whose gate at listing asks for a reason, or forbids listing."""

    file: Application
    code: str
    title: str
    status: str
    text: str
    clause: str
    reason: str
    county_reason: str
    stops: bool


def gate_lines(dispatch: Dispatch) -> list[GateLine]:
    """Open gates at listing by firm, with the reasons given so far; empty where the programme does not ask here."""
    if not dispatching.asks_listing_gate(dispatch):
        return []
    found = []
    files = dispatching.reported(dispatch)
    dossiers = load_dossiers(files)
    for file in files:
        gates = gates_at(dossiers[file.pk], GateStep.LISTING)
        found += [_gate_line(dossiers[file.pk], item, stops=True) for item in gates.stops]
        found += [_gate_line(dossiers[file.pk], item, stops=False) for item in (*gates.to_explain, *gates.explained)]
    return found


def _gate_line(dossier: Dossier, item: GateItem, *, stops: bool) -> GateLine:
    kind = Explanation.Kind.GATE
    return GateLine(
        file=dossier.file,
        code=item.criterion,
        title=item.title,
        status=item.status,
        text=item.text,
        clause=item.clause,
        reason=dossier.explained(kind, GateStep.LISTING.value, item.criterion),
        county_reason=dossier.explained(kind, GateStep.RECOMMENDATION.value, item.criterion),
        stops=stops,
    )


def tasks_of(dispatch: Dispatch, lines: list[Line], gates: list[GateLine], given: list[Endorsement]) -> list[Task]:
    """What is done and what is missing, in the order in which it is done."""
    rule = dispatching.dispatch_rule(dispatch)
    reported = sum(not line.item.held for line in lines)
    held = len(lines) - reported
    tasks = [
        Task(
            "名单",
            "ok" if reported else "no",
            f"{reported} 户" if reported else "还没有企业",
            f"另有 {held} 户暂不报送" if held else "",
            "list",
        )
    ]
    filled = bool(dispatch.reporter_name and dispatch.reporter_phone)
    tasks.append(Task("填报人和联系电话", "ok" if filled else "no", "已填" if filled else "未填", "", "reporter"))
    open_gates = [gate for gate in gates if gate.stops or not gate.reason]
    if gates:
        tasks.append(
            Task(
                "列入条件说明",
                "no" if open_gates else "ok",
                f"还差 {len(open_gates)} 项" if open_gates else "已说明",
                "",
                "gates",
            )
        )
    tasks.append(_hands_task(dispatch, given))
    document = dispatch.document
    if document is not None:
        made = document.pdf_id is not None and document.sheet_id is not None
        tasks.append(
            Task("汇总表 PDF 和电子表格", "ok" if made else "wait", "已生成" if made else "未齐全", "", "papers")
        )
    if rule.needs_seal:
        sealed = dispatch.state not in {DispatchState.DRAFT, DispatchState.SIGNED}
        tasks.append(
            Task(
                "盖章扫描件",
                "ok" if sealed else "no",
                "已上传" if sealed else "未上传",
                "" if sealed else "签发后打印、盖章、扫描",
                "papers",
            )
        )
    if sending.needs_plan(dispatch):
        plan = dispatch.plan or sending.final_plan(dispatch)
        tasks.append(
            Task(
                "培育工作计划",
                "ok" if plan else "no",
                f"第 {plan.revision} 版已定稿" if plan else "未定稿",
                "与汇总表一并报送",
                "plan",
            )
        )
    tasks.append(_window_task(dispatch))
    return tasks


def _hands_task(dispatch: Dispatch, given: list[Endorsement]) -> Task:
    plan = hands.plan_for(dispatch.from_bureau_id, dispatching.ACT)
    if dispatch.state != DispatchState.DRAFT:
        return Task("签批", "ok", "已签发", "　".join(f"{row.get_hand_display()} {row.name}" for row in given), "sign")
    due = hands.next_hand(plan, given)
    word = f"待{Hand(due).label}" if due else "已签发"
    return Task("签批", "no", word, " → ".join(Hand(hand).label for hand in plan.order), "sign")


def _window_task(dispatch: Dispatch) -> Task:
    if dispatch.sent_at is not None:
        late = dispatch.late
        text = f"准予补报至 {dispatch.late_permission.until:%Y-%m-%d}" if dispatch.late_permission else ""
        return Task("报送时限", "no" if late else "ok", "逾期报送" if late else "按期", text)
    window = sending.sending_window(dispatch)
    if window.closes_on is None:
        return Task("报送时限", "ok", "未设期限")
    if not window.open:
        return Task("报送时限", "no", "不能报送", f"{window.reason}，请联系上级准予补报")
    if window.late:
        return Task("报送时限", "wait", "已逾期", window.reason or "报送时记为逾期")
    return Task("报送时限", "ok", "在期限内")


def steps_of(dispatch: Dispatch) -> list[dict[str, Any]]:
    """Where the dispatch stands on its way."""
    needs_seal = dispatching.dispatch_rule(dispatch).needs_seal
    states = [(state, label) for state, label in STEPS if needs_seal or state != DispatchState.SEALED]
    order = [state.value for state, _ in states]
    reached = order.index(dispatch.state) if dispatch.state in order else 0
    times = {
        DispatchState.SIGNED: dispatch.signed_at,
        DispatchState.SENT: dispatch.sent_at,
        DispatchState.RECEIVED: dispatch.received_at,
    }
    finished = dispatch.state == DispatchState.RECEIVED
    return [
        {
            "label": label,
            "at": times.get(state),
            "done": place < reached + (dispatch.state != DispatchState.DRAFT) or finished,
            "now": place == reached + (dispatch.state != DispatchState.DRAFT) and not finished,
        }
        for place, (state, label) in enumerate(states)
    ]


def timeline(dispatch: Dispatch, actor: Actor) -> list[dict[str, Any]]:
    """The acts on the dispatch; what happened before sending is the sender's own affair."""
    own = dispatch.from_bureau_id == actor.bureau_id
    rows = Decision.objects.filter(subject_kind=dispatch.subject_kind, subject_id=dispatch.pk).order_by("-id")
    entries = []
    for act in rows[:60]:
        if not own and act.action not in {"dispatch.send", "dispatch.receive", "dispatch.return", "dispatch.recall"}:
            continue
        hand = act.data.get("hand") if act.action == "dispatch.endorse" else ""
        entries.append(
            {
                "title": Hand(hand).label if hand else action_label(act.action),
                "tone": SENDER_WORDS[act.to_state][0]
                if act.to_state in SENDER_WORDS and act.to_state != act.from_state
                else "mo",
                "at": act.made_at,
                "who": f"{act.hat_label} {act.signature}",
                "opinion": act.opinion,
                "note": "",
            }
        )
    return entries


def table_job(dispatch: Dispatch, actor: Actor) -> Job | None:
    """The actor's own job that makes the files of the present table, the last one; None when there is none."""
    if dispatch.document_id is None:
        return None
    return (
        Job.objects.visible_to(actor)
        .filter(kind=RENDER_TABLE, params__document=dispatch.document_id)
        .order_by("-id")
        .first()
    )


def scans_of(dispatch: Dispatch) -> list[DocumentScan]:
    """Stamped scans, the one that counts first."""
    if dispatch.document_id is None:
        return []
    return list(DocumentScan.objects.filter(document_id=dispatch.document_id).select_related("file"))


def mergeable(lines: list[Line]) -> int:
    """Files on a received list that wait for the prefecture's review."""
    return sum(line.file.state == FileState.AT_PREFECTURE and not line.item.held for line in lines)
