"""The desk of changes on the roster: what waits for whom, and which entries somebody should look at."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from cultivation.models import RosterEntry
from enterprises.models import Enterprise
from foundation.accounts.actor import Actor
from foundation.core.clock import business_today
from foundation.core.text import normalise_name
from reviews import lifecycle
from reviews.models import Proposal
from reviews.states import PROPOSAL_OPEN, ProposalKind, ProposalState

VIEWS = {
    "mine": "待我单位办理",
    "hearing": "听取意见中",
    "sent": "本单位提出",
    "done": "已办结",
    "all": "全部",
}


def _running(today: dt.date) -> Q:
    """The firm still has days left and has not spoken."""
    return Q(state=ProposalState.HEARING, stated_at__isnull=True, hearing_until__gte=today)


def _conditions(actor: Actor) -> dict[str, Q]:
    today = business_today()
    return {
        "mine": Q(bureau_id=actor.bureau_id, state__in=PROPOSAL_OPEN) & ~_running(today),
        "hearing": _running(today),
        "sent": Q(proposed_by_id=actor.bureau_id) & ~Q(bureau_id=actor.bureau_id),
        "done": ~Q(state__in=PROPOSAL_OPEN),
        "all": Q(),
    }


def waiting(actor: Actor) -> QuerySet[Proposal]:
    """What the actor's bureau has to act on today; the number beside the menu entry."""
    return Proposal.objects.visible_to(actor).filter(_conditions(actor)["mine"])


def counts(actor: Actor) -> dict[str, int]:
    """Rows per view, in one statement."""
    rows = Proposal.objects.visible_to(actor).order_by()
    return rows.aggregate(**{name: Count("pk", filter=condition) for name, condition in _conditions(actor).items()
                             if name != "all"}, all=Count("pk"))  # fmt: skip


def proposals(
    actor: Actor, *, view: str = "all", kind: str = "", programme: str = "", q: str = ""
) -> QuerySet[Proposal]:
    """The rows of a view, newest first, narrowed by kind, programme, name or code."""
    rows = Proposal.objects.visible_to(actor).filter(_conditions(actor).get(view, Q()))
    if kind in ProposalKind.values:
        rows = rows.filter(kind=kind)
    if programme:
        rows = rows.filter(entry__programme__code=programme)
    if text := normalise_name(q):
        firms = Enterprise.objects.filter(Q(name_normal__contains=text.lower()) | Q(uscc__startswith=text.upper()))
        rows = rows.filter(Q(enterprise_id__in=firms.values("pk")) | Q(entry__name__contains=text))
    return rows.select_related("entry__programme", "entry__region", "enterprise", "bureau", "proposed_by").order_by(
        "-id"
    )


def suggestions(actor: Actor) -> QuerySet[RosterEntry]:
    """Entries that still stand though their firm was cancelled, and for which nothing is proposed yet."""
    open_ones = Proposal.objects.filter(entry=OuterRef("pk"), state__in=PROPOSAL_OPEN)
    rows = RosterEntry.objects.visible_to(actor).filter(until__isnull=True, enterprise__state=Enterprise.State.CLOSED)
    return rows.exclude(Exists(open_ones)).select_related("enterprise", "programme").order_by("id")


def words_of(proposal: Proposal, *, firm: bool = False) -> tuple[str, str]:
    """Tone and word of where a proposal stands today, in the reader's own terms."""
    if proposal.state == ProposalState.ADOPTED:
        return ("wait" if proposal.kind == ProposalKind.OBSERVE else "ok" if proposal.kind == ProposalKind.RESTORE else "no",
                f"已决定：{lifecycle.verb(proposal.kind, proposal.cause)}")  # fmt: skip
    if proposal.state == ProposalState.DROPPED:
        return "mo", "不作调整" if firm else "不予采纳"
    if proposal.state == ProposalState.DRAFT:
        return ("dai", "已提交，待决定") if firm else ("dai", "待办理")
    if proposal.stated_at is not None:
        return ("ok", "已陈述，待决定") if firm else ("dai", "企业已陈述，待决定")
    if proposal.hearing_until is not None and business_today() > proposal.hearing_until:
        return ("wait", "陈述期已满，待决定") if firm else ("dai", "期满未陈述，待决定")
    return ("no", "请您陈述意见") if firm else ("wait", "听取意见中")


def line_of(proposal: Proposal) -> dict[str, Any]:
    """One row of the desk and of its export, as text."""
    tone, word = words_of(proposal)
    return {
        "proposal": proposal,
        "what": lifecycle.verb(proposal.kind, proposal.cause),
        "tone": tone,
        "word": word,
        "until": proposal.hearing_until if proposal.state == ProposalState.HEARING else None,
    }
