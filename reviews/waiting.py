"""Whose turn it is: which files wait for this person's hat. One condition for lists, tabs, counters and the home page."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from foundation.accounts.actor import Actor
from foundation.accounts.models import BureauHands
from foundation.accounts.roles import CASE_ROLES, Act, Level, Role
from reviews.models import Application, DispatchItem, Endorsement
from reviews.states import DispatchState, FileState, Hand

NOTHING = Q(pk__in=[])
MINE = {Role.HANDLER: "待我处理", Role.REVIEWER: "待我审核", Role.SIGNER: "待我签批"}
SENT_ON = (FileState.AT_PREFECTURE, FileState.MERGED, FileState.AT_PROVINCE, FileState.LISTED)
OVER = (FileState.REFUSED, FileState.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Tab:
    """A view of the queue: files in ``states`` (None: all), further narrowed by ``turn``. One that is not ``always`` there is shown
    only while files are in it.
    """

    name: str
    label: str
    states: tuple[str, ...] | None
    turn: Q | None = None
    always: bool = True

    @property
    def condition(self) -> Q:
        """The tab's files among those the actor sees."""
        found = Q() if self.states is None else Q(state__in=self.states)
        return found if self.turn is None else found & self.turn


def hands_on_file(bureau_id: int | None) -> QuerySet[Endorsement]:
    """Hands of the bureau that count on the outer file."""
    return Endorsement.objects.filter(
        subject_kind=Application.subject_kind,
        subject_id=OuterRef("pk"),
        bureau_id=bureau_id,
        act=Act.RECOMMEND,
        cancelled=False,
    )


def _turn(actor: Actor) -> Q:
    """The hand that is due is one this hat gives; says the same as ``hands.may_give`` for a whole list (proved by a test)."""
    setting = BureauHands.objects.filter(bureau_id=actor.bureau_id, act=Act.RECOMMEND)
    given = hands_on_file(actor.bureau_id)
    prepared, reviewed = Q(Exists(given.filter(hand=Hand.PREPARE))), Q(Exists(given.filter(hand=Hand.REVIEW)))
    two, three = Q(Exists(setting.filter(hands=2))), Q(Exists(setting.filter(hands=3)))
    several = {
        Role.HANDLER: (two | three) & ~prepared,
        Role.REVIEWER: three & prepared & ~reviewed,
        Role.SIGNER: (two & prepared) | (three & reviewed),
    }[Role(actor.role)]
    twice = Q(Exists(setting.filter(distinct=True))) & Q(Exists(given.filter(user_id=actor.user_id)))
    return ~Q(two | three) | (several & ~twice)


def arrived(actor: Actor) -> Q:
    """The file came with a list this bureau has received."""
    return Q(
        Exists(
            DispatchItem.objects.filter(
                application_id=OuterRef("pk"),
                held=False,
                dispatch__state=DispatchState.RECEIVED,
                dispatch__to_bureau_id=actor.bureau_id,
            )
        )
    )


def waits_for(actor: Actor) -> Q:
    """Files on which this person, wearing this hat, may do the next thing."""
    if actor.role not in CASE_ROLES:
        return NOTHING
    if actor.level == Level.PROVINCE:
        return Q(state=FileState.AT_PROVINCE)
    own = Q(bureau_id=actor.bureau_id, state=FileState.SUBMITTED) & _turn(actor)
    return own | (Q(state=FileState.AT_PREFECTURE) & arrived(actor)) if actor.level == Level.PREFECTURE else own


def tabs_of(actor: Actor) -> list[Tab]:
    """The views of the queue for a level and a hat; the first is the one shown unless another is asked for."""
    mine = waits_for(actor)
    works = actor.role in CASE_ROLES
    arriving = (FileState.AT_PREFECTURE,)
    everything = Tab("all", "全部", None)
    if actor.level == Level.PROVINCE:
        return [
            Tab("todo", "待接收", (FileState.AT_PROVINCE,)),
            Tab("listed", "已列入", (FileState.LISTED,)),
            everything,
        ]
    under_review = (
        (FileState.SUBMITTED,) if actor.level == Level.COUNTY else (FileState.SUBMITTED, FileState.AT_PREFECTURE)
    )
    tabs = [Tab("todo", MINE[Role(actor.role)], under_review, mine)] if works else []
    own = Q(bureau_id=actor.bureau_id) & ~mine
    tabs.append(Tab("others", "本单位他人办理" if works else "待初审", (FileState.SUBMITTED,), own, always=False))
    if actor.level == Level.COUNTY:
        return [
            *tabs,
            Tab("waiting", "等待企业", (FileState.RETURNED,)),
            Tab("recommended", "已推荐", (FileState.RECOMMENDED,)),
            Tab("sent", "已报送", SENT_ON),
            Tab("closed", "不予推荐、撤回", OVER),
            everything,
        ]
    return [
        *tabs,
        Tab("incoming", "待接收报送" if works else "待审核", arriving, ~mine, always=False),
        Tab("waiting", "等待企业", (FileState.RETURNED,), always=False),
        Tab("merged", "已汇总", (FileState.MERGED, FileState.RECOMMENDED)),
        Tab("sent", "已报省", (FileState.AT_PROVINCE, FileState.LISTED)),
        Tab("closed", "不予推荐、撤回", OVER, always=False),
        everything,
    ]
