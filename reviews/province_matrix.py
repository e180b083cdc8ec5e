"""What every bureau below owes in a round: list and plan, on time, late or missing; and what the round's next steps lack (SC-25, HN-27)."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import dataclass

from django.db.models import Count
from django.urls import reverse

from cultivation.models import Round
from foundation.accounts.actor import Actor
from foundation.accounts.roles import Level
from foundation.core.clock import business_today
from foundation.spreadsheets import Column, Field, Kind, Sheet, write_xlsx
from reviews import province_queries, public_notices
from reviews.dispatch_queries import Below, BelowRow, below
from reviews.models import Approval, CultivationPlan, Dispatch, PublicNotice, Publishing
from reviews.province_papers import rehearsal_mark
from reviews.province_queries import APPROVE_STEP, LIST_STEP, step_of
from reviews.states import ApprovalState, DispatchState, FileState, NoticeState, PublishingState

LOWER = {Level.PROVINCE: Level.PREFECTURE, Level.PREFECTURE: Level.COUNTY}
ON_THE_WAY = (DispatchState.SENT, DispatchState.RECEIVED)


@dataclass(frozen=True, slots=True)
class Owed:
    """One thing a bureau owes: tone and word, and the paper where it may be opened."""

    tone: str
    word: str
    note: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One bureau below with everything it owes."""

    below: BelowRow
    table: Owed
    plan: Owed | None
    sent: tuple[Dispatch, ...]
    missing: bool

    @property
    def name(self) -> str:
        return self.below.bureau.short_name

    @property
    def closes_on(self) -> dt.date | None:
        """The day that holds for the bureau: leave to report late goes before its window."""
        return self.below.leave.until if self.below.leave is not None else self.below.window.closes_on

    @property
    def closed(self) -> bool:
        """Its day is over and nobody has given it leave: without leave it can report nothing more."""
        closes = self.below.window.closes_on
        return self.below.leave is None and not self.below.own and closes is not None and closes < business_today()


@dataclass(frozen=True, slots=True)
class Matrix:
    """The table with its heads and what it adds up to."""

    heads: list[str]
    rows: list[MatrixRow]
    totals: list[int]
    asks_plan: bool

    @property
    def owing(self) -> list[MatrixRow]:
        return [row for row in self.rows if not row.below.own]

    @property
    def done(self) -> int:
        return sum(not row.missing for row in self.owing)

    @property
    def late(self) -> int:
        """Bureaus whose day has passed without a list."""
        return sum(row.below.overdue for row in self.owing)


def matrix(actor: Actor, round: Round) -> Matrix:
    """Every bureau directly below in administrative order; the number of queries does not depend on how many there are."""
    found: Below = below(actor, round)
    ids = [row.bureau.pk for row in found.rows]
    sent: dict[int, list[Dispatch]] = {pk: [] for pk in ids}
    rows = Dispatch.objects.filter(round=round, from_bureau_id__in=ids, state__in=ON_THE_WAY).order_by("batch", "id")
    for dispatch in rows.select_related("plan"):
        sent[dispatch.from_bureau_id].append(dispatch)
    asks_plan = _asks_plan(actor, round)
    final = set(
        CultivationPlan.objects.filter(round=round, bureau_id__in=ids, final=True).values_list("bureau_id", flat=True)
        if asks_plan
        else []
    )
    lines = []
    for row in found.rows:
        own = tuple(sent[row.bureau.pk])
        table = _table(row, own)
        plan = _plan(row, own, row.bureau.pk in final) if asks_plan and not row.own else None
        lines.append(MatrixRow(row, table, plan, own, not row.own and not own))
    return Matrix(found.heads, lines, found.totals, asks_plan)


def _asks_plan(actor: Actor, round: Round) -> bool:
    lower = LOWER.get(Level(actor.level))
    rule = round.programme.dispatch_rule(lower, Level(actor.level)) if lower is not None else None  # type: ignore[arg-type]
    return rule is not None and "cultivation_plan" in rule.accompanies


