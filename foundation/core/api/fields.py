"""Fields that take exactly what they say: no ``"1"`` for 1, no 1 for ``"1"``, no name that is not described."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.validators import (
    MaxLengthValidator,
    MinLengthValidator,
    ProhibitNullCharactersValidator,
    RegexValidator,
)
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.validators import ProhibitSurrogateCharactersValidator

FIRST_DAY, LAST_DAY = dt.date(1949, 10, 1), dt.date(2100, 12, 31)
"""Days the API reads: no law, licence or file of the portal lies outside."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_LARGEST = Decimal("1e12")
AMOUNT_TEXT = r"^-?\d{1,12}(\.\d{1,2})?$"


class Strict(serializers.Serializer):
    """A body that refuses names it does not know: a typing error is told, not passed over."""

    def to_internal_value(self, data: Any) -> Any:
        """The values; unknown names are errors at their own pointer."""
        if isinstance(data, dict) and (unknown := [name for name in data if name not in self.fields]):
            raise serializers.ValidationError({str(name)[:60]: ["没有这个字段。"] for name in unknown})
        return super().to_internal_value(data)


class Params(serializers.Serializer):
    """The parameters of an address; unknown ones are refused, since a mistyped filter would show everything."""

    def to_internal_value(self, data: Any) -> Any:
        """The values; each at most once."""
        unknown = [name for name in data if name not in self.fields]
        if unknown:
            raise serializers.ValidationError({str(name)[:60]: ["没有这个参数。"] for name in unknown})
        twice = [name for name in data if hasattr(data, "getlist") and len(data.getlist(name)) > 1]
        if twice:
            raise serializers.ValidationError({name: ["这个参数只能给一次。"] for name in twice})
        return super().to_internal_value(dict(data.items()))


class Text(serializers.Field):
    """A string and nothing else; trimmed, without control characters."""

    default_error_messages = {"type": "应为字符串。", "blank": "不能为空。"}

    def __init__(self, *, max_length: int, min_length: int = 0, pattern: str = "", **options: Any) -> None:
        self.max_length, self.min_length, self.pattern = max_length, min_length, pattern
        super().__init__(**options)
        self.validators = [
            *self.validators,
            MaxLengthValidator(max_length),
            ProhibitNullCharactersValidator(),
            ProhibitSurrogateCharactersValidator(),
        ]
        if min_length:
            self.validators.append(MinLengthValidator(min_length))
        if pattern:
            self.validators.append(RegexValidator(pattern, "写法不对。"))

    def to_internal_value(self, data: Any) -> str:
        """The text, trimmed."""
        if not isinstance(data, str):
            self.fail("type")
        return data.strip()

    def to_representation(self, value: Any) -> str:
        """As it is."""
        return str(value)


class Whole(serializers.IntegerField):
    """A JSON integer; ``"5"``, 5.0 and true are refused in a body (an address has only text, use IntegerField there)."""

    default_error_messages = {"type": "应为整数。"}

    def to_internal_value(self, data: Any) -> int:
        """The number."""
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("type")
        return data


class YesNo(serializers.BooleanField):
    """true or false, not their spellings."""

    default_error_messages = {"type": "应为 true 或 false。"}

    def to_internal_value(self, data: Any) -> bool:
        """The answer."""
        if not isinstance(data, bool):
            self.fail("type")
        return data


class TextDescription(OpenApiSerializerFieldExtension):
    """How :class:`Text` stands in OpenAPI."""

    target_class = "foundation.core.api.fields.Text"

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        """Lengths and pattern as they are checked."""
        field = self.target
        found: dict[str, Any] = {"type": "string", "maxLength": field.max_length}
        if field.min_length:
            found["minLength"] = field.min_length
        if field.pattern:
            found["pattern"] = field.pattern
        return found


@extend_schema_field(
    {
        "anyOf": [{"type": "string", "pattern": AMOUNT_TEXT}, {"type": "number"}],
        "description": "万元，最多两位小数；建议用字符串，以免浮点误差",
    }
)
class Amount(serializers.Field):
    """Money in 万元 as text (``"12345.67"``) or as a JSON number, at most two places; exact either way."""

    default_error_messages = {
        "type": '应为金额（万元），例如 "12345.67"。',
        "places": "最多两位小数。",
        "large": "过大，请核对单位是否为万元。",
        "negative": "不能是负数。",
    }

    def __init__(self, *, negative: bool = False, **options: Any) -> None:
        self.negative = negative
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> Decimal:
        """The exact amount."""
        if isinstance(data, bool) or not isinstance(data, str | int | Decimal):
            self.fail("type")
        if isinstance(data, str) and not re.fullmatch(AMOUNT_TEXT[1:-1], data):
            self.fail("type")
        try:
            value = Decimal(data)
        except (InvalidOperation, ValueError):
            self.fail("type")
        if not value.is_finite() or abs(value) >= _LARGEST:
            self.fail("large")
        exponent = value.normalize().as_tuple().exponent
        if isinstance(exponent, int) and exponent < -2:
            self.fail("places")
        if value < 0 and not self.negative:
            self.fail("negative")
        return value

    def to_representation(self, value: Any) -> str:
        """``"12345.67"``."""
        return f"{Decimal(value):.2f}"


class Day(serializers.DateField):
    """``2018-03-10`` and no other spelling, inside the years the portal knows."""

    default_error_messages = {
        "form": "应为 2018-03-10 这样的日期。",
        "range": "日期应在 1949-10-01 至 2100-12-31 之间。",
    }

    def to_internal_value(self, value: Any) -> dt.date:
        """The day."""
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            self.fail("form")
        try:
            day = dt.date.fromisoformat(value)
        except ValueError:
            self.fail("form")
        if not FIRST_DAY <= day <= LAST_DAY:
            self.fail("range")
        return day
