"""The PDF: figures and rare characters survive extraction, heads repeat, each page carries its own code (HN-30…33)."""

from __future__ import annotations

import io
import subprocess
from decimal import Decimal

import pytest
from pypdf import PdfReader

from foundation.core.models import Installation
from foundation.documents.actions import read_stored, render_document
from foundation.documents.fonts import font_faces
from foundation.documents.kinds import DocumentKind, document_kinds
from foundation.documents.layouts import fitted_widths, form_snapshot, letter_snapshot, table_snapshot
from foundation.documents.qr import parse_payload, payload_of
from foundation.documents.rendering import PaperTooLong
from foundation.documents.scans import read_codes
from foundation.documents.tasks import render_missing
from tests.spreadsheets.sample import ROW, SHEET


def text_of(content: bytes) -> str:
    run = subprocess.run(["pdftotext", "-layout", "-", "-"], input=content, capture_output=True, check=True)
    return run.stdout.decode()


def test_a_table_survives_extraction_and_repeats_its_head(paper):
    rows = [
        ROW
        | {
            "name": f"演示𠮷㛃䶮第{n}有限公司",
            "sales": {2015: Decimal("5898"), 2016: Decimal("0.50"), 2017: Decimal("12345.67")},
        }
        for n in range(40)
    ]
    document = render_document(
        paper(
            snapshot=table_snapshot(
                SHEET, rows, heads={"prefecture": "演示市"}, feet={"filled_by": "演示"}, total="共 40 户"
            )
        )
    )
    content = read_stored(document.pdf)
    reader = PdfReader(io.BytesIO(content))
    assert document.page_count == len(reader.pages) > 2
    width, height = reader.pages[0].mediabox[2:]
    assert (round(float(width)), round(float(height))) == (842, 595)
    text = text_of(content)
    flat = "".join(text.split())
    assert flat.count("5,898.00/0.50/12,345.67") == 40
    assert text.count("12,345.67") == 40
    assert "𠮷㛃䶮" in flat
    for page in text.split("\f")[: document.page_count]:
        assert "企业名称" in page
        assert document.reference in page
    assert "共40户" in flat
    assert "填报人：演示" in flat
    assert "（盖章处）" in flat
    assert "2018年3月16日" in flat
    assert "演练" not in text
    assert document.pdf.name == f"2018年小巨人后备企业汇总表_{document.reference}.pdf"


def test_every_page_has_its_own_code(paper):
    document = render_document(paper(30))
    reading = read_codes(io.BytesIO(read_stored(document.pdf)), "application/pdf")
    assert [(code.reference, code.page) for code in reading.payloads] == [
        (document.reference, page) for page in range(1, document.page_count + 1)
    ]
    assert [parse_payload(payload_of(document, page)) for page in range(1, document.page_count + 1)] == reading.payloads


def test_rehearsal_paper_says_so_on_every_page(paper):
    Installation.objects.update_or_create(pk=1, defaults={"kind": "rehearsal", "business_date": "2018-03-10"})
    document = render_document(paper(20))
    pages = text_of(read_stored(document.pdf)).split("\f")[: document.page_count]
    assert document.rehearsal
    assert all("演练" in page and "不具效力" in page for page in pages)


def test_letter_and_form_are_portrait(paper):
    document_kinds.register("test.letter", DocumentKind("test.letter", "函", "documents/pdf/letter.html", "letter"))
    document_kinds.register("test.form", DocumentKind("test.form", "申报表", "documents/pdf/form.html", "form"))
    try:
        letter = paper(
            kind="test.letter",
            snapshot=letter_snapshot(
                to="演示省经信委", body=[("h2", "一、目标"), ("p", "实现销售收入12,345.67万元。")], annexes=["汇总表"]
            ),
            official_number="演示经信〔2018〕12号",
        )
        form = paper(
            kind="test.form",
            snapshot=form_snapshot(
                sections=[
                    {
                        "title": "一、基本情况",
                        "grid": [("企业名称", "演示𠮷<b>有限公司", "wide"), ("联系人", "演示"), ("电话", "0731-1")],
                    },
                    {
                        "title": "二、指标",
                        "table": {"head": ["指标", "2017"], "align": ["left", "right"], "rows": [["收入", "1,234.50"]]},
                    },
                    {"title": "三、承诺", "text": ["承诺三年内按月填报。"]},
                ],
                signs=[{"label": "企业盖章", "place": "盖章处"}],
            ),
        )
        for document, wanted in (
            (letter, ("演示经信〔2018〕12号", "附件：汇总表", "12,345.67")),
            (form, ("1,234.50", "𠮷<b>有限公司", "盖章处")),
        ):
            done = render_document(document)
            content = read_stored(done.pdf)
            size = PdfReader(io.BytesIO(content)).pages[0].mediabox
            assert (round(float(size[2])), round(float(size[3]))) == (595, 842)
            flat = "".join(text_of(content).split())
            assert all(text in flat for text in wanted)
    finally:
        document_kinds._rows.pop("test.letter")
        document_kinds._rows.pop("test.form")


def test_without_the_fandol_fonts_noto_stands_in(paper, settings, tmp_path):
    settings.FONT_DIR = tmp_path
    assert font_faces() == ""
    assert "12,345.67" in text_of(read_stored(render_document(paper()).pdf))


def test_rendered_once_and_never_past_the_row_cap(paper, settings, queries):
    document = render_document(paper())
    with queries(1):
        assert render_document(document).pdf_id == document.pdf_id
    settings.PDF_ROW_CAP = 2
    with pytest.raises(PaperTooLong, match="3 行，超过一份 PDF 的上限 2 行"):
        render_document(paper(3))


def test_the_sweep_makes_lost_papers_and_passes_over_bad_ones(paper, settings, monkeypatch):
    import datetime as dt

    from foundation.documents import tasks

    settings.PDF_ROW_CAP = 2
    too_long, fine = paper(3), paper()
    assert render_missing() == 0
    later = tasks.real_now() + dt.timedelta(minutes=5)
    monkeypatch.setattr(tasks, "real_now", lambda: later)
    assert render_missing() == 1
    too_long.refresh_from_db()
    fine.refresh_from_db()
    assert (too_long.pdf_id is None, fine.pdf_id is None) == (True, False)


def test_columns_give_up_what_their_content_does_not_need():
    widths = fitted_widths(
        [10, 60, 60], ["甲", "乙", "丙"], [["1", "不长不短的文字", "很长的文字" * 30]], [True, False, False]
    )
    assert widths[0] < widths[1] < widths[2]
    assert fitted_widths([10], ["甲"], [], [False]) == [50]


def test_nothing_outside_is_fetched():
    from weasyprint.urls import FatalURLFetchingError

    from foundation.documents.rendering import _own_fetcher

    for address in ("http://127.0.0.1/x", "file:///etc/passwd", "https://example.org/a.png"):
        with pytest.raises(FatalURLFetchingError):
            _own_fetcher().fetch(address)
