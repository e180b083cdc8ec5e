"""What the writer of a file asks: my files, rounds that take me, what I have to mend, what became of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet, prefetch_related_objects

from cultivation.models import Notice, Round
from cultivation.queries import notices_for as threads_for
from cultivation.schema import Programme
from enterprises.models import Enterprise
from enterprises.places import path_for
from foundation.accounts.actor import Actor
from foundation.accounts.roles import Level
from foundation.journal.models import Decision
from reviews.evaluation import WindowAnswer, window_verdict
from reviews.models import Application, Correction
from reviews.states import EDITABLE_STATES, ENDED_STATES, LIVE_STATES, TONES, FileState, state_word

OUTWARD = {
    "application.start": ("开始填报", "mo"),
    "application.commit": ("签署监测承诺", "dai"),
    "application.submit": ("提交", "dai"),
    "application.withdraw": ("撤回", "mo"),
    "application.confirm_paper": ("确认代填内容", "ok"),
    "application.return": ("退回补正", "wait"),
    "application.refuse": ("不予推荐", "no"),
    "application.recommend": ("推荐", "ok"),
    "application.return_to_county": ("退回下级重新办理", "wait"),
    "application.merge": ("市州审核通过", "ok"),
    "application.dispatch": ("上报", "dai"),
    "application.recall": ("撤回上报", "mo"),
    "application.list": ("列入名单", "ok"),
    "application.approve": ("省级审定通过", "ok"),
    "application.not_approve": ("省级不予认定", "no"),
    "application.send_back": ("退回下级重新办理", "wait"),
    "application.publish": ("公布名单，列入", "ok"),
    "application.strike": ("从公示中撤下", "no"),
}
"""Acts the firm sees in the course of its file, in its own words; checks, opinion items and hands inside a bureau are not among them."""
_NO_OPINION = {"application.return_to_county", "application.send_back"}
"""Said to the bureau below, not to the firm."""


@dataclass(frozen=True)
class MyFile:
    """One row of 我的申报."""

    file: Application
    word: str
    tone: str
    title: str
    tier: str
    closes_on: dt.date | None
    editable: bool


def files_of(actor: Actor, year: int | None = None) -> QuerySet[Application]:
    """The firm's own files, newest first."""
    rows = (
        Application.objects.visible_to(actor)
        .select_related("round__version", "programme_version", "enterprise")
        .order_by("-id")
    )
    return rows if year is None else rows.filter(year=year)


def years_of_files(actor: Actor) -> list[int]:
    """Years in which the firm filed."""
    return list(Application.objects.visible_to(actor).order_by("-year").values_list("year", flat=True).distinct())


def my_rows(files: Iterable[Application]) -> list[MyFile]:
    """Rows of the list; windows are read once per round, corrections once for all."""
    rows = list(files)
    rounds = {file.round_id: file.round for file in rows}
    _prefetch_windows(list(rounds.values()))
    due = dict(
        Correction.objects.filter(application__in=rows, resolved_at=None).values_list("application_id", "due_on")
    )
    found = []
    for file in rows:
        file.round = rounds[file.round_id]
        programme = (file.programme_version or file.round.version).programme_document
        closes = due.get(file.pk) if file.state == FileState.RETURNED else window_of(file).closes_on
        found.append(
            MyFile(
                file=file,
                word=state_word(file.state, "enterprise"),
                tone=TONES[file.state],
                title=file.round.title,
                tier=tier_title(file, programme),
                closes_on=closes if file.state in EDITABLE_STATES else None,
                editable=file.state in EDITABLE_STATES,
            )
        )
    return found


def tier_title(file: Application, programme: Programme | None = None) -> str:
    """高成长型中小企业, or 小微企业创业兴业 · 小升规 where the tier has several ways."""
    programme = programme or (file.programme_version or file.round.version).programme_document
    tier = programme.tier(file.tier)
    way = next((item.title for item in tier.subtypes if item.code == file.subtype), "")
    return f"{tier.title} · {way}" if way else tier.title


def window_of(file: Application) -> WindowAnswer:
    """The firm's window for this file."""
    return window_verdict(file.round, file.path, Level.COUNTY, enterprise=True)


def _prefetch_windows(rounds: list[Round]) -> None:
    prefetch_related_objects(rounds, "windows")


@dataclass(frozen=True)
class OpenRound:
    """A round the firm can file in now, with its window; ``file`` is the live one it has there already."""

    round: Round
    window: WindowAnswer
    file: Application | None


