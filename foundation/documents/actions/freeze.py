"""Freezing a paper: snapshot, digest, reference; later its files, its release, its number, its end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction

from foundation.accounts.actor import Actor
from foundation.accounts.models import Bureau
from foundation.accounts.paths import bureau_path
from foundation.accounts.transition import decide_one, record_act, require
from foundation.core.clock import business_now, business_today, current_installation, real_now
from foundation.core.errors import Refused
from foundation.core.verdict import no
from foundation.documents.canonical import digest_of, plain
from foundation.documents.events import DocumentVoided
from foundation.documents.kinds import document_kinds
from foundation.documents.models import FrozenDocument, ReferenceSeries, StoredFile


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who issues a document: holder, printed name, the code its numbers run under, its responsibility path."""

    kind: str
    id: int | None
    name: str
    code: str
    path: str = ""


def issuer_of(bureau: Bureau, stage: str = "", on: dt.date | None = None) -> Issuer:
    """The bureau as issuer: numbered under its place's code (``B12`` for a bureau that is no place)."""
    day = on or business_today()
    code = bureau.region.code_on(day) if bureau.region is not None else f"B{bureau.pk}"
    return Issuer("bureau", bureau.pk, bureau.name, code, bureau_path(bureau.pk, stage, day))


def freeze(
    *,
    kind: str,
    subject_kind: str,
    subject_id: int,
    subject_label: str,
    title: str,
    snapshot: Mapping[str, Any],
    actor: Actor,
    bureau: Bureau | None = None,
    issuer: Issuer | None = None,
    stage: str = "",
    dated: dt.date | None = None,
    official_number: str = "",
) -> FrozenDocument:
    """Freeze `snapshot` as a numbered document of `kind` about a subject; issued by `bureau`, or by any `issuer`.

    `stage` picks the bureau's responsibility path; `dated` is the day printed under it (business today by default);
    `official_number` the 文号 where the office has given it already (only then it is printed). Permission is asked by
    the caller's own act; rendering is a task of its own (``render_document``). Raises KeyError for an unknown kind,
    ValueError for a snapshot that cannot be frozen (floats, objects).
    """
    if issuer is None:
        if bureau is None:
            raise ValueError("a document has an issuer")
        issuer = issuer_of(bureau, stage, dated)
    registered = document_kinds[kind]
    body = plain({**snapshot, "number": official_number})
    with transaction.atomic():
        day = dated or business_today()
        document = FrozenDocument(
            kind=kind,
            title=title,
            reference=_next_reference(issuer.code, day.year),
            about_kind=subject_kind,
            about_id=subject_id,
            about_label=subject_label[:200],
            issuer_kind=issuer.kind,
            issuer_id=issuer.id,
            issuer_name=issuer.name,
            path=issuer.path,
            snapshot=body,
            snapshot_version=registered.version,
            dated=day,
            rehearsal=current_installation().is_rehearsal,
            created_at=business_now(),
            recorded_at=real_now(),
            created_by_id=actor.user_id,
            created_by=f"{actor.hat.label} {actor.name}".strip()[:240],
            official_number=official_number,
        )
        document.digest = digest_of(envelope(document))
        document.save(force_insert=True)
        record_act(
            subject_kind=FrozenDocument.subject_kind,
            subject_id=document.pk,
            subject_label=str(document),
            action="document.freeze",
            actor=actor,
            to_state=document.state,
            data={"kind": kind, "reference": document.reference, "digest": document.digest},
        )
    return document


def envelope(document: FrozenDocument) -> dict[str, Any]:
    """What the digest covers: the snapshot and all that is printed around it."""
    return {
        "about": [document.about_kind, document.about_id],
        "dated": document.dated,
        "issuer": [document.issuer_kind, document.issuer_id, document.issuer_name],
        "kind": document.kind,
        "reference": document.reference,
        "rehearsal": document.rehearsal,
        "snapshot": document.snapshot,
        "title": document.title,
        "version": document.snapshot_version,
    }


def is_intact(document: FrozenDocument) -> bool:
    """Whether the row still is what was frozen."""
    return digest_of(envelope(document)) == document.digest


def _next_reference(code: str, year: int) -> str:
    """TD-430200-2018-0007: without gaps, since the row is locked until the document is committed."""
    ReferenceSeries.objects.bulk_create([ReferenceSeries(code=code, year=year)], ignore_conflicts=True)
    series = ReferenceSeries.objects.select_for_update().get(code=code, year=year)
    series.last += 1
    series.save(update_fields=["last"])
    return f"{settings.DOCUMENT_PREFIX}-{code}-{year}-{series.last:04d}"


def attach_sheet(document: FrozenDocument, file: StoredFile) -> None:
    """Keep the workbook that goes with the document; once."""
    _write_once(document, sheet=file)


def release(document: FrozenDocument) -> None:
    """From now on the bureaus above, on the document's path, see it; called when it is dispatched or submitted."""
    if document.released_at is None:
        _write_once(document, released_at=business_now())


def _write_once(document: FrozenDocument, **values: Any) -> None:
    """Fill columns that are written once; the trigger refuses a second value."""
    FrozenDocument.objects.filter(pk=document.pk).update(**values)
    for name, value in values.items():
        setattr(document, name, value)


def set_official_number(*, document: FrozenDocument, number: str, actor: Actor) -> FrozenDocument:
    """Enter the 文号 the bureau's office gave; stands in the register and on the verification page from then on."""
    number = number.strip()
    if not number:
        raise Refused(no("请填写文号。", "例如 株经信发〔2018〕12号。"))
    with transaction.atomic():
        row = FrozenDocument.objects.select_for_update(of=("self",)).get(pk=document.pk)
        require(actor, "document.number", row)
        if row.official_number:
            raise Refused(no(f"文号已登记为{row.official_number}，不能改动。", "如有错误，请作废后重新生成。"))
        _write_once(row, official_number=number)
        record_act(
            subject_kind=FrozenDocument.subject_kind,
            subject_id=row.pk,
            subject_label=str(row),
            action="document.number",
            actor=actor,
            data={"number": number},
        )
    return row


def void(*, document: FrozenDocument, reason: str, actor: Actor) -> FrozenDocument:
    """Declare a document void, with the reason; its paper is recognised as void by anyone who checks it."""
    reason = reason.strip()
    if not reason:
        raise Refused(no("请填写作废原因。"))

    def change(row: FrozenDocument) -> None:
        row.void_reason, row.voided_at = reason[:300], business_now()

    decide_one(
        pk=document.pk,
        model=FrozenDocument,
        action="document.void",
        expect={FrozenDocument.State.FROZEN, FrozenDocument.State.SEALED},
        to=FrozenDocument.State.VOID,
        actor=actor,
        opinion=reason,
        change=change,
        fields=("void_reason", "voided_at"),
        event=lambda row, decision: DocumentVoided(
            document_id=row.pk, kind=row.kind, about_kind=row.about_kind, about_id=row.about_id
        ),
    )
    return FrozenDocument.objects.get(pk=document.pk)
