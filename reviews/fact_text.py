"""Facts of a file as a person reads them: one wording for page, printed form and comparison of two submissions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from cultivation.eligibility import FactSet
from cultivation.eligibility.labels import SIZE_LABELS, SRDI_LABELS, UNITS, label
from cultivation.schema import Programme
from enterprises.facts import registry
from enterprises.fields import BY_NAME
from foundation.core.money import MISSING, format_wan
from foundation.reference.models import Industry
from foundation.reference.snapshots import Snapshot

_industries: Snapshot[dict[str, str]] = Snapshot(
    lambda: dict(Industry.objects.order_by().values_list("code", "name")), is_empty=lambda built: not built
)
DIRECTIONS = {"upstream": "上游", "downstream": "下游", "joint": "联合创新"}


def shown(name: str, value: Any, programme: Programme) -> str:
    """The value in words with its unit; missing is a dash, never 0."""
    if value is None or value == "" or value == []:
        return MISSING
    if name == "activity_categories":
        titles = {item.code: item.title for item in programme.activity_categories}
        return "、".join(titles.get(code, code) for code in value)
    if name == "financing_need":
        return financing_text(value)
    if name == "industry":
        return _industry(str(value))
    if isinstance(value, bool):
        return "是" if value else "否"
    spec = registry.get(name)
    kind = spec.type if spec else ("int" if name in UNITS else "text")
    unit = f" {UNITS[name]}" if name in UNITS else f" {spec.unit}" if spec and spec.unit else ""
    if kind == "money":
        return f"{_wan(value)}{unit}"
    if kind in {"int", "decimal"}:
        return (
            f"{_plain(value)}{'' if spec and spec.unit == '年' else unit}{'年' if spec and spec.unit == '年' else ''}"
        )
    return _other(name, kind, value)


def _other(name: str, kind: str, value: Any) -> str:
    if kind == "date":
        day = dt.date.fromisoformat(str(value))
        return f"{day.year}年{day.month}月{day.day}日"
    if kind == "choice":
        return dict(BY_NAME[name].choices).get(value, str(value)) if name in BY_NAME else str(value)
    if kind == "list":
        return "、".join(SRDI_LABELS.get(item, str(item)) for item in value)
    if kind == "catalogue_items":
        return "、".join(f"{item['name']}（{item['version']}）" for item in value)
    if kind == "partners":
        return "；".join(_partner(item) for item in value)
    return str(value)


def _partner(item: Mapping[str, Any]) -> str:
    parts = [DIRECTIONS.get(item.get("direction") or "", ""), SIZE_LABELS.get(item.get("size") or "", "")]
    told = "、".join(part for part in parts if part)
    return f"{item['name']}（{told}）" if told else str(item["name"])


def _wan(value: Any) -> str:
    try:
        return format_wan(Decimal(str(value)))
    except InvalidOperation:
        return str(value)


def _plain(value: Any) -> str:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return str(value)
    return f"{number:,.0f}" if number == number.to_integral_value() else f"{number:,f}"


def _industry(code: str) -> str:
    name = _industries.get().get(code)
    return f"{name}（{code}）" if name else code


def financing_text(need: Mapping[str, Any]) -> str:
    """The four parts of a financing need in one line (HN-10)."""
    parts = []
    if need.get("amount"):
        parts.append(f"{_wan(need['amount'])} 万元")
    if need.get("use"):
        parts.append(f"用途：{need['use']}")
    if need.get("term_months"):
        parts.append(f"期限 {need['term_months']} 个月")
    if need.get("collateral"):
        parts.append(f"担保：{need['collateral']}")
    return "；".join(parts) or MISSING


def bare_number(name: str, value: Any) -> str:
    """A figure without its unit, for a column that names the unit in its head."""
    if value is None or value == "":
        return MISSING
    spec = registry.get(name)
    return _wan(value) if spec is not None and spec.type == "money" else _plain(value)


def fact_label(name: str) -> str:
    """Chinese name of a fact of the firm or of the file."""
    return label(name)


def differences(before: FactSet, after: FactSet, programme: Programme) -> list[dict[str, str]]:
    """What changed between two states of a file's facts, in the order of the registry: label, before, after."""
    changed = []
    for key in dict.fromkeys([*before.rows, *after.rows]):
        old, new = before.raw(*key), after.raw(*key)
        if old == new:
            continue
        name, year = key
        head = f"{year}年{fact_label(name)}" if year is not None else fact_label(name)
        changed.append(
            {"fact": name, "label": head, "before": shown(name, old, programme), "after": shown(name, new, programme)}
        )
    return changed
