"""How the endpoints are described in OpenAPI: parameters, problem answers and pages are added here, once."""

from __future__ import annotations

from functools import cache
from typing import Any

from drf_spectacular.openapi import AutoSchema as Base
from drf_spectacular.utils import OpenApiResponse, inline_serializer
from rest_framework import serializers

from foundation.core.api.problems import CONTENT_TYPE, PROBLEM_TYPES


class FieldProblemShape(serializers.Serializer):
    """Where something is wrong, and what."""

    detail = serializers.CharField()
    pointer = serializers.CharField(required=False, help_text="正文里的字段，JSON Pointer，如 #/facts/0/value")
    parameter = serializers.CharField(required=False, help_text="地址里的参数")


class Problem(serializers.Serializer):
    """RFC 9457."""

    type = serializers.CharField(help_text="错误种类的地址")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="给人看的说明")
    instance = serializers.CharField(required=False)
    hint = serializers.CharField(required=False, help_text="怎么办")
    errors = FieldProblemShape(many=True, required=False)


@cache
def paged(serializer: type[serializers.Serializer]) -> Any:
    """One page of a list; the same class for the same rows."""
    name = serializer.__name__
    return inline_serializer(
        name=f"{name}Page",
        fields={
            "results": serializer(many=True),
            "next": serializers.CharField(allow_null=True, help_text="下一页的完整地址；null 为最后一页"),
        },
    )


class AutoSchema(Base):
    """Adds the parameters of ``params_class`` to reads, and every problem an endpoint may answer."""

    def get_override_parameters(self) -> list[Any]:
        """From the class the view reads them with."""
        params = getattr(self.view, "params_class", None)
        return [params] if params is not None and self.method == "GET" and params().fields else []

    def get_auth(self) -> list[Any]:
        """Nobody in particular may ask what has no permission to pass."""
        found: list[Any] = super().get_auth()
        return found if self.view.permission_classes else [{}, *found]

    def get_tags(self) -> list[str]:
        """Named on the view; the room it lives in is nobody's business."""
        return [getattr(self.view, "tag", "其他")]

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        found: dict[str, Any] = super()._get_response_bodies(direction)
        for status in self._problems():
            title = next(one.title for one in PROBLEM_TYPES.values() if one.status == status)
            found.setdefault(str(status), self._problem(status, title))
        found["default"] = self._problem("default", "其他错误")
        return found

    def _problem(self, status: Any, title: str) -> dict[str, Any]:
        answer: dict[str, Any] = self._get_response_for_code(
            OpenApiResponse(Problem, description=title), str(status), media_types=[CONTENT_TYPE]
        )
        return answer

    def _problems(self) -> list[int]:
        found = {400, 401, 403, 406, 429}
        if "{" in self.path:
            found.add(404)
        if self.method in ("POST", "PATCH"):
            found |= {404, 409, 413, 415}
        return sorted(found)


def close_bodies(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Bodies are read strictly (:class:`~foundation.core.api.fields.Strict`); the description says so."""
    for name, schema in result.get("components", {}).get("schemas", {}).items():
        if name.endswith("Request") and schema.get("type") == "object" and "properties" in schema:
            schema["additionalProperties"] = False
    return result
