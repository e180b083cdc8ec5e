"""The root, the kinds of problems, the OpenAPI description and the page that shows it."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.core.api.problems import PROBLEM_TYPES, TYPES
from foundation.core.api.schema import paged
from foundation.core.api.views import PublicView, ReferenceView
from foundation.core.clock import business_today, current_installation


class RootAnswer(serializers.Serializer):
    """What this installation is."""

    name = serializers.CharField()
    version = serializers.CharField(help_text="接口的版本；v1 之内只增不改")
    business_date = serializers.DateField(help_text="业务日；演练环境里与真实日期不同")
    rehearsal = serializers.BooleanField(help_text="演练环境，企业与数据均为虚构")
    openapi = serializers.CharField()
    documentation = serializers.CharField()


class ProblemTypeRow(serializers.Serializer):
    """One kind of error."""

    type = serializers.CharField()
    code = serializers.CharField()
    status = serializers.IntegerField()
    title = serializers.CharField()
    meaning = serializers.CharField()


class RootView(PublicView):
    """The first address a program asks."""

    tag = "关于接口"

    @extend_schema(operation_id="root", summary="接口与业务日", responses=RootAnswer)
    def get(self, request: Request) -> Response:
        """Version, business day, where the description is."""
        told = {
            "name": "梯度 Tidu",
            "version": "v1",
            "business_date": business_today(),
            "rehearsal": current_installation().is_rehearsal,
            "openapi": reverse("portal:api_openapi"),
            "documentation": reverse("portal:api_docs"),
        }
        return Response(RootAnswer(told).data)


class ProblemList(ReferenceView):
    """Kinds of errors; ``type`` of a problem leads here."""

    tag = "关于接口"

    @extend_schema(operation_id="problems", summary="错误的种类", responses=paged(ProblemTypeRow))
    def get(self, request: Request) -> Response:
        """One page."""
        rows = [
            {
                "type": f"{TYPES}#{one.code}",
                "code": one.code,
                "status": one.status,
                "title": one.title,
                "meaning": one.meaning,
            }
            for one in PROBLEM_TYPES.values()
        ]
        return self.page(ProblemTypeRow, rows, None)


@cache
def openapi() -> bytes:
    """The description of every endpoint, made once per process."""
    schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return json.dumps(schema, ensure_ascii=False).encode()


class OpenApiView(ReferenceView):
    """OpenAPI 3.1."""

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        """The description itself."""
        return HttpResponse(openapi(), content_type="application/json")


@login_not_required
@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """接口说明: the description as a page, from this host alone."""
    return render(request, "portal/api_docs.html")