def rounds_for(enterprise: Enterprise) -> list[OpenRound]:
    """Rounds that run and reach the firm's bureau, with the firm's window and its live file if any."""
    rounds = list(Round.objects.filter(state=Round.State.OPEN).select_related("version").prefetch_related("windows"))
    live = {
        file.round_id: file for file in Application.objects.filter(enterprise=enterprise, state__in=sorted(LIVE_STATES))
    }
    found = []
    for round in rounds:
        path = path_for(enterprise, round.stage)
        if path.startswith(round.path):
            window = window_verdict(round, path, Level.COUNTY, enterprise=True)
            found.append(OpenRound(round, window, live.get(round.pk)))
    return found


def same_year(file: Application) -> list[Application]:
    """Other live files of the firm in the file's year: both sides are warned (SC-02)."""
    others = Application.objects.filter(enterprise_id=file.enterprise_id, year=file.year, state__in=sorted(LIVE_STATES))
    return list(others.exclude(pk=file.pk).select_related("round__version", "programme_version").order_by("id"))


def years_with_two(rows: Iterable[MyFile]) -> dict[int, list[str]]:
    """Years in which the firm has more than one live file, with their titles."""
    by_year: dict[int, list[str]] = {}
    for row in rows:
        if row.file.state in LIVE_STATES:
            by_year.setdefault(row.file.year, []).append(f"{row.title}（{row.tier}）")
    return {year: titles for year, titles in by_year.items() if len(titles) > 1}


def notices_for(actor: Actor, round: Round) -> list[Notice]:
    """The round's notice as it reached the reader: the own bureau's first, the source last (ZZ-01, ZZ-02, HN-28, SC-47)."""
    if round.notice is None:
        return []
    threads = threads_for(actor, [round.notice.source_id])
    return threads[0].chain if threads else []


_WAY: tuple[str, ...] = (
    "file",
    "recommend",
    "merge",
    "report",
    "receive",
    "expert",
    "approve",
    "public_notice",
    "list",
)
_PLACE: dict[str, str] = {
    FileState.DRAFT: "file",
    FileState.RETURNED: "file",
    FileState.SUBMITTED: "recommend",
    FileState.RECOMMENDED: "merge",
    FileState.AT_PREFECTURE: "merge",
    FileState.MERGED: "report",
    FileState.AT_PROVINCE: "receive",
    FileState.APPROVED: "approve",
}
_BEHIND = {FileState.APPROVED}
"""States that name the last step done, not the one the file waits in."""


def way_of(file: Application, programme: Programme) -> list[dict[str, Any]]:
    """The steps of the programme with what is behind the file and where it stands; empty for one that went no further."""
    if file.state in ENDED_STATES:
        return []
    steps = [step for step in programme.steps if step.code in _WAY]
    codes: list[str] = [step.code for step in steps]
    at = codes.index(_PLACE[file.state]) if _PLACE.get(file.state) in codes else len(codes)
    at += file.state in _BEHIND and at < len(codes)
    return [{"title": step.title, "done": place < at, "current": place == at} for place, step in enumerate(steps)]


def open_corrections(actor: Actor) -> QuerySet[Application]:
    """Files that wait for the firm's correction: the number beside the menu entry."""
    if not actor.is_enterprise:
        return Application.objects.none()
    return Application.objects.filter(enterprise_id=actor.enterprise_id, state=FileState.RETURNED)


def course_of(file: Application) -> list[dict[str, Any]]:
    """The course of a file for its firm: outward acts with the opinion said to it, newest first."""
    rows = Decision.objects.filter(subject_kind="application", subject_id=file.pk, action__in=list(OUTWARD)).order_by(
        "-id"
    )
    return [entry(row) for row in rows if row.action != "application.recommend" or row.from_state != row.to_state]


def entry(row: Decision) -> dict[str, Any]:
    """One act as the timeline prints it; officials appear with bureau and post, people of the firm with their name."""
    title, tone = OUTWARD[row.action]
    who = row.hat_label if row.hat_kind == "bureau" else f"{row.signature}（{row.hat_label.rpartition(' · ')[2]}）"
    if row.action == "application.submit" and row.from_state == FileState.RETURNED:
        title = "补正后重新提交"
    return {
        "title": title,
        "tone": tone,
        "at": row.made_at,
        "who": who,
        "opinion": "" if row.action in _NO_OPINION else row.opinion,
        "note": "",
    }


def on_behalf_files(actor: Actor) -> QuerySet[Application]:
    """Files the bureau entered from paper, newest first."""
    rows = Application.objects.visible_to(actor).filter(bureau_id=actor.bureau_id, filed_by=Application.FiledBy.BUREAU)
    return rows.select_related("round__version", "programme_version", "enterprise", "paper_source").order_by("-id")
