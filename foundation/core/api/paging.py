"""Lists by key: an opaque cursor says after which row the next page begins, so that no row is skipped or told twice
while others come in, and the last page costs what the first does.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from django.db.models import QuerySet
from rest_framework import serializers

from foundation.core.api.fields import Params, Text
from foundation.core.api.problems import Invalid

T = TypeVar("T")
PAGE, LARGEST = 50, 200


class PageParams(Params):
    """What every list takes."""

    limit = serializers.IntegerField(
        required=False, min_value=1, max_value=LARGEST, default=PAGE, help_text="一页多少行"
    )
    cursor = Text(required=False, max_length=400, help_text="上一页 next 里的记号，不要自己拼")


def encode(key: Any) -> str:
    """The opaque form of the key of a page's last row."""
    text = json.dumps(["1", key], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(cursor: str, kind: type) -> Any:
    """The key again; ``Invalid`` for anything the API has not given out."""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
        version, key = json.loads(text)
    except (binascii.Error, ValueError, TypeError, RecursionError):
        raise _wrong() from None
    if version != "1" or type(key) is not kind or (isinstance(key, str) and "\x00" in key):
        raise _wrong()
    if isinstance(key, int) and not -(2**63) <= key < 2**63:
        raise _wrong()
    return key


def _wrong() -> Invalid:
    return Invalid.parameter("cursor", "翻页记号不对，请原样使用上一页 next 里的地址。")


def page_of(
    rows: QuerySet[Any], params: dict[str, Any], *, key: str = "pk", kind: type = int
) -> tuple[list[Any], str | None]:
    """One page of a queryset in the order of a unique column, and the cursor of the next (None on the last)."""
    rows = rows.order_by(key)
    if cursor := params.get("cursor"):
        rows = rows.filter(**{f"{key}__gt": decode(cursor, kind)})
    found = list(rows[: params["limit"] + 1])
    if len(found) <= params["limit"]:
        return found, None
    found.pop()
    return found, encode(getattr(found[-1], key))


def page_of_list(
    rows: Iterable[T], params: dict[str, Any], *, key: Callable[[T], str]
) -> tuple[Sequence[T], str | None]:
    """The same for rows in memory, in the order of a unique text."""
    ordered = sorted(rows, key=key)
    if cursor := params.get("cursor"):
        after = decode(cursor, str)
        ordered = [row for row in ordered if key(row) > after]
    shown = ordered[: params["limit"]]
    return shown, encode(key(shown[-1])) if len(ordered) > len(shown) else None
