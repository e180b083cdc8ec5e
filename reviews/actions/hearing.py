"""The firm is heard: the letter opens the days, the firm states its case on its page or on paper (SC-41, own addition)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from cultivation.roster_rules import programme_of
from foundation.accounts.actor import Actor
from foundation.accounts.models import Bureau
from foundation.accounts.paths import path_ids
from foundation.accounts.roles import Act
from foundation.accounts.transition import decide_one, record_act, require
from foundation.core.clock import business_now, business_today
from foundation.core.errors import Refused, StaleState
from foundation.core.verdict import no
from foundation.documents.models import StoredFile
from foundation.journal.models import Decision
from foundation.journal.record import Message
from foundation.reference import queries as reference
from reviews import hands
from reviews.actions.lifecycle_common import SUBJECT, payload_of, to_firm_and_path, with_entry
from reviews.lifecycle_papers import hearing_letter
from reviews.models import HearingStatement, Proposal
from reviews.states import ProposalState

LONGEST = 5000
"""Characters of a statement; longer ones belong into the file."""


def open_hearing(*, proposal_id: int, actor: Actor) -> Proposal:
    """Send the letter: the firm is heard from today for the programme's working days (counted from tomorrow), and is told."""
    dates: dict[str, dt.date] = {}

    def change(proposal: Proposal) -> None:
        with_entry(proposal)
        days = programme_of(proposal.entry).lifecycle.hearing_days
        first = business_today()
        dates["until"] = reference.add_working_days(first, days)
        proposal.hearing_from, proposal.hearing_until = first, dates["until"]
        handling = Bureau.objects.get(pk=path_ids(proposal.path)[-1])
        proposal.hearing_document = hearing_letter(
            proposal, actor=actor, first=first, last=dates["until"], working_days=days, handling=handling
        )

    def outbox(proposal: Proposal, decision: Decision) -> list[Message]:
        return to_firm_and_path(
            proposal, decision, "reviews.hearing_opened", {"until": dates["until"].isoformat()}, actor
        )

    decide_one(
        pk=proposal_id,
        model=Proposal,
        action="proposal.open_hearing",
        expect={ProposalState.DRAFT},
        to=ProposalState.HEARING,
        actor=actor,
        change=change,
        fields=("hearing_from", "hearing_until", "hearing_document"),
        data=lambda proposal: {
            "until": dates["until"].isoformat(),
            "document": proposal.hearing_document.digest if proposal.hearing_document else "",
        },
        outbox=outbox,
    )
    return Proposal.objects.get(pk=proposal_id)


def _locked(proposal_id: int, actor: Actor) -> Proposal:
    rows = Proposal.objects.select_for_update(of=("self",)).select_related("bureau", "enterprise")
    proposal = rows.filter(pk=proposal_id).first()
    if proposal is None:
        raise Refused(no("没有这项名单调整，或它不在您的职责范围内。"))
    require(actor, "proposal.state", proposal)
    return proposal


@transaction.atomic
def save_statement_draft(*, proposal_id: int, actor: Actor, text: str, version: int) -> Proposal:
    """Keep what the firm has typed so far; nobody else sees it. StaleState when it was typed over in another window."""
    proposal = _locked(proposal_id, actor)
    if not actor.is_enterprise:
        raise Refused(no("草稿由企业自己保存。"))
    if proposal.draft_version != version:
        raise StaleState(no("陈述意见刚在另一个窗口修改过。", "请刷新后再填写，已保存的内容都在。"))
    if len(text) > LONGEST:
        raise Refused(no(f"陈述意见不超过 {LONGEST} 字。", "较长的内容请作为附件上传。"))
    proposal.draft, proposal.draft_version, proposal.draft_at = text, version + 1, business_now()
    proposal.save(update_fields=["draft", "draft_version", "draft_at"])
    return proposal


@transaction.atomic
def state_case(
    *,
    proposal_id: int,
    actor: Actor,
    text: str = "",
    file: StoredFile | None = None,
    received_on: dt.date | None = None,
) -> Proposal:
    """The firm states its case inside the dates, with a file if it likes; it may add to it until the days are over.

    A bureau enters it from the firm's paper and names the day it came (``received_on``, inside the dates); then the paper's
    scan is asked for. Hands given so far fall, since there is something new to weigh.
    """
    proposal = _locked(proposal_id, actor)
    assert proposal.hearing_from is not None
    assert proposal.hearing_until is not None
    text = text.strip()
    if not text and file is None:
        raise Refused(no("请填写陈述意见，或上传书面意见。"))
    if len(text) > LONGEST:
        raise Refused(no(f"陈述意见不超过 {LONGEST} 字。", "较长的内容请作为附件上传。"))
    today = business_today()
    if actor.is_official:
        if file is None:
            raise Refused(no("代录书面意见须上传企业盖章的原件扫描件。"))
        day = received_on or today
        if day > today:
            raise Refused(no("收到日期不能晚于今天。"))
    else:
        day, received_on = today, None
    if not proposal.hearing_from <= day <= proposal.hearing_until:
        last = proposal.hearing_until
        raise Refused(no(f"陈述意见的期限到{last.year}年{last.month}月{last.day}日为止。", "请与决定单位联系。"))
    now = business_now()
    by = f"{actor.hat.label} {actor.name}"[:160]
    HearingStatement.objects.create(
        proposal=proposal, text=text, file=file, at=now, by=by, received_on=day if actor.is_official else None
    )
    proposal.statement, proposal.stated_by, proposal.statement_file = text, by, file
    proposal.stated_at = proposal.stated_at or now
    proposal.version += 1
    fields = ["statement", "stated_by", "statement_file", "stated_at", "version"]
    if actor.is_enterprise:
        proposal.draft, proposal.draft_at = "", None
        proposal.draft_version += 1
        fields += ["draft", "draft_at", "draft_version"]
    proposal.save(update_fields=fields)
    hands.cancel(SUBJECT, [proposal.pk], Act.LIFECYCLE)
    payload = payload_of(proposal)
    record_act(
        subject_kind=SUBJECT,
        subject_id=proposal.pk,
        subject_label=str(proposal),
        action="proposal.state",
        actor=actor,
        from_state=proposal.state,
        to_state=proposal.state,
        data={"file": file.sha256 if file else "", "received_on": day.isoformat(), "on_paper": actor.is_official},
        messages=[
            Message(
                f"reviews.case_stated:{proposal.pk}:{proposal.version}", "reviews.case_stated", "bureau", one, payload
            )
            for one in sorted({proposal.bureau_id} - {actor.bureau_id})
        ],
    )
    return proposal
