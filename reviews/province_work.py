"""What waits for a hat of the province in one round: lines of the first page, in the order they are done."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from cultivation.models import Round
from foundation.accounts.actor import Actor
from foundation.accounts.roles import Act
from reviews import hands, province_queries, public_notices
from reviews.models import Approval, Publishing
from reviews.province_queries import APPROVE_STEP, LIST_STEP, step_of
from reviews.states import FileState, Hand


@dataclass(frozen=True, slots=True)
class Work:
    """One thing to do."""

    title: str
    url: str
    button: str
    order: int


def province_work(actor: Actor, round: Round) -> list[Work]:
    """Decisions and lists of a round: to begin, to go on with, to sign; nothing where the programme has no such step."""
    approves, lists = step_of(round, APPROVE_STEP), step_of(round, LIST_STEP)
    if approves is None and lists is None:
        return []
    counts = province_queries.counts_of_round(round)
    home = f"{reverse('reviews:province')}?round={round.pk}"
    found: list[Work] = []
    if approves is not None and counts[FileState.AT_PROVINCE]:
        draft = province_queries.draft_approval(round)
        if draft is not None:
            found.append(_under_way(actor, draft, Act.APPROVE, "审定", 11))
        elif received := len(province_queries.received_order(round)):
            found.append(Work(f"{received} 户已接收，待审定", home, "去审定", 12))
    if lists is not None and counts[FileState.APPROVED]:
        publishing = province_queries.draft_publishing(round)
        if publishing is not None:
            found.append(_under_way(actor, publishing, Act.PUBLISH, "名单", 13))
        elif ready := public_notices.cleared(round).count():
            found.append(Work(f"{ready} 户可以列入名单，待公布", home, "拟制名单", 14))
    return found


def _under_way(actor: Actor, row: Approval | Publishing, act: str, noun: str, order: int) -> Work:
    """A draft: whose turn it is."""
    plan = hands.plan_for(row.bureau_id, act)
    given = hands.given(row.subject_kind, [row.pk], row.bureau_id, act)[row.pk]
    due = hands.next_hand(plan, given)
    mine = bool(hands.may_give(actor, plan, given))
    title = f"{noun}待您{Hand(due).label}" if mine and due and given else f"{noun}正在拟办"
    name = "approval" if isinstance(row, Approval) else "publishing"
    return Work(title, reverse(f"reviews:{name}", args=[row.pk]), "去签批" if mine and given else "继续办理", order)
