"""What the reviews room tells: subject addresses, message kinds, file readers, document kinds, tasks of the home page."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.urls import reverse

from enterprises.home import home_tasks
from foundation.accounts.may import action_labels
from foundation.core.registries import SubjectKind, real_data_probes, subjects
from foundation.notifications import kinds
from reviews import handlers_lifecycle, handlers_notice, handlers_province, lifecycle_papers, papers, rerouting
from reviews.actions import lifecycle_events
from reviews.filing_tasks import tasks_of_firm
from reviews.models import Application

subjects.register("application", SubjectKind("申报材料", lambda pk: reverse("reviews:application", args=[pk])))
subjects.register("dispatch", SubjectKind("报送", lambda pk: reverse("reviews:dispatch", args=[pk])))
subjects.register("plan", SubjectKind("培育计划", lambda pk: reverse("reviews:plan", args=[pk])))
subjects.register("sheet_import", SubjectKind("汇总表导入", lambda pk: reverse("reviews:sheet_import", args=[pk])))
subjects.register("late_permission", SubjectKind("补报许可", lambda pk: reverse("reviews:dispatches")))
real_data_probes.register("申报材料", lambda: Application.objects.exists())
home_tasks.register("reviews.filing", tasks_of_firm)
action_labels.register("application.explain", "填写条件说明")
for _act, _words in (
    ("dispatch.collect", "收入新推荐的材料"),
    ("dispatch.reorder", "调整顺序"),
    ("dispatch.hold", "暂不报送或重新报送"),
    ("dispatch.set_reporter", "填写填报人"),
    ("dispatch.explain", "填写列入说明"),
    ("plan.save", "保存培育计划"),
    ("plan.finish", "培育计划定稿"),
    ("sheet_import.create", "按导入行建立材料"),
    ("sheet_import.dismiss", "不采用导入行"),
):
    action_labels.register(_act, _words)

BOTH = (kinds.INBOX, kinds.MAIL)
THREE = (*BOTH, kinds.SMS)


def _file(payload: dict[str, Any]) -> str:
    return reverse("reviews:application", args=[payload["application"]])


def _dispatch(payload: dict[str, Any]) -> str:
    return reverse("reviews:dispatch", args=[payload["dispatch"]])


def _day(text: str) -> str:
    day = dt.date.fromisoformat(text)
    return f"{day.year}年{day.month}月{day.day}日"


# ---- to the firm -------------------------------------------------------------------------------------------

kinds.register(
    "reviews.acknowledged",
    title="已收到{name}的申报材料",
    body="受理号 {number}。主管部门审核前可以撤回；办理结果会再通知您。",
    url=_file,
    label="申报回执",
    channels=BOTH,
)
kinds.register(
    "reviews.returned",
    title="{name}的申报材料需要补正",
    body=lambda p: (
        f"补正要求：{p['reason'].rstrip('。')}。"
        + (f"请在{_day(p['due_on'])}前修改并重新提交。" if p["due_on"] else "请修改后重新提交。")
    ),
    url=_file,
    label="退回补正",
    channels=THREE,
    sms="{name}的申报材料需要补正，请登录平台查看要求并重新提交。",
    mandatory="不补正就不会再审核",
)
kinds.register(
    "reviews.recommended",
    title="{name}已由县级推荐",
    body=lambda p: f"意见：{p['opinion']}" if p["opinion"] else "",
    url=_file,
    label="推荐结果",
    channels=BOTH,
)
kinds.register(
    "reviews.refused",
    title="{name}未获推荐",
    body="理由：{reason}",
    url=_file,
    label="不予推荐",
    channels=THREE,
    sms="{name}的申报未获推荐，理由请登录平台查看。",
    mandatory="事关申报结果",
)

kinds.register(
    "reviews.listed",
    title="{name}已列入培育名单",
    body="所属轮次：{list}。",
    url=_file,
    label="列入名单",
    channels=THREE,
    sms="{name}已列入培育名单，请登录平台查看。",
    mandatory="事关申报结果",
)

# ---- to bureaus ----------------------------------------------------------------------------------------------

kinds.register(
    "reviews.arrived", title="{name}提交了申报材料", body="受理号 {number}。", url=_file, label="新到申报材料"
)
kinds.register("reviews.withdrawn", title="{name}撤回了申报材料", url=_file, label="企业撤回")
kinds.register(
    "reviews.returned_to_county",
    title="{name}的申报材料被上级退回重新办理",
    body="理由：{reason}",
    url=_file,
    label="上级退回",
    channels=BOTH,
)
kinds.register("reviews.dispatch_sent", title="{bureau}报送：{title}", url=_dispatch, label="收到报送", channels=BOTH)
kinds.register(
    "reviews.dispatch_received", title="{by}已接收：{title}", url=_dispatch, label="报送已接收", channels=BOTH
)
kinds.register(
    "reviews.dispatch_returned",
    title="报送被退回：{title}",
    body="理由：{reason}",
    url=_dispatch,
    label="报送被退回",
    channels=THREE,
    sms="报送被退回：{title}。请登录平台查看理由。",
)
kinds.register(
    "reviews.dispatch_recalled",
    title="{bureau}撤回了报送：{title}",
    body="理由：{reason}",
    url=lambda p: reverse("reviews:dispatches"),
    label="下级撤回报送",
)
kinds.register(
    "reviews.late_granted",
    title="已准予补报：{round}",
    body=lambda p: f"请在{_day(p['until'])}前报送。",
    url=lambda p: reverse("reviews:dispatches"),
    label="准予补报",
    channels=THREE,
    sms="已准予补报：{round}。截止日请登录平台查看。",
)

__all__ = [
    "handlers_lifecycle",
    "handlers_notice",
    "handlers_province",
    "lifecycle_events",
    "lifecycle_papers",
    "papers",
    "rerouting",
]
