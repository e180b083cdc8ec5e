"""Files that are no plain workbook are refused with a sentence, before anything parses them."""

from __future__ import annotations

import io
import zipfile

import pytest
from openpyxl import Workbook

from foundation.spreadsheets import Limits, SheetRefused, read_xlsx
from tests.spreadsheets.sample import ROW, SHEET, workbook

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def zipped(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml").replace("_bin", ".bin"), content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "是空的"),
        ("企业名称,电话\n甲,1\n".encode("gb18030"), "CSV"),
        (OLE + b"\x00" * 600, "旧版 .xls"),
        (OLE + b"\x00" * 600 + "EncryptedPackage".encode("utf-16-le") + b"\x00" * 99, "打开密码"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x89PNG\r\n\x1a\n\x00", "图片"),
        (b"\x00\x01\x02", "认不出"),
        (b"PK\x03\x04broken", "已损坏"),
        (zipped(mimetype=b"x", content_xml=b"<x/>"), ".ods"),
        (zipped(word__document_xml=b"<x/>"), "不是 Excel 工作簿"),
        (zipped(xl__workbook_xml=b"<x/>", xl__vbaProject_bin=b"x"), "带有宏"),
        (zipped(xl__workbook_xml=b"<x/>"), "内部有错"),
        (zipped(xl__workbook_xml=b"0" * 40_000_000), "过大"),
    ],
)
def test_refused_with_a_sentence_and_a_remedy(content, reason):
    with pytest.raises(SheetRefused, match=reason) as refusal:
        read_xlsx(SHEET, io.BytesIO(content))
    assert refusal.value.verdict.hint


def test_too_many_bytes():
    with pytest.raises(SheetRefused, match="超过"):
        read_xlsx(SHEET, workbook([ROW]), limits=Limits(upload_bytes=1000))


def test_one_value_in_the_last_cell_is_refused_but_formatted_emptiness_is_not():
    book = Workbook()
    page = book.active
    page.append([column.title for column in SHEET.columns])
    page["XFD1048576"].number_format = "@"
    out = io.BytesIO()
    book.save(out)
    assert read_xlsx(SHEET, out).rows == []
    page["XFD1048576"] = 1
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(SheetRefused, match="使用范围过大"):
        read_xlsx(SHEET, out)


def test_no_head_row_is_refused_with_the_titles_it_should_have():
    book = Workbook()
    book.active.append(["随便", "什么"])
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(SheetRefused, match="没有找到表头") as refusal:
        read_xlsx(SHEET, out)
    assert "所属市县、企业名称" in refusal.value.verdict.hint
