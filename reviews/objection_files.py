"""Files handed in with an objection: read by whoever sees the objection, and by nobody else (P-03)."""

from __future__ import annotations

from foundation.accounts.actor import Actor
from foundation.accounts.may import may
from foundation.core.verdict import Verdict, no
from foundation.documents.kinds import file_readers
from foundation.documents.models import StoredFile
from reviews.models import Objection

OBJECTION_FILE = "reviews.objection"
_ABSENT = no("没有这个文件，或它不在您的职责范围内。")


def _reads_attachment(actor: Actor, file: StoredFile) -> Verdict:
    """Not the county, not the firm, not another bureau."""
    for field in ("seal_scan", "evidence"):
        found = Objection.objects.visible_to(actor).select_related("notice").filter(**{field: file}).first()
        if found is not None:
            return may(actor, "objection.view", found)
    return _ABSENT


file_readers.register(OBJECTION_FILE, _reads_attachment)
