"""Submitting files: one core for a set, which the firm's own button, the bureau's paper filing and the demo call (B.3)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from cultivation.schema.document import canonical_json
from foundation.accounts.actor import Actor
from foundation.accounts.paths import bureau_path
from foundation.accounts.roles import Act
from foundation.accounts.transition import decide
from foundation.core.clock import business_now, business_today
from foundation.core.errors import Refused, StaleState
from foundation.core.verdict import Verdict, no, ok
from foundation.journal.models import Decision
from foundation.journal.record import Message
from reviews import hands
from reviews.draft import Draft, load_drafts
from reviews.evaluation import listing_row
from reviews.events import FileSubmitted
from reviews.models import Application, Correction, Submission
from reviews.states import FileState

_FIELDS = (
    "revision", "programme_version", "path", "number", "enterprise_name", "submitted_at", "late", "listing",
)  # fmt: skip


def submit(*, application_id: int, actor: Actor, declared: frozenset[str] = frozenset()) -> Application:
    """Submit or resubmit: cross-checks, gates, window; freezes the path, the rules' version and the firm's facts; gives a number.

    ``declared`` are the codes of the declarations ticked. Raises ``Refused`` with every reason at once.
    """
    verdict = submit_all(ids=[application_id], actor=actor, declared=declared)[application_id]
    if not verdict:
        raise (StaleState if "已有人先办理" in verdict.reason else Refused)(verdict)
    return Application.objects.get(pk=application_id)


def submit_all(*, ids: Iterable[int], actor: Actor, declared: frozenset[str] = frozenset()) -> dict[int, Verdict]:
    """The same for a set: one Verdict per id, a number of statements that does not grow with it. Within the set files count as
    submitted in the order of their ids: a second one with the same legal representative is asked for a reason.
    """
    drafts: dict[int, Draft] = {}
    paths: dict[tuple[int, str], str] = {}

    def prepare(files: Sequence[Application]) -> None:
        drafts.update(load_drafts(files, declared))

    def check(file: Application) -> Verdict:
        blocks = drafts[file.pk].blocks()
        return no("暂不能提交：" + "；".join(block.text for block in blocks) + "。") if blocks else ok()

    def change(file: Application) -> None:
        draft, now = drafts[file.pk], business_now()
        file.revision += 1
        if file.programme_version_id is None:
            file.programme_version_id = file.round.version_id
            key = (file.bureau_id, draft.programme.stage)
            if key not in paths:
                paths[key] = bureau_path(*key, business_today())
            file.path = paths[key]
            file.number = f"{draft.programme.province}{file.year}{file.round.batch:02d}-{file.pk:06d}"
        file.enterprise_name = draft.facts.text("name") or file.enterprise_name
        file.submitted_at = now
        file.late = file.late or draft.window.late
        file.listing = listing_row(file, draft.programme, draft.facts, draft.evaluation)

    def written(made: Sequence[tuple[Application, Decision]]) -> None:
        Submission.objects.bulk_create((_frozen(drafts[file.pk], decision) for file, decision in made), batch_size=200)
        moved = [file.pk for file, _ in made]
        Correction.objects.filter(application__in=moved, resolved_at=None).update(resolved_at=business_now())
        hands.cancel("application", moved, Act.RECOMMEND)

    def event(file: Application, decision: Decision) -> FileSubmitted:
        return FileSubmitted(
            application_id=file.pk,
            enterprise_id=file.enterprise_id,
            round_id=file.round_id,
            decision_id=decision.pk,
            revision=file.revision,
        )

    def outbox(file: Application, decision: Decision) -> list[Message]:
        body = {"application": file.pk, "number": file.number or "", "name": file.enterprise_name}
        return [
            Message(
                f"reviews.acknowledged:{decision.pk}", "reviews.acknowledged", "enterprise", file.enterprise_id, body
            ),
            Message(f"reviews.arrived:{decision.pk}", "reviews.arrived", "bureau", file.bureau_id, body),
        ]

    return decide(
        model=Application,
        ids=ids,
        action="application.submit",
        expect={FileState.DRAFT, FileState.RETURNED},
        to=FileState.SUBMITTED,
        actor=actor,
        related=("enterprise", "round__version", "programme_version"),
        prepare=prepare,
        check=check,
        change=change,
        fields=_FIELDS,
        data=lambda file: {"revision": file.revision, "late": file.late, "number": file.number},
        written=written,
        event=event,
        outbox=outbox,
    )


def _frozen(draft: Draft, decision: Decision) -> Submission:
    """Facts, answers, evidence and reasons as they stood, with their digest."""
    file = draft.file
    evidence = [
        {"slot": row.slot, "year": row.year, "file": row.file_id, "name": row.file.name, "sha256": row.file.sha256}
        for row in draft.evidence
    ]
    reasons = {row.key: draft.explanations[row.key] for row in draft.findings if row.key in draft.explanations}
    frozen = {"facts": draft.facts.to_rows(), "answers": file.answers, "evidence": evidence, "explanations": reasons}
    return Submission(
        application=file,
        revision=file.revision,
        **frozen,
        evaluation=draft.evaluation.frozen,
        digest=hashlib.sha256(canonical_json(frozen).encode()).hexdigest(),
        submitted_at=file.submitted_at or business_now(),
        decision_id=decision.pk,
    )
