"""Reading a JSON body: bounded, exact, and never a crash whatever is sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NoReturn

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from foundation.core.api.problems import TooLarge

_NOT_JSON = "请求正文不是合法的 JSON（UTF-8）。"


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")


class JSONParser(BaseParser):
    """``application/json``; numbers with a point become ``Decimal``, so that 0.1 is 0.1."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        """The value; ``ParseError`` for what is no JSON, ``TooLarge`` beyond ``API_BODY_MAX_BYTES``."""
        limit = settings.API_BODY_MAX_BYTES
        content = stream.read(limit + 1)
        if len(content) > limit:
            raise TooLarge(f"请求正文超过 {limit // 1024} KB，请分几次提交。")
        try:
            return json.loads(content.decode("utf-8"), parse_float=Decimal, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            raise ParseError(_NOT_JSON) from None
