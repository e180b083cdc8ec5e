"""What the page of one proposal shows: evidence, the hearing, the hands, and the one thing to do next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cultivation.models import EntryEvent, RosterEntry
from cultivation.roster_rules import programme_of
from foundation.accounts.actor import Actor
from foundation.accounts.may import action_label, may
from foundation.accounts.paths import path_ids
from foundation.core.clock import business_today
from foundation.core.registries import panels_for
from foundation.core.verdict import Verdict, no, ok
from foundation.documents.canonical import digest_of
from foundation.journal.models import Decision
from foundation.notifications.kinds import INBOX, MAIL, SMS
from reviews import hands, lifecycle
from reviews.actions.lifecycle import ACT, decision_blocks
from reviews.lifecycle_papers import fact_lines
from reviews.lifecycle_queries import words_of
from reviews.models import Proposal
from reviews.states import PROPOSAL_OPEN, Hand, ProposalKind, ProposalState

_FIRM_READS = frozenset(
    f"proposal.{act}" for act in ("open_hearing", "state", "ask_leave", "take_back", "drop", "lapse")
)
PLACE = "proposal_page"
"""Panels named ``proposal_page.…`` stand below the evidence: a higher room shows the months as they are now."""


def page_context(proposal: Proposal, actor: Actor) -> dict[str, Any]:
    """Everything of the page; the firm sees the same evidence and papers, not the hands inside the bureau."""
    programme = programme_of(proposal.entry)
    tone, word = words_of(proposal, firm=actor.is_enterprise)
    running = proposal.state in PROPOSAL_OPEN
    deciding = actor.bureau_id == proposal.bureau_id
    context: dict[str, Any] = {
        "proposal": proposal,
        "entry": proposal.entry,
        "programme": programme,
        "tone": tone,
        "word": word,
        "what": lifecycle.verb(proposal.kind, proposal.cause),
        "effects": lifecycle.effects(proposal.kind, proposal.cause, programme, _due_on(proposal)),
        "way_back": lifecycle.way_back(proposal.kind, proposal.cause),
        "needs_hearing": lifecycle.needs_hearing(proposal.kind, proposal.cause, programme),
        **_evidence(proposal.evidence),
        "intact": digest_of(proposal.evidence) == proposal.digest,
        "statements": list(proposal.statements.select_related("file").order_by("id")),
        "steps": _steps(proposal, needs_hearing=lifecycle.needs_hearing(proposal.kind, proposal.cause, programme)),
        "days_left": proposal.hearing_until is not None and business_today() <= proposal.hearing_until,
        "entries": timeline(proposal, actor),
        "panels": panels_for(PLACE, actor, proposal),
        "deciding": deciding,
        "running": running,
    }
    if actor.is_official and running:
        context |= _official(proposal, actor, deciding)
    if actor.is_enterprise:
        context["can_state"] = _may_state(proposal, actor)
        context["can_take_back"] = may(actor, "proposal.take_back", proposal)
    return context


def _evidence(frozen: Mapping[str, Any]) -> dict[str, Any]:
    """The frozen evidence as the page prints it: what was not named is empty, never made up."""
    months = {"period": "", "due_on": "", "state": "", "reminders": ()}
    figures = {"label": "", "value": "", "note": ""}
    return {
        "facts": fact_lines({"facts": frozen.get("facts", ())}),
        "months": [
            {**months, **row, "reminders": [reminder_words(one) for one in row.get("reminders", ())]}
            for row in frozen.get("months", ())
        ],
        "figures": [{**figures, **row} for row in frozen.get("figures", ())],
    }


_CHANNELS = {INBOX: "站内信", MAIL: "邮件", SMS: "短信"}


def reminder_words(sent: Any) -> str:
    """One reminder in words: its day, the rung of the ladder, the ways it went; a text stays as it is."""
    if not isinstance(sent, Mapping):
        return str(sent)
    ways = "、".join(_CHANNELS.get(way, way) for way in sent.get("channels", ()))
    return " ".join(part for part in (str(sent.get("day", "")), str(sent.get("rung", "")), ways) if part)


def _due_on(proposal: Proposal) -> Any:
    if proposal.kind != ProposalKind.OBSERVE or proposal.state != ProposalState.ADOPTED:
        return None
    event = EntryEvent.objects.filter(proposal_id=proposal.pk, kind=EntryEvent.Kind.OBSERVED).first()
    return event.due_on if event else None


def _may_state(proposal: Proposal, actor: Actor) -> Verdict:
    answer = may(actor, "proposal.state", proposal)
    if answer and proposal.hearing_until is not None and business_today() > proposal.hearing_until:
        return no("陈述意见的期限已过，可与决定单位联系。")
    return answer


def _official(proposal: Proposal, actor: Actor, deciding: bool) -> dict[str, Any]:
    plan = hands.plan_for(proposal.bureau_id, ACT)
    done = hands.given(proposal.subject_kind, [proposal.pk], proposal.bureau_id, ACT)[proposal.pk]
    due = hands.next_hand(plan, done)
    decide = may(actor, "proposal.decide", proposal)
    if decide:
        blocks = decision_blocks(proposal)
        decide = (
            no("".join(block.reason for block in blocks), blocks[0].hint)
            if blocks
            else hands.may_give(actor, plan, done)
        )
    drop = may(actor, "proposal.drop", proposal)
    if drop and deciding:
        drop = ok() if hands.may_refuse(actor, plan) else no("不采纳由签发人决定。")
    return {
        "can_open": may(actor, "proposal.open_hearing", proposal),
        "can_decide": decide,
        "can_drop": drop,
        "can_enter": may(actor, "proposal.state", proposal),
        "hand_label": "决定" if plan.hands == 1 else Hand(due).label if due else "",
        "hand_order": [Hand(one).label for one in plan.order] if plan.hands > 1 else [],
        "last_hand": due == plan.order[-1],
        "given": done,
        "offers_hearing": proposal.state == ProposalState.DRAFT and proposal.kind != ProposalKind.RESTORE,
        "handling": path_ids(proposal.path)[-1] == actor.bureau_id,
        "people": proposal.enterprise.memberships.filter(valid_to__isnull=True).exists(),
    }


def _steps(proposal: Proposal, *, needs_hearing: bool) -> list[dict[str, Any]]:
    """Proposed → heard (where it is, or must be) → decided."""
    heard = needs_hearing or proposal.hearing_from is not None
    over = proposal.state not in PROPOSAL_OPEN
    waits = proposal.state == ProposalState.HEARING and words_of(proposal)[1] == "听取意见中"
    steps = [{"label": "提出", "at": proposal.opened_at, "done": True, "now": False}]
    if heard:
        now = not over and (proposal.hearing_from is None or waits)
        steps.append({"label": "听取意见", "at": proposal.hearing_from, "done": not now, "now": now})
    last = {"adopted": "已决定", "dropped": "不予采纳"}.get(proposal.state, "决定")
    now = not over and not steps[-1]["now"]
    steps.append({"label": last, "at": proposal.decided_at, "done": over, "now": now})
    return steps


def timeline(proposal: Proposal, actor: Actor) -> list[dict[str, Any]]:
    """The acts, newest first; the firm reads those it takes part in, hands inside the bureau are the bureau's."""
    rows = Decision.objects.filter(subject_kind=proposal.subject_kind, subject_id=proposal.pk).order_by("-id")
    found = []
    for act in rows[:60]:
        decided = act.to_state == ProposalState.ADOPTED
        if actor.is_enterprise and not decided and act.action not in _FIRM_READS:
            continue
        hand = act.data.get("hand", "") if act.action == "proposal.decide" and not decided else ""
        found.append(
            {
                "title": Hand(hand).label if hand else action_label(act.action),
                "tone": "ok" if decided else "mo" if act.to_state == ProposalState.DROPPED else "dai",
                "at": act.made_at,
                "who": f"{act.hat_label} {act.signature}",
                "opinion": act.opinion,
                "note": "",
            }
        )
    return found