def _table(row: BelowRow, sent: tuple[Dispatch, ...]) -> Owed:
    """The list: received, waiting to be received, being prepared or missing; late where it came late."""
    if row.own:
        return Owed("mo", "本级企业")
    if sent:
        last = sent[-1]
        url = reverse("reviews:dispatch", args=[last.pk])
        note = "逾期报送" if last.late else "按时报送"
        if last.late and last.late_permission_id is not None:
            note = "准予补报"
        return (
            Owed("ok", "已接收", note, url)
            if last.state == DispatchState.RECEIVED
            else Owed("dai", "待接收", note, url)
        )
    if row.overdue:
        return Owed("no", "逾期未报", "准予补报中" if row.leave else "")
    tone, word = row.words
    return Owed(tone, word if row.dispatch else "未报送")


def _plan(row: BelowRow, sent: tuple[Dispatch, ...], final: bool) -> Owed:
    """The cultivation plan that goes with the list (HN-26, HN-27)."""
    with_plan = next((one for one in reversed(sent) if one.plan_id is not None), None)
    if with_plan is not None:
        return Owed("ok", "已报送", "", reverse("reviews:dispatch", args=[with_plan.pk]) + "#plan")
    if sent:
        return Owed("no", "未附计划")
    return Owed("no", "逾期未报") if row.overdue else Owed("mo", "已定稿，未报" if final else "未报送")


# ---- the steps after it ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StepCard:
    """One step of the round at the province: where it stands, what is missing, where to go."""

    code: str
    title: str
    tone: str
    word: str
    text: str
    url: str = ""
    button: str = ""
    starts: str = ""


def steps(actor: Actor, round: Round, found: Matrix) -> list[StepCard]:
    """Receive → decide → public notice → list, as the programme switches them; each says what it lacks."""
    counts = province_queries.counts_of_round(round)
    cards = [_receiving(found)]
    if step_of(round, APPROVE_STEP) is not None:
        cards.append(_approving(round, counts[FileState.AT_PROVINCE]))
    if public_notices.notice_step(round) is not None:
        cards.append(_noticing(round, counts[FileState.APPROVED]))
    if step_of(round, LIST_STEP) is not None:
        cards.append(_listing(round, counts))
    return cards


def _receiving(found: Matrix) -> StepCard:
    waiting = sum(row.table.word == "待接收" for row in found.owing)
    owing = len(found.owing)
    text = f"应报 {owing} 个单位，已报 {found.done}" + (f"，待接收 {waiting}" if waiting else "")
    text += f"，逾期未报 {found.late}" if found.late else ""
    tone = "no" if found.late else "dai" if waiting else "ok" if owing and found.done == owing else "mo"
    word = "有待接收" if waiting else "已报齐" if owing and found.done == owing else "未报齐"
    return StepCard("receive", "接收报送", tone, word, text, "#matrix", "")


def _approving(round: Round, waiting: int) -> StepCard:
    step = step_of(round, APPROVE_STEP)
    assert step is not None
    draft = province_queries.draft_approval(round)
    if draft is not None:
        count = draft.items.count()
        url = reverse("reviews:approval", args=[draft.pk])
        return StepCard("approve", step.title, "wait", "拟办中", f"第 {draft.sequence} 次，{count} 户", url, "继续审定")
    received = len(province_queries.received_order(round)) if waiting else 0
    last = Approval.objects.filter(round=round, state=ApprovalState.DECIDED).order_by("-sequence").first()
    url = reverse("reviews:approval", args=[last.pk]) if last is not None else ""
    if received:
        return StepCard(
            "approve",
            step.title,
            "wait",
            "待审定",
            f"{received} 户已接收、待审定",
            url,
            "看上次审定" if url else "",
            "approval",
        )
    if last is None:
        return StepCard("approve", step.title, "mo", "未开始", "还没有已接收的材料")
    return StepCard("approve", step.title, "ok", "已审定", f"共审定 {last.sequence} 次", url, "看审定结果")


def _noticing(round: Round, approved: int) -> StepCard:
    step = public_notices.notice_step(round)
    assert step is not None
    live = (
        PublicNotice.objects.filter(round=round, bureau_id=round.bureau_id)
        .exclude(state=NoticeState.RESTARTED)
        .order_by("-id")
        .first()
    )
    if step.level != Level.PROVINCE:
        return StepCard("public_notice", step.title, "mo", "由下级公示", "按本项目的规则由推荐单位公示")
    if live is None:
        text = f"{approved} 户审定通过，可以公示" if approved else "审定后才能公示"
        return StepCard("public_notice", step.title, "wait" if approved else "mo", "未开始", text)
    if live.state == NoticeState.RUNNING:
        over = public_notices.is_over(live)
        text = (
            "公示期已满，待结束"
            if over
            else f"公示至 {live.ends_on:%Y-%m-%d}，还有 {public_notices.days_left(live)} 个工作日"
        )
        return StepCard("public_notice", step.title, "wait" if over else "dai", live.get_state_display(), text)
    objected = public_notices.held(round).count()
    text = f"{objected} 户有未办结的异议" if objected else "没有未办结的异议"
    tone = "wait" if objected or live.state == NoticeState.DRAFT else "ok"
    return StepCard("public_notice", step.title, tone, live.get_state_display(), text)


