"""What the pages of one enterprise share: finding it, its tabs, who may change it."""

from __future__ import annotations

from typing import Any

from django.http import Http404, QueryDict
from django.urls import reverse

from enterprises.models import Enterprise
from foundation.accounts.http import PortalRequest
from foundation.accounts.may import may
from foundation.accounts.transition import require
from foundation.core.errors import Refused
from foundation.core.verdict import no

TABS = (
    ("enterprise", "概览"),
    ("basic", "基本信息"),
    ("figures", "年度数据"),
    ("patents", "专利"),
    ("partners", "上下游伙伴"),
    ("industry", "产业与细分领域"),
    ("srdi", "专精特新与经营"),
    ("names", "名称与所在地"),
    ("members", "成员"),
)


def seen_enterprise(request: PortalRequest, pk: int, action: str = "enterprise.view") -> Enterprise:
    """The enterprise, if it exists for the actor and the action is allowed; refused with the reason otherwise."""
    rows = Enterprise.objects.select_related("region", "industry", "bureau", "profile").prefetch_related("paths")
    enterprise = rows.filter(pk=pk).first()
    if enterprise is None:
        raise Refused(no("没有这份材料，或它不在您的职责范围内。"))
    require(request.actor, action, enterprise)
    return enterprise


def own_enterprise(request: PortalRequest) -> Enterprise | None:
    """The enterprise of the hat worn, None without one."""
    pk = request.actor.enterprise_id
    return (
        Enterprise.objects.select_related("region", "industry", "bureau", "profile").filter(pk=pk).first()
        if pk
        else None
    )


def firm_context(request: PortalRequest, enterprise: Enterprise, tab: str, **more: Any) -> dict[str, Any]:
    """Context of a page of one enterprise: the enterprise, its tabs, whether its facts may be changed."""
    editable = may(request.actor, "enterprise.edit_facts", enterprise)
    tabs = [
        {"label": label, "url": reverse(f"enterprises:{name}", args=[enterprise.pk]), "current": name == tab}
        for name, label in TABS
        if name != "members" or not request.actor.is_official
    ]
    return {"enterprise": enterprise, "tabs": tabs, "editable": editable, "tab": tab, **more}


def whole_number(text: str | None) -> int | None:
    """A number from a form or an address; None for anything else."""
    return int(text) if text and text.isdecimal() and len(text) < 10 else None


def missing() -> Http404:
    """A page that is not there."""
    return Http404("没有这个页面。")


def posted(request: PortalRequest) -> QueryDict | None:
    """What was sent, also when it was nothing at all; None while the form is only shown."""
    return request.POST if request.method == "POST" else None
