"""Background work of this room."""

from __future__ import annotations

from celery import shared_task
from django.db import transaction

from foundation.core.clock import one_installation_per_unit_of_work
from foundation.documents.actions.render import render_document
from foundation.documents.models import FrozenDocument


@shared_task(name="documents.render")
def render(document_id: int) -> str:
    """Make the PDF of one document; delivered twice it does nothing the second time."""
    with one_installation_per_unit_of_work():
        return render_document(document_id).reference


@shared_task(name="documents.render_missing")
def render_missing(limit: int = 20) -> int:
    """Make the PDFs whose task got lost (a worker killed before the broker knew); returns how many."""
    waiting = FrozenDocument.objects.filter(pdf__isnull=True).exclude(state=FrozenDocument.State.VOID)
    done = 0
    for pk in waiting.order_by("id").values_list("pk", flat=True)[:limit]:
        render(pk)
        done += 1
    return done


def render_soon(document: FrozenDocument) -> None:
    """Hand the rendering to a worker after commit."""
    transaction.on_commit(lambda: render.delay(document.pk))
