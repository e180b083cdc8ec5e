"""The stamped scan comes back (ZZ-07): compared by its page codes, attached, the document is 已盖章."""

from __future__ import annotations

from django.db import transaction

from foundation.accounts.actor import Actor
from foundation.accounts.transition import decide_one, record_act, require
from foundation.core.clock import business_now
from foundation.core.errors import Refused
from foundation.core.verdict import no
from foundation.documents.actions.store import open_stored
from foundation.documents.canonical import page_digest
from foundation.documents.events import DocumentSealed
from foundation.documents.models import DocumentScan, FrozenDocument, StoredFile
from foundation.documents.scans import ScanReading, read_codes

SCAN_TYPES = frozenset({StoredFile.ContentType.PDF, StoredFile.ContentType.JPEG, StoredFile.ContentType.PNG})


def attach_scan(*, document: FrozenDocument, file: StoredFile, actor: Actor) -> DocumentScan:
    """Attach a stamped scan. The first makes the document sealed; a later one replaces it, both stay in the record.

    Codes that name another document, or a page this document does not have, are refused with its number. A scan whose
    codes cannot be read, or not all of them, is taken with the note 人工核对.
    """
    require(actor, "document.seal", document)
    if file.content_type not in SCAN_TYPES:
        raise Refused(no("盖章扫描件应为 PDF、JPG 或 PNG。", "请扫描或拍照后再上传。"))
    with open_stored(file) as stream:
        reading = read_codes(stream, file.content_type)
    pages = _compare(document, reading)
    note = _note(document, pages)
    with transaction.atomic():
        if document.state == FrozenDocument.State.FROZEN:
            _seal(document, actor, file)
        else:
            row = FrozenDocument.objects.select_for_update(of=("self",)).get(pk=document.pk)
            require(actor, "document.seal", row)
            record_act(
                subject_kind=row.subject_kind,
                subject_id=row.pk,
                subject_label=str(row),
                action="document.rescan",
                actor=actor,
                from_state=row.state,
                to_state=row.state,
                data={"scan": file.sha256},
            )
        scan = DocumentScan.objects.create(
            document=document,
            file=file,
            pages_read=pages,
            by_hand=len(pages) != (document.page_count or 0),
            note=note,
            attached_at=business_now(),
            attached_by=f"{actor.hat.label} {actor.name}".strip()[:240],
        )
    document.refresh_from_db()
    return scan


def _seal(document: FrozenDocument, actor: Actor, file: StoredFile) -> None:
    def change(row: FrozenDocument) -> None:
        row.sealed_at, row.sealed_by = business_now(), f"{actor.hat.label} {actor.name}".strip()[:240]

    decide_one(
        pk=document.pk,
        model=FrozenDocument,
        action="document.seal",
        expect={FrozenDocument.State.FROZEN},
        to=FrozenDocument.State.SEALED,
        actor=actor,
        change=change,
        fields=("sealed_at", "sealed_by"),
        data={"scan": file.sha256},
        event=lambda row, decision: DocumentSealed(
            document_id=row.pk, kind=row.kind, about_kind=row.about_kind, about_id=row.about_id
        ),
    )


def _compare(document: FrozenDocument, reading: ScanReading) -> list[int]:
    """The pages of this document whose codes were read; refuses codes of anything else."""
    pages: set[int] = set()
    for payload in reading.payloads:
        if payload.reference != document.reference:
            raise Refused(
                no(
                    f"扫描件属于另一份文书：二维码上的编号是 {payload.reference}，本文书是 {document.reference}。",
                    "请核对是否拿错了纸，或到那份文书下上传。",
                )
            )
        page = payload.page or 0
        if payload.digest != page_digest(document.digest, page) or page > (document.page_count or page):
            raise Refused(no(f"扫描件上第 {page} 页的二维码与本文书不符。", "请打印本页面上的 PDF，盖章后重新扫描。"))
        pages.add(page)
    return sorted(pages)


def _note(document: FrozenDocument, pages: list[int]) -> str:
    """What the comparison found, for the register."""
    total = document.page_count or 0
    if not pages:
        return "二维码未能读出，须人工核对"
    if len(pages) == total:
        return f"全部 {total} 页的二维码相符"
    missing = "、".join(str(page) for page in range(1, total + 1) if page not in pages)
    return f"第 {missing} 页的二维码未能读出，须人工核对"[:200]
