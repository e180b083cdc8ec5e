"""Hands inside a bureau (design idea 3): 经办 prepares, 审核 reviews, 签发 signs; each bureau sets one, two or three per kind of act."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from foundation.accounts.actor import Actor
from foundation.accounts.models import BureauHands
from foundation.accounts.queries import hands_for
from foundation.accounts.roles import Role
from foundation.core.clock import business_now
from foundation.core.verdict import Verdict, no, ok
from foundation.journal.models import Decision
from reviews.models import Endorsement
from reviews.states import Hand

ORDER = {1: (Hand.SIGN,), 2: (Hand.PREPARE, Hand.SIGN), 3: (Hand.PREPARE, Hand.REVIEW, Hand.SIGN)}
ROLES: dict[str, frozenset[str]] = {
    Hand.PREPARE: frozenset({Role.HANDLER}),
    Hand.REVIEW: frozenset({Role.REVIEWER}),
    Hand.SIGN: frozenset({Role.SIGNER}),
}
ANY_HAND = frozenset({Role.HANDLER, Role.REVIEWER, Role.SIGNER})
"""Where one hand is enough, whoever works on files may be it."""


@dataclass(frozen=True, slots=True)
class HandPlan:
    """How many hands an act takes in a bureau, and whether they must be different people."""

    hands: int
    distinct: bool

    @property
    def order(self) -> tuple[str, ...]:
        return ORDER[self.hands]


def plan_of(settings: Sequence[BureauHands]) -> HandPlan:
    """The same from the bureau's rows for one act, where they are read already."""
    return HandPlan(settings[0].hands, settings[0].distinct) if settings else HandPlan(1, True)


def plan_for(bureau_id: int, act: str) -> HandPlan:
    """The bureau's own setting; one hand where it set nothing."""
    setting = hands_for(bureau_id, act)
    return HandPlan(setting.hands, setting.distinct)


def given(subject_kind: str, subject_ids: Iterable[int], bureau_id: int, act: str) -> dict[int, list[Endorsement]]:
    """Hands already given and not cancelled, per subject, in order."""
    found: dict[int, list[Endorsement]] = {pk: [] for pk in subject_ids}
    rows = Endorsement.objects.filter(
        subject_kind=subject_kind, subject_id__in=list(found), bureau_id=bureau_id, act=act, cancelled=False
    )
    for row in rows.order_by("id"):
        found[row.subject_id].append(row)
    return found


def next_hand(plan: HandPlan, done: list[Endorsement]) -> str | None:
    """The hand that is due now, None when all have been given."""
    names = {row.hand for row in done}
    return next((hand for hand in plan.order if hand not in names), None)


def may_give(actor: Actor, plan: HandPlan, done: list[Endorsement]) -> Verdict:
    """Whether this person may give the hand that is due now."""
    due = next_hand(plan, done)
    if due is None:
        return no("各环节均已办理。")
    wanted = ANY_HAND if plan.hands == 1 else ROLES[due]
    if actor.role not in wanted:
        return no(f"现在轮到“{Hand(due).label}”，您现在的身份是{actor.hat.label}。", "如您另有身份，请在右上角切换。")
    earlier = next((row for row in done if row.persons & actor.persons), None) if plan.distinct else None
    if plan.hands > 1 and earlier is not None:
        return no(_twice(actor, earlier))
    return ok()


def _twice(actor: Actor, earlier: Endorsement) -> str:
    """Why this would be one person twice: oneself, or the one acted for; a deputy counts for both."""
    done = Hand(earlier.hand).label
    if actor.user_id in earlier.persons and earlier.user_id == actor.user_id:
        return f"您已办理“{done}”，本单位要求由不同的人办理各环节。"
    if actor.user_id in earlier.persons:
        return f"{earlier.name}已代您办理“{done}”，本单位要求由不同的人办理各环节。"
    return f"{actor.acting_for}已办理“{done}”（{earlier.name}），代行人不能再代办一道，本单位要求由不同的人办理各环节。"


def may_refuse(actor: Actor, plan: HandPlan) -> Verdict:
    """Refusing is decided by the last hand alone; where one hand is enough, by anybody who works on files."""
    wanted = ANY_HAND if plan.hands == 1 else ROLES[plan.order[-1]]
    if actor.role in wanted:
        return ok()
    return no("不予推荐由签发人决定。", "请将意见写入内部备注，送签发人办理。")


def verb(plan: HandPlan, actor: Actor) -> str:
    """The word on the button of a recommendation for the hat that gives the hand."""
    words = {Role.HANDLER.value: "推荐", Role.REVIEWER.value: "审核通过", Role.SIGNER.value: "签发推荐"}
    return words.get(actor.role, "推荐") if plan.hands > 1 else "推荐"


def is_last(plan: HandPlan, done: list[Endorsement]) -> bool:
    """Whether the hand due now is the last one."""
    return next_hand(plan, done) == plan.order[-1]


def give(
    *, subject_kind: str, subject_id: int, actor: Actor, act: str, hand: str, opinion: str, decision: Decision
) -> None:
    """Write the hand; inside the transaction of the decision."""
    hand_of(
        subject_kind=subject_kind,
        subject_id=subject_id,
        actor=actor,
        act=act,
        hand=hand,
        opinion=opinion,
        decision=decision,
    ).save(force_insert=True)


def hand_of(
    *, subject_kind: str, subject_id: int, actor: Actor, act: str, hand: str, opinion: str, decision: Decision
) -> Endorsement:
    """The hand, still to be written."""
    assert actor.bureau_id is not None
    assert actor.user_id is not None
    return Endorsement(
        subject_kind=subject_kind,
        subject_id=subject_id,
        bureau_id=actor.bureau_id,
        act=act,
        hand=hand,
        user_id=actor.user_id,
        acting_for_id=actor.hat.principal_id,
        name=decision.signature[:80],
        opinion=opinion,
        at=business_now(),
        decision_id=decision.pk,
    )


def cancel(subject_kind: str, subject_ids: Iterable[int], act: str) -> None:
    """Hands given so far no longer count: the file was returned, the list was changed."""
    Endorsement.objects.filter(
        subject_kind=subject_kind, subject_id__in=list(subject_ids), act=act, cancelled=False
    ).update(cancelled=True)
