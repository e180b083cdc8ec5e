"""Tells how many statements a page cost when asked to: header ``X-Count``. ``cold`` counts as if nothing were kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test.utils import override_settings


class CountingMiddleware:
    """The first of all; it costs a look at a header otherwise."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        how = request.headers.get("X-Count")
        if how is None:
            return self.get_response(request)
        count = 0

        def counted(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
            nonlocal count
            count += 1
            return execute(sql, params, many, context)

        kept = {"COUNTERS_SECONDS": 0} if how == "cold" else {}
        with connection.execute_wrapper(counted), override_settings(**kept):
            response = self.get_response(request)
        response["X-Statements"] = str(count)
        return response
