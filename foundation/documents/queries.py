"""Questions about papers."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from foundation.accounts.actor import Actor
from foundation.documents.canonical import page_digest
from foundation.documents.kinds import document_kinds
from foundation.documents.models import DocumentScan, FrozenDocument
from foundation.documents.qr import Payload, parse_payload


def documents_of(actor: Actor, *, q: str = "", kind: str = "", state: str = "") -> QuerySet[FrozenDocument]:
    """The register: documents that exist for the actor, newest first; `q` searches title, reference, 文号, subject."""
    found = FrozenDocument.objects.visible_to(actor).select_related("pdf", "sheet").defer("snapshot")
    if q:
        found = found.filter(
            Q(title__icontains=q)
            | Q(reference__icontains=q)
            | Q(official_number__icontains=q)
            | Q(about_label__icontains=q)
        )
    if kind:
        found = found.filter(kind=kind)
    if state:
        found = found.filter(state=state)
    return found.order_by("-id")


def current_scan(document: FrozenDocument) -> DocumentScan | None:
    """The scan that counts: the latest."""
    return document.scans.select_related("file").order_by("-id").first()


@dataclass(frozen=True, slots=True)
class Verification:
    """What anyone may know about a paper; no subject, no figures, no persons.

    `outcome`: unknown (no such reference), genuine (reference and page code fit), listed (only a reference was given),
    foreign (the page code does not belong to this document).
    """

    outcome: str
    reference: str = ""
    title: str = ""
    issuer: str = ""
    dated: object = None
    state: str = ""
    state_label: str = ""
    official_number: str = ""
    sealed_at: object = None
    digest: str = ""
    digest_groups: tuple[str, ...] = ()
    pages: int | None = None
    page: int | None = None
    rehearsal: bool = False


def verify(text: str) -> Verification:
    """Check a reference or a page code, scanned or typed."""
    payload = parse_payload(text)
    if payload is None:
        return Verification("unknown", reference=text.strip()[:80])
    document = FrozenDocument.objects.filter(reference=payload.reference).defer("snapshot").first()
    if document is None:
        return Verification("unknown", reference=payload.reference)
    outcome = _outcome(document, payload)
    if outcome == "foreign":
        return Verification(outcome, reference=document.reference, page=payload.page)
    kind = document_kinds.get(document.kind)
    return Verification(
        outcome,
        reference=document.reference,
        title=kind.shown_publicly if kind else document.kind,
        issuer=document.issuer_name if document.issuer_kind == "bureau" else "",
        dated=document.dated,
        state=document.state,
        state_label=document.get_state_display(),
        official_number=document.official_number,
        sealed_at=document.sealed_at,
        digest=document.digest,
        digest_groups=tuple(document.digest_groups),
        pages=document.page_count,
        page=payload.page,
        rehearsal=document.rehearsal,
    )


def _outcome(document: FrozenDocument, payload: Payload) -> str:
    if payload.page is None:
        return "listed"
    known = payload.page >= 1 and payload.page <= (document.page_count or payload.page)
    return "genuine" if known and payload.digest == page_digest(document.digest, payload.page) else "foreign"
