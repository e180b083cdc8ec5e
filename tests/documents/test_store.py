"""Uploads: the type is told by content, refusals are sentences, nothing refused is kept (A.2 item 6)."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from foundation.core.errors import Refused
from foundation.documents.actions import read_stored, store_upload
from foundation.documents.detect import safe_name
from foundation.documents.models import StoredFile
from tests.documents import files
from tests.documents.conftest import PURPOSE, upload

T = StoredFile.ContentType


@pytest.mark.parametrize(
    ("content", "name", "type_", "stored"),
    [
        (files.pdf(3), "审计报告.PDF", T.PDF, "审计报告.pdf"),
        (files.picture("JPEG"), "营业执照.jpeg", T.JPEG, "营业执照.jpeg"),
        (files.picture("PNG"), "照片", T.PNG, "照片.png"),
        (files.xlsx(), "C:\\fakepath\\表.xlsx", T.XLSX, "表.xlsx"),
        (files.docx(), "../../说明.docx", T.DOCX, "说明.docx"),
        (files.pdf(owner_only=True), "限制打印.pdf", T.PDF, "限制打印.pdf"),
    ],
)
def test_accepted_by_content_whatever_the_browser_says(person, content, name, type_, stored):
    actor = person("甲县")
    row = store_upload(SimpleUploadedFile(name, content, "text/html"), actor=actor, purpose=PURPOSE)
    assert (row.content_type, row.name, row.size) == (type_, stored, len(content))
    assert row.sha256 == hashlib.sha256(content).hexdigest()
    assert (row.owner_kind, row.owner_id, row.uploaded_by_id) == ("bureau", actor.bureau_id, actor.user_id)
    assert row.uploaded_by == "甲县经办 演示甲县" or row.uploaded_by.endswith("演示甲县")
    assert read_stored(row) == content


def test_pages_of_a_pdf_and_equal_bytes_stored_once(person, settings):
    actor = person("甲县")
    first, second = (store_upload(upload(files.pdf(3), "a.pdf"), actor=actor, purpose=PURPOSE) for _ in range(2))
    assert first.pages == 3
    assert first.pk != second.pk
    assert len([path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]) == 1


BROKEN_PNG = files.picture("PNG", (300, 300))[:2000]


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (b"", "a.pdf", "这个文件是空的"),
        (files.picture("PNG"), "执照.pdf", "文件名以 .pdf 结尾，内容却是PNG 图片"),
        (b"%PDF-1.7 nothing", "a.pdf", "PDF 已损坏"),
        (files.pdf(password="s3"), "a.pdf", "设有打开密码"),
        (BROKEN_PNG, "a.png", "图片已损坏"),
        (files.picture("JPEG", (300, 300))[:3000], "a.jpg", "图片已损坏"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.xls", "旧版 Office 文件"),
        (b"Rar!\x1a\x07\x00", "a.rar", "RAR 压缩包"),
        (b"MZ\x90\x00", "a.exe", "程序文件"),
        (b"GIF89a\x00\x00", "a.gif", "GIF 图片"),
        (b"\x00\x00\x00\x18ftypheic\x00", "IMG_1.HEIC", "HEIC"),
        ("文字".encode(), "a.txt", "文本文件"),
        (b"<html><script>alert(1)</script></html>", "a.pdf", "文本文件"),
        (b"\x00\x01\x02\x03", "a.bin", "认不出这个文件"),
        (files.zipped({"x.txt": b"1"}), "a.zip", "ZIP 压缩包"),
        (files.zipped({"xl/workbook.xml": b"<x/>", "xl/vbaProject.bin": b"1"}), "a.xlsm", "带有宏"),
        (files.zipped({"word/document.xml": b"<x/>"}), "a.docx", "已损坏"),
        (files.zipped({"[Content_Types].xml": b"x", "xl/workbook.xml": bytes(30_000_000)}), "a.xlsx", "解开后过大"),
        (files.xlsx()[:900], "a.xlsx", "已损坏"),
    ],
)
def test_refused_with_a_sentence_and_nothing_kept(person, settings, content, name, reason):
    with pytest.raises(Refused, match=reason) as refusal:
        store_upload(upload(content, name), actor=person("甲县"), purpose=PURPOSE)
    assert refusal.value.verdict.hint
    assert not StoredFile.objects.exists()
    assert not Path(settings.MEDIA_ROOT).exists()


def test_too_large_and_wrong_type_for_the_place(person, settings):
    settings.UPLOAD_MAX_BYTES = 100
    with pytest.raises(Refused, match="超过"):
        store_upload(upload(files.pdf(), "a.pdf"), actor=person("甲县"), purpose=PURPOSE)
    settings.UPLOAD_MAX_BYTES = 10**6
    with pytest.raises(Refused, match="这里只收Excel 工作簿"):
        store_upload(upload(files.pdf(), "a.pdf"), actor=person("甲县"), purpose=PURPOSE, types=frozenset({T.XLSX}))


def test_a_purpose_without_a_reader_rule_is_a_programming_error(person):
    with pytest.raises(ValueError, match="no reader rule"):
        store_upload(upload(files.pdf(), "a.pdf"), actor=person("甲县"), purpose="test.unknown")


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("a/b\\c:d\x00e\u202efdp.pdf", "cdefdp.pdf"),
        ("   .pdf", "文件.pdf"),
        ("", "文件.pdf"),
        ("报告.exe", "报告.pdf"),
        ("第1.2版说明", "第1.2版说明.pdf"),
        ("长" * 300 + ".pdf", "长" * 116 + ".pdf"),
    ],
)
def test_names_are_made_harmless(name, safe):
    assert safe_name(name, T.PDF) == safe


def test_a_stored_row_cannot_be_changed_or_deleted_even_past_the_code(person):
    row = store_upload(upload(files.pdf(), "a.pdf"), actor=person("甲县"), purpose=PURPOSE)
    with pytest.raises(IntegrityError), transaction.atomic():
        StoredFile.objects.filter(pk=row.pk).update(name="b.pdf")
    with pytest.raises(IntegrityError), transaction.atomic():
        StoredFile.objects.filter(pk=row.pk).delete()
