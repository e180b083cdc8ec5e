"""The firm's acts on its file: start, save, sign, submit, withdraw; the bureau types for a firm that files on paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from cultivation.models import Round
from enterprises.models import Enterprise
from foundation.accounts.actor import Actor
from foundation.accounts.paths import bureau_path
from foundation.accounts.roles import Act
from foundation.accounts.transition import decide_one, require
from foundation.core.clock import business_now, business_today, real_now
from foundation.core.errors import Refused, StaleState
from foundation.core.verdict import no
from foundation.documents.models import StoredFile
from foundation.journal.models import Decision
from foundation.journal.record import Message
from reviews import hands
from reviews.actions.common import locked, locked_all, note, notes
from reviews.actions.submitting import submit, submit_all
from reviews.draft import UNREADABLE
from reviews.evaluation import programme_of
from reviews.events import FileWithdrawn
from reviews.models import Application, Correction, CorrectionItem, Evidence, Explanation
from reviews.states import FileState


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
    return start_applications(
        enterprises=[enterprise], round=round, tier=tier, actor=actor, subtype=subtype, paper_source=paper_source
    )[0]


@transaction.atomic
def start_applications(
    *,
    enterprises: Sequence[Enterprise],
    round: Round,
    tier: str,
    actor: Actor,
    subtype: str = "",
    paper_source: StoredFile | None = None,
) -> list[Application]:
    """The same for a set of firms, all or none, in their order; the number of statements does not grow with it (B.3)."""
    for enterprise in enterprises:
        require(actor, "application.start", enterprise)
    on_behalf = actor.is_official
    if on_behalf and paper_source is None:
        raise Refused(no("代填必须附上企业的纸质材料扫描件。", "请先上传来源文件。"))
    stage = round.programme.stage
    _known_tier(round, tier, subtype)
    if not round.is_open:
        raise Refused(no("本轮申报已结束。"))
    if not all(enterprise.is_active for enterprise in enterprises):
        raise Refused(no("该企业已注销，不能申报。"))
    today = business_today()
    paths = {pk: bureau_path(pk, stage, today) for pk in {enterprise.bureau_id for enterprise in enterprises}}
    if not all(path.startswith(round.path) for path in paths.values()):
        raise Refused(
            no(f"本轮面向{round.programme.province_name}的企业。", "如所属县市区有误，请先在企业资料中变更。")
        )
    now = real_now()
    try:
        with transaction.atomic():
            files = Application.objects.bulk_create(
                Application(
                    round=round,
                    enterprise=enterprise,
                    bureau_id=enterprise.bureau_id,
                    path=paths[enterprise.bureau_id],
                    tier=tier,
                    subtype=subtype,
                    year=round.year,
                    enterprise_name=enterprise.name,
                    filed_by=Application.FiledBy.BUREAU if on_behalf else Application.FiledBy.ENTERPRISE,
                    paper_source=paper_source,
                    created_at=now,
                    saved_at=now,
                )
                for enterprise in enterprises
            )
    except IntegrityError as error:
        hint = "企业已有草稿或已提交，请联系企业办理。" if on_behalf else "请在“我的申报”中继续填写。"
        raise Refused(no("本轮已有一份在办的申报材料。", hint)) from error
    notes(files, "application.start", actor, {"tier": tier, "on_behalf": on_behalf})
    return files


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
    _answer(file, changes, unreadable or {})
    if tier:
        _known_tier(file.round, tier, subtype or "")
        file.tier, file.subtype = tier, ""
    if subtype is not None:
        file.subtype = subtype
    _saved(file, "answers", "tier", "subtype")
    return file


@transaction.atomic
def save_answers_of(*, changes: Mapping[int, Mapping[str, Any]], versions: Mapping[int, int], actor: Actor) -> None:
    """Answers to the notice's questions for a set of drafts by id, all or none (B.3); raises as :func:`save_answers` does."""
    files = locked_all(changes, actor, "application.edit")
    now = real_now()
    for file in files:
        _present(file, versions[file.pk])
        _answer(file, changes[file.pk], {})
        file.version += 1
        file.saved_at = now
    Application.objects.bulk_update(files, ["answers", "version", "saved_at"], batch_size=500)


def _answer(file: Application, changes: Mapping[str, Any], unreadable: Mapping[str, str]) -> None:
    answers = dict(file.answers)
    wrong = {**answers.pop(UNREADABLE, {}), **dict.fromkeys(changes, "")} | dict(unreadable)
    for name, value in changes.items():
        _put(answers, name, value)
    if wrong := {name: text for name, text in wrong.items() if text}:
        answers[UNREADABLE] = wrong
    file.answers = answers


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
    _present(file, version)
    return file


def _present(file: Application, version: int) -> None:
    if file.version != version:
        at = f"{timezone.localtime(file.saved_at):%H:%M}"
        raise StaleState(no(f"这份材料在另一处保存过（{at}）。", "您填写的内容仍在页面上，请载入最新内容后核对。"))


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


__all__ = [
    "add_evidence",
    "confirm_paper",
    "explain_findings",
    "remove_evidence",
    "reply_to_remarks",
    "save_answers",
    "save_answers_of",
    "start_application",
    "start_applications",
    "submit",
    "submit_all",
    "withdraw",
]