def propose_context(entry: RosterEntry, actor: Actor) -> dict[str, Any]:
    """The form: which changes this entry's standing allows, and why the others are not offered."""
    programme = programme_of(entry)
    running = entry.events.filter(kind=EntryEvent.Kind.OBSERVED, ended_on__isnull=True).first()
    until, today = (running.due_on if running else None), business_today()
    kinds = []
    for kind in (ProposalKind.OBSERVE, ProposalKind.RESTORE, ProposalKind.REMOVE, ProposalKind.DELIST):
        wrong = lifecycle.may_be_proposed(kind, "", programme, observed_until=until, today=today)
        cause = lifecycle.CAUSE_OF.get(kind, "")
        kinds.append(
            {
                "value": kind.value,
                "label": kind.label,
                "wrong": wrong,
                "note": "，".join(lifecycle.effects(kind, cause, programme)),
                "hearing": lifecycle.needs_hearing(kind, cause, programme),
            }
        )
    causes = [
        {"value": cause, "label": lifecycle.Exit(cause).label, "paper": lifecycle.EXITS[cause].paper}
        for cause in lifecycle.LEAVE_CAUSES
    ]
    return {
        "entry": entry,
        "programme": programme,
        "kinds": [one for one in kinds if not one["wrong"]],
        "closed_kinds": [one for one in kinds if one["wrong"]],
        "causes": causes,
        "observed_until": until,
        "can": may(actor, "proposal.make", entry),
        "open": Proposal.objects.visible_to(actor).filter(entry=entry, state__in=PROPOSAL_OPEN).first(),
        "panels": panels_for("propose_page", actor, entry),
    }
