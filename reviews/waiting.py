"""Whose turn it is: which files wait for this person's hat. One condition for lists, tabs, counters and the home page."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from foundation.accounts.actor import Actor
from foundation.accounts.roles import CASE_ROLES, Act, Level, Role
from reviews.hands import HandPlan, plan_for
from reviews.models import Application, DispatchItem, Endorsement
from reviews.states import DispatchState, FileState, Hand

NOTHING = Q(pk__in=[])
MINE = {Role.HANDLER: "待我处理", Role.REVIEWER: "待我审核", Role.SIGNER: "待我签批"}
AT_PROVINCE_OR_ON = (FileState.AT_PROVINCE, FileState.APPROVED, FileState.LISTED)
SENT_ON = (FileState.AT_PREFECTURE, FileState.MERGED, *AT_PROVINCE_OR_ON)
OVER = (FileState.REFUSED, FileState.NOT_APPROVED, FileState.WITHDRAWN)


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


def _turn(actor: Actor, plan: HandPlan) -> Q:
    """The hand that is due is one this hat gives; says the same as ``hands.may_give`` for a whole list (proved by a test)."""
    if plan.hands == 1:
        return Q()
    given = hands_on_file(actor.bureau_id)
    prepared, reviewed = Q(Exists(given.filter(hand=Hand.PREPARE))), Q(Exists(given.filter(hand=Hand.REVIEW)))
    due = {
        Role.HANDLER: ~prepared,
        Role.REVIEWER: prepared & ~reviewed if plan.hands == 3 else NOTHING,
        Role.SIGNER: reviewed if plan.hands == 3 else prepared,
    }[Role(actor.role)]
    persons = sorted(actor.persons)
    mine = given.filter(Q(user_id__in=persons) | Q(acting_for_id__in=persons))
    return due & ~Q(Exists(mine)) if plan.distinct else due


def arrived(actor: Actor) -> Q:
    """The file came with a list this bureau has received. One that was returned travels again with a later list: while that is
    on its way, the file has not arrived.
    """
    came = DispatchItem.objects.filter(
        application_id=OuterRef("pk"), held=False, dispatch__to_bureau_id=actor.bureau_id
    )
    return Q(Exists(came.filter(dispatch__state=DispatchState.RECEIVED))) & ~Q(
        Exists(came.filter(dispatch__state=DispatchState.SENT))
    )


def waits_for(actor: Actor, plan: HandPlan | None = None) -> Q:
    """Files on which this person, wearing this hat, may do the next thing. ``plan``: the hands of the own bureau, where the
    caller knows them; read otherwise.
    """
    if actor.role not in CASE_ROLES:
        return NOTHING
    if actor.level == Level.PROVINCE:
        return Q(state=FileState.AT_PROVINCE)
    plan = plan or plan_for(actor.bureau_id or 0, Act.RECOMMEND)
    own = Q(bureau_id=actor.bureau_id, state=FileState.SUBMITTED) & _turn(actor, plan)
    return own | (Q(state=FileState.AT_PREFECTURE) & arrived(actor)) if actor.level == Level.PREFECTURE else own


def tabs_of(actor: Actor, plan: HandPlan | None = None) -> list[Tab]:
    """The views of the queue for a level and a hat; the first is the one shown unless another is asked for. ``plan`` as in
    ``waits_for``.
    """
    mine = waits_for(actor, plan)
    works = actor.role in CASE_ROLES
    arriving = (FileState.AT_PREFECTURE,)
    everything = Tab("all", "全部", None)
    if actor.level == Level.PROVINCE:
        return [
            Tab("todo", "待办理", (FileState.AT_PROVINCE,)),
            Tab("approved", "审定通过", (FileState.APPROVED,), always=False),
            Tab("listed", "已列入", (FileState.LISTED,)),
            Tab("closed", "不予认定", (FileState.NOT_APPROVED,), always=False),
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
            Tab("closed", "未通过、撤回", OVER),
            everything,
        ]
    return [
        *tabs,
        Tab("incoming", "待接收报送" if works else "待审核", arriving, ~mine, always=False),
        Tab("waiting", "等待企业", (FileState.RETURNED,), always=False),
        Tab("merged", "已汇总", (FileState.MERGED, FileState.RECOMMENDED)),
        Tab("sent", "已报省", AT_PROVINCE_OR_ON),
        Tab("closed", "未通过、撤回", OVER, always=False),
        everything,
    ]
