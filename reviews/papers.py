"""Files and papers of the reviews room: who may read a file of a purpose, which kinds of documents are issued.

A file hangs on a file of a firm (申报材料): whoever sees that one reads what hangs on it.
"""

from __future__ import annotations

from collections.abc import Iterable

from foundation.accounts.actor import Actor
from foundation.accounts.may import may
from foundation.core.verdict import Verdict, no, ok
from foundation.documents.kinds import DocumentKind, FileReader, file_readers, register_kind
from foundation.documents.models import FrozenDocument, StoredFile
from reviews import dispatch_papers
from reviews.form_paper import FORM_KIND, LETTER_KIND
from reviews.models import Application

EVIDENCE, PAPER_SOURCE, COMMITMENT = "reviews.evidence", "reviews.paper_source", "reviews.commitment"
CHECK_PROOF = "reviews.check_proof"
_ABSENT = no("没有这个文件，或它不在您的职责范围内。")


def through_applications(lookup: str) -> FileReader:
    """A reader rule: the file is read by whoever may view an application it hangs on through ``lookup``.

    A file that hangs on none yet is its uploader's alone.
    """

    def reads(actor: Actor, file: StoredFile) -> Verdict:
        found = list(Application.objects.filter(**{lookup: file.pk}).distinct())
        if not found:
            return ok() if actor.user_id is not None and file.uploaded_by_id == actor.user_id else _ABSENT
        return _any_visible(actor, found)

    return reads


def _any_visible(actor: Actor, files: Iterable[Application]) -> Verdict:
    return next((verdict for verdict in (may(actor, "application.view", file) for file in files) if verdict), _ABSENT)


def _reads_firm_paper(actor: Actor, document: FrozenDocument) -> Verdict:
    """Form and letter are the firm's; officials read the file itself."""
    return _any_visible(actor, Application.objects.filter(pk=document.about_id))


file_readers.register(EVIDENCE, through_applications("evidence__file"))
file_readers.register(PAPER_SOURCE, through_applications("paper_source"))
file_readers.register(COMMITMENT, through_applications("commitments__scan"))
file_readers.register(CHECK_PROOF, through_applications("checks__proof"))

register_kind(
    DocumentKind(
        FORM_KIND,
        "申报书",
        template="documents/pdf/form.html",
        style="form",
        public_title="中小企业梯度培育申报书",
        reader=_reads_firm_paper,
    )
)
register_kind(
    DocumentKind(
        LETTER_KIND,
        "运行监测承诺书",
        template="documents/pdf/letter.html",
        style="letter",
        public_title="运行监测承诺书",
        reader=_reads_firm_paper,
    )
)

__all__ = ["CHECK_PROOF", "COMMITMENT", "EVIDENCE", "PAPER_SOURCE", "dispatch_papers", "through_applications"]
