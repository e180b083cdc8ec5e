"""Money in 万元, always Decimal; percentages in percent points.

Rounding is ROUND_HALF_UP to two places and happens when a figure is shown, never when figures are compared.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

CENT = Decimal("0.01")
UNIT = "万元"
MISSING = "—"
_LARGEST = Decimal("1e12")


def parse_wan(text: str | None) -> Decimal | None:
    """Amount in 万元 as typed by a person: full-width digits, 千分位 commas and a 万元 suffix are understood.

    Empty means missing (None, undetermined), never zero. Raises ValueError with a Chinese sentence.
    """
    if text is None:
        return None
    cleaned = (
        unicodedata.normalize("NFKC", str(text)).replace("万元", "").replace(" ", "").replace("\u00a0", "").strip()
    )
    if cleaned in {"", "-", "—", "无"}:
        return None
    if not re.fullmatch(r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?", cleaned):
        raise ValueError(f"“{text}”不是数字，请填写以万元为单位的金额，例如 12,345.67")
    try:
        value = Decimal(cleaned.replace(",", ""))
    except InvalidOperation as error:  # pragma: no cover - the pattern above admits decimals only
        raise ValueError(f"“{text}”不是数字") from error
    if abs(value) >= _LARGEST:
        raise ValueError(f"“{text}”过大，请核对单位是否为万元")
    if value != value.quantize(CENT):
        raise ValueError(f"“{text}”超过两位小数，请保留两位小数")
    return value


def round_cent(value: Decimal) -> Decimal:
    """Two places, ROUND_HALF_UP: for showing."""
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


def format_wan(value: Decimal | None) -> str:
    """``12,345.67``; a missing figure is a dash."""
    return MISSING if value is None else f"{round_cent(value):,.2f}"


def growth_pct(before: Decimal | None, after: Decimal | None) -> Decimal | None:
    """Growth in percent, exact (not rounded); None where a figure is missing or the base is not positive."""
    if before is None or after is None or before <= 0:
        return None
    return (after - before) * 100 / before


def format_pct(value: Decimal | None) -> str:
    """``12.40%``; a missing figure is a dash."""
    return MISSING if value is None else f"{round_cent(value):,.2f}%"
