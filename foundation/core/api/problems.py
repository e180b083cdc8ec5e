"""Every error of the API in the one form of RFC 9457: ``application/problem+json`` with a Chinese ``detail``.

``type`` is an address that can be opened (/api/v1/problems/#invalid); ``errors`` names what is wrong by JSON pointer
(``#/facts/0/value``) or, in the address, by parameter.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions, status

from foundation.core.errors import Refused

CONTENT_TYPE = "application/problem+json"
ROOT = "/api/v1/"
"""Where the door (portal/api) hangs all endpoints; a room below it cannot ask the door."""
TYPES = f"{ROOT}problems/"
"""Address of the list of types; the code follows as a fragment."""


@dataclass(frozen=True, slots=True)
class ProblemType:
    """One kind of error: stable code, status, Chinese title, what a program does about it."""

    code: str
    status: int
    title: str
    meaning: str


_TYPES = (
    ProblemType("unreadable", 400, "内容读不懂", "请求正文不是合法的 JSON，改正后再发。"),
    ProblemType("invalid", 400, "内容不符合要求", "逐项看 errors：pointer 指正文里的字段，parameter 指地址里的参数。"),
    ProblemType("unauthenticated", 401, "没有有效的身份", "没有带令牌，或令牌已过期、撤销，或对应的身份已停用。"),
    ProblemType("refused", 403, "不能办理", "身份有效，但不能办理这件事；detail 说明原因，hint 说明怎么办。"),
    ProblemType("not_found", 404, "没有这一项", "地址不对，或它不在这个身份的职责范围内。"),
    ProblemType("method_not_allowed", 405, "不支持这种方法", "看响应头 Allow。"),
    ProblemType("not_acceptable", 406, "没有这种格式", "Accept 要求的格式不提供。"),
    ProblemType("stale", 409, "已有人先改动", "取回最新内容和版本号，核对后再提交。"),
    ProblemType("too_large", 413, "内容过大", "请求正文超过上限，分几次提交。"),
    ProblemType("unsupported_media_type", 415, "正文格式不支持", "正文用 application/json。"),
    ProblemType("too_many_requests", 429, "请求过于频繁", "等到响应头 Retry-After 所说的秒数之后再试。"),
    ProblemType("error", 500, "系统错误", "已记入日志；稍后再试，仍不行请联系系统管理员。"),
    ProblemType("unavailable", 503, "系统暂不可用", "正在维护或启动，稍后再试。"),
)
PROBLEM_TYPES = {one.code: one for one in _TYPES}
_BY_STATUS = {one.status: one for one in reversed(_TYPES) if one.code != "unreadable"}


class TooLarge(exceptions.APIException):
    """The body is larger than the API reads."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "请求正文过大。"


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One thing that is wrong, and where: in the body (``pointer``) or in the address (``parameter``)."""

    detail: str
    pointer: str = ""
    parameter: str = ""

    def as_json(self) -> dict[str, str]:
        """As told in ``errors``."""
        found = {"detail": self.detail, "pointer": self.pointer, "parameter": self.parameter}
        return {name: text for name, text in found.items() if text}


class Invalid(exceptions.ValidationError):
    """A request whose parts were understood and are wrong: each with the place it stands in."""

    def __init__(self, *problems: FieldProblem) -> None:
        self.problems = problems
        super().__init__([one.detail for one in problems])

    @classmethod
    def at(cls, pointer: str, detail: str) -> Invalid:
        """One wrong field of the body: ``Invalid.at("/industry", "…")``."""
        return cls(FieldProblem(detail, pointer=f"#{pointer}"))

    @classmethod
    def parameter(cls, name: str, detail: str) -> Invalid:
        """One wrong parameter of the address."""
        return cls(FieldProblem(detail, parameter=name))


def in_body(detail: Any, pointer: str = "") -> Iterator[FieldProblem]:
    """Every message of a serializer's errors with its JSON pointer."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            own = "" if name == "non_field_errors" else "/" + str(name).replace("~", "~0").replace("/", "~1")
            yield from in_body(inner, pointer + own)
    elif isinstance(detail, list | tuple):
        for place, inner in enumerate(detail):
            yield from in_body(inner, f"{pointer}/{place}" if isinstance(inner, Mapping) and inner else pointer)
    elif detail:
        yield FieldProblem(str(detail), pointer=f"#{pointer}")


