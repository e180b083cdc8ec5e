"""The stamped scan comes back (ZZ-07)."""

from __future__ import annotations

import io
import subprocess

import pytest
from django.db import IntegrityError, transaction
from PIL import Image

from foundation.accounts.roles import Role
from foundation.core.errors import Refused
from foundation.core.events import _handlers, on
from foundation.documents.actions import attach_scan, read_stored, render_document, store_upload
from foundation.documents.events import DocumentSealed
from foundation.documents.models import DocumentScan, FrozenDocument
from foundation.documents.permissions import SCAN
from foundation.journal.models import Decision
from tests.documents import files
from tests.documents.conftest import upload


def scanned(document: FrozenDocument, tmp_path, pages: list[int] | None = None) -> bytes:
    """The paper as a scanner gives it back: grey pictures, slightly turned, bound into a PDF."""
    source = tmp_path / f"{document.pk}.pdf"
    source.write_bytes(read_stored(document.pdf))
    subprocess.run(
        ["pdftoppm", "-r", "150", "-gray", "-png", str(source), str(tmp_path / f"{document.pk}-p")], check=True
    )
    pictures = [Image.open(path).rotate(1.2, fillcolor=255) for path in sorted(tmp_path.glob(f"{document.pk}-p*.png"))]
    if pages:
        pictures = [pictures[page - 1] for page in pages]
    out = io.BytesIO()
    pictures[0].save(out, "PDF", save_all=True, append_images=pictures[1:], resolution=150)
    return out.getvalue()


@pytest.fixture
def keep(person):
    def store(content: bytes, name: str = "盖章.pdf", place: str = "甲县"):
        return store_upload(upload(content, name), actor=person(place), purpose=SCAN)

    return store


def test_the_right_scan_seals_the_document(paper, person, keep, tmp_path):
    document = render_document(paper(20))
    heard = []
    on(DocumentSealed)(heard.append)
    try:
        scan = attach_scan(
            document=document, file=keep(scanned(document, tmp_path)), actor=person("甲县", Role.ARCHIVIST)
        )
    finally:
        _handlers[DocumentSealed].remove(heard.append)
    assert (scan.by_hand, scan.pages_read) == (False, list(range(1, document.page_count + 1)))
    assert scan.note == f"全部 {document.page_count} 页的二维码相符"
    assert (document.state, document.get_state_display()) == ("sealed", "已盖章")
    assert "档案" in document.sealed_by
    assert [event.document_id for event in heard] == [document.pk]
    decision = Decision.objects.get(action="document.seal")
    assert (decision.from_state, decision.to_state, decision.data["scan"]) == ("frozen", "sealed", scan.file.sha256)


def test_another_papers_scan_is_refused_by_name(paper, person, keep, tmp_path):
    mine, other = render_document(paper()), render_document(paper())
    with pytest.raises(Refused, match=f"二维码上的编号是 {other.reference}，本文书是 {mine.reference}"):
        attach_scan(document=mine, file=keep(scanned(other, tmp_path)), actor=person("甲县"))
    mine.refresh_from_db()
    assert mine.state == "frozen"
    assert not DocumentScan.objects.exists()


def test_an_unreadable_or_incomplete_scan_is_compared_by_hand_and_may_be_replaced(paper, person, keep, tmp_path):
    document = render_document(paper(20))
    actor = person("甲县")
    first = attach_scan(document=document, file=keep(files.picture("JPEG", (900, 600)), "拍照.jpg"), actor=actor)
    assert (first.by_hand, first.note) == (True, "二维码未能读出，须人工核对")
    assert document.state == "sealed"
    second = attach_scan(document=document, file=keep(scanned(document, tmp_path, [1])), actor=actor)
    assert second.by_hand
    assert second.note.startswith("第 2")
    third = attach_scan(document=document, file=keep(scanned(document, tmp_path)), actor=actor)
    assert not third.by_hand
    assert list(document.scans.all()) == [third, second, first]
    assert Decision.objects.filter(action="document.rescan").count() == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        DocumentScan.objects.filter(pk=first.pk).update(note="x")


def test_only_the_issuer_and_only_once_there_is_a_pdf(paper, person, keep):
    document = paper()
    scan = keep(files.pdf())
    with pytest.raises(Refused, match="PDF 还没有生成"):
        attach_scan(document=document, file=scan, actor=person("甲县"))
    document = render_document(document)
    with pytest.raises(Refused, match="没有这份材料"):
        attach_scan(document=document, file=scan, actor=person("乙县"))
    with pytest.raises(Refused, match="登记盖章扫描件由"):
        attach_scan(document=document, file=scan, actor=person("甲县", Role.POST_MANAGER))
