"""The view every endpoint is made of."""

from __future__ import annotations

import hashlib
from typing import Any, ClassVar, TypeVar

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_cache_control
from rest_framework import serializers
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from foundation.core.api.fields import Params
from foundation.core.api.problems import FieldProblem, Invalid, in_address

M = TypeVar("M")


class NoParams(Params):
    """An address that takes none."""


class ApiView(APIView):
    """Reads strictly, answers problems, counts before it works. ``params_class``: the parameters a GET takes."""

    http_method_names = ["get", "head", "post", "patch"]
    params_class: type[Params] = NoParams
    cost = 1
    """How many requests one of these counts as."""
    params: dict[str, Any]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Identity, then the limit (also for a wrong token), then permission, then the parameters."""
        self.format_kwarg = self.get_format_suffix(**kwargs)
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(request)
        request.version, request.versioning_scheme = self.determine_version(request, *args, **kwargs)
        try:
            self.perform_authentication(request)
        except AuthenticationFailed:
            self.check_throttles(request)
            raise
        self.check_throttles(request)
        self.check_permissions(request)
        self.params = self._read_params(request)

    def _read_params(self, request: Request) -> dict[str, Any]:
        reader = (self.params_class if request.method in ("GET", "HEAD") else NoParams)(data=request.query_params)
        if not reader.is_valid():
            raise Invalid(*in_address(reader.errors))
        return dict(reader.validated_data)

    @property
    def actor(self) -> Any:
        """Who asks, resolved by the portal's middleware or by the token."""
        return self.request._request.actor  # type: ignore[attr-defined]

    def body(self, serializer: type[serializers.Serializer], **context: Any) -> dict[str, Any]:
        """The body as the serializer reads it; ``Invalid`` with pointers otherwise."""
        data = self.request.data
        if not isinstance(data, dict):
            raise Invalid(FieldProblem("请求正文应为 JSON 对象。", pointer="#"))
        reader = serializer(data=data, context=context)
        reader.is_valid(raise_exception=True)
        return dict(reader.validated_data)

    def page(self, serializer: type[serializers.Serializer], rows: Any, cursor: str | None) -> Response:
        """One page of a list with the whole address of the next."""
        following = None
        if cursor is not None:
            query = self.request._request.GET.copy()
            query["cursor"] = cursor
            following = f"{self.request._request.build_absolute_uri(self.request.path)}?{query.urlencode()}"
        return Response({"results": serializer(rows, many=True).data, "next": following})

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """What is somebody's own is kept by nobody on the way."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        if not answer.has_header("Cache-Control"):
            patch_cache_control(answer, private=True, no_store=True)
        return answer


class PublicView(ApiView):
    """Open to everybody; a token that is presented must still be right."""

    permission_classes: ClassVar[list[Any]] = []


class ReferenceView(PublicView):
    """A public table that changes a few times a year: it may be kept for minutes and asked for again by its tag."""

    keep_seconds = 300

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """The answer, or 304 when the asker has it already."""
        response = super().dispatch(request, *args, **kwargs)
        if not isinstance(response, HttpResponse) or response.status_code != 200:
            return response
        if isinstance(response, Response):
            response.render()
        tag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
        response["ETag"] = tag
        response["Cache-Control"] = f"public, max-age={self.keep_seconds}"
        return get_conditional_response(request, etag=tag, response=response)