def _listing(round: Round, counts: dict[str, int]) -> StepCard:
    step = step_of(round, LIST_STEP)
    assert step is not None
    draft = province_queries.draft_publishing(round)
    if draft is not None:
        url = reverse("reviews:publishing", args=[draft.pk])
        return StepCard("list", step.title, "wait", "拟制中", f"{draft.items.count()} 户", url, "继续拟制")
    ready = public_notices.cleared(round).count() if counts.get(FileState.APPROVED) else 0
    last = Publishing.objects.filter(round=round, state=PublishingState.PUBLISHED).order_by("-sequence").first()
    url = reverse("reviews:publishing", args=[last.pk]) if last is not None else ""
    if ready:
        word = "待公布" if last is None else "有补充"
        text = f"{ready} 户可以列入" + ("" if last is None else "补充名单")
        return StepCard("list", step.title, "wait", word, text, url, "看已公布的名单" if url else "", "publishing")
    if last is None:
        return StepCard("list", step.title, "mo", "未开始", "公示结束且没有未办结异议后公布")
    listed = counts.get(FileState.LISTED, 0)
    return StepCard("list", step.title, "ok", "已公布", f"共 {last.sequence} 份，{listed} 户列入", url, "看名单")


def papers_of(round: Round, actor: Actor) -> tuple[list[Approval], list[Publishing]]:
    """Decisions and lists of the round the reader sees, newest first."""
    approvals = (
        Approval.objects.visible_to(actor).filter(round=round).annotate(files=Count("items")).order_by("-sequence")
    )
    lists = (
        Publishing.objects.visible_to(actor).filter(round=round).annotate(files=Count("items")).order_by("-sequence")
    )
    return list(approvals), list(lists)


# ---- as a workbook ----------------------------------------------------------------------------------------------


def workbook(found: Matrix, round: Round, actor: Actor) -> bytes:
    """The matrix as a sheet for the day's meeting."""
    columns = [
        Column("name", "单位", width=18),
        *(Column(f"c{place}", head, Kind.INTEGER, width=10) for place, head in enumerate(found.heads)),
        Column("table", "汇总表", width=12),
        Column("how", "报送情况", width=12),
        *([Column("plan", "培育计划", width=12)] if found.asks_plan else []),
        Column("sent_on", "报送日期", Kind.DATE, width=14),
        Column("received_on", "接收日期", Kind.DATE, width=14),
        Column("closes_on", "截止日期", Kind.DATE, width=14),
    ]
    sheet = Sheet(
        code="dispatch_matrix",
        version="1",
        title=f"{round.title}报送情况",
        tab_title="报送情况",
        heads=(Field("date", "统计日期"),),
        columns=tuple(columns),
        landscape=True,
    )
    rows = []
    for row in found.rows:
        last = row.sent[-1] if row.sent else None
        rows.append(
            {
                "name": row.name,
                **{f"c{place}": number for place, number in enumerate(row.below.counts)},
                "table": row.table.word,
                "how": row.table.note,
                "plan": row.plan.word if row.plan is not None else "",
                "sent_on": last.sent_at.date() if last is not None and last.sent_at else None,
                "received_on": last.received_at.date() if last is not None and last.received_at else None,
                "closes_on": None if row.below.own else row.closes_on,
            }
        )
    rows.append({"name": "合计", **{f"c{place}": number for place, number in enumerate(found.totals)}})
    out = io.BytesIO()
    today = business_today()
    write_xlsx(
        sheet,
        rows,
        out,
        heads={"date": f"{today.year}年{today.month}月{today.day}日"},
        programme=round.version.digest,
        round_=str(round.pk),
        mark=rehearsal_mark(),
    )
    return out.getvalue()
