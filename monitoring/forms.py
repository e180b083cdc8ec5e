"""What is typed into a month: read field by field, so that autosave takes what is right and tells what is wrong."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms

from enterprises.fields import parse_count
from foundation.core.money import parse_wan
from monitoring.checks import LABELS, MONEY
from monitoring.models import MonthlyReturn

REASON = "why:"
"""Prefix of the fields that carry reasons, by the key of the finding."""
LONGEST_REMARK = 500


@dataclass(slots=True)
class Typed:
    """What came from a page: values by column, reasons by finding, text that could not be read with the sentence beside it."""

    values: dict[str, Any] = field(default_factory=dict)
    explanations: dict[str, str] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


def read(fields: Mapping[str, Any]) -> Typed:
    """Take the fields of a month apart; unknown names are passed over."""
    typed = Typed()
    for name, raw in fields.items():
        text = str(raw if raw is not None else "").strip()
        if name.startswith(REASON):
            typed.explanations[name.removeprefix(REASON)[:60]] = text[:300]
            continue
        try:
            typed.values[name] = parse(name, text)
        except KeyError:
            continue
        except ValueError as error:
            typed.errors[name] = str(error)
            typed.unreadable[name] = text[:200]
    return typed


def parse(name: str, text: str) -> Any:
    """The value of one field as typed, None for an empty one; ValueError with a sentence, KeyError for an unknown field."""
    if name in MONEY:
        return parse_wan(text)
    if name == "employees":
        return parse_count(text)
    if name == "stopped_since":
        return parse_day(text)
    if name == "nature":
        if text not in MonthlyReturn.Nature.values:
            raise ValueError("请选择本月情况。")
        return text
    if name == "remark":
        if len(text) > LONGEST_REMARK:
            raise ValueError(f"最多 {LONGEST_REMARK} 个字，现在是 {len(text)} 个。")
        return text
    raise KeyError(name)


def parse_day(text: str) -> dt.date | None:
    """A day as typed: 2018-07-03, 2018/7/3, 2018年7月3日."""
    cleaned = unicodedata.normalize("NFKC", text).strip()
    if not cleaned:
        return None
    found = re.fullmatch(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?", cleaned)
    try:
        if found is None:
            raise ValueError
        return dt.date(*(int(part) for part in found.groups()))
    except ValueError as error:
        raise ValueError(f"“{text[:20]}”不是日期，请按 2018-07-03 的样子填写。") from error


def money_text(value: Any) -> str:
    """A figure as it stands in its box: no commas, no trailing zeros that nobody typed; empty where missing."""
    if value is None:
        return ""
    text = f"{value:.2f}"
    return text.removesuffix(".00")


class PaperForm(forms.Form):
    """A month from a firm's paper: the figures as printed, and the paper itself."""

    source = forms.FileField(label="企业的纸质月报或来函", help_text="PDF、JPG 或 PNG，会一直附在这份月报上")


__all__ = ["LABELS", "REASON", "PaperForm", "Typed", "money_text", "parse", "read"]
