"""Rows of a paper's table, written in Python: a table of two thousand rows must not run a template loop per cell."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

register = template.Library()
_PHONE = re.compile(r"[+()0-9][0-9()\-]{6,20}")
_FIGURES = re.compile(r"[+\-]?\d[\d,]*(?:\.\d+)?|—")


@register.simple_tag
def table_rows(paper: Mapping[str, Any]) -> SafeString:
    """The body of a table layout; several figures in one cell may break behind a / only."""
    aligns = [column["align"] for column in paper["columns"]]
    return _rows(paper["rows"], aligns)


@register.simple_tag
def form_rows(table: Mapping[str, Any]) -> SafeString:
    """The body of a table inside a form."""
    return _rows(table["rows"], table.get("align") or [])


def _rows(rows: Sequence[Sequence[str]], aligns: Sequence[str]) -> SafeString:
    out = []
    for row in rows:
        cells = (
            f'<td class="{aligns[index] if index < len(aligns) else "left"}">{_cell(text)}</td>'
            for index, text in enumerate(row)
        )
        out.append(f"<tr>{''.join(cells)}</tr>")
    return mark_safe("\n".join(out))  # noqa: S308 - every cell is escaped below


def _cell(text: str) -> str:
    """Escaped text; a figure never breaks inside, so that 12,345.67 stays one word for eye and pdftotext."""
    parts = text.split("/")
    if len(parts) > 1 and all(_FIGURES.fullmatch(part) for part in parts):
        return "/<wbr>".join(f'<span class="num">{part}</span>' for part in parts)
    if _FIGURES.fullmatch(text) or _PHONE.fullmatch(text):
        return f'<span class="num">{text}</span>'
    return escape(text).replace("\n", "<br>")
