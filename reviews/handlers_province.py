"""What the province's decision and lists tell: subject addresses, message kinds, words of acts without a rule."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from foundation.accounts.may import action_labels
from foundation.core.registries import SubjectKind, subjects
from foundation.notifications import kinds
from reviews import province_papers

subjects.register("approval", SubjectKind("审定", lambda pk: reverse("reviews:approval", args=[pk])))
subjects.register("publishing", SubjectKind("公布名单", lambda pk: reverse("reviews:publishing", args=[pk])))
for _act, _words in (
    ("approval.collect", "收入新接收的材料"),
    ("approval.set_outcome", "标注例外"),
    ("publishing.refresh", "更新名单"),
    ("publishing.leave_out", "移出本次名单"),
    ("publishing.set_heading", "填写标题和文号"),
    ("publishing.explain", "填写列入说明"),
    ("publishing.publish", "公布名单"),
):
    action_labels.register(_act, _words)

BOTH = (kinds.INBOX, kinds.MAIL)


def _file(payload: dict[str, Any]) -> str:
    return reverse("reviews:application", args=[payload["application"]])


# ---- to the firm -------------------------------------------------------------------------------------------

kinds.register(
    "reviews.approved",
    title="{name}已通过省级审定",
    body=lambda p: f"接下来是{p['next']}；公布名单后才正式列入，期间无需办理。" if p["next"] else "",
    url=_file,
    label="省级审定通过",
    channels=BOTH,
    mandatory="事关申报结果",
)
kinds.register(
    "reviews.not_approved",
    title="{name}未予认定",
    body="理由：{reason}。如有疑问请联系受理部门；具备条件后可在以后的轮次重新申报。",
    url=_file,
    label="省级不予认定",
    channels=BOTH,
    mandatory="事关申报结果",
)

# ---- to bureaus ----------------------------------------------------------------------------------------------

OUTCOME_WORDS = (
    ("approve", "通过"),
    ("refuse", "不予认定"),
    ("hold", "暂缓"),
    ("to_prefecture", "退回市州"),
    ("to_county", "退回县级"),
)


def _outcomes(payload: dict[str, Any]) -> str:
    said = [f"{word} {payload[name]} 户" for name, word in OUTCOME_WORDS if payload[name]]
    return f"涉及本单位：{'，'.join(said)}。"


def _sent_back(payload: dict[str, Any]) -> str:
    lines = [f"{row['name']}：{row['reason'].rstrip('。')}" for row in payload["files"]]
    more = f"；另有 {payload['count'] - len(lines)} 户" if payload["count"] > len(lines) else ""
    return f"{'；'.join(lines)}{more}。请重新办理后另行报送；已过截止日的，请先联系上级准予补报。"


kinds.register(
    "reviews.sent_back",
    title="{by}退回 {count} 户材料，请重新办理",
    body=_sent_back,
    url=lambda p: f"{reverse('reviews:queue')}?round={p['round']}",
    label="省级退回",
    channels=BOTH,
)
kinds.register(
    "reviews.approval_decided",
    title="{by}已审定：{title}",
    body=_outcomes,
    url=lambda p: reverse("reviews:approval", args=[p["approval"]]),
    label="省级审定结果",
    channels=BOTH,
)
kinds.register(
    "reviews.list_published",
    title="名单已公布：{title}",
    body="文号 {number}，涉及本单位 {firms} 户。",
    url=lambda p: reverse("reviews:publishing", args=[p["publishing"]]),
    label="名单公布",
    channels=BOTH,
)
kinds.register(
    "reviews.dispatch_reminder",
    title="请尽快报送：{round}",
    body=lambda p: f"{p['by']}提醒：{p['missing']}{p['when']}。" + (f"{p['note']}" if p["note"] else ""),
    url=lambda p: reverse("reviews:dispatches") + f"?round={p['id']}",
    label="催报",
    channels=BOTH,
)

__all__ = ["province_papers"]
