"""Background work of this room."""

from __future__ import annotations

import datetime as dt
import logging

from celery import shared_task
from django.db import transaction

from foundation.core.clock import one_installation_per_unit_of_work, real_now
from foundation.documents.actions.render import render_document
from foundation.documents.models import FrozenDocument

logger = logging.getLogger(__name__)
#: Younger documents are being made by the job that froze them; older ones need a person.
_GRACE, _GIVE_UP = dt.timedelta(seconds=45), dt.timedelta(days=3)


@shared_task(name="documents.render")
def render(document_id: int) -> str:
    """Make the PDF of one document; delivered twice it does nothing the second time."""
    with one_installation_per_unit_of_work():
        return render_document(document_id).reference


@shared_task(name="documents.render_missing")
def render_missing(limit: int = 20) -> int:
    """Make the PDFs nobody made yet (a lost task, a killed worker); returns how many.

    A document that cannot be rendered is logged and left; it does not stand in the way of the others.
    """
    before = real_now() - _GRACE
    waiting = FrozenDocument.objects.filter(pdf__isnull=True, recorded_at__lt=before, recorded_at__gt=before - _GIVE_UP)
    done = 0
    for pk in waiting.exclude(state=FrozenDocument.State.VOID).order_by("id").values_list("pk", flat=True)[:limit]:
        try:
            render(pk)
        except Exception:
            logger.exception("document %s could not be rendered", pk)
        else:
            done += 1
    return done


def render_soon(document: FrozenDocument) -> None:
    """Hand the rendering to a worker after commit; should the broker be away, the sweep makes it up."""
    transaction.on_commit(lambda: render.delay(document.pk), robust=True)
