"""The handling bureau's acts on a file: check, opinion, recommend (by hands), return, refuse, assign."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from django.db import transaction

from foundation.accounts.actor import Actor
from foundation.accounts.may import may
from foundation.accounts.models import Post, User
from foundation.accounts.roles import CASE_ROLES, Act
from foundation.accounts.transition import ABSENT, decide, decide_one
from foundation.core.clock import business_now, business_today
from foundation.core.errors import Refused
from foundation.core.verdict import Verdict, no
from foundation.journal.models import Decision
from foundation.journal.record import Act as JournalAct
from foundation.journal.record import Message, record
from reviews import hands
from reviews.actions.common import locked, to_firm
from reviews.actions.common import note as note_act
from reviews.actions.judging import give_opinions, give_opinions_of, record_check, record_checks, refresh_criteria
from reviews.dossier import Dossier, load_dossiers
from reviews.events import FileRecommended, FileRefused, FileReturned
from reviews.models import (
    Application,
    Correction,
    CorrectionItem,
    Endorsement,
    Explanation,
    StepVerdict,
)
from reviews.readiness import recommendation_blocks
from reviews.states import FileState

ACT = Act.RECOMMEND


@transaction.atomic
def explain_gate(*, application_id: int, actor: Actor, step: str, code: str, text: str) -> None:
    """Give the reason a gate asks for (explain); an empty text takes it back."""
    file = locked(application_id, actor, "application.give_opinion")
    if not text.strip():
        Explanation.objects.filter(application=file, kind=Explanation.Kind.GATE, step=step, code=code).delete()
    else:
        Explanation.objects.update_or_create(
            application=file,
            kind=Explanation.Kind.GATE,
            step=step,
            code=code,
            defaults={"text": text.strip(), "by": f"{actor.hat.label} {actor.name}", "at": business_now()},
        )
    note_act(file, "application.explain", actor, {"step": step, "code": code, "given": bool(text.strip())})


def recommend(
    *, ids: Iterable[int], actor: Actor, opinion: str = "", note: str = "", plan: hands.HandPlan | None = None
) -> dict[int, Verdict]:
    """Give the hand that is due on each file; the last hand recommends it. One Verdict per id (set of one for a page).

    Blocks are those of ``recommendation_blocks``: open correction, missing or old check, unanswered opinion items, commitment
    (SC-37), gates of the criteria. The same list stands on the page beside the button. ``plan``: the hands of the actor's bureau,
    where the caller has just read them.
    """
    plan = plan or hands.plan_for(actor.bureau_id or 0, ACT)
    dossiers: dict[int, Dossier] = {}

    def prepare(files: Sequence[Application]) -> None:
        dossiers.update(load_dossiers(files, with_answers=False))

    def check(file: Application) -> Verdict:
        blocks = recommendation_blocks(dossiers[file.pk])
        if blocks:
            return no("暂不能推荐：" + "；".join(block.reason for block in blocks) + "。")
        return hands.may_give(actor, plan, dossiers[file.pk].hands)

    def due(file: Application) -> str:
        return hands.next_hand(plan, dossiers[file.pk].hands) or ""

    def to(file: Application) -> str:
        return FileState.RECOMMENDED if hands.is_last(plan, dossiers[file.pk].hands) else file.state

    def written(made: Sequence[tuple[Application, Decision]]) -> None:
        Endorsement.objects.bulk_create(
            hands.hand_of(
                subject_kind="application",
                subject_id=file.pk,
                actor=actor,
                act=ACT,
                hand=due(file),
                opinion=opinion,
                decision=decision,
            )
            for file, decision in made
        )
        StepVerdict.objects.bulk_create(
            StepVerdict(
                application=file,
                step="recommendation",
                evaluation=dossiers[file.pk].evaluation.frozen,
                at=business_now(),
                decision_id=decision.pk,
            )
            for file, decision in made
            if file.state == FileState.RECOMMENDED
        )

    def event(file: Application, decision: Decision) -> FileRecommended | None:
        if file.state != FileState.RECOMMENDED:
            return None
        return FileRecommended(
            application_id=file.pk, enterprise_id=file.enterprise_id, round_id=file.round_id, decision_id=decision.pk
        )

    def outbox(file: Application, decision: Decision) -> list[Message]:
        if file.state != FileState.RECOMMENDED:
            return []
        return [to_firm(file, decision, "reviews.recommended", {"opinion": opinion})]

    return decide(
        model=Application,
        ids=ids,
        action="application.recommend",
        expect={FileState.SUBMITTED},
        to=to,
        actor=actor,
        opinion=opinion,
        note=note,
        data=lambda file: {"hand": due(file)},
        related=("round__version", "programme_version"),
        defer=("round__version__document", "programme_version__document"),
        prepare=prepare,
        check=check,
        written=written,
        event=event,
        outbox=outbox,
    )


def return_for_correction(
    *,
    application_id: int,
    actor: Actor,
    reason: str,
    items: Iterable[Mapping[str, str]] = (),
    due_on: dt.date | None = None,
    note: str = "",
) -> None:
    """Return the file to the firm with reasons; ``items`` are remarks pinned to facts or evidence: ``{anchor, label, remark}``."""
    if not reason.strip():
        raise Refused(no("请写明退回补正的理由，企业将据此修改。"))
    if due_on is not None and due_on < business_today():
        raise Refused(no("答复期限不能早于今天。"))
    remarks = [dict(item) for item in items if item.get("remark", "").strip()]

    def event(file: Application, decision: Decision) -> FileReturned:
        correction = Correction.objects.create(
            application=file,
            revision=file.revision,
            reason=reason.strip(),
            asked_by=f"{actor.hat.label} {actor.name}",
            bureau_id=actor.bureau_id or 0,
            asked_at=business_now(),
            due_on=due_on,
            decision_id=decision.pk,
        )
        CorrectionItem.objects.bulk_create(
            CorrectionItem(
                correction=correction,
                anchor=item.get("anchor", ""),
                label=item.get("label", ""),
                remark=item["remark"].strip(),
            )
            for item in remarks
        )
        hands.cancel("application", [file.pk], ACT)
        return FileReturned(
            application_id=file.pk, enterprise_id=file.enterprise_id, round_id=file.round_id, decision_id=decision.pk
        )

    decide_one(
        pk=application_id,
        model=Application,
        action="application.return",
        expect={FileState.SUBMITTED},
        to=FileState.RETURNED,
        actor=actor,
        opinion=reason.strip(),
        note=note,
        data={"items": len(remarks), "due_on": due_on.isoformat() if due_on else ""},
        event=event,
        outbox=lambda file, decision: [
            to_firm(
                file,
                decision,
                "reviews.returned",
                {"reason": reason.strip(), "due_on": due_on.isoformat() if due_on else ""},
            )
        ],
    )


def refuse(*, application_id: int, actor: Actor, reason: str, note: str = "") -> None:
    """Refuse to recommend, with the reason the firm reads; where the bureau has several hands, the signing one decides."""
    if not reason.strip():
        raise Refused(no("请写明不予推荐的理由。"))
    plan = hands.plan_for(actor.bureau_id or 0, ACT)

    def event(file: Application, decision: Decision) -> FileRefused:
        hands.cancel("application", [file.pk], ACT)
        return FileRefused(
            application_id=file.pk, enterprise_id=file.enterprise_id, round_id=file.round_id, decision_id=decision.pk
        )

    decide_one(
        pk=application_id,
        model=Application,
        action="application.refuse",
        expect={FileState.SUBMITTED},
        to=FileState.REFUSED,
        actor=actor,
        opinion=reason.strip(),
        note=note,
        check=lambda file: hands.may_refuse(actor, plan),
        event=event,
        outbox=lambda file, decision: [to_firm(file, decision, "reviews.refused", {"reason": reason.strip()})],
    )


def assign(*, application_id: int, actor: Actor, user_id: int) -> None:
    """Name the officer in charge of a file; somebody who holds a case post in the same bureau. Raises Refused."""
    verdict = assign_many(ids=[application_id], actor=actor, user_id=user_id)[application_id]
    if not verdict:
        raise Refused(verdict)


@transaction.atomic
def assign_many(*, ids: Iterable[int], actor: Actor, user_id: int) -> dict[int, Verdict]:
    """The same for a set of files: one Verdict per id, a number of statements that does not grow with it. Raises Refused
    where the person is no colleague.
    """
    wanted = sorted(set(ids))
    verdicts: dict[int, Verdict] = dict.fromkeys(wanted, ABSENT)
    officer = User.objects.filter(
        pk__in=Post.objects.held()
        .filter(bureau_id=actor.bureau_id, role__in=sorted(CASE_ROLES), user_id=user_id)
        .values("user_id")
    ).first()
    chosen = []
    for file in Application.objects.filter(pk__in=wanted).order_by("pk").select_for_update(of=("self",)):
        verdicts[file.pk] = may(actor, "application.assign", file)
        if verdicts[file.pk]:
            chosen.append(file)
    if chosen and officer is None:
        raise Refused(no("只能分派给本单位在岗的办理人员。"))
    put_in_charge(chosen, officer, actor)
    return verdicts


def put_in_charge(files: list[Application], officer: User | None, actor: Actor) -> None:
    """Write who is in charge of locked files (None: nobody) and record it, one act per file."""
    acts = []
    for file in files:
        acts.append(
            JournalAct(
                subject_kind=file.subject_kind,
                subject_id=file.pk,
                subject_label=str(file),
                action="application.assign" if officer else "application.unassign",
                from_state=file.state,
                to_state=file.state,
                data={"user": officer.pk if officer else file.assignee_id},
            )
        )
        file.assignee_id, file.assignee_name = (officer.pk, officer.name) if officer else (None, "")
    Application.objects.bulk_update(files, ["assignee_id", "assignee_name"], batch_size=500)
    record(acts, actor.label)


__all__ = [
    "assign",
    "assign_many",
    "explain_gate",
    "give_opinions",
    "give_opinions_of",
    "put_in_charge",
    "recommend",
    "record_check",
    "record_checks",
    "refresh_criteria",
    "refuse",
    "return_for_correction",
]
