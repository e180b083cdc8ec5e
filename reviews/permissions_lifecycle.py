"""Who sees and does what with proposals on roster entries (SC-33…SC-42). The expected table is tests/permissions/."""

from __future__ import annotations

from django.db.models import Q

from cultivation.models import RosterEntry
from foundation.accounts.actor import Actor
from foundation.accounts.may import path_condition, rule, scope
from foundation.accounts.paths import path_ids
from foundation.accounts.roles import CASE_ROLES, ENTERPRISE_ROLES, Role
from foundation.core.verdict import Verdict, no, ok
from reviews.lifecycle import OWN_WISH
from reviews.models import Proposal
from reviews.permissions import READING_ROLES
from reviews.states import PROPOSAL_OPEN, ProposalState

_TOLD = (ProposalState.HEARING, ProposalState.ADOPTED)


def _proposal_condition(actor: Actor) -> Q:
    """A proposal is the bureaus' own business until the firm is heard, or told of the decision; its own wish it sees always."""
    if actor.role == Role.SYSTEM:
        return Q()
    if actor.is_enterprise:
        told = Q(state__in=_TOLD) | Q(hearing_from__isnull=False) | Q(source=OWN_WISH)
        return Q(enterprise_id=actor.enterprise_id) & told
    return path_condition(actor, "path") if actor.role in READING_ROLES else Q(pk__in=[])


def _sees_proposal(actor: Actor, proposal: Proposal) -> bool:
    if actor.role == Role.SYSTEM:
        return True
    if actor.is_enterprise:
        told = proposal.state in _TOLD or proposal.hearing_from is not None or proposal.source == OWN_WISH
        return proposal.enterprise_id == actor.enterprise_id and told
    return actor.role in READING_ROLES and actor.answers_for(proposal.path)


scope(Proposal, condition=_proposal_condition, sees=_sees_proposal)

rule("proposal.view", label="查看名单调整", roles=ENTERPRISE_ROLES | READING_ROLES)(lambda actor, proposal: ok())
rule("proposal.list", label="查看名单调整列表", roles=READING_ROLES)(lambda actor, obj: ok())


def _current(entry: RosterEntry) -> Verdict:
    if entry.until is not None:
        return no(f"企业已于{entry.until:%Y-%m-%d}离开名单，不能再提出调整。")
    return ok()


@rule("proposal.make", label="提出名单调整", roles=CASE_ROLES)
def make(actor: Actor, entry: RosterEntry) -> Verdict:
    """Any bureau on the entry's path, for an entry that still stands."""
    return _current(entry)


@rule("proposal.ask_leave", label="申请退出名单", roles={Role.ENTERPRISE_ADMIN})
def ask_leave(actor: Actor, entry: RosterEntry) -> Verdict:
    """The firm's administrator, for its own current entry."""
    return _current(entry)


def _open(proposal: Proposal) -> Verdict:
    if proposal.state in PROPOSAL_OPEN:
        return ok()
    return no(f"这项名单调整现在是“{proposal.get_state_display()}”，已经办结。")


@rule("proposal.take_back", label="撤回退出申请", roles={Role.ENTERPRISE_ADMIN})
def take_back(actor: Actor, proposal: Proposal) -> Verdict:
    """The firm's own wish, until it is decided."""
    return _open(proposal) if proposal.source == OWN_WISH else no("这项名单调整不是由企业申请的。")


def _deciding(actor: Actor, proposal: Proposal) -> Verdict:
    if proposal.bureau_id != actor.bureau_id:
        return no(f"这项名单调整由{proposal.bureau.name}决定。")
    return ok()


@rule("proposal.open_hearing", label="听取企业意见", roles=CASE_ROLES)
def open_hearing(actor: Actor, proposal: Proposal) -> Verdict:
    """The deciding bureau, once."""
    own = _deciding(actor, proposal)
    if own and proposal.state != ProposalState.DRAFT:
        return no(f"这项名单调整现在是“{proposal.get_state_display()}”，不能再发听取意见通知。")
    return own


@rule("proposal.decide", label="决定名单调整", roles=CASE_ROLES)
def decide(actor: Actor, proposal: Proposal) -> Verdict:
    """The deciding bureau; whose hand is due is its setting (reviews.hands), whether the days are over its action."""
    return _deciding(actor, proposal) and _open(proposal)


@rule("proposal.drop", label="不采纳名单调整建议", roles=CASE_ROLES)
def drop(actor: Actor, proposal: Proposal) -> Verdict:
    """The deciding bureau; before the firm was told also the bureau that proposed it."""
    if proposal.state == ProposalState.DRAFT and proposal.proposed_by_id == actor.bureau_id:
        return ok()
    return _deciding(actor, proposal) and _open(proposal)


@rule("proposal.lapse", label="名单调整失效", roles={Role.SYSTEM})
def lapse(actor: Actor, proposal: Proposal) -> Verdict:
    """The entry left the list in another way: nothing is left to be decided."""
    return _open(proposal)


@rule("proposal.state", label="陈述意见", roles=ENTERPRISE_ROLES | CASE_ROLES)
def state(actor: Actor, proposal: Proposal) -> Verdict:
    """The firm while it is heard; its handling bureau, or the deciding one, from the firm's paper."""
    if proposal.state != ProposalState.HEARING:
        return no(f"这项名单调整现在是“{proposal.get_state_display()}”，不在听取意见期间。")
    if actor.is_official and actor.bureau_id not in {proposal.bureau_id, path_ids(proposal.path)[-1]}:
        return no("企业的书面意见由其主管部门或决定单位代录。")
    return ok()
