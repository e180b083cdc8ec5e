"""Snapshot → PDF, by WeasyPrint, in a worker.

Nothing outside the snapshot and our own styles and fonts goes into a PDF: no address is fetched. The page's code in the
margin is placed by one ``@page :nth()`` rule per page, so the paper is laid out once.
"""

from __future__ import annotations

import base64
import math
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.template.loader import render_to_string

from foundation.core.errors import Refused
from foundation.core.verdict import no
from foundation.documents.fonts import font_faces
from foundation.documents.kinds import DocumentKind, document_kinds
from foundation.documents.layouts import cn_date
from foundation.documents.models import FrozenDocument
from foundation.documents.qr import payload_of, qr_data_uri

if TYPE_CHECKING:
    from weasyprint import Document

_STYLES = Path(__file__).parent / "styles"
#: Rows that surely fit no page in fewer lines: the first guess at the number of pages.
_ROWS_A_PAGE = 12
_FIRST_GUESS = 6


class PaperTooLong(Refused):
    """More rows than one PDF takes."""

    status = 400


def render_pdf(document: FrozenDocument) -> tuple[bytes, int]:
    """The document's PDF and its number of pages, from the snapshot alone.

    Raises :class:`PaperTooLong` past the row cap (settings.PDF_ROW_CAP).
    """
    kind = document_kinds[document.kind]
    context = paper_context(document, kind)
    rows = context["paper"].get("rows") or []
    if len(rows) > settings.PDF_ROW_CAP:
        raise PaperTooLong(
            no(
                f"这张表有 {len(rows)} 行，超过一份 PDF 的上限 {settings.PDF_ROW_CAP} 行。",
                "请分批生成，或使用电子表格。",
            )
        )
    pages = max(_FIRST_GUESS, math.ceil(len(rows) / _ROWS_A_PAGE) + 2)
    html = render_to_string(kind.template, context)
    laid_out = _lay_out(html, document, kind, context, pages)
    if len(laid_out.pages) > pages:
        laid_out = _lay_out(html, document, kind, context, len(laid_out.pages))
    with warnings.catch_warnings():
        # WeasyPrint leaves the colour profile it embeds for PDF/A to the garbage collector.
        warnings.simplefilter("ignore", ResourceWarning)
        content = laid_out.write_pdf(
            pdf_identifier=document.digest[:16].encode(), pdf_variant="pdf/a-3u", pdf_tags=True
        )
    assert content is not None
    return content, len(laid_out.pages)


def paper_context(document: FrozenDocument, kind: DocumentKind) -> dict[str, Any]:
    """What a paper's template knows: the document, its layout's snapshot as ``paper``, the printed date."""
    return {
        "document": document,
        "paper": kind.layout(document),
        "date": cn_date(document.dated),
    }


def _lay_out(html: str, document: FrozenDocument, kind: DocumentKind, context: dict[str, Any], pages: int) -> Document:
    """One layout run, with codes for `pages` pages. WeasyPrint is imported here: it costs half a second."""
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration

    fonts = FontConfiguration()
    fetcher = _own_fetcher()
    sheets = [font_faces(), _style("base")]
    if kind.style:
        sheets.append(_style(kind.style))
    sheets += [_column_widths(context["paper"]), _margins(document, pages)]
    styles = [CSS(string=text, font_config=fonts, url_fetcher=fetcher) for text in sheets if text]
    return HTML(string=html, url_fetcher=fetcher).render(stylesheets=styles, font_config=fonts)


def _own_fetcher() -> Any:
    """Fetches data addresses and our font files; a paper never reaches for anything else."""
    from weasyprint.urls import FatalURLFetchingError, URLFetcher

    fonts = Path(settings.FONT_DIR).resolve().as_uri()

    class OwnFetcher(URLFetcher):
        def fetch(self, url: str, headers: Any = None) -> Any:
            if url.startswith(("data:", f"{fonts}/")):
                return super().fetch(url, headers)
            raise FatalURLFetchingError(f"a paper may not fetch {url}")

    return OwnFetcher()


def _style(name: str) -> str:
    return (_STYLES / f"{name}.css").read_text(encoding="utf-8")


def _column_widths(paper: dict[str, Any]) -> str:
    """Widths of a table's columns in the proportion of the sheet's."""
    columns = paper.get("columns") or []
    total = sum(float(column["width"]) for column in columns)
    return "\n".join(
        f".rows col:nth-child({index}) {{ width: {100 * float(column['width']) / total:.3f}%; }}"
        for index, column in enumerate(columns, 1)
    )


def _margins(document: FrozenDocument, pages: int) -> str:
    """Reference on the left, page number in the middle, the page's code on the right of the foot."""
    mark = ""
    if document.rehearsal:
        # Outlines, not text: the mark must not end up between the figures when a program reads the text.
        ghost = base64.b64encode((_STYLES / "rehearsal.svg").read_bytes()).decode()
        mark = f"""background: url("data:image/svg+xml;base64,{ghost}") center / 150mm no-repeat;
  @top-center {{ content: "演练 · 本件不具效力"; font: 9pt "Noto Sans CJK SC", sans-serif; color: #b3261e; vertical-align: middle; }}"""
    rules = [
        f"""@page {{
  {mark}
  @bottom-left {{ content: "编号 {document.reference}\\A 校验 {" ".join(document.digest_groups[:2])}"; white-space: pre;
    font: 8pt/1.5 TiduFang, "Noto Serif CJK SC", serif; color: #444; vertical-align: middle; width: 40%; text-align: left; }}
  @bottom-center {{ content: "— " counter(page) " —"; font: 12pt "Noto Serif CJK SC", serif; vertical-align: middle; }}
  @bottom-right {{ vertical-align: middle; text-align: right; width: 40%; }}
}}"""
    ]
    rules += [
        f'@page :nth({page}) {{ @bottom-right {{ content: url("{qr_data_uri(payload_of(document, page))}"); }} }}'
        for page in range(1, pages + 1)
    ]
    return "\n".join(rules)
