"""Text helpers: normal forms, masks, pinyin initials."""

from __future__ import annotations

import re
import unicodedata

from pypinyin import Style, lazy_pinyin

_SPACES = re.compile(r"\s+")


def normalise_name(text: str) -> str:
    """The one form in which names are stored and compared: NFKC, full-width Chinese brackets, no spaces inside Chinese."""
    folded = unicodedata.normalize("NFKC", text or "").strip()
    folded = folded.replace("(", "（").replace(")", "）")
    folded = re.sub(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])", "", folded)
    return _SPACES.sub(" ", folded)


def pinyin_initials(text: str) -> str:
    """First letters of the pinyin, for the search box: 株洲示范 → ``zzsf``."""
    return "".join(part[:1] for part in lazy_pinyin(text, style=Style.FIRST_LETTER, errors="default")).lower()[:64]


def mask_phone(text: str) -> str:
    """``138****5678``, ``0731-****4321``: phones are masked except for the bureau that handles the file."""
    if len(text) < 7:
        return "*" * len(text)
    return f"{text[:-8]}****{text[-4:]}" if len(text) > 8 else f"{text[:2]}****{text[-2:]}"


def mask_phones(text: str) -> str:
    """The same for a cell in which several numbers may stand: every number masked, what stands between them kept."""
    return re.sub(r"\+?\d[\d-]{5,}\d", lambda found: mask_phone(found.group()), text)


def mask_email(text: str) -> str:
    """``z***@example.com``."""
    name, at, host = text.partition("@")
    return f"{name[:1]}***{at}{host}" if at else "***"


def mask_uscc(text: str) -> str:
    """First eight places (registration authority and division) and the last two."""
    return f"{text[:8]}••••••••{text[-2:]}" if len(text) == 18 else text
