"""Reading the page codes out of a stamped scan.

Scans are pictures, alone or as the pages of a PDF. A page whose code cannot be read is no error: a person compares it.
"""

from __future__ import annotations

import io
import logging
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING

from foundation.documents.models import StoredFile
from foundation.documents.qr import Payload, parse_payload

if TYPE_CHECKING:
    from PIL.Image import Image

logger = logging.getLogger(__name__)
#: Pages of one scan that are looked at, dots per inch they are drawn with, seconds one drawing may take.
PAGE_CAP, DPI, SECONDS = 60, 200, 90
_PIXELS = 6_000_000


@dataclass(slots=True)
class ScanReading:
    """The codes found, and on how many pages they were looked for."""

    payloads: list[Payload] = field(default_factory=list)
    pages: int = 0


def read_codes(file: IO[bytes], content_type: str) -> ScanReading:
    """Our codes in a scan (JPEG, PNG or PDF). Never raises for a picture that shows none."""
    import zxingcpp

    reading = ScanReading()
    for image in _pages(file, content_type):
        reading.pages += 1
        for found in zxingcpp.read_barcodes(
            _smaller(image), formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
        ):
            payload = parse_payload(found.text)
            if payload is not None and payload.page is not None:
                reading.payloads.append(payload)
    return reading


def _smaller(image: Image) -> Image:
    """Grey and at most six million dots: enough for a 17 mm code, and bounded work."""
    grey = image.convert("L")
    if grey.width * grey.height > _PIXELS:
        factor = (_PIXELS / (grey.width * grey.height)) ** 0.5
        grey = grey.resize((int(grey.width * factor), int(grey.height * factor)))
    return grey


def _pages(file: IO[bytes], content_type: str) -> Iterator[Image]:
    from PIL import Image

    if content_type != StoredFile.ContentType.PDF:
        with Image.open(file) as image:
            yield image
        return
    if shutil.which("pdftoppm"):
        yield from _drawn(file)
    else:
        yield from _embedded(file)


def _drawn(file: IO[bytes]) -> Iterator[Image]:
    """Pages drawn by poppler: also right for a PDF that holds no picture."""
    from PIL import Image

    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "scan.pdf"
        source.write_bytes(file.read())
        command = [
            "pdftoppm",
            "-r",
            str(DPI),
            "-gray",
            "-jpeg",
            "-l",
            str(PAGE_CAP),
            str(source),
            str(Path(folder) / "page"),
        ]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=SECONDS)
        except (subprocess.SubprocessError, OSError) as error:
            logger.warning("a scan could not be drawn: %s", error)
        for page in sorted(Path(folder).glob("page*.jpg")):
            with Image.open(page) as image:
                yield image


def _embedded(file: IO[bytes]) -> Iterator[Image]:
    """Without poppler: the largest picture of each page, which in a scan is the page."""
    from PIL import Image
    from pypdf import PdfReader

    for page in PdfReader(io.BytesIO(file.read())).pages[:PAGE_CAP]:
        try:
            pictures = [Image.open(io.BytesIO(picture.data)) for picture in page.images]
        except Exception as error:
            logger.warning("a picture of a scan could not be read: %s", error)
            continue
        if pictures:
            yield max(pictures, key=lambda picture: picture.width * picture.height)
