"""What changes on the roster tell: message kinds, the address of a proposal, suggestions when a firm ceases (SC-41, P-04)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from cultivation.models import RosterEntry
from enterprises.home import Task, home_tasks
from enterprises.models import Enterprise
from foundation.accounts.actor import Actor
from foundation.accounts.may import action_labels, may
from foundation.accounts.roles import Role
from foundation.core.clock import business_today
from foundation.core.registries import NavItem, Panel, SubjectKind, nav, panels, subjects
from foundation.notifications import kinds
from reviews import lifecycle_jobs  # noqa: F401 - registers its jobs
from reviews.lifecycle_queries import waiting, words_of
from reviews.models import Proposal
from reviews.states import PROPOSAL_OPEN, ProposalState

subjects.register("proposal", SubjectKind("名单调整", lambda pk: reverse("reviews:proposal", args=[pk])))
action_labels.register("proposal.suggested", "提示可能需要调整名单")

BOTH = (kinds.INBOX, kinds.MAIL)
THREE = (*BOTH, kinds.SMS)


def _page(payload: dict[str, Any]) -> str:
    return reverse("reviews:proposal", args=[payload["proposal"]])


def _day(text: str) -> str:
    day = dt.date.fromisoformat(text)
    return f"{day.year}年{day.month}月{day.day}日"


kinds.register(
    "reviews.proposal_raised",
    title="{by}建议：{name}{what}",
    body="理由：{reason}",
    url=_page,
    label="名单调整建议",
)
kinds.register(
    "reviews.hearing_opened",
    title="就“{what}”听取{name}意见",
    body=lambda p: (
        f"{p['by']}拟对{p['name']}作出“{p['what']}”决定。"
        f"请在{_day(p['until'])}前陈述意见，可附证明材料；也可交书面意见由主管部门代录。"
    ),
    url=_page,
    label="听取意见",
    channels=THREE,
    sms="{by}就名单调整听取{name}意见，请登录平台查看期限并陈述。",
    mandatory="事关名单资格，期满即可作出决定",
)
kinds.register(
    "reviews.case_stated",
    title="{name}已陈述意见",
    body="事项：{what}。可以查看陈述和材料后作出决定。",
    url=_page,
    label="企业陈述意见",
)
kinds.register(
    "reviews.proposal_decided",
    title="{name}：{what}",
    body=lambda p: (
        f"{p['by']}已作出决定，自{_day(p['on'])}起生效。"
        + (f"观察期至{_day(p['due_on'])}。" if p["due_on"] else "")
        + (f"意见：{p['opinion'].rstrip('。')}。" if p["opinion"] else "")
        + "决定书见本页。"
    ),
    url=_page,
    label="名单调整决定",
    channels=THREE,
    sms="{by}已对{name}作出名单调整决定，请登录平台查看决定书。",
    mandatory="事关名单资格",
)
kinds.register(
    "reviews.proposal_dropped",
    title="{name}：不作“{what}”",
    body="理由：{reason}",
    url=_page,
    label="名单调整建议不采纳",
    channels=BOTH,
)
kinds.register(
    "reviews.leave_asked",
    title="{name}申请退出培育名单",
    body="理由：{reason}",
    url=_page,
    label="企业申请退出名单",
)
kinds.register(
    "reviews.leave_suggested",
    title="{name}{what}，但仍在培育名单中",
    body="请核实后决定是否提出名单调整；系统不会自动移出。",
    url=lambda p: reverse("reviews:propose", args=[p["entry"]]),
    label="可能需要调整名单",
)


# ---- on other rooms' pages -----------------------------------------------------------------------------------


def _of_entry(actor: Actor, entry: Any) -> dict[str, Any] | None:
    """What was proposed for an entry, and the way to propose something."""
    rows = list(Proposal.objects.visible_to(actor).filter(entry=entry).select_related("bureau").order_by("-id"))
    can = may(actor, "proposal.make", entry) if actor.is_official else None
    free = bool(can) and not any(row.state in PROPOSAL_OPEN for row in rows)
    if not rows and not free:
        return None
    return {"rows": [(row, *words_of(row, firm=actor.is_enterprise)) for row in rows], "entry": entry, "free": free}


def _of_firm(actor: Actor, enterprise_id: Any) -> dict[str, Any] | None:
    """The firm's own page of entries: what runs, what was decided, and the way to ask to leave."""
    rows = list(Proposal.objects.visible_to(actor).filter(enterprise_id=enterprise_id).select_related("bureau"))
    busy = {row.entry_id for row in rows if row.state in PROPOSAL_OPEN}
    free = []
    if actor.role == Role.ENTERPRISE_ADMIN:
        current = RosterEntry.objects.visible_to(actor).filter(enterprise_id=enterprise_id, until__isnull=True)
        free = list(current.exclude(pk__in=busy).order_by("since", "id"))
    if not rows and not free:
        return None
    return {"rows": [(row, *words_of(row, firm=True)) for row in rows], "free": free}


panels.register("roster_entry.proposals", Panel("reviews/lifecycle/_entry.html", 10, _of_entry))
panels.register("my_roster.proposals", Panel("reviews/lifecycle/_mine.html", 10, _of_firm))


def _tasks(actor: Actor, enterprise: Enterprise) -> Iterable[Task]:
    """A hearing that runs stands first on the firm's page."""
    if not actor.is_enterprise or actor.enterprise_id != enterprise.pk:
        return
    rows = Proposal.objects.visible_to(actor).filter(
        enterprise=enterprise,
        state=ProposalState.HEARING,
        stated_at__isnull=True,
        hearing_until__gte=business_today(),
    )
    for row in rows.select_related("bureau").order_by("hearing_until"):
        assert row.hearing_until is not None
        yield Task(
            f"{row.bureau.name}就名单调整听取您的意见",
            f"请在 {row.hearing_until.month}月{row.hearing_until.day}日前陈述意见，期满即可作出决定",
            reverse("reviews:proposal", args=[row.pk]),
            "陈述意见",
            "late",
            1,
        )


home_tasks.register("reviews.lifecycle", _tasks)
nav.register(
    "reviews.lifecycle",
    NavItem(
        "名单调整",
        "reviews:proposals",
        510,
        show=lambda actor: actor.is_official and bool(may(actor, "proposal.list")),
        count=waiting,
        prefix="/reviews/lifecycle/",
    ),
)
