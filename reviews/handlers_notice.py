"""What public notices and objections tell: addresses, message kinds, readers of attachments, the day's look (P-03)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.urls import reverse

from foundation.core.registries import Panel, SubjectKind, panels, subjects
from foundation.notifications import kinds, recipients
from reviews import notice_jobs, notice_papers, objection_files
from reviews.models import Objection
from reviews.public_notices import dispatch_panel, public_panel

subjects.register("public_notice", SubjectKind("公示", lambda pk: reverse("reviews:public_notice", args=[pk])))
subjects.register("objection", SubjectKind("异议", lambda pk: reverse("reviews:objection", args=[pk])))
panels.register("welcome.notices", Panel("reviews/notice/_welcome.html", 5, public_panel))
panels.register("dispatches.notice", Panel("reviews/notice/_dispatches.html", 10, dispatch_panel))


# ---- somebody without an account -----------------------------------------------------------------------------


def _contact(objection_id: int) -> tuple[str, str]:
    found = Objection.objects.filter(pk=objection_id).values_list("email", "phone").first()
    return found or ("", "")


recipients.register("objection", people=lambda objection_id: [], contact=_contact)


# ---- messages ------------------------------------------------------------------------------------------------

BOTH = (kinds.INBOX, kinds.MAIL)


def _notice(payload: dict[str, Any]) -> str:
    return reverse("reviews:public_notice", args=[payload["notice"]])


def _public(payload: dict[str, Any]) -> str:
    return reverse("reviews:notice", args=[payload["notice"]])


def _objection(payload: dict[str, Any]) -> str:
    return reverse("reviews:objection", args=[payload["objection"]])


def _day(text: str) -> str:
    day = dt.date.fromisoformat(text)
    return f"{day.month}月{day.day}日"


def _outcome(payload: dict[str, Any]) -> str:
    """The result with its reply, read when the letter is written: neither lies in the outbox."""
    found = Objection.objects.filter(pk=payload["objection"]).first()
    told = f"您对《{payload['title']}》提出的异议（回执 {payload['receipt']}）已办结"
    if found is None or not found.reply:
        return f"{told}。凭回执编号和查询码可在平台查看答复。"
    return f"{told}：{found.get_state_display()}。答复：{found.reply}"


kinds.register(
    "reviews.in_notice",
    title="{name}已列入公示",
    body=lambda p: f"《{p['title']}》，公示期{_day(p['from'])}至{_day(p['to'])}。",
    url=_public,
    label="列入公示",
    channels=BOTH,
)
kinds.register(
    "reviews.struck",
    title="{name}已从公示名单中撤下",
    body="理由：{reason}",
    url=lambda p: reverse("reviews:application", args=[p["application"]]),
    label="从公示中撤下",
    channels=BOTH,
    mandatory="事关申报结果",
)
kinds.register(
    "reviews.notice_over",
    title="公示期已满：{title}",
    body=lambda p: (
        f"公示期至{_day(p['to'])}已满，请办理结束公示。"
        + (f"还有 {p['open']} 件异议没有办结，所涉企业暂不列入名单。" if p["open"] else "没有未办结的异议。")
    ),
    url=_notice,
    label="公示期满",
    channels=BOTH,
)
kinds.register(
    "reviews.objection_arrived",
    title="收到一件公示异议（{receipt}）",
    body="对《{title}》的异议，内容只在异议办理页面上显示。",
    url=_objection,
    label="收到异议",
    channels=BOTH,
)
kinds.register(
    "reviews.objection_overdue",
    title="异议办理已超期（{receipt}）",
    body=lambda p: f"应于{_day(p['due'])}前办结，请尽快核实答复。",
    url=_objection,
    label="异议办理超期",
    channels=BOTH,
)
kinds.register(
    "reviews.objection_receipt",
    title="已收到您的异议（回执 {receipt}）",
    body="您对《{title}》提出的异议已收到。凭回执编号和查询码可在平台查询办理情况；查询码只在提交时显示，不通过邮件发送。",
    url=lambda p: reverse("reviews:objection_status"),
    label="异议回执",
    channels=(kinds.MAIL,),
    mandatory="异议人没有账号，只能用邮件答复",
)
kinds.register(
    "reviews.objection_settled",
    title="您的异议已办结（回执 {receipt}）",
    body=_outcome,
    url=lambda p: reverse("reviews:objection_status"),
    label="异议答复",
    channels=(kinds.MAIL,),
    mandatory="异议人没有账号，只能用邮件答复",
)

__all__ = ["notice_jobs", "notice_papers", "objection_files"]
