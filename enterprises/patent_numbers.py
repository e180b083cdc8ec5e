"""Reading a Chinese patent number. Pure rule, no ORM.

Numbers of twelve digits and a check character since October 2003 (``ZL201510123456.7``), eight and one before. The
fifth (third)
digit tells the kind. A number that breaks the rule is kept with a note: old and foreign numbers exist.
"""

from __future__ import annotations

import re
import unicodedata

_WEIGHTS = {8: (2, 3, 4, 5, 6, 7, 8, 9), 12: (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)}
KINDS = {"1": "invention", "8": "invention", "2": "utility", "9": "utility", "3": "design"}


def compact(text: str) -> str:
    """As stored: half-width, upper case, without ZL, CN and blanks; a dot before the check character."""
    folded = re.sub(r"[\s\-]+", "", unicodedata.normalize("NFKC", text or "")).upper()
    folded = re.sub(r"^(ZL|CN)", "", folded)
    found = re.fullmatch(r"(\d{12}|\d{8})\.?([\dX])", folded)
    return f"{found[1]}.{found[2]}" if found else folded


def kind_of(number: str) -> str:
    """``invention``, ``utility`` or ``design`` as the number says; '' when it does not."""
    found = re.fullmatch(r"(?:\d{4}(\d)\d{7}|\d{2}(\d)\d{5})\.[\dX]", compact(number))
    return KINDS.get((found[1] or found[2]) if found else "", "")


def remark(number: str, kind: str) -> str:
    """What to look at again, in Chinese; '' when number and kind agree."""
    code = compact(number)
    found = re.fullmatch(r"(\d{12}|\d{8})\.([\dX])", code)
    if not found:
        return "专利号一般为12位数字加一位校验码，如 201510123456.7，请核对。"
    rest = sum(int(digit) * weight for digit, weight in zip(found[1], _WEIGHTS[len(found[1])], strict=True)) % 11
    if found[2] != ("X" if rest == 10 else str(rest)):
        return "专利号校验码不符，请对照证书核对。"
    said = kind_of(code)
    if said and kind and said != kind:
        return "专利号显示的类型与所选类型不同，请核对。"
    return ""
