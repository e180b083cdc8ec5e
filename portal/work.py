"""What waits for officials, from the rooms below: files, lists to send, lists to receive, notices to sign, claims to decide."""

from __future__ import annotations

import datetime as dt

from django.urls import reverse

from cultivation.models import Round
from cultivation.queries import unsigned_notices
from enterprises.queries import waiting_requests
from foundation.accounts.roles import CASE_ROLES, Level, Role
from foundation.core.clock import business_today
from foundation.duties import queries as duties
from portal.overview import Desk, Figure, Todo, figures, late, todo
from reviews.evaluation import window_verdict
from reviews.province_work import province_work
from reviews.queries import dispatches_of, tab_counts
from reviews.states import DispatchState
from reviews.waiting import tabs_of


def rounds_of(desk: Desk) -> list[Round]:
    """Open rounds whose path the official's bureau stands on, newest first, with their windows."""

    def ask() -> list[Round]:
        actor = desk.actor
        rows = Round.objects.visible_to(actor).filter(state=Round.State.OPEN).select_related("version")
        rows = rows.prefetch_related("windows").order_by("-year", "-id")
        return [row for row in rows if any(own.startswith(row.path) for own in actor.hat.paths)]

    return desk.once("rounds", ask) if desk.actor.hat.paths else []


def counts_of(desk: Desk, round_: Round) -> dict[str, int]:
    """Number of files per tab of the queue."""
    return desk.once(f"counts {round_.pk}", lambda: tab_counts(desk.actor, round_))


def closing_day(desk: Desk, round_: Round, path: str) -> dt.date | None:
    """Until when a bureau on this path reports."""
    known = next((row for row in rounds_of(desk) if row.pk == round_.pk), round_)
    return window_verdict(known, path, Level(desk.actor.level)).closes_on


def files_waiting(desk: Desk) -> list[Todo]:
    """Per round: how many files wait for this bureau, and until when it reports."""
    actor = desk.actor
    if actor.role not in CASE_ROLES:
        return []
    found = []
    for round_ in rounds_of(desk):
        waiting = counts_of(desk, round_).get("todo", 0)
        if not waiting:
            continue
        closes = closing_day(desk, round_, actor.hat.paths[0])
        if actor.level == Level.PROVINCE:
            continue  # lists to receive and decisions to make have lines of their own
        noun = {"county": "初审", "prefecture": "审核"}[actor.level]
        if actor.level != Level.PROVINCE and actor.role != Role.HANDLER:
            noun = "签批" if actor.role == Role.SIGNER else "审核"
        found.append(
            Todo(
                f"{waiting} 份材料待{noun}",
                str(round_),
                f"{reverse('reviews:queue')}?round={round_.pk}&tab=todo",
                f"去{noun}",
                order=10,
                due=closes,
                tone="late" if late(closes) else "waiting",
            )
        )
    return found


def lists_under_way(desk: Desk) -> list[Todo]:
    """The bureau's own list that is not sent yet, and lists from below that wait for a receipt."""
    actor = desk.actor
    if actor.role not in CASE_ROLES | {Role.ARCHIVIST}:
        return []
    words = {
        DispatchState.DRAFT: ("报送名单正在编制", "继续编制"),
        DispatchState.SIGNED: ("汇总表已签发，等盖章扫描件", "上传扫描件"),
        DispatchState.SEALED: ("汇总表已盖章，还没有报送", "去报送"),
    }
    found = []
    rows = dispatches_of(actor).filter(state__in=[*words, DispatchState.SENT]).order_by("pk")
    for row in rows:
        url = reverse("reviews:dispatch", args=[row.pk])
        if row.from_bureau_id == actor.bureau_id and row.state in words:
            title, button = words[DispatchState(row.state)]
            closes = closing_day(desk, row.round, row.path)
            tone = "late" if late(closes) else "waiting"
            found.append(Todo(title, str(row), url, button, order=20, due=closes, tone=tone))
        elif row.to_bureau_id == actor.bureau_id and row.state == DispatchState.SENT and actor.role in CASE_ROLES:
            found.append(Todo(f"{row.from_bureau.short_name}报来汇总表，待接收", row.title, url, "去接收", order=15))
    return found


def province_steps(desk: Desk) -> list[Todo]:
    """What the province has to do after receiving: decide, sign what a colleague prepared, publish; as the programme switches it."""
    actor = desk.actor
    if actor.role not in CASE_ROLES or actor.level != Level.PROVINCE:
        return []
    found = []
    for round_ in rounds_of(desk):
        if round_.bureau_id == actor.bureau_id:
            for work in province_work(actor, round_):
                found.append(Todo(work.title, str(round_), work.url, work.button, order=work.order, tone="waiting"))
    return found


def notices_to_sign(desk: Desk) -> list[Todo]:
    """Notices the bureau has received and not signed for."""
    actor = desk.actor
    if actor.role not in CASE_ROLES | {Role.ARCHIVIST}:
        return []
    due = {row.subject_id: row.due_on for row in duties.open_duties(actor).filter(subject_kind="notice")}
    return [
        Todo(
            f"签收：{notice.title}",
            f"{notice.bureau.name} {notice.number}".strip(),
            reverse("cultivation:notice", args=[notice.pk]),
            "查看并签收",
            order=5,
            due=due.get(notice.pk),
            tone="late" if late(due.get(notice.pk)) else "waiting",
        )
        for notice in unsigned_notices(actor)[:5]
    ]


def claims(desk: Desk) -> list[Todo]:
    """Claims and hand-overs the county decides."""
    actor = desk.actor
    if actor.role != Role.HANDLER or actor.level == Level.PROVINCE:
        return []
    count = waiting_requests(actor)
    if not count:
        return []
    return [Todo(f"{count} 件认领或管理员更换待核对", "", reverse("enterprises:requests"), "去核对", order=30)]


def unsigned_below(desk: Desk) -> list[Todo]:
    """Bureaus below that have not signed for a notice in time: somebody has to call them."""
    actor = desk.actor
    if actor.role not in CASE_ROLES or actor.level == Level.COUNTY:
        return []
    rows = duties.overdue(actor, business_today()).filter(kind="cultivation.sign_for_notice")
    count = rows.exclude(owner_kind="bureau", owner_id=actor.bureau_id).count()
    if not count:
        return []
    return [Todo(f"{count} 个下级单位逾期未签收通知", "", reverse("cultivation:notices"), "看签收情况", order=40)]


def work_figures(desk: Desk) -> list[Figure]:
    """The newest round in numbers: the tabs of the queue."""
    actor = desk.actor
    rounds = rounds_of(desk)[:1] if actor.role in CASE_ROLES else []
    found = []
    for round_ in rounds:
        counts = counts_of(desk, round_)
        for tab in tabs_of(actor):
            if tab.always or counts.get(tab.name):
                url = f"{reverse('reviews:queue')}?round={round_.pk}&tab={tab.name}"
                found.append(Figure(tab.label, counts.get(tab.name, 0), "份", url))
    return found


todo.register("cultivation.notices", notices_to_sign)
todo.register("reviews.files", files_waiting)
todo.register("reviews.dispatches", lists_under_way)
todo.register("reviews.province", province_steps)
todo.register("enterprises.requests", claims)
todo.register("cultivation.unsigned_below", unsigned_below)
figures.register("reviews.tabs", work_figures)
