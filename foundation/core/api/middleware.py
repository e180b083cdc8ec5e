"""Answers below /api/ are problems even where no endpoint made them: unknown addresses, an ended visit, a crash."""

from __future__ import annotations

import json
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from foundation.core.api.problems import CONTENT_TYPE, problem, problem_for

PREFIX = "/api/"
_DETAILS = {
    400: "请求不完整或不合法。",
    403: "没有办理：身份可能刚刚变更，请核对后再试。",
    404: "没有这个地址。请核对路径，末尾要有斜杠。",
    413: "请求正文过大。",
    500: "系统出错，已记入日志。请稍后再试。",
    503: "系统暂不可用，请稍后再试。",
}


class ProblemMiddleware:
    """Stands outside the sessions: a request with a token carries no visit, so a forgotten cookie changes nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(PREFIX):
            return self.get_response(request)
        if request.headers.get("Authorization"):
            request.COOKIES.pop(settings.SESSION_COOKIE_NAME, None)
        return self._as_problem(request, self.get_response(request))

    @staticmethod
    def _as_problem(request: HttpRequest, response: HttpResponse) -> HttpResponse:
        status = response.status_code
        led_away = response.get("HX-Redirect") or (response.get("Location", "") if status in (301, 302) else "")
        if status < 400 and not led_away.startswith("/accounts/"):
            return response
        if response.get("Content-Type", "").startswith(CONTENT_TYPE):
            return response
        if status < 400:
            return problem("unauthenticated", "登录已超时，或账号要先在网页上完成一步（如修改密码）。", request=request)
        answer = problem_for(status, _reason(response) or _DETAILS.get(status, "请求没有办理。"), request=request)
        if status == 405:
            answer["Allow"] = response.get("Allow", "")
        return answer


def _reason(response: HttpResponse) -> str:
    """The sentence of an answer the portal made for scripts of its pages."""
    if not response.get("Content-Type", "").startswith("application/json") or response.streaming:
        return ""
    try:
        told = json.loads(response.content)
    except ValueError:
        return ""
    return str(told.get("reason", "")) if isinstance(told, dict) else ""
