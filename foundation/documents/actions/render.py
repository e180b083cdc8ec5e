"""Making the PDF of a frozen document, once."""

from __future__ import annotations

from django.db import transaction

from foundation.accounts.actor import SYSTEM
from foundation.core.events import announce
from foundation.documents.actions.freeze import is_intact
from foundation.documents.actions.store import store_bytes
from foundation.documents.events import DocumentRendered
from foundation.documents.models import FrozenDocument, StoredFile
from foundation.documents.permissions import PDF
from foundation.documents.rendering import render_pdf


class Tampered(RuntimeError):
    """The row is not what was frozen: no paper is made of it."""


def render_document(document: FrozenDocument | int) -> FrozenDocument:
    """Render and keep the PDF of a document (or its id); a second call changes nothing (tasks may be delivered twice).

    Rendered outside the row lock, since a long table takes seconds; who comes second throws his copy away. Raises
    ``PaperTooLong`` past the row cap, :class:`Tampered` where the digest does not fit.
    """
    document = FrozenDocument.objects.get(pk=document if isinstance(document, int) else document.pk)
    if document.pdf_id is not None:
        return document
    if not is_intact(document):
        raise Tampered(f"document {document.reference} does not match its digest")
    content, pages = render_pdf(document)
    with transaction.atomic():
        row = FrozenDocument.objects.select_for_update(of=("self",)).get(pk=document.pk)
        if row.pdf_id is not None:
            return row
        row.pdf = store_bytes(
            content,
            name=f"{row.title}_{row.reference}.pdf",
            content_type=StoredFile.ContentType.PDF,
            purpose=PDF,
            actor=SYSTEM,
            owner=(row.issuer_kind, row.issuer_id),
            pages=pages,
        )
        row.page_count = pages
        row.save(update_fields=["pdf", "page_count"])
        announce(DocumentRendered(document_id=row.pk, kind=row.kind, about_kind=row.about_kind, about_id=row.about_id))
    return row
