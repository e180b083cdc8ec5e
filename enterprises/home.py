"""What stands on an enterprise's first page: the things to do today. Higher floors add theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.urls import reverse

from enterprises.dossier import Dossier, dossier_of
from enterprises.models import Enterprise
from enterprises.queries import completeness
from foundation.accounts.actor import Actor
from foundation.accounts.roles import Role
from foundation.core.registries import Registry


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do. ``tone``: late, waiting, calm or ''. Lower ``order`` stands first."""

    title: str
    detail: str
    url: str
    button: str
    tone: str = ""
    order: int = 50


TaskSource = Callable[[Actor, Enterprise], Iterable[Task]]
home_tasks: Registry[TaskSource] = Registry("home task source")
"""``home_tasks.register("reviews.drafts", fn)``: called with actor and enterprise for the home page."""

NOTICE_PLACE = "enterprise_home"
"""Panels named ``enterprise_home.…`` fill the page below the tasks; in their template the context stands under
``panel``.
"""


def tasks_for(actor: Actor, enterprise: Enterprise) -> list[Task]:
    """Everything to do, most pressing first."""
    found = [task for _, source in home_tasks.items() for task in source(actor, enterprise)]
    return sorted(found, key=lambda task: task.order)


def _dossier_tasks(actor: Actor, enterprise: Enterprise) -> Iterable[Task]:
    dossier: Dossier = dossier_of(enterprise.pk)
    open_parts = [part for part in completeness(dossier) if not part.complete]
    if open_parts:
        names = "、".join(part.label for part in open_parts[:3]) + ("等" if len(open_parts) > 3 else "")
        yield Task(
            "企业资料还没有填完",
            f"{names}待补充；填一次，各类申报通用",
            reverse("enterprises:overview"),
            "继续填写",
            "waiting",
            40,
        )


def _request_tasks(actor: Actor, enterprise: Enterprise) -> Iterable[Task]:
    if actor.role == Role.ENTERPRISE_ADMIN:
        for claim in enterprise.claims.filter(state="open").select_related("user"):
            yield Task(
                f"{claim.user}申请加入本企业",
                "由主管部门核对；如不认识此人，请联系主管部门",
                reverse("enterprises:members", args=[enterprise.pk]),
                "查看成员",
                "waiting",
                30,
            )


home_tasks.register("enterprises.dossier", _dossier_tasks)
home_tasks.register("enterprises.requests", _request_tasks)
