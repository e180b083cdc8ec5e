"""What the handling bureau finds out about files: credit and compliance checks, opinion items. One core each, for a set (B.3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from django.db import transaction
from django.db.models import prefetch_related_objects

from cultivation.schema import Programme
from foundation.accounts.actor import Actor
from foundation.core.clock import business_now, business_today, real_now
from foundation.core.errors import Refused
from foundation.core.verdict import no
from foundation.documents.models import StoredFile
from reviews.actions.common import locked_all, notes
from reviews.dossier import RULES, load_dossiers
from reviews.evaluation import criteria_summary, programme_of
from reviews.models import Application, CheckRecord, OpinionRecord

BATCH = 500
"""Rows of one statement."""


def record_check(
    *,
    application_id: int,
    actor: Actor,
    code: str,
    source: str,
    checked_on: dt.date,
    result: str,
    detail: str = "",
    proof: StoredFile | None = None,
) -> CheckRecord:
    """Record a credit and compliance check with source, date, checker, result and proof (A2-07, A3-05, P-14)."""
    return record_checks(
        ids=[application_id],
        actor=actor,
        code=code,
        source=source,
        checked_on=checked_on,
        result=result,
        detail=detail,
        proof=proof,
    )[0]


@transaction.atomic
def record_checks(
    *,
    ids: Iterable[int],
    actor: Actor,
    code: str,
    source: str,
    checked_on: dt.date,
    result: str,
    detail: str = "",
    proof: StoredFile | None = None,
) -> list[CheckRecord]:
    """The same finding for a set of files looked up together, all or none; statements do not grow with the number."""
    files = _under_their_rules(locked_all(ids, actor, "application.check"))
    for programme, tier in _rules_of(files):
        rule = next((check for check in programme.checks_for(tier) if check.code == code), None)
        if rule is None:
            raise Refused(no("本轮没有这项核查。"))
        if checked_on > business_today():
            raise Refused(no("核查日期不能晚于今天。", "请填写实际查询的日期。"))
        if source not in rule.sources:
            raise Refused(no(f"“{source}”不在核查来源之列。", f"请选择：{'、'.join(rule.sources)}。"))
        if result == CheckRecord.Result.FOUND and not detail.strip():
            raise Refused(no("核查发现不良记录时，请写明内容。"))
        if rule.needs_proof and proof is None:
            raise Refused(no("请上传查询结果截图或文件作为依据。"))
    checks = CheckRecord.objects.bulk_create(
        [
            CheckRecord(
                application=file,
                code=code,
                source=source,
                checked_on=checked_on,
                result=result,
                detail=detail,
                proof=proof,
                checker_id=actor.user_id,
                checker_name=actor.signature[:80],
                bureau_id=actor.bureau_id,
                recorded_at=real_now(),
            )
            for file in files
        ],
        batch_size=BATCH,
    )
    refresh_all(files)
    notes(
        files,
        "application.check",
        actor,
        {"code": code, "result": result, "checked_on": checked_on.isoformat(), "proof": proof.sha256 if proof else ""},
    )
    return checks


def give_opinions(*, application_id: int, actor: Actor, answers: Mapping[str, tuple[bool, str]]) -> None:
    """Answer opinion items: ``{item: (holds, line of evidence)}`` (HN-05, A2-06, A3-04). Later answers replace earlier ones, both stay."""
    give_opinions_of(ids=[application_id], actor=actor, answers=answers)


@transaction.atomic
def give_opinions_of(*, ids: Iterable[int], actor: Actor, answers: Mapping[str, tuple[bool, str]]) -> None:
    """The same answers for a set of files, all or none; statements do not grow with the number."""
    files = _under_their_rules(locked_all(ids, actor, "application.give_opinion"))
    now = business_now()
    for programme, tier in _rules_of(files):
        _fit(programme, tier, answers)
    OpinionRecord.objects.bulk_create(
        [
            OpinionRecord(
                application=file,
                item=code,
                answer=holds,
                line=line.strip(),
                by_id=actor.user_id,
                by_name=actor.signature[:80],
                bureau_id=actor.bureau_id or 0,
                at=now,
            )
            for file in files
            for code, (holds, line) in answers.items()
        ],
        batch_size=BATCH,
    )
    refresh_all(files)
    notes(
        files,
        "application.give_opinion",
        actor,
        {"items": {code: holds for code, (holds, _) in sorted(answers.items())}},
    )


def _fit(programme: Programme, tier: str, answers: Mapping[str, tuple[bool, str]]) -> None:
    items = {item.code: item for item in programme.opinion_items_for(tier)}
    for code, (_, line) in answers.items():
        item = items.get(code)
        if item is None:
            raise Refused(no("本轮没有这个意见项。"))
        if item.needs_line and len(line.strip()) < item.min_length:
            raise Refused(no(f"“{item.title}”请写明依据，至少 {item.min_length} 个字。"))


def refresh_criteria(file: Application) -> None:
    """Bring the criteria column of the list up to date after a check or an opinion; the row is locked."""
    refresh_all([file])


def refresh_all(files: Sequence[Application]) -> None:
    """The same for a set of locked rows."""
    dossiers = load_dossiers(files, with_answers=False)
    for file in files:
        file.listing = {**file.listing, **criteria_summary(dossiers[file.pk].evaluation.result)}
    Application.objects.bulk_update(files, ["listing"], batch_size=BATCH)


def _under_their_rules(files: list[Application]) -> list[Application]:
    """Files with their rounds and versions read, one of each for all that share it."""
    prefetch_related_objects(files, *RULES)
    return files


def _rules_of(files: Sequence[Application]) -> list[tuple[Programme, str]]:
    """The rules the files are under, each version and tier once."""
    found = {(file.programme_version_id or file.round.version_id, file.tier): file for file in files}
    return [(programme_of(file), file.tier) for file in found.values()]
