"""What a file is, told by its content, never by its name or by what the browser says (A.2 item 6).

Five types are taken: PDF, JPEG, PNG, XLSX, DOCX. Each is opened far enough to know that a person will be able to open
it too. Everything else is refused with a sentence that names what it seems to be.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO

from foundation.core.errors import Refused
from foundation.core.verdict import no
from foundation.documents.models import StoredFile

Type = StoredFile.ContentType

_EXTENSIONS: dict[str, tuple[str, ...]] = {
    Type.PDF: (".pdf",),
    Type.JPEG: (".jpg", ".jpeg", ".jpe", ".jfif"),
    Type.PNG: (".png",),
    Type.XLSX: (".xlsx",),
    Type.DOCX: (".docx",),
}
_ACCEPTED = "可以上传 PDF、JPG、PNG、XLSX、DOCX。"
_MAIN_PARTS = {"xl/workbook.xml": Type.XLSX, "word/document.xml": Type.DOCX}
_BOMB_BYTES = 300 * 1024 * 1024
_BOMB_RATIO = 200
_MAX_PIXELS = 120_000_000
_NAME_CAP = 120
#: What people upload by mistake, by the first bytes; anything else is asked of puremagic.
_FOREIGN = (
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "旧版 Office 文件（.doc/.xls）或设有密码的文件",
        "请在 WPS 或 Office 中取消密码，另存为 .docx、.xlsx 或 PDF。",
    ),
    (b"Rar!", "RAR 压缩包", "请解压后逐个上传。"),
    (b"7z\xbc\xaf'\x1c", "7z 压缩包", "请解压后逐个上传。"),
    (b"II*\x00", "TIFF 图片", "请另存为 PDF 或 JPG。"),
    (b"MM\x00*", "TIFF 图片", "请另存为 PDF 或 JPG。"),
    (b"GIF8", "GIF 图片", "请另存为 PNG 或 JPG。"),
    (b"BM", "BMP 图片", "请另存为 PNG 或 JPG。"),
    (b"MZ", "程序文件", ""),
    (b"{\\rtf", "RTF 文档", "请另存为 .docx 或 PDF。"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Detected:
    """Type and number of pages (PDF only)."""

    content_type: str
    pages: int | None = None


class FileRefused(Refused):
    """The file is not taken; nothing was stored."""

    status = 400

    def __init__(self, reason: str, hint: str = "") -> None:
        super().__init__(no(reason, hint))


def detect(file: IO[bytes], name: str) -> Detected:
    """The type of `file` (seekable, rewound afterwards); raises :class:`FileRefused`."""
    file.seek(0)
    start = file.read(4096)
    file.seek(0)
    if not start:
        raise FileRefused("这个文件是空的。", "请重新选择文件。")
    try:
        if b"%PDF-" in start[:1024]:
            found = Detected(Type.PDF, _check_pdf(file))
        elif start.startswith(b"\xff\xd8\xff"):
            found = Detected(_check_image(file, "JPEG", Type.JPEG))
        elif start.startswith(b"\x89PNG\r\n\x1a\n"):
            found = Detected(_check_image(file, "PNG", Type.PNG))
        elif start.startswith(b"PK"):
            found = Detected(_check_office(file))
        else:
            _refuse_foreign(start)
    finally:
        file.seek(0)
    _check_name(name, found.content_type)
    return found


def _refuse_foreign(start: bytes) -> None:
    for signature, label, hint in _FOREIGN:
        if start.startswith(signature):
            raise FileRefused(f"这是{label}，不能上传。", hint or _ACCEPTED)
    if start[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypmsf1"):
        raise FileRefused("这是 HEIC 图片（苹果手机的照片格式）。", "请在手机上转存为 JPG 后再上传。")
    if b"\x00" not in start:
        raise FileRefused("这是文本文件，不能上传。", _ACCEPTED)
    raise FileRefused(f"认不出这个文件{_seems(start)}，不能上传。", _ACCEPTED)


def _seems(start: bytes) -> str:
    """What puremagic takes it for, in brackets; empty where it does not know either."""
    import puremagic

    try:
        extension = puremagic.from_string(start)
    except (puremagic.PureError, ValueError):
        return ""
    return f"（像是 {extension} 文件）" if re.fullmatch(r"\.[A-Za-z0-9]{1,8}", extension) else ""


def _check_pdf(file: IO[bytes]) -> int:
    """Number of pages; a document that only forbids printing or copying may be opened and is taken."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    broken = FileRefused("这个 PDF 已损坏，打不开。", "请重新导出或扫描后再上传。")
    try:
        reader = PdfReader(io.BytesIO(file.read()), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise FileRefused("这个 PDF 设有打开密码。", "请取消密码后再上传。")
        pages = len(reader.pages)
        if pages:
            reader.pages[0].mediabox  # noqa: B018 - the first page must really be there
    except FileRefused:
        raise
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OSError) as error:
        raise broken from error
    if not pages:
        raise broken
    return pages


