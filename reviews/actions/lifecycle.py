"""Changes on the roster by a person's decision (SC-33…SC-36, SC-41): proposal → hearing → decision → event of the entry.

Nothing happens by itself: a signal or a cancelled firm only suggests; somebody proposes, the firm is heard where the change goes
against its will, the deciding bureau decides with its hands.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from cultivation.eligibility.rules_status import add_months
from cultivation.models import RosterEntry
from cultivation.roster import close_entry, observe_entry, restore_entry
from cultivation.roster_rules import deciding_bureau, programme_of, version_of
from foundation.accounts.actor import Actor
from foundation.accounts.paths import path_ids
from foundation.accounts.roles import Act
from foundation.accounts.transition import decide_one, record_act, require
from foundation.core.clock import business_now, business_today
from foundation.core.errors import Refused, StaleState
from foundation.core.verdict import Verdict, no, ok
from foundation.documents.canonical import digest_of, plain
from foundation.documents.models import StoredFile
from foundation.journal.models import Decision
from foundation.journal.record import Message
from reviews import hands, lifecycle
from reviews.actions.hearing import open_hearing, save_statement_draft, state_case
from reviews.actions.lifecycle_common import SUBJECT, locked_entry, observation_of, payload_of, to_firm_and_path
from reviews.actions.turns import Turn
from reviews.lifecycle_papers import decision_paper
from reviews.models import Proposal
from reviews.states import PROPOSAL_OPEN, ProposalKind, ProposalState

ACT = Act.LIFECYCLE


# ---- proposing -----------------------------------------------------------------------------------------------


@transaction.atomic
def propose(
    *,
    entry_id: int,
    kind: str,
    reason: str,
    actor: Actor,
    cause: str = "",
    title: str = "",
    clause: str = "",
    evidence: Mapping[str, Any] | None = None,
    source: str = "",
    paper: StoredFile | None = None,
) -> Proposal:
    """Propose a change of an entry; the evidence is frozen with its digest (SC-33, SC-41).

    ``evidence`` may hold ``facts`` [{label, value}], ``months`` [{period, due_on, state, reminders}] and ``figures``
    [{label, value, note}], which papers and pages show. One proposal at a time per entry: StaleState for a second one.
    """
    entry = locked_entry(entry_id)
    require(actor, "proposal.make", entry)
    return _create(
        entry,
        kind=kind,
        cause=cause,
        title=title,
        reason=reason,
        clause=clause,
        evidence=evidence or {},
        source=source,
        paper=paper,
        actor=actor,
    )


def _create(
    entry: RosterEntry,
    *,
    kind: str,
    cause: str,
    title: str,
    reason: str,
    clause: str,
    evidence: Mapping[str, Any],
    source: str,
    paper: StoredFile | None,
    actor: Actor,
) -> Proposal:
    if kind not in ProposalKind.values:
        raise Refused(no("请选择调整的类别。"))
    kind = ProposalKind(kind)
    cause = lifecycle.CAUSE_OF.get(kind, cause if kind == ProposalKind.LEAVE else "")
    reason = reason.strip()
    if not reason:
        raise Refused(no("请写明理由。", "写清事实和时间，企业将看到这段文字。"))
    programme = programme_of(entry)
    running = observation_of(entry)
    wrong = lifecycle.may_be_proposed(
        kind, cause, programme, observed_until=running.due_on if running else None, today=business_today()
    )
    if wrong:
        raise Refused(no(wrong))
    version = version_of(entry)
    frozen = plain(
        {
            **evidence,
            "entry": {
                "name": entry.name,
                "tier": entry.tier_title,
                "since": entry.since,
                "observed_until": running.due_on if running else None,
            },
            "programme": version.digest,
            "frozen_at": business_now(),
        }
    )
    bureau = deciding_bureau(entry)
    what = lifecycle.verb(kind, cause)
    try:
        with transaction.atomic():
            proposal = Proposal.objects.create(
                entry=entry,
                enterprise_id=entry.enterprise_id,
                kind=kind,
                cause=cause,
                title=(title.strip() or f"{entry.enterprise.name}：{what}")[:160],
                reason=reason,
                clause=(clause.strip() or _clause(kind, programme))[:200],
                evidence=frozen,
                digest=digest_of(frozen),
                source=source,
                bureau=bureau,
                path=entry.path,
                opened_at=business_now(),
                opened_by=f"{actor.hat.office} {actor.signature}"[:160],
                proposed_by_id=actor.bureau_id,
                paper=paper,
            )
    except IntegrityError as error:
        raise StaleState(no("该企业已有一项名单调整建议正在办理。", "请在“名单调整”中打开那一项。")) from error
    messages = []
    if actor.bureau_id != bureau.pk:
        own_wish = source == lifecycle.OWN_WISH
        told = "reviews.leave_asked" if own_wish else "reviews.proposal_raised"
        holders = dict.fromkeys((path_ids(entry.path)[-1], bureau.pk)) if own_wish else (bureau.pk,)
        payload = {**payload_of(proposal), "by": _by(actor), "reason": reason}
        messages = [Message(f"{told}:{proposal.pk}:{one}", told, "bureau", one, payload) for one in holders]
    record_act(
        subject_kind=SUBJECT,
        subject_id=proposal.pk,
        subject_label=str(proposal),
        action="proposal.ask_leave" if source == lifecycle.OWN_WISH else "proposal.make",
        actor=actor,
        to_state=proposal.state,
        data={"entry": entry.pk, "kind": kind, "cause": cause, "source": source, "evidence": proposal.digest,
              "paper": paper.sha256 if paper else ""},
        messages=messages,
    )  # fmt: skip
    return proposal


def _clause(kind: str, programme: Any) -> str:
    return programme.lifecycle.breach.clause if kind == ProposalKind.DELIST else programme.lifecycle.clause


def _by(actor: Actor) -> str:
    return actor.hat.holder_name or actor.hat.office


@transaction.atomic
def ask_to_leave(*, entry_id: int, reason: str, actor: Actor, paper: StoredFile | None = None) -> Proposal:
    """The firm asks to leave (自愿退出): its own act is the paper; decided like every change, without a hearing."""
    entry = locked_entry(entry_id)
    require(actor, "proposal.ask_leave", entry)
    return _create(
        entry,
        kind=ProposalKind.LEAVE,
        cause=RosterEntry.Exit.WITHDRAWN,
        title="",
        reason=reason,
        clause="企业自愿退出",
        evidence={"facts": [{"label": "申请人", "value": f"{actor.hat.label} {actor.name}"}]},
        source=lifecycle.OWN_WISH,
        paper=paper,
        actor=actor,
    )


def take_back(*, proposal_id: int, actor: Actor) -> Proposal:
    """The firm changes its mind until the decision; hands given so far fall."""
    return _drop(proposal_id, actor, "proposal.take_back", "企业撤回退出申请")


# ---- decision ------------------------------------------------------------------------------------------------


def decision_blocks(proposal: Proposal) -> list[Verdict]:
    """What keeps the proposal from being decided today; the page shows the same sentences."""
    entry = proposal.entry
    blocks: list[Verdict] = []
    if entry.until is not None:
        return [no(f"企业已于{entry.until:%Y-%m-%d}离开名单。")]
    today = business_today()
    wrong = lifecycle.may_be_proposed(
        proposal.kind,
        proposal.cause,
        programme_of(entry),
        observed_until=running.due_on if (running := observation_of(entry)) else None,
        today=today,
    )
    if wrong:
        blocks.append(no(wrong))
    wanted = lifecycle.paper_wanted(proposal.kind, proposal.cause)
    if wanted and not _has_paper(proposal):
        blocks.append(no(f"还没有{wanted}。", "请不采纳本建议，附上证明材料后重新提出。"))
    needed = lifecycle.needs_hearing(proposal.kind, proposal.cause, programme_of(entry))
    if proposal.hearing_until is not None:
        if proposal.stated_at is None and today <= proposal.hearing_until:
            last = proposal.hearing_until
            blocks.append(no(f"听取意见到{last.year}年{last.month}月{last.day}日结束，企业还没有陈述意见。"))
    elif needed:
        blocks.append(no("还没有听取企业意见。", "请先发出听取意见通知书。"))
    return blocks


def _has_paper(proposal: Proposal) -> bool:
    """An uploaded paper, the firm's own request, or the cancellation recorded in the register of enterprises."""
    if proposal.paper_id is not None or proposal.source == lifecycle.OWN_WISH:
        return True
    return proposal.cause == RosterEntry.Exit.CLOSED and not proposal.enterprise.is_active


