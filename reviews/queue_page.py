"""One line of the officer's queue: what the file is, what it waits for, and who has it. Plain values; the template only prints."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.urls import reverse

from cultivation.schema import Programme
from foundation.accounts.actor import Actor
from foundation.accounts.roles import CASE_ROLES, Act, Level
from foundation.core.clock import business_today
from foundation.core.money import MISSING, format_wan
from reviews import hands
from reviews.county_page import criteria_words
from reviews.models import Application
from reviews.queue_rows import MarkedFile
from reviews.states import TONES, FileState, Hand, state_word

WAITING_HAND = {Hand.PREPARE: "待经办", Hand.REVIEW: "待审核", Hand.SIGN: "待签发"}


@dataclass(frozen=True, slots=True)
class Desk:
    """What all lines of one list share: who reads, the rules, the last day, the bureau's hands, today."""

    actor: Actor
    programme: Programme
    due: dt.date | None
    plan: hands.HandPlan
    today: dt.date
    files: str
    """Address before a file's number: thirty lines are not thirty times looked up."""

    @property
    def verb(self) -> str:
        """The word on the button of the bulk act."""
        return hands.verb(self.plan, self.actor)


def desk_for(actor: Actor, programme: Programme, due: dt.date | None, plan: hands.HandPlan | None = None) -> Desk:
    """The desk; one query for the bureau's setting of hands unless it is given."""
    plan = plan or hands.plan_for(actor.bureau_id or 0, Act.RECOMMEND)
    return Desk(actor, programme, due, plan, business_today(), reverse("reviews:file", args=[0]).removesuffix("0/"))


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One line of the queue, ready to print."""

    pk: int
    url: str
    name: str
    county: str
    niche: str
    sales: str
    rd_share: str
    patents: str
    criteria_tone: str
    criteria: str
    state_tone: str
    state: str
    late: bool
    paper: str
    twice: bool
    assignee: str
    days: str
    overdue: bool


def queue_line(file: MarkedFile, desk: Desk) -> QueueRow:
    """A file as a line."""
    listing = file.listing
    tone, words = criteria_words(listing)
    state_tone, state = next_step(file, desk)
    sales = listing.get("sales") or {}
    figures = [MISSING if value is None else format_wan(Decimal(value)) for _, value in sorted(sales.items())]
    days, overdue = remaining(file, desk)
    return QueueRow(
        pk=file.pk,
        url=f"{desk.files}{file.pk}/",
        name=file.enterprise_name,
        county=listing.get("county", "") or MISSING,
        niche=listing.get("niche", "") or MISSING,
        sales=" / ".join(figures) or MISSING,
        rd_share=listing.get("rd_share", MISSING),
        patents=MISSING if listing.get("patents") is None else str(listing["patents"]),
        criteria_tone=tone,
        criteria=words,
        state_tone=state_tone,
        state=state,
        late=file.late,
        paper=_paper(file),
        twice=file.twice,
        assignee=file.assignee_name or "未分派",
        days=days,
        overdue=overdue,
    )


def _paper(file: MarkedFile) -> str:
    if file.filed_by != Application.FiledBy.BUREAU:
        return ""
    return "代填" if file.paper_confirmed or file.state == FileState.DRAFT else "代填，企业未确认"


def next_step(file: MarkedFile, desk: Desk) -> tuple[str, str]:
    """Tone and word of the state column: for a file under the bureau's own review the very next thing to be done."""
    if file.state == FileState.RETURNED and _days_left(file.reply_due, desk.today) < 0:
        return "no", f"待企业补正 · 逾期 {-_days_left(file.reply_due, desk.today)} 天"
    if file.state == FileState.AT_PREFECTURE and desk.actor.level == Level.PREFECTURE and not file.arrived:
        return "mo", "待接收报送"
    if file.state != FileState.SUBMITTED or file.bureau_id != desk.actor.bureau_id:
        return TONES[file.state], state_word(file.state, desk.actor.level)
    if file.last_hand:
        order = desk.plan.order
        following = order.index(file.last_hand) + 1 if file.last_hand in order else 0
        return "dai", WAITING_HAND[Hand(order[min(following, len(order) - 1)])]
    return _asked_for(file, desk)


def _asked_for(file: MarkedFile, desk: Desk) -> tuple[str, str]:
    """What the first hand still has to do: the credit check, the firm's commitment, the opinion items; else it may decide."""
    made = {code: dt.date.fromisoformat(day) for code, day in (file.check_days or {}).items()}
    rules = [rule for rule in desk.programme.checks_for(file.tier) if rule.blocks]
    if any(rule.code not in made for rule in rules):
        return "wait", "待信用核查"
    if any((desk.today - made[rule.code]).days > rule.max_age_days for rule in rules):
        return "no", "核查已过期"
    promise = desk.programme.commitment
    if promise is not None and promise.blocks_recommendation and not file.committed:
        return "wait", "待企业承诺"
    asked = {item.code for item in desk.programme.opinion_items_for(file.tier) if item.required}
    if asked - set(file.items_answered):
        return "wait", "待填研判意见"
    return ("dai", "企业已补正") if file.revision > 1 else ("dai", "待推荐")


def _days_left(day: dt.date | None, today: dt.date) -> int:
    return 0 if day is None else (day - today).days


def remaining(file: MarkedFile, desk: Desk) -> tuple[str, bool]:
    """Days until the list must be sent up, for a returned file until the firm must have replied; nothing once it is sent or over."""
    here = {FileState.SUBMITTED, FileState.RECOMMENDED, FileState.MERGED}
    if desk.actor.level == Level.PREFECTURE:
        here.add(FileState.AT_PREFECTURE)
    day = (file.reply_due or desk.due) if file.state == FileState.RETURNED else desk.due if file.state in here else None
    if day is None:
        return MISSING, False
    left = (day - desk.today).days
    return (f"{left} 天", False) if left >= 0 else (f"逾期 {-left} 天", True)


def may_pick(actor: Actor, tab: str) -> str:
    """Which bulk act a tab offers: ``recommend``, ``merge`` or ''."""
    if actor.role not in CASE_ROLES or tab != "todo" or actor.level == Level.PROVINCE:
        return ""
    return "merge" if actor.level == Level.PREFECTURE else "recommend"
