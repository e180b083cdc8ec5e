"""Facts as a program sends them: each read by the type the registry gives it, wrong ones told with their place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from rest_framework import serializers

from cultivation.eligibility import Context, FactSet
from enterprises.actions.facts import MAY_BE_NEGATIVE
from enterprises.facts import FactSpec, registry
from enterprises.fields import BY_NAME
from enterprises.models import Partner
from foundation.core.api.fields import Amount, Day, Text, Whole, YesNo
from foundation.core.api.problems import FieldProblem, Invalid

NO_CATALOGUE = {"catalogue": "none", "version": "", "code": "", "name": "不属于所列产业"}
_LONGEST = 50
SOURCE = "接口所给"


def read_facts(given: Iterable[Mapping[str, Any]], context: Context) -> FactSet:
    """The facts; raises ``Invalid`` naming every wrong one by its pointer."""
    rows: list[dict[str, Any]] = []
    wrong: list[FieldProblem] = []
    seen: set[tuple[str, int | None]] = set()
    for place, row in enumerate(given):
        name, year, at = row["name"], row.get("year"), f"#/facts/{place}"
        spec = registry.get(name)
        if spec is None:
            wrong.append(FieldProblem(f"没有指标“{name}”，可用的见 facts/。", pointer=f"{at}/name"))
            continue
        if spec.yearly != (year is not None):
            told = "这个指标每年一个数，请给 year。" if spec.yearly else "这个指标没有年度，不要给 year。"
            wrong.append(FieldProblem(told, pointer=f"{at}/year"))
        if (name, year) in seen:
            wrong.append(FieldProblem("同一个指标给了两次。", pointer=at))
        seen.add((name, year))
        try:
            value = _value(spec, row["value"], context)
        except serializers.ValidationError as error:
            text = "；".join(str(one) for one in _messages(error.detail))
            wrong.append(FieldProblem(text, pointer=f"{at}/value"))
            continue
        rows.append({"name": name, "year": year, "value": value, "source": SOURCE})
    if wrong:
        raise Invalid(*wrong)
    return FactSet.from_rows(rows)


def _messages(detail: Any) -> Iterable[str]:
    return detail if isinstance(detail, list | tuple) else [str(detail)]


def _value(spec: FactSpec, raw: Any, context: Context) -> Any:
    if raw is None:
        raise serializers.ValidationError("不知道的指标不要给。")
    reader = _READERS.get(spec.type)
    if reader is not None:
        return reader(spec, raw)
    if spec.type == "catalogue_items":
        return _items(raw, context)
    if spec.name == "industry":
        code = str(_text(spec, raw)).upper()
        if code not in context.industry_groups:
            raise serializers.ValidationError(f"没有行业代码“{code[:10]}”。")
        return code
    if spec.name == "province":
        return str(_text(spec, raw))[:2]
    return _text(spec, raw)


def _text(spec: FactSpec, raw: Any) -> Any:
    return Text(max_length=200, min_length=1).run_validation(raw)


def _amount(spec: FactSpec, raw: Any) -> str:
    value = Amount(negative=spec.name in MAY_BE_NEGATIVE).run_validation(raw)
    if spec.unit == "%" and value > 100:
        raise serializers.ValidationError("应为0至100之间的百分数。")
    return f"{value:f}"


def _choice(spec: FactSpec, raw: Any) -> Any:
    known = [value for value, _ in BY_NAME[spec.name].choices]
    if raw not in known:
        raise serializers.ValidationError(f"应为其中之一：{'、'.join(known)}。")
    return raw


def _list(spec: FactSpec, raw: Any) -> Any:
    rows = _array(raw)
    return [_choice(spec, one) for one in rows]


def _array(raw: Any) -> list[Any]:
    if not isinstance(raw, list):
        raise serializers.ValidationError("应为数组。")
    if len(raw) > _LONGEST:
        raise serializers.ValidationError(f"最多 {_LONGEST} 项。")
    return raw


def _partners(spec: FactSpec, raw: Any) -> list[dict[str, Any]]:
    found = []
    for row in _array(raw):
        if not isinstance(row, dict) or set(row) - {"name", "direction", "size"}:
            raise serializers.ValidationError("每项为 {name, direction, size}。")
        size, direction = row.get("size"), row.get("direction", Partner.Direction.JOINT.value)
        if size not in Partner.Size.values or direction not in Partner.Direction.values:
            raise serializers.ValidationError(
                "size 为 large、medium、small、micro；direction 为 upstream、downstream、joint。"
            )
        name = Text(max_length=120).run_validation(row.get("name", "所填协作企业"))
        found.append({"name": name, "direction": direction, "size": size, "evidence": False})
    return found


def _items(raw: Any, context: Context) -> list[dict[str, Any]]:
    """Entries of the dated catalogues; an empty array says the firm belongs to none of them."""
    found = []
    for row in _array(raw):
        if not isinstance(row, dict) or set(row) - {"catalogue", "version", "code"}:
            raise serializers.ValidationError("每项为 {catalogue, version, code}。")
        wanted = (row.get("catalogue"), row.get("version"))
        fitting = [
            one for one in context.catalogues if one["code"] == wanted[0] and wanted[1] in (None, one["version"])
        ]
        known = max(fitting, key=lambda one: str(one["valid_from"]), default=None)
        code = row.get("code")
        if known is None or not isinstance(code, str) or code not in known["items"]:
            raise serializers.ValidationError("产业目录里没有这一项。")
        found.append(
            {"catalogue": known["code"], "version": known["version"], "code": code, "name": known["items"][code]}
        )
    return found or [dict(NO_CATALOGUE)]


_READERS: dict[str, Callable[[FactSpec, Any], Any]] = {
    "money": _amount,
    "decimal": _amount,
    "int": lambda spec, raw: Whole(min_value=0, max_value=10_000_000).run_validation(raw),
    "bool": lambda spec, raw: YesNo().run_validation(raw),
    "date": lambda spec, raw: Day().run_validation(raw).isoformat(),
    "choice": _choice,
    "list": _list,
    "partners": _partners,
}