def decide_proposal(
    *, proposal_id: int, actor: Actor, adopt: bool = True, opinion: str = "", version: int | None = None
) -> Proposal:
    """Give the hand that is due; the last one decides: event of the entry, decision paper, messages, in one transaction.

    ``adopt`` False is :func:`drop_proposal`. Refused before the hearing is over unless the firm has stated its case;
    ``version`` (as the page showed it) makes a hand given on an older state StaleState.
    """
    if not adopt:
        return drop_proposal(proposal_id=proposal_id, actor=actor, reason=opinion)
    opinion = opinion.strip()
    turn = Turn.of(SUBJECT, ACT, actor)
    until: list[dt.date] = []

    def check(proposal: Proposal) -> Verdict:
        if version is not None and proposal.version != version:
            raise StaleState(no("这项名单调整刚有新的情况。", "请刷新后再办理。"))
        mine = turn.ask(proposal.pk)
        if not mine:
            return mine
        proposal.entry = locked_entry(proposal.entry_id)
        blocks = decision_blocks(proposal)
        return no("暂不能决定：" + "".join(block.reason for block in blocks), blocks[0].hint) if blocks else ok()

    def change(proposal: Proposal) -> None:
        if not turn.last:
            return
        today = business_today()
        if proposal.kind == ProposalKind.OBSERVE:
            until.append(add_months(today, programme_of(proposal.entry).lifecycle.observation_months or 0))
        proposal.effective_on, proposal.opinion, proposal.decided_at = today, opinion, business_now()
        proposal.document = decision_paper(
            proposal, actor=actor, on_day=today, due_on=until[0] if until else None, opinion=opinion
        )

    def event(proposal: Proposal, decision: Decision) -> None:
        turn.give(proposal.pk, opinion, decision)
        if proposal.state == ProposalState.ADOPTED:
            _carry_out(proposal, decision, *until)

    def outbox(proposal: Proposal, decision: Decision) -> list[Message]:
        if proposal.state != ProposalState.ADOPTED:
            return []
        said = {
            "on": business_today().isoformat(),
            "due_on": until[0].isoformat() if until else "",
            "opinion": opinion,
        }
        return to_firm_and_path(proposal, decision, "reviews.proposal_decided", said, actor)

    decide_one(
        pk=proposal_id,
        model=Proposal,
        action="proposal.decide",
        expect=PROPOSAL_OPEN,
        to=lambda proposal: ProposalState.ADOPTED if turn.last else proposal.state,
        actor=actor,
        opinion=opinion,
        check=check,
        change=change,
        fields=("effective_on", "opinion", "decided_at", "document"),
        data=lambda proposal: {
            "hand": turn.hand,
            "evidence": proposal.digest,
            "document": proposal.document.digest if proposal.document else "",
        },
        event=event,
        outbox=outbox,
    )
    return Proposal.objects.get(pk=proposal_id)


