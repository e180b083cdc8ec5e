"""Taking a file in, and keeping one the portal made."""

from __future__ import annotations

import hashlib
from typing import IO, Any

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage

from foundation.accounts.actor import Actor
from foundation.core.clock import business_now
from foundation.documents.detect import Detected, FileRefused, detect, safe_name
from foundation.documents.kinds import file_readers
from foundation.documents.models import StoredFile

Owner = tuple[str, int | None]
_CHUNK = 1 << 20


def store_upload(
    file: Any, *, actor: Actor, purpose: str, owner: Owner | None = None, types: frozenset[str] | None = None
) -> StoredFile:
    """Check an uploaded file by its content and keep it.

    `file` is an ``UploadedFile`` (or a seekable binary stream with a ``name``). `owner` is (kind, id) of the holder it
    belongs to, by default the holder of the hat worn; a county filing on behalf passes the enterprise. `types` narrows
    the five accepted types. Raises ``Refused`` with a sentence; nothing is kept then.
    """
    size = getattr(file, "size", None)
    if size is None:
        file.seek(0, 2)
        size = file.tell()
    if size > settings.UPLOAD_MAX_BYTES:
        raise FileRefused(
            f"文件有 {size / 1048576:.1f} MB，超过 {settings.UPLOAD_MAX_BYTES / 1048576:.0f} MB。",
            "扫描件请用 200 dpi 灰度，或分成几个文件上传。",
        )
    name = str(getattr(file, "name", "") or "")
    found = detect(file, name)
    if types is not None and found.content_type not in types:
        wanted = "、".join(StoredFile.ContentType(one).label for one in sorted(types))
        raise FileRefused(f"这里只收{wanted}。", "请转换格式后再上传。")
    return _keep(file, size, name, found, actor, purpose, owner)


def store_bytes(
    content: bytes,
    *,
    name: str,
    content_type: str,
    purpose: str,
    actor: Actor,
    owner: Owner | None = None,
    pages: int | None = None,
) -> StoredFile:
    """Keep a file the portal itself made (a PDF, a workbook); not checked again, not limited in size."""
    return _keep(ContentFile(content), len(content), name, Detected(content_type, pages), actor, purpose, owner)


def _keep(
    file: IO[bytes] | File, size: int, name: str, found: Detected, actor: Actor, purpose: str, owner: Owner | None
) -> StoredFile:
    if purpose not in file_readers:
        raise ValueError(f"no reader rule is registered for files of purpose {purpose!r}")
    digest = hashlib.sha256()
    file.seek(0)
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
    file.seek(0)
    kind, owner_id = owner or (actor.hat.kind, actor.hat.holder_id)
    row = StoredFile(
        sha256=digest.hexdigest(),
        size=size,
        content_type=found.content_type,
        name=safe_name(name, found.content_type),
        pages=found.pages,
        purpose=purpose,
        owner_kind=kind,
        owner_id=owner_id,
        uploaded_by_id=actor.user_id,
        uploaded_by=f"{actor.hat.label} {actor.name}".strip()[:240],
        uploaded_at=business_now(),
    )
    # Bytes first: a row without bytes would be a lie, bytes without a row are only wasted space.
    if not default_storage.exists(row.storage_name):
        default_storage.save(row.storage_name, file if isinstance(file, File) else File(file))
    row.save(force_insert=True)
    return row


def open_stored(file: StoredFile) -> IO[bytes]:
    """The bytes, as a stream the caller closes."""
    return default_storage.open(file.storage_name, "rb")


def read_stored(file: StoredFile) -> bytes:
    """The bytes at once; for generated documents and scans, which are bounded in size."""
    with open_stored(file) as stream:
        return stream.read()
