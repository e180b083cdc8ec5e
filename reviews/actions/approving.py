"""The province decides on the list as a whole with exceptions (SC-32, SC-42): one decision, carried out in one transaction.

Whatever is not marked is approved. An exception names its reason; a return names the level that must act, and the file can come
up again in a later dispatch and a later decision.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Max

from cultivation.models import Round
from foundation.accounts.actor import Actor
from foundation.accounts.models import Bureau
from foundation.accounts.paths import path_ids
from foundation.accounts.roles import Act
from foundation.accounts.transition import decide, decide_one, record_act, require
from foundation.core.clock import business_now
from foundation.core.errors import Refused, StaleState
from foundation.core.verdict import Verdict, no
from foundation.documents.actions.freeze import freeze
from foundation.journal.models import Decision
from foundation.journal.record import Message, send
from reviews import hands, province_queries
from reviews.actions.turns import Turn
from reviews.events import ApprovalDecided
from reviews.models import Application, Approval, ApprovalItem
from reviews.province_papers import APPROVAL_KIND, approval_snapshot
from reviews.province_queries import APPROVE_STEP, acting_bureau, chunks, return_state, step_of
from reviews.states import ApprovalOutcome, ApprovalState, FileState

ACT = Act.APPROVE
RETURNS = frozenset({ApprovalOutcome.TO_PREFECTURE, ApprovalOutcome.TO_COUNTY})
REASON_LENGTH = 400
NAMED = 5
"""How many firms a summary message names."""
FILE_ACTIONS: dict[str, str] = {
    ApprovalOutcome.APPROVE: "application.approve",
    ApprovalOutcome.REFUSE: "application.not_approve",
    ApprovalOutcome.HOLD: "application.put_off",
    ApprovalOutcome.TO_PREFECTURE: "application.send_back",
    ApprovalOutcome.TO_COUNTY: "application.send_back",
}


# ---- preparing -----------------------------------------------------------------------------------------------


@transaction.atomic
def start_approval(*, round: Round, actor: Actor) -> Approval:
    """Open the decision on everything received so far, in administrative order × rank. Raises Refused where the programme has no
    such step, another bureau decides, a draft exists or nothing waits.
    """
    require(actor, "approval.start")
    step = step_of(round, APPROVE_STEP)
    if step is None:
        raise Refused(no("本项目没有省级审定环节，接收即为办结。"))
    if round.bureau_id != actor.bureau_id:
        raise Refused(no("由组织本轮的主管部门审定。"))
    if province_queries.draft_approval(round) is not None:
        raise StaleState(no("本轮次已有一份审定正在拟办。", "请在原审定上继续办理。"))
    order = province_queries.received_order(round)
    if not order:
        raise Refused(no("还没有已接收、待审定的材料。", "请先接收市州的报送。"))
    sequence = (Approval.objects.filter(round=round).aggregate(top=Max("sequence"))["top"] or 0) + 1
    titles = round.programme.listing.papers
    title = (titles.approval if sequence == 1 else titles.later_approval).format(round=round.title, number=sequence)
    try:
        with transaction.atomic():
            approval = Approval.objects.create(
                round=round,
                bureau_id=round.bureau_id,
                path=round.path,
                sequence=sequence,
                title=title[:160],
                created_at=business_now(),
            )
    except IntegrityError as error:
        raise StaleState(no("同事刚刚建立了本轮审定。", "请刷新后再看。")) from error
    ApprovalItem.objects.bulk_create(
        (ApprovalItem(approval=approval, application_id=pk, rank=rank) for rank, pk in enumerate(order, start=1)),
        batch_size=2000,
    )
    _note(approval, "approval.start", actor, files=len(order))
    return approval


def _note(approval: Approval, action: str, actor: Actor, opinion: str = "", **data: object) -> Decision:
    return record_act(
        subject_kind=approval.subject_kind,
        subject_id=approval.pk,
        subject_label=str(approval),
        action=action,
        actor=actor,
        from_state=approval.state,
        to_state=approval.state,
        opinion=opinion,
        data=dict(data),
    )


def _locked(approval_id: int, actor: Actor) -> Approval:
    approval = (
        Approval.objects.select_for_update(of=("self",))
        .select_related("round__version", "bureau")
        .filter(pk=approval_id)
        .first()
    )
    if approval is None:
        raise Refused(no("没有这份审定，或它不在您的职责范围内。"))
    require(actor, "approval.edit", approval)
    return approval


def _changed(approval: Approval) -> None:
    """The list is another one now: hands given so far no longer count."""
    hands.cancel(approval.subject_kind, [approval.pk], ACT)
    approval.version += 1
    approval.save(update_fields=["version"])


@transaction.atomic
def collect(*, approval_id: int, actor: Actor) -> int:
    """Take in what was received since and put everything in order again; exceptions stay. Returns how many were added."""
    approval = _locked(approval_id, actor)
    order = province_queries.received_order(approval.round)
    known = {item.application_id: item for item in approval.items.all()}
    fresh, moved = [], []
    for rank, pk in enumerate(order, start=1):
        item = known.get(pk)
        if item is None:
            fresh.append(ApprovalItem(approval=approval, application_id=pk, rank=rank))
        elif item.rank != rank:
            item.rank = rank
            moved.append(item)
    if fresh:
        ApprovalItem.objects.bulk_update(moved, ["rank"], batch_size=500)
        ApprovalItem.objects.bulk_create(fresh, batch_size=2000)
        _changed(approval)
        _note(approval, "approval.collect", actor, added=[item.application_id for item in fresh])
    return len(fresh)


@transaction.atomic
def set_outcome(*, approval_id: int, application_ids: Iterable[int], outcome: str, reason: str, actor: Actor) -> int:
    """Mark exceptions, or take them back (``approve``): bulk or one. Each but an approval has a reason. Returns how many lines."""
    wanted = sorted(set(application_ids))
    outcome, reason = ApprovalOutcome(outcome), reason.strip()
    if outcome == ApprovalOutcome.APPROVE:
        reason = ""
    elif not reason:
        raise Refused(no(f"“{outcome.label}”请写明理由。", "理由会告知需要办理的单位和企业。"))
    if len(reason) > REASON_LENGTH:
        raise Refused(no(f"理由不超过 {REASON_LENGTH} 个字。"))
    approval = _locked(approval_id, actor)
    changed = approval.items.filter(application_id__in=wanted).update(outcome=outcome, reason=reason)
    if not wanted or changed != len(wanted):
        raise Refused(no("选中的材料不在本次审定中。", "请刷新后再办理。"))
    _changed(approval)
    _note(approval, "approval.set_outcome", actor, reason, outcome=outcome.value, files=wanted)
    return changed


def approval_blocks(approval: Approval) -> list[Verdict]:
    """What keeps a draft from being decided."""
    if not approval.items.exists():
        return [no("审定中没有材料")]
    left = approval.items.exclude(application__state=FileState.AT_PROVINCE)
    names = list(left.values_list("application__enterprise_name", flat=True)[:NAMED])
    return [no(f"{name}的材料已不在省级") for name in names]


# ---- deciding ------------------------------------------------------------------------------------------------


def endorse_approval(*, approval_id: int, actor: Actor, opinion: str = "") -> Approval:
    """Give the hand that is due; the last one decides the whole list in one transaction and freezes the 审定表.

    Every file moves by ``decide()`` in sets of ``CHUNK`` per outcome and reason; a file that cannot move stops the whole.
    """
    turn = Turn.of(Approval.subject_kind, ACT, actor)
    opinion = opinion.strip()

    def check(approval: Approval) -> Verdict:
        mine = turn.ask(approval.pk)
        blocks = approval_blocks(approval) if mine else []
        return no("还不能审定：" + "；".join(block.reason for block in blocks) + "。") if blocks else mine

    def change(approval: Approval) -> None:
        if not turn.last:
            return
        approval.decided_at = business_now()
        approval.decided_by = f"{actor.hat.label} {actor.name}"[:160]
        approval.document = freeze(
            kind=APPROVAL_KIND,
            subject_kind=approval.subject_kind,
            subject_id=approval.pk,
            subject_label=str(approval),
            title=approval.title,
            bureau=approval.bureau,
            stage=approval.round.stage,
            snapshot=approval_snapshot(approval),
            actor=actor,
        )

    def event(approval: Approval, decision: Decision) -> ApprovalDecided | None:
        turn.give(approval.pk, opinion, decision)
        if not turn.last:
            return None
        _carry_out(approval, actor, decision, opinion)
        return ApprovalDecided(approval_id=approval.pk, round_id=approval.round_id, decision_id=decision.pk)

    decide_one(
        pk=approval_id,
        model=Approval,
        action="approval.endorse",
        expect={ApprovalState.DRAFT},
        to=lambda approval: ApprovalState.DECIDED if turn.last else ApprovalState.DRAFT,
        actor=actor,
        opinion=opinion,
        check=check,
        change=change,
        fields=("decided_at", "decided_by", "document"),
        data=lambda approval: {
            "hand": turn.hand,
            "document": approval.document.digest if approval.document else "",
            "outcomes": province_queries.outcome_counts(approval.items.all()),
        },
        event=event,
    )
    return Approval.objects.get(pk=approval_id)


@dataclass(frozen=True, slots=True)
class _Line:
    """One file of the decision, as much of it as the acts and messages need."""

    pk: int
    outcome: str
    reason: str
    enterprise_id: int
    bureau_id: int
    path: str
    name: str
    number: str


def _lines(approval: Approval) -> list[_Line]:
    columns = ("enterprise_id", "bureau_id", "path", "enterprise_name", "number")
    rows = approval.items.order_by("rank", "pk").values_list(
        "application_id", "outcome", "reason", *(f"application__{name}" for name in columns)
    )
    return [_Line(*row) for row in rows]


def _carry_out(approval: Approval, actor: Actor, decision: Decision, opinion: str) -> None:
    """Move every file to what the decision says of it, and tell everybody whom it concerns."""
    lines = _lines(approval)
    groups: dict[tuple[str, str], list[_Line]] = defaultdict(list)
    for line in lines:
        groups[line.outcome, line.reason].append(line)
    for (outcome, reason), group in groups.items():
        _move(approval, actor, outcome, reason or opinion, group)
    anew = [line.pk for line in lines if line.outcome in RETURNS and _target(approval, line) == FileState.SUBMITTED]
    for piece in chunks(anew):
        hands.cancel("application", piece, Act.RECOMMEND)
    for messages in chunks(_messages(approval, lines, decision)):
        send(messages, decision)


def _target(approval: Approval, line: _Line) -> str:
    return return_state(line.path, approval.bureau_id, line.bureau_id, line.outcome)


def _move(approval: Approval, actor: Actor, outcome: str, opinion: str, group: list[_Line]) -> None:
    fixed = {
        ApprovalOutcome.APPROVE: FileState.APPROVED,
        ApprovalOutcome.REFUSE: FileState.NOT_APPROVED,
        ApprovalOutcome.HOLD: FileState.AT_PROVINCE,
    }
    targets = {line.pk: _target(approval, line) for line in group} if outcome in RETURNS else {}
    to: str | Callable[[Application], str] = (lambda file: targets[file.pk]) if targets else fixed[outcome]  # type: ignore[index]
    names = {line.pk: line.name for line in group}
    for piece in chunks(sorted(names)):
        verdicts = decide(
            model=Application,
            ids=piece,
            action=FILE_ACTIONS[outcome],
            expect={FileState.AT_PROVINCE},
            to=to,
            actor=actor,
            opinion=opinion,
            data={"approval": approval.pk, "outcome": str(outcome)},
        )
        failed = [f"{names[pk]}：{verdict.reason}" for pk, verdict in verdicts.items() if not verdict]
        if failed:
            raise Refused(no("以下材料不能办理，全部未审定：" + "；".join(failed[:NAMED])))


# ---- telling -------------------------------------------------------------------------------------------------


def _messages(approval: Approval, lines: list[_Line], decision: Decision) -> list[Message]:
    return [
        *_to_firms(approval, lines, decision),
        *_to_those_who_must_act(approval, lines, decision),
        *_summaries(approval, lines, decision),
    ]


def _to_firms(approval: Approval, lines: list[_Line], decision: Decision) -> list[Message]:
    """Approved: what comes next by the programme's own steps. Not approved: why. A file put off or returned asks nothing of its
    firm: the bureau that must act tells it what it needs.
    """
    following = [step.title for code in ("public_notice", "list") if (step := step_of(approval.round, code))]
    found = []
    for line in lines:
        file = {"application": line.pk, "name": line.name, "number": line.number or ""}
        key = f"{decision.pk}:{line.pk}"
        if line.outcome == ApprovalOutcome.APPROVE:
            body = file | {"next": "、".join(following)}
            found.append(Message(f"reviews.approved:{key}", "reviews.approved", "enterprise", line.enterprise_id, body))
        elif line.outcome == ApprovalOutcome.REFUSE:
            told = file | {"reason": line.reason}
            found.append(
                Message(f"reviews.not_approved:{key}", "reviews.not_approved", "enterprise", line.enterprise_id, told)
            )
    return found


def _to_those_who_must_act(approval: Approval, lines: list[_Line], decision: Decision) -> list[Message]:
    """One message per bureau that has something to do, naming firms with the reasons."""
    theirs: dict[int, list[_Line]] = defaultdict(list)
    for line in lines:
        if line.outcome in RETURNS:
            theirs[acting_bureau(line.path, approval.bureau_id, line.bureau_id, line.outcome)].append(line)
    kind = "reviews.sent_back"
    return [
        Message(
            f"{kind}:{decision.pk}:{bureau}",
            kind,
            "bureau",
            bureau,
            {
                "by": approval.bureau.short_name,
                "round": approval.round_id,
                "count": len(group),
                "files": [{"name": line.name, "reason": line.reason} for line in group[:NAMED]],
            },
        )
        for bureau, group in theirs.items()
    ]


def _summaries(approval: Approval, lines: list[_Line], decision: Decision) -> list[Message]:
    """The outcome in numbers to every bureau below on whose path files were decided; to the prefecture also what went to its
    counties.
    """
    counts: dict[int, dict[str, int]] = defaultdict(lambda: dict.fromkeys(ApprovalOutcome.values, 0))
    for line in lines:
        for bureau in path_ids(line.path):
            if bureau != approval.bureau_id:
                counts[bureau][line.outcome] += 1
    known = set(Bureau.objects.filter(pk__in=counts).values_list("pk", flat=True))
    kind = "reviews.approval_decided"
    return [
        Message(
            f"{kind}:{decision.pk}:{bureau}",
            kind,
            "bureau",
            bureau,
            {"approval": approval.pk, "title": approval.title, "by": approval.bureau.short_name, **numbers},
        )
        for bureau, numbers in sorted(counts.items())
        if bureau in known
    ]
