"""Canonical JSON and digests: the same content always gives the same bytes, hence the same digest."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from typing import Any

#: Length of the page digest in the QR code, in hexadecimal digits.
PAGE_DIGEST_LENGTH = 12


def plain(value: Any) -> Any:
    """The value with text, whole numbers, yes/no, nothing, lists and mappings only.

    Decimals become text (a float never enters a frozen record: ValueError), dates ISO text, mapping keys text.
    """
    if value is None or (isinstance(value, (bool, int)) and not isinstance(value, Enum)):
        return value
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, str):
        if "\x00" in value:
            raise ValueError("a snapshot holds no NUL characters")
        return str(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, (dt.datetime, dt.date)):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    raise ValueError(f"{type(value).__name__} cannot be frozen into a snapshot")


def canonical(value: Any) -> str:
    """The one text of a plain value: sorted keys, no blanks, characters as they are."""
    return json.dumps(plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest_of(value: Any) -> str:
    """SHA-256 of the canonical text, hexadecimal."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def digest_groups(digest: str) -> list[str]:
    """Capitals in groups of eight, as people read a digest aloud."""
    return [digest[start : start + 8].upper() for start in range(0, len(digest), 8)]


def page_digest(document_digest: str, page: int) -> str:
    """What stands in the QR code of a page: SHA-256 over the document's digest and the page number, first 12 digits, upper case.

    Whoever has the document's digest can compute it; nobody can make one for a page of a document that was not issued.
    """
    text = f"{document_digest}:{page}"
    return hashlib.sha256(text.encode()).hexdigest()[:PAGE_DIGEST_LENGTH].upper()
