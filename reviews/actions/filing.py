"""The firm's acts on its file: start, save, sign, submit, withdraw; the bureau types for a firm that files on paper."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from cultivation.models import Round
from cultivation.schema.document import canonical_json
from enterprises.models import Enterprise
from foundation.accounts.actor import Actor
from foundation.accounts.paths import bureau_path
from foundation.accounts.roles import Act
from foundation.accounts.transition import decide_one, require
from foundation.core.clock import business_now, business_today, real_now
from foundation.core.errors import Refused, StaleState
from foundation.core.verdict import Verdict, no, ok
from foundation.documents.models import StoredFile
from foundation.journal.models import Decision
from foundation.journal.record import Message
from reviews import hands
from reviews.actions.common import locked, note
from reviews.draft import UNREADABLE, load_draft
from reviews.evaluation import listing_row, programme_of
from reviews.events import FileSubmitted, FileWithdrawn
from reviews.models import Application, Correction, CorrectionItem, Evidence, Explanation, Submission
from reviews.states import FileState


@transaction.atomic
def start_application(
    *,
    enterprise: Enterprise,
    round: Round,
    tier: str,
    actor: Actor,
    subtype: str = "",
    paper_source: StoredFile | None = None,
) -> Application:
    """Open a draft for one tier in one round; nothing is required of it. A bureau opens it on behalf of a firm that files on paper."""
    require(actor, "application.start", enterprise)
    on_behalf = actor.is_official
    if on_behalf and paper_source is None:
        raise Refused(no("代填必须附上企业的纸质材料扫描件。", "请先上传来源文件。"))
    stage = round.programme.stage
    _known_tier(round, tier, subtype)
    if not round.is_open:
        raise Refused(no("本轮申报已结束。"))
    if not enterprise.is_active:
        raise Refused(no("该企业已注销，不能申报。"))
    today = business_today()
    path = bureau_path(enterprise.bureau_id, stage, today)
    if not path.startswith(round.path):
        raise Refused(
            no(f"本轮面向{round.programme.province_name}的企业。", "如所属县市区有误，请先在企业资料中变更。")
        )
    now = real_now()
    try:
        with transaction.atomic():
            file = Application.objects.create(
                round=round,
                enterprise=enterprise,
                bureau_id=enterprise.bureau_id,
                path=path,
                tier=tier,
                subtype=subtype,
                year=round.year,
                enterprise_name=enterprise.name,
                filed_by=Application.FiledBy.BUREAU if on_behalf else Application.FiledBy.ENTERPRISE,
                paper_source=paper_source,
                created_at=now,
                saved_at=now,
            )
    except IntegrityError as error:
        hint = "企业已有草稿或已提交，请联系企业办理。" if on_behalf else "请在“我的申报”中继续填写。"
        raise Refused(no("本轮已有一份在办的申报材料。", hint)) from error
    note(file, "application.start", actor, {"tier": tier, "on_behalf": on_behalf})
    return file


@transaction.atomic
def save_answers(
    *,
    application_id: int,
    actor: Actor,
    version: int,
    changes: Mapping[str, Any],
    tier: str = "",
    subtype: str | None = None,
    unreadable: Mapping[str, str] | None = None,
) -> Application:
    """Autosave of a draft: only what changed; ``version`` is the one the page was opened with. Nothing is required.

    ``financing_need.amount`` writes one part of an answer. ``unreadable`` is text that could not be read, by field: it is kept
    beside the answers so that it comes back with its error, and is dropped once the field is right. Raises ``StaleState`` when
    somebody else saved in between; the caller keeps what was typed.
    """
    file = _expected(application_id, actor, version)
    answers = dict(file.answers)
    wrong = {**answers.pop(UNREADABLE, {}), **dict.fromkeys(changes, "")} | dict(unreadable or {})
    for name, value in changes.items():
        _put(answers, name, value)
    if wrong := {name: text for name, text in wrong.items() if text}:
        answers[UNREADABLE] = wrong
    file.answers = answers
    if tier:
        _known_tier(file.round, tier, subtype or "")
        file.tier, file.subtype = tier, ""
    if subtype is not None:
        file.subtype = subtype
    _saved(file, "answers", "tier", "subtype")
    return file


def _put(answers: dict[str, Any], name: str, value: Any) -> None:
    whole, dot, part = name.partition(".")
    if dot:
        inner = dict(answers.get(whole) or {})
        _put(inner, part, value)
        _put(answers, whole, inner)
    elif value in (None, "", [], {}):
        answers.pop(name, None)
    else:
        answers[name] = value


def _expected(application_id: int, actor: Actor, version: int) -> Application:
    """The locked draft, if nobody saved it since the page was opened."""
    file = locked(application_id, actor, "application.edit")
    if file.version != version:
        at = f"{timezone.localtime(file.saved_at):%H:%M}"
        raise StaleState(no(f"这份材料在另一处保存过（{at}）。", "您填写的内容仍在页面上，请载入最新内容后核对。"))
    return file


def _saved(file: Application, *fields: str) -> None:
    file.version += 1
    file.saved_at = real_now()
    file.save(update_fields=[*fields, "version", "saved_at"])


def _known_tier(round: Round, tier: str, subtype: str) -> None:
    """Raise ``Refused`` unless the round takes files for this tier and way into it."""
    found = next((item for item in round.programme.tiers if item.code == tier), None)
    if found is None:
        raise Refused(no("本轮不受理这个层级。"))
    if subtype and subtype not in {item.code for item in found.subtypes}:
        raise Refused(no("本轮没有这个类型。"))


@transaction.atomic
def add_evidence(
    *, application_id: int, actor: Actor, slot: str, file: StoredFile, year: int | None = None
) -> Evidence:
    """Put one stored file under a slot of the programme."""
    application = locked(application_id, actor, "application.edit")
    if slot not in {item.code for item in programme_of(application).evidence_for(application.tier)}:
        raise Refused(no("本轮没有这一类材料。"))
    if application.evidence.filter(slot=slot, year=year, file=file, removed_at=None).exists():
        raise Refused(no("这个文件已经在这一类材料中。"))
    evidence = Evidence.objects.create(
        application=application,
        slot=slot,
        year=year,
        file=file,
        added_at=real_now(),
        added_by=f"{actor.hat.label} {actor.name}",
    )
    _touch(application)
    return evidence


@transaction.atomic
def remove_evidence(*, application_id: int, actor: Actor, evidence_id: int) -> None:
    """Take a file out of the draft; what was frozen at an earlier submission stays."""
    application = locked(application_id, actor, "application.edit")
    updated = application.evidence.filter(pk=evidence_id, removed_at=None).update(removed_at=real_now())
    if not updated:
        raise Refused(no("没有这个文件，或已被移除。"))
    _touch(application)


@transaction.atomic
def explain_findings(*, application_id: int, actor: Actor, version: int, texts: Mapping[str, str]) -> Application:
    """The firm's reasons for findings of the cross-checks, by the finding's key; an empty text takes one back."""
    file = _expected(application_id, actor, version)
    for key, text in texts.items():
        row: dict[str, Any] = {
            "application": file,
            "kind": Explanation.Kind.CROSS_CHECK,
            "step": "submission",
            "code": key[:120],
        }
        if text.strip():
            Explanation.objects.update_or_create(
                **row, defaults={"text": text.strip(), "by": f"{actor.hat.label} {actor.name}"[:160], "at": real_now()}
            )
        else:
            Explanation.objects.filter(**row).delete()
    _saved(file)
    return file


def submit(*, application_id: int, actor: Actor, declared: frozenset[str] = frozenset()) -> Application:
    """Submit or resubmit: cross-checks, gates, window; freezes the path, the rules' version and the firm's facts; gives a number.

    ``declared`` are the codes of the declarations ticked. Raises ``Refused`` with every reason at once.
    """
    made: dict[str, Any] = {}

    def check(file: Application) -> Verdict:
        draft = load_draft(file, declared)
        made.update(late=draft.window.late, facts=draft.facts, evaluation=draft.evaluation, programme=draft.programme)
        made["explanations"] = {
            row.key: draft.explanations[row.key] for row in draft.findings if row.key in draft.explanations
        }
        blocks = draft.blocks()
        if blocks:
            return no("暂不能提交：" + "；".join(block.text for block in blocks) + "。")
        return ok()

    def change(file: Application) -> None:
        now = business_now()
        file.revision += 1
        if file.programme_version_id is None:
            file.programme_version_id = file.round.version_id
            file.path = bureau_path(file.bureau_id, made["programme"].stage, now.date())
            file.number = f"{made['programme'].province}{file.year}{file.round.batch:02d}-{file.pk:06d}"
        file.enterprise_name = made["facts"].text("name") or file.enterprise_name
        file.submitted_at = now
        file.late = file.late or made["late"]
        file.listing = listing_row(file, made["programme"], made["facts"], made["evaluation"])

    def event(file: Application, decision: Decision) -> FileSubmitted:
        _freeze(file, made, decision)
        Correction.objects.filter(application=file, resolved_at=None).update(resolved_at=business_now())
        hands.cancel("application", [file.pk], Act.RECOMMEND)
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

    decide_one(
        pk=application_id,
        model=Application,
        action="application.submit",
        expect={FileState.DRAFT, FileState.RETURNED},
        to=FileState.SUBMITTED,
        actor=actor,
        check=check,
        change=change,
        fields=(
            "revision",
            "programme_version",
            "path",
            "number",
            "enterprise_name",
            "submitted_at",
            "late",
            "listing",
        ),
        data=lambda file: {"revision": file.revision, "late": file.late, "number": file.number},
        event=event,
        outbox=outbox,
    )
    return Application.objects.get(pk=application_id)


def _freeze(file: Application, made: Mapping[str, Any], decision: Decision) -> None:
    facts = made["facts"].to_rows()
    evidence = [
        {"slot": row.slot, "year": row.year, "file": row.file_id, "name": row.file.name, "sha256": row.file.sha256}
        for row in file.evidence.filter(removed_at=None).select_related("file")
    ]
    frozen = {"facts": facts, "answers": file.answers, "evidence": evidence, "explanations": made["explanations"]}
    Submission.objects.create(
        application=file,
        revision=file.revision,
        **frozen,
        evaluation=made["evaluation"].frozen,
        digest=hashlib.sha256(canonical_json(frozen).encode()).hexdigest(),
        submitted_at=file.submitted_at or business_now(),
        decision_id=decision.pk,
    )


def withdraw(*, application_id: int, actor: Actor, reason: str = "") -> None:
    """Take the file back before the county has recommended."""

    def event(file: Application, decision: Decision) -> FileWithdrawn:
        Correction.objects.filter(application=file, resolved_at=None).update(resolved_at=business_now())
        hands.cancel("application", [file.pk], Act.RECOMMEND)
        return FileWithdrawn(
            application_id=file.pk, enterprise_id=file.enterprise_id, round_id=file.round_id, decision_id=decision.pk
        )

    decide_one(
        pk=application_id,
        model=Application,
        action="application.withdraw",
        expect={FileState.DRAFT, FileState.SUBMITTED, FileState.RETURNED},
        to=FileState.WITHDRAWN,
        actor=actor,
        opinion=reason,
        event=event,
        outbox=lambda file, decision: (
            []
            if file.number is None
            else [
                Message(
                    f"reviews.withdrawn:{decision.pk}",
                    "reviews.withdrawn",
                    "bureau",
                    file.bureau_id,
                    {"application": file.pk, "name": file.enterprise_name},
                )
            ]
        ),
    )


@transaction.atomic
def reply_to_remarks(*, application_id: int, actor: Actor, version: int, replies: Mapping[int, str]) -> Application:
    """The firm answers remarks of the open correction, by their ids; an empty reply takes one back."""
    file = _expected(application_id, actor, version)
    items = {
        item.pk: item
        for item in CorrectionItem.objects.filter(correction__application=file, correction__resolved_at=None)
    }
    if not set(replies) <= set(items):
        raise Refused(no("没有这条补正要求，或已答复完毕。"))
    for pk, reply in replies.items():
        items[pk].reply = reply.strip()[:400]
    CorrectionItem.objects.bulk_update([items[pk] for pk in replies], ["reply"])
    _saved(file)
    return file


@transaction.atomic
def confirm_paper(*, application_id: int, actor: Actor) -> None:
    """The firm confirms what its bureau typed from paper (代填)."""
    file = locked(application_id, actor, "application.confirm_paper")
    file.paper_confirmed_at = business_now()
    file.save(update_fields=["paper_confirmed_at"])
    note(file, "application.confirm_paper", actor, {})


def _touch(file: Application) -> None:
    file.saved_at = real_now()
    file.save(update_fields=["saved_at"])
