"""Comparing texts people typed: heads, choices and labels are matched without regard to width, blanks and quotes."""

from __future__ import annotations

import re
import unicodedata

_BLANK = re.compile(r"[\s\u200b\ufeff]+")
_QUOTES = re.compile("[\"'“”‘’「」『』《》]")
_BRACKETS = re.compile(r"\([^()]*\)")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")


def plain(text: object) -> str:
    """The text without width differences, blanks and quotation marks: 「企业“上云”」 equals 「企业 "上云"」."""
    folded = unicodedata.normalize("NFKC", str(text or ""))
    return _QUOTES.sub("", _BLANK.sub("", folded)).casefold()


def head_key(text: object) -> str:
    """A column head without brackets, unit and years, so that 「近三年销售收入(万元)\\n2015/2016/2017」 is found."""
    folded = plain(text).strip("*")
    while (shorter := _BRACKETS.sub("", folded)) != folded:
        folded = shorter
    return re.sub(r"(?:19|20)\d\d年?(?:[/、,;\-](?:19|20)\d\d年?)*$", "", folded).rstrip(":")


def tidy(text: object) -> str:
    """A typed text as it is stored: no control characters, no outer blanks, inner no-break blanks made plain.

    Characters themselves are never replaced: names with 𠮷, 㛃 or 䶮 and full-width letters stay as they are.
    """
    text = str(text)
    if (
        text.isprintable() and text[:1] != " " and text[-1:] != " "
    ):  # most are tidy: no control, no-break or zero-width character
        return text
    cleaned = _CONTROL.sub("", str(text).replace("\r\n", "\n").replace("\r", "\n"))
    return cleaned.replace("\u00a0", " ").replace("\ufeff", "").strip(" \t\n\u3000\u200b")