def _carry_out(proposal: Proposal, decision: Decision, due_on: dt.date | None = None) -> None:
    """The event of the entry, inside the decision's transaction, on the locked entry."""
    assert proposal.effective_on is not None
    common: dict[str, Any] = {
        "entry": proposal.entry,
        "on": proposal.effective_on,
        "decision": decision,
        "document": proposal.document,
        "text": proposal.reason[:400],
        "proposal_id": proposal.pk,
    }
    if proposal.kind == ProposalKind.OBSERVE:
        assert due_on is not None
        observe_entry(**common, due_on=due_on)
    elif proposal.kind == ProposalKind.RESTORE:
        restore_entry(**common)
    else:
        close_entry(**common, cause=proposal.cause)


def drop_proposal(*, proposal_id: int, actor: Actor, reason: str) -> Proposal:
    """Do not adopt the proposal, with the reason; the firm is told when it had been heard or had asked itself."""
    reason = reason.strip()
    if not reason:
        raise Refused(no("请写明不采纳的理由。"))
    return _drop(proposal_id, actor, "proposal.drop", reason)


def _drop(proposal_id: int, actor: Actor, action: str, reason: str) -> Proposal:
    def check(proposal: Proposal) -> Verdict:
        if action == "proposal.drop" and proposal.bureau_id == actor.bureau_id:
            last = hands.may_refuse(actor, hands.plan_for(proposal.bureau_id, ACT))
            return ok() if last else _DROPPED_BY_LAST
        return ok()

    def change(proposal: Proposal) -> None:
        proposal.opinion, proposal.decided_at = reason, business_now()

    def outbox(proposal: Proposal, decision: Decision) -> list[Message]:
        kind, payload = "reviews.proposal_dropped", {**payload_of(proposal), "reason": reason}
        bureaus = {one for one in (proposal.bureau_id, proposal.proposed_by_id) if one is not None} - {actor.bureau_id}
        told = [Message(f"{kind}:{decision.pk}:{one}", kind, "bureau", one, payload) for one in sorted(bureaus)]
        knows = proposal.hearing_from is not None or proposal.source == lifecycle.OWN_WISH
        if knows and not actor.is_enterprise:
            told.append(Message(f"{kind}:{decision.pk}", kind, "enterprise", proposal.enterprise_id, payload))
        return told

    decide_one(
        pk=proposal_id,
        model=Proposal,
        action=action,
        expect=PROPOSAL_OPEN,
        to=ProposalState.DROPPED,
        actor=actor,
        opinion=reason,
        check=check,
        change=change,
        fields=("opinion", "decided_at"),
        event=lambda proposal, decision: hands.cancel(SUBJECT, [proposal.pk], ACT),
        outbox=outbox,
    )
    return Proposal.objects.get(pk=proposal_id)


_DROPPED_BY_LAST = no("不采纳由签发人决定。", "请将意见告知签发人办理。")


__all__ = [
    "ask_to_leave",
    "decide_proposal",
    "decision_blocks",
    "drop_proposal",
    "open_hearing",
    "propose",
    "save_statement_draft",
    "state_case",
    "take_back",
]
