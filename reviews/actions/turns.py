"""The hand that is due on an act of a bureau: read after the row was locked, asked, written with the decision."""

from __future__ import annotations

from dataclasses import dataclass, field

from foundation.accounts.actor import Actor
from foundation.core.verdict import Verdict
from foundation.journal.models import Decision
from reviews import hands
from reviews.models import Endorsement


@dataclass
class Turn:
    """One press of the signing button: which hand it is and whether it is the last."""

    subject_kind: str
    act: str
    actor: Actor
    plan: hands.HandPlan
    done: list[Endorsement] = field(default_factory=list)

    @classmethod
    def of(cls, subject_kind: str, act: str, actor: Actor) -> Turn:
        """The bureau's own setting; the hands given so far are read by :meth:`ask`."""
        return cls(subject_kind, act, actor, hands.plan_for(actor.bureau_id or 0, act))

    def ask(self, subject_id: int) -> Verdict:
        """Whether the actor may give the hand that is due on this (locked) subject."""
        given = hands.given(self.subject_kind, [subject_id], self.actor.bureau_id or 0, self.act)
        self.done = given[subject_id]
        return hands.may_give(self.actor, self.plan, self.done)

    @property
    def hand(self) -> str:
        """The hand due now; '' when all were given."""
        return hands.next_hand(self.plan, self.done) or ""

    @property
    def last(self) -> bool:
        """Whether the hand due now decides."""
        return hands.is_last(self.plan, self.done)

    def give(self, subject_id: int, opinion: str, decision: Decision) -> None:
        """Write the hand in the transaction of its decision."""
        hands.give(
            subject_kind=self.subject_kind,
            subject_id=subject_id,
            actor=self.actor,
            act=self.act,
            hand=self.hand,
            opinion=opinion,
            decision=decision,
        )
