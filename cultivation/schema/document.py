"""From YAML to a checked programme, and the hash that names a version."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from cultivation.schema.programme import Programme


class ProgrammeError(ValueError):
    """A document that cannot be used; the message names every place and what is wrong there."""


def _plain(value: Any, where: str) -> Any:
    """Only JSON values remain. Floats are refused: a threshold is written as a string and stays exact."""
    if isinstance(value, float):
        raise ProgrammeError(f"{where}：数值 {value} 请加引号写成文本（避免二进制小数误差）")
    if isinstance(value, dt.datetime):
        raise ProgrammeError(f"{where}：只接受日期，不接受时刻 {value}")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): _plain(item, f"{where}.{key}" if where else str(key)) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item, f"{where}[{index}]") for index, item in enumerate(value)]
    return value


def read_yaml(path: Path) -> dict[str, Any]:
    """The document of a YAML file as plain JSON values. Raises ProgrammeError with the place of a fault."""
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ProgrammeError(f"{path.name} 不是可读的 YAML：{error}") from error
    if not isinstance(raw, dict):
        raise ProgrammeError(f"{path.name} 应是一组键值")
    return _plain(raw, "")


def canonical_json(document: dict[str, Any]) -> str:
    """The one spelling of a document: keys sorted, no blanks, Chinese as it is."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def content_hash(document: dict[str, Any]) -> str:
    """sha256 of the canonical form, hexadecimal: the identity of a published version."""
    return hashlib.sha256(canonical_json(document).encode("utf-8")).hexdigest()


def _resolve(value: Any, settings: dict[str, Any], where: str) -> Any:
    if isinstance(value, str) and value.startswith("@"):
        if value[1:] not in settings:
            raise ProgrammeError(f"{where}：没有名为 {value[1:]} 的设置")
        return settings[value[1:]]
    if isinstance(value, dict):
        return {key: _resolve(item, settings, f"{where}.{key}" if where else key) for key, item in value.items()}
    if isinstance(value, list):
        return [_resolve(item, settings, f"{where}[{index}]") for index, item in enumerate(value)]
    return value


def parse(document: dict[str, Any]) -> Programme:
    """The checked programme of a stored document, ``@setting`` references resolved.

    Raises ProgrammeError naming each faulty place in the document's own path.
    """
    settings = {item["code"]: item["value"] for item in document.get("settings", []) if isinstance(item, dict)}
    resolved = _resolve(document, settings, "")
    try:
        return Programme.model_validate_json(json.dumps(resolved, ensure_ascii=False))
    except ValidationError as error:
        lines = [f"{'.'.join(str(part) for part in item['loc'])}：{item['msg']}" for item in error.errors()]
        raise ProgrammeError("；".join(lines)) from error
