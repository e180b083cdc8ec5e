"""What is this file really? Checked before any parser sees it, so that a bad file costs nothing.

An .xlsx is a zip of XML parts. Refused with a sentence: old .xls, a workbook with an opening password, text and CSV,
other kinds of file, macros, zip bombs, and a workbook whose used area is absurdly large (one value in the last cell
of a sheet would make a dense reader allocate gigabytes).
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from typing import IO

from foundation.core.errors import Refused
from foundation.core.verdict import no

_SAVE_AS = "请在 WPS 或 Excel 中用“另存为 → Excel 工作簿（.xlsx）”保存后再上传。"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_CELL = re.compile(rb"<(?:\w+:)?c\s([^<>]*)>")
_REF = re.compile(rb"""\br=["']([A-Z]{1,3})([0-9]{1,7})["']""")
_CHUNK = 1 << 20


class SheetRefused(Refused):
    """The file cannot be read as this sheet; nothing was stored."""

    status = 400

    def __init__(self, reason: str, hint: str = "") -> None:
        super().__init__(no(reason, hint))


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps on an uploaded workbook: bytes as uploaded, bytes unpacked, ratio, parts, used cells of one sheet."""

    upload_bytes: int = 10 * 1024 * 1024
    unpacked_bytes: int = 200 * 1024 * 1024
    ratio: int = 200
    parts: int = 500
    cells: int = 2_000_000


DEFAULT_LIMITS = Limits()


def check_container(file: IO[bytes], limits: Limits = DEFAULT_LIMITS) -> bool:
    """Raise :class:`SheetRefused` unless `file` (seekable) is a plain .xlsx within the limits; rewinds it.

    Returns whether some cell holds a formula error (#REF! …): the fast reader shows those as empty cells.
    """
    file.seek(0, 2)
    size = file.tell()
    file.seek(0)
    if size == 0:
        raise SheetRefused("这个文件是空的。", "请重新导出或另存后再上传。")
    if size > limits.upload_bytes:
        raise SheetRefused(
            f"文件有 {size / 1048576:.1f} MB，超过 {limits.upload_bytes // 1048576} MB。",
            "请删去图片和无关的工作表后再上传。",
        )
    start = file.read(4096)
    if start.startswith(_OLE):
        _refuse_ole(file)
    if not start.startswith(b"PK\x03\x04"):
        _refuse_foreign(start)
    try:
        with zipfile.ZipFile(file) as archive:
            return _check_archive(archive, limits)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError, RuntimeError) as error:
        raise SheetRefused("文件已损坏，打不开。", "请在 WPS 或 Excel 中打开，确认内容无误后另存再上传。") from error
    finally:
        file.seek(0)


def _refuse_ole(file: IO[bytes]) -> None:
    file.seek(0)
    encrypted = False
    tail = b""
    while chunk := file.read(_CHUNK):
        if _ENCRYPTED in tail + chunk:
            encrypted = True
            break
        tail = chunk[-len(_ENCRYPTED) :]
    file.seek(0)
    if encrypted:
        raise SheetRefused("这个工作簿设有打开密码。", "请先在 WPS 或 Excel 中取消密码，另存为 .xlsx 后再上传。")
    raise SheetRefused("这是旧版 .xls 文件（或其他旧版 Office 文件）。", _SAVE_AS)


def _refuse_foreign(start: bytes) -> None:
    if start.startswith(b"%PDF"):
        raise SheetRefused("这是 PDF 文件，不是电子表格。", "请上传表格原件（.xlsx）。")
    if start.startswith((b"\xff\xd8\xff", b"\x89PNG")):
        raise SheetRefused("这是图片，不是电子表格。", "请上传表格原件（.xlsx）。")
    if b"\x00" not in start:
        raise SheetRefused(
            "这是文本或 CSV 文件，不是 Excel 工作簿。",
            "请用 WPS 或 Excel 打开，检查编号前面的 0 没有丢失，" + _SAVE_AS.removeprefix("请"),
        )
    raise SheetRefused("认不出这个文件，不是 Excel 工作簿（.xlsx）。", _SAVE_AS)


def _check_archive(archive: zipfile.ZipFile, limits: Limits) -> bool:
    parts = archive.infolist()
    names = {part.filename for part in parts}
    if "xl/workbook.xml" not in names:
        if "mimetype" in names or "content.xml" in names:
            raise SheetRefused("这是 OpenDocument 表格（.ods）。", _SAVE_AS)
        raise SheetRefused("这个文件不是 Excel 工作簿。", _SAVE_AS)
    if any(name.endswith("vbaProject.bin") for name in names):
        raise SheetRefused("这个工作簿带有宏。", "请另存为不含宏的“Excel 工作簿（.xlsx）”后再上传。")
    if any(part.flag_bits & 1 for part in parts):
        raise SheetRefused("这个文件设有密码。", "请取消密码后再上传。")
    unpacked = sum(part.file_size for part in parts)
    packed = max(1, sum(part.compress_size for part in parts))
    if (
        len(parts) > limits.parts
        or unpacked > limits.unpacked_bytes
        or (unpacked > _CHUNK * 20 and unpacked / packed > limits.ratio)
    ):
        raise SheetRefused("文件解开后过大，不像正常的表格。", "请把需要的内容复制到一个新的工作簿里再上传。")
    found = [
        _check_area(archive, part, limits)
        for part in parts
        if part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml")
    ]
    return any(found)


def _check_area(archive: zipfile.ZipFile, part: zipfile.ZipInfo, limits: Limits) -> bool:
    """Refuse where the rectangle of cells with content is larger than the cap; formatted empty cells do not count.

    Returns whether a cell of this part holds a formula error.
    """
    columns = rows = read = 0
    errors = False
    with archive.open(part) as stream:
        rest = b""
        while chunk := stream.read(_CHUNK):
            read += len(chunk)
            if read > limits.unpacked_bytes:
                raise SheetRefused("文件解开后过大，不像正常的表格。", "请把需要的内容复制到一个新的工作簿里再上传。")
            buffer = rest + chunk
            for match in _CELL.finditer(buffer):
                if match.group(1).endswith(b"/"):
                    continue
                errors = errors or b't="e"' in match.group(1)
                reference = _REF.search(b" " + match.group(1))
                if reference:
                    columns = max(columns, column_number(reference.group(1).decode()))
                    rows = max(rows, int(reference.group(2)))
            rest = buffer[buffer.rfind(b"<") :] if b"<" in buffer else b""
            if columns * rows > limits.cells:
                raise SheetRefused(
                    "表格的使用范围过大（很远的地方还有内容）。", "请把需要的行列复制到一个新的工作簿里再上传。"
                )
    return errors


def column_number(letters: str) -> int:
    """A → 1, Z → 26, AA → 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """1 → A, 27 → AA."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def address(row: int, column: int) -> str:
    """The cell's name from 1-based row and column: (7, 3) → C7."""
    return f"{column_letters(column)}{row}"
