"""Entries on the roster of both provinces for tests of what happens to them, made by the roster's own function."""

from __future__ import annotations

import datetime as dt

from cultivation.models import RosterEntry
from cultivation.roster import list_entries
from foundation.accounts.actor import SYSTEM, Actor
from foundation.accounts.transition import record_act
from foundation.core.models import Installation
from portal.rehearsal.people import CHENGDU, HUNAN, SICHUAN, ZHUZHOU
from portal.rehearsal.stages import Firm
from reviews.actions import lifecycle
from reviews.models import Application, Proposal
from tests.reviews.conftest import HETANG, JINJIANG, TODAY, World

LISTED = TODAY
REASON = "连续三个月未填报运行监测月报"
BREACH = {
    "months": [
        {"period": "2018-04", "due_on": "2018-05-10", "state": "未报送", "reminders": ["2018-05-09 站内信"]},
        {"period": "2018-05", "due_on": "2018-06-11", "state": "未报送", "reminders": []},
        {"period": "2018-06", "due_on": "2018-07-10", "state": "未报送", "reminders": []},
    ]
}


def listed(
    world: World, place: str = JINJIANG, *, firm: Firm | None = None, on: dt.date = LISTED
) -> tuple[RosterEntry, Firm]:
    """A firm on the roster of its province's programme since a day."""
    firm = firm or world.firm(place)
    file, _ = world.submitted(firm, place=place)
    file = Application.objects.get(pk=file.pk)
    round_ = world.hunan if place.startswith("43") else world.sichuan
    decision = record_act(
        subject_kind="round", subject_id=round_.pk, subject_label="名单", action="round.open", actor=SYSTEM
    )
    (entry,) = list_entries(round=round_, files=[file], document=None, decision=decision, on=on)
    return entry, firm


def province(world: World) -> Actor:
    """Who decides in Sichuan."""
    return world.signer(SICHUAN)


def hunan_province(world: World) -> Actor:
    return world.signer(HUNAN)


def prefecture(world: World, place: str = HETANG) -> Actor:
    """The prefecture above a county."""
    return world.handler(ZHUZHOU if place.startswith("43") else CHENGDU)


def delisting(world: World, entry: RosterEntry, actor: Actor | None = None) -> Proposal:
    """A proposal to delist for three missed months."""
    return lifecycle.propose(
        entry_id=entry.pk,
        kind="delist",
        reason=REASON,
        evidence=BREACH,
        source="breach",
        actor=actor or province(world),
    )


def decided(world: World, proposal: Proposal, opinion: str = "同意") -> Proposal:
    """Every hand of the deciding bureau given."""
    place = {True: SICHUAN, False: ZHUZHOU}[proposal.bureau.level == "province"]
    for actor in dict.fromkeys((world.handler(place), world.signer(place))):
        proposal = Proposal.objects.get(pk=proposal.pk)
        if proposal.state in {"draft", "hearing"} and _due(proposal, actor):
            proposal = lifecycle.decide_proposal(proposal_id=proposal.pk, actor=actor, opinion=opinion)
    return proposal


def _due(proposal: Proposal, actor: Actor) -> bool:
    from reviews import hands

    plan = hands.plan_for(proposal.bureau_id, lifecycle.ACT)
    done = hands.given("proposal", [proposal.pk], proposal.bureau_id, lifecycle.ACT)[proposal.pk]
    return bool(hands.may_give(actor, plan, done))


def at(day: str) -> None:
    """Set the business clock."""
    Installation.start_rehearsal(dt.date.fromisoformat(day))
