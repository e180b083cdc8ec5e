"""Reminders and signals: how their messages read, where they lead, and the jobs of the day."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.urls import reverse

from foundation.core.registries import SubjectKind, subjects
from foundation.duties import daily
from foundation.duties.models import Obligation
from foundation.notifications import kinds
from foundation.notifications.kinds import INBOX, MAIL, SMS
from monitoring.actions.chasing import BUREAU_KINDS, KINDS, chase
from monitoring.actions.signals import find_signals
from monitoring.models import MonthlyReturn

subjects.register("signal", SubjectKind("监测信号", lambda pk: reverse("monitoring:signal", args=[pk])))
subjects.register("chase_night", SubjectKind("催报", lambda pk: reverse("monitoring:tonight")))
subjects.register("chase_ladder", SubjectKind("催报阶梯", lambda pk: reverse("monitoring:tonight")))

MUST = "事关是否留在名单"
CHANNELS = {"inbox": INBOX, "mail": MAIL, "sms": SMS}
SHORT = "{name}{month}月报应于{day}前报送，请登录平台填报，已报请忽略。"


def _standing(p: dict[str, Any]) -> str:
    left = int(p["left"])
    return f"还有{left}天到期" if left > 0 else "今天到期" if left == 0 else f"已逾期{-left}天"


def _own_return(p: dict[str, Any]) -> str:
    return reverse("monitoring:return", args=[p["return"]])


def _still_owed(p: dict[str, Any]) -> bool:
    """Asked right before a letter or an SMS goes out: a firm that has filed meanwhile is not chased."""
    rows = MonthlyReturn.objects.filter(pk=p["return"], obligation__status=Obligation.Status.OPEN)
    return rows.exclude(entry__until__isnull=False).exists()


for _ways, _kind in KINDS.items():
    kinds.register(
        _kind,
        title=lambda p: f"{p['month']}月报{_standing(p)}",
        body="{name}：{month}的运行监测月报应在{day}前报送。本月没有经营活动的，也请作零申报或停产申报。",
        url=_own_return,
        label={"inbox": "月报提醒", "mail": "月报提醒（站内和邮件）", "sms": "月报催报"}[_ways[-1]],
        channels=tuple(CHANNELS[way] for way in _ways),
        mandatory=MUST if _ways[-1] == "sms" else "",
        sms=SHORT if _ways[-1] == "sms" else "",
        wanted=_still_owed,
    )

kinds.register(
    "monitoring.urged",
    title="请尽快报送{month}月报",
    body=lambda p: f"主管部门督促：{p['name']}{p['month']}的运行监测月报{_standing(p)}，期限是{p['day']}。",
    url=_own_return,
    label="主管部门督促",
    channels=(INBOX, MAIL, SMS),
    mandatory=MUST,
    sms="主管部门督促：" + SHORT,
    wanted=_still_owed,
)


def _lagging(p: dict[str, Any]) -> str:
    names, more = p["names"], p["count"] - len(p["names"])
    parts = []
    if names:
        parts.append("、".join(names) + (f" 等{p['count']}家" if more > 0 and not p["counties"] else ""))
    if p["counties"]:
        parts.append("各县市区：" + "、".join(p["counties"]))
    return "；".join(parts) + "。请督促企业尽快报送。"


for _ways, _kind in BUREAU_KINDS.items():
    kinds.register(
        _kind,
        title="{count}家企业未报{period}月报",
        body=_lagging,
        url=lambda p: f"{reverse('monitoring:board')}?period={p['period']}",
        label={"inbox": "未报企业（站内）", "mail": "未报企业"}[_ways[-1]],
        channels=tuple(CHANNELS[way] for way in _ways),
    )


def _own_months(p: dict[str, Any]) -> str:
    return reverse("monitoring:mine")


kinds.register(
    "monitoring.signal_warning",
    title="月报漏报提醒",
    body="{title}。请尽快补报；连续或累计漏报达到规定次数的，主管部门将研究是否从名单中移出。",
    label="漏报提醒",
    channels=(INBOX, MAIL),
    mandatory=MUST,
    url=_own_months,
)
kinds.register(
    "monitoring.signal_breach",
    title="未按规定开展运行监测",
    body="{title}。主管部门将研究提出名单调整建议；作出决定前会听取贵企业的意见。",
    label="未按规定监测",
    channels=(INBOX, MAIL),
    mandatory=MUST,
    url=_own_months,
)
kinds.register(
    "monitoring.signal_growth_fall",
    title="成长性指标下滑",
    body="{title}。主管部门将研究是否列入观察期；数据有误的请及时更正。",
    label="成长性指标下滑",
    channels=(INBOX, MAIL),
    mandatory=MUST,
    url=_own_months,
)
kinds.register(
    "monitoring.signal",
    title="监测信号：{title}",
    url=lambda p: reverse("monitoring:signal", args=[p["signal"]]),
    label="监测信号",
)


@daily.job("monitoring.signals", label="查找漏报和成长性下滑", order=30)
def signals_of_the_day(day: dt.date) -> str:
    """Breach, growth and observation signals of the day (SC-34, SC-36, SC-41)."""
    found = find_signals(day)
    return "、".join(f"{kind} {number}" for kind, number in sorted(found.items())) or "没有新的信号"


@daily.job("monitoring.chase", label="月报催报", order=40)
def chase_of_the_day(day: dt.date) -> str:
    """The reminders of the day (SC-39, SC-40)."""
    sent = chase(day)
    return "、".join(f"{code} {number} 条" for code, number in sorted(sent.items())) or "今天没有要催报的"