def in_address(detail: Mapping[str, Any]) -> Iterator[FieldProblem]:
    """The same for the parameters of an address."""
    for name, messages in detail.items():
        for text in messages if isinstance(messages, list | tuple) else [messages]:
            yield FieldProblem(str(text), parameter=str(name))


def problem(
    code: str,
    detail: str,
    *,
    request: HttpRequest | None = None,
    errors: Iterable[FieldProblem] = (),
    hint: str = "",
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """The answer itself."""
    known = PROBLEM_TYPES[code]
    body: dict[str, Any] = {
        "type": f"{TYPES}#{code}",
        "title": known.title,
        "status": known.status,
        "detail": detail,
    }
    if request is not None:
        body["instance"] = request.path
    if hint:
        body["hint"] = hint
    if told := [one.as_json() for one in errors]:
        body["errors"] = told
    text = json.dumps(body, ensure_ascii=False)
    return HttpResponse(text, status=known.status, content_type=CONTENT_TYPE, headers=dict(headers or {}))


def problem_for(status_code: int, detail: str, *, request: HttpRequest | None = None) -> HttpResponse:
    """The answer to an error that was made outside the API's own views (an unknown address, a crash)."""
    fallback = PROBLEM_TYPES["error" if status_code >= 500 else "invalid"]
    return problem(_BY_STATUS.get(status_code, fallback).code, detail, request=request)


def handle(exc: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """``EXCEPTION_HANDLER`` of the framework: every error it knows as a problem; None lets a crash be a crash."""
    request = context["request"]._request
    if isinstance(exc, Refused):
        code = {401: "unauthenticated", 409: "stale"}.get(exc.status, "refused")
        return problem(code, exc.verdict.reason, request=request, hint=exc.verdict.hint)
    if isinstance(exc, Http404):
        return problem("not_found", _text(exc) or "没有这一项，或它不在您的职责范围内。", request=request)
    if isinstance(exc, PermissionDenied):
        return problem("refused", _text(exc) or "不能办理。", request=request)
    if isinstance(exc, Invalid):
        return _invalid(exc.problems, request)
    if isinstance(exc, exceptions.ValidationError):
        return _invalid(tuple(in_body(exc.detail)), request)
    if isinstance(exc, exceptions.APIException):
        return _known(exc, request)
    return None


def _text(exc: Exception) -> str:
    return str(exc.args[0]) if exc.args and isinstance(exc.args[0], str) else ""


def _invalid(problems: tuple[FieldProblem, ...], request: HttpRequest) -> HttpResponse:
    first = problems[0].detail if problems else "内容不符合要求。"
    detail = first if len(problems) < 2 else f"有 {len(problems)} 处不符合要求，逐项见 errors。"
    return problem("invalid", detail, request=request, errors=problems)


def _known(exc: exceptions.APIException, request: HttpRequest) -> HttpResponse:
    headers: dict[str, str] = {}
    if getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = exc.auth_header  # type: ignore[attr-defined]
    detail = str(exc.detail)
    if isinstance(exc, exceptions.ParseError):
        return problem("unreadable", detail, request=request)
    if isinstance(exc, exceptions.NotAuthenticated):
        detail = "这个地址需要令牌或登录。"
    if isinstance(exc, exceptions.Throttled):
        seconds = max(1, int(getattr(exc, "wait", None) or 1))
        headers["Retry-After"] = str(seconds)
        detail = f"请求过于频繁，请 {seconds} 秒后再试。"
    if isinstance(exc, exceptions.MethodNotAllowed):
        detail = "这个地址不支持这种方法，可用的方法见响应头 Allow。"
    if isinstance(exc, exceptions.UnsupportedMediaType):
        detail = "请求正文的格式不支持，请用 application/json。"
    if isinstance(exc, exceptions.NotAcceptable):
        detail = "不提供 Accept 所要求的格式。"
    known = _BY_STATUS.get(exc.status_code, PROBLEM_TYPES["error"])
    return problem(known.code, detail, request=request, headers=headers)