@contextmanager
def _whole_pictures() -> Iterator[None]:
    """Pillow refuses a cut-off picture, although WeasyPrint told it for the whole process to be lenient."""
    from PIL import ImageFile

    lenient, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, False
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = lenient


def _check_image(file: IO[bytes], format_: str, content_type: str) -> str:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(file, formats=[format_]) as image:
            width, height = image.size
            if width * height > _MAX_PIXELS:
                raise FileRefused(f"图片太大（{width}×{height}）。", "请缩小或降低扫描分辨率后再上传。")
            image.draft("RGB", (256, 256))
            with _whole_pictures():
                image.load()
    except FileRefused:
        raise
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise FileRefused("这张图片已损坏或没有传完整。", "请重新保存或拍摄后再上传。") from error
    return content_type


def _check_office(file: IO[bytes]) -> str:
    broken = FileRefused("这个文件已损坏，打不开。", "请在 WPS 或 Office 中打开，确认无误后另存再上传。")
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            names = {part.filename for part in parts}
            unpacked = sum(part.file_size for part in parts)
            packed = max(1, sum(part.compress_size for part in parts))
            if unpacked > _BOMB_BYTES or (unpacked > 20 * 1024 * 1024 and unpacked / packed > _BOMB_RATIO):
                raise FileRefused("文件解开后过大，不像正常的文档。", "请重新制作后再上传。")
            if any(part.flag_bits & 1 for part in parts):
                raise FileRefused("这个文件设有密码。", "请取消密码后再上传。")
            if any(name.endswith("vbaProject.bin") for name in names):
                raise FileRefused("这个文件带有宏，不能上传。", "请另存为不含宏的 .xlsx 或 .docx。")
            main = next((part for part in _MAIN_PARTS if part in names), None)
            if main is None:
                if "mimetype" in names and "content.xml" in names:
                    raise FileRefused("这是 OpenDocument 文件（.ods/.odt）。", "请另存为 .xlsx、.docx 或 PDF。")
                raise FileRefused("这是 ZIP 压缩包，不能上传。", "请解压后逐个上传。")
            if "[Content_Types].xml" not in names or not archive.read(main):
                raise broken
    except FileRefused:
        raise
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as error:
        raise broken from error
    return _MAIN_PARTS[main]


def _check_name(name: str, content_type: str) -> None:
    """A name that promises another of the five types is a mistake worth telling; any other ending is put right silently."""
    ending = PurePosixPath(name).suffix.lower()
    promised = next((known for known, endings in _EXTENSIONS.items() if ending in endings), None)
    if promised is not None and promised != content_type:
        raise FileRefused(
            f"文件名以 {ending} 结尾，内容却是{Type(content_type).label}。",
            "请核对是否选错了文件，或改正扩展名后再上传。",
        )


def safe_name(name: str, content_type: str) -> str:
    """The original name made harmless: no folders, no control or direction characters, the right ending, 120 characters."""
    text = unicodedata.normalize("NFC", name or "").replace("\\", "/").rsplit("/", 1)[-1]
    text = "".join(c for c in text if unicodedata.category(c)[0] != "C" and c not in '<>:"|?*')
    text = re.sub(r"\s+", " ", text).strip().rstrip(".")
    endings = _EXTENSIONS[content_type]
    stem, dot, ending = text.rpartition(".")
    if not dot or f".{ending.lower()}" not in endings:
        stem = text if not dot or len(ending) > 5 or not ending.isascii() else stem
        ending = endings[0][1:]
    stem = stem.strip(" .")[: _NAME_CAP - len(ending) - 1] or "文件"
    return f"{stem}.{ending.lower()}"
