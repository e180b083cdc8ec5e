"""Small real files of every kind."""

from __future__ import annotations

import io
import zipfile

from openpyxl import Workbook
from PIL import Image
from pypdf import PdfWriter


def pdf(pages: int = 1, password: str | None = None, owner_only: bool = False) -> bytes:
    """A PDF of empty pages; with an opening password, or one that only forbids printing."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    if password or owner_only:
        writer.encrypt(password or "", "owner", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def picture(format_: str = "PNG", size: tuple[int, int] = (40, 30)) -> bytes:
    """A picture with something on it."""
    out = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(out, format_)
    return out.getvalue()


def xlsx() -> bytes:
    """A workbook."""
    out = io.BytesIO()
    book = Workbook()
    book.active["A1"] = "演示"
    book.save(out)
    return out.getvalue()


def zipped(parts: dict[str, bytes]) -> bytes:
    """A zip of these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def docx() -> bytes:
    """The least that counts as a text document."""
    return zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<document/>"})
