"""States of a file and of a dispatch: short closed lists, one vocabulary per reader (design section 6)."""

from __future__ import annotations

from django.db import models

from foundation.accounts.roles import Level


class FileState(models.TextChoices):
    """Where a file stands. Hands and pending checks are rows of their own, not states."""

    DRAFT = "draft", "草稿"
    SUBMITTED = "submitted", "待县级审核"
    RETURNED = "returned", "退回补正"
    RECOMMENDED = "recommended", "县级已推荐"
    AT_PREFECTURE = "at_prefecture", "待市州审核"
    MERGED = "merged", "市州已汇总"
    AT_PROVINCE = "at_province", "已报省"
    APPROVED = "approved", "审定通过"
    LISTED = "listed", "已列入"
    REFUSED = "refused", "不予推荐"
    NOT_APPROVED = "not_approved", "不予认定"
    WITHDRAWN = "withdrawn", "已撤回"


ENDED_STATES = frozenset({FileState.REFUSED, FileState.NOT_APPROVED, FileState.WITHDRAWN})
"""A file that came to nothing; the firm may file anew."""
OPEN_STATES = frozenset(FileState) - ENDED_STATES - {FileState.LISTED}
"""A file that is still under way."""
LIVE_STATES = frozenset(FileState) - ENDED_STATES
"""At most one of these per firm and round."""
EDITABLE_STATES = frozenset({FileState.DRAFT, FileState.RETURNED})
"""The firm may write."""

FLOOR: dict[str, frozenset[str]] = {
    Level.COUNTY: frozenset(FileState) - {FileState.DRAFT},
    Level.PREFECTURE: frozenset(
        {
            FileState.AT_PREFECTURE,
            FileState.MERGED,
            FileState.AT_PROVINCE,
            FileState.APPROVED,
            FileState.NOT_APPROVED,
            FileState.LISTED,
        }
    ),
    Level.PROVINCE: frozenset({FileState.AT_PROVINCE, FileState.APPROVED, FileState.NOT_APPROVED, FileState.LISTED}),
}
"""States from which a level sees a file it does not handle itself; below it the level gets counts only (design idea 2)."""

READERS: dict[str, dict[str, str]] = {
    "enterprise": {
        FileState.DRAFT: "尚未提交",
        FileState.SUBMITTED: "已提交，等待县级审核",
        FileState.RETURNED: "需要您补正",
        FileState.RECOMMENDED: "县级已推荐",
        FileState.AT_PREFECTURE: "市州审核中",
        FileState.MERGED: "市州审核通过",
        FileState.AT_PROVINCE: "已报送省级",
        FileState.APPROVED: "省级审定通过，公布前",
        FileState.NOT_APPROVED: "未予认定",
        FileState.LISTED: "已列入名单",
        FileState.REFUSED: "未获推荐",
        FileState.WITHDRAWN: "您已撤回",
    },
    Level.COUNTY: {
        FileState.DRAFT: "企业草稿",
        FileState.SUBMITTED: "待初审",
        FileState.RETURNED: "待企业补正",
        FileState.RECOMMENDED: "已推荐，待报送",
        FileState.AT_PREFECTURE: "已报市州",
        FileState.MERGED: "市州已汇总",
        FileState.AT_PROVINCE: "已报省",
        FileState.APPROVED: "省级审定通过",
        FileState.NOT_APPROVED: "不予认定",
        FileState.LISTED: "已列入",
        FileState.REFUSED: "不予推荐",
        FileState.WITHDRAWN: "企业撤回",
    },
    Level.PREFECTURE: {
        FileState.SUBMITTED: "待初审",
        FileState.RETURNED: "待企业补正",
        FileState.RECOMMENDED: "已推荐，待汇总",
        FileState.AT_PREFECTURE: "待审核",
        FileState.MERGED: "已汇总，待报省",
        FileState.AT_PROVINCE: "已报省",
        FileState.APPROVED: "省级审定通过",
        FileState.NOT_APPROVED: "不予认定",
        FileState.LISTED: "已列入",
        FileState.REFUSED: "不予推荐",
        FileState.WITHDRAWN: "企业撤回",
    },
    Level.PROVINCE: {
        FileState.AT_PROVINCE: "已报省，待办理",
        FileState.APPROVED: "审定通过，待公布",
        FileState.NOT_APPROVED: "不予认定",
        FileState.LISTED: "已列入",
    },
    "public": {FileState.LISTED: "已列入名单"},
}

TONES: dict[str, str] = {
    FileState.DRAFT: "mo",
    FileState.SUBMITTED: "dai",
    FileState.RETURNED: "wait",
    FileState.RECOMMENDED: "ok",
    FileState.AT_PREFECTURE: "dai",
    FileState.MERGED: "ok",
    FileState.AT_PROVINCE: "dai",
    FileState.APPROVED: "ok",
    FileState.NOT_APPROVED: "no",
    FileState.LISTED: "ok",
    FileState.REFUSED: "no",
    FileState.WITHDRAWN: "mo",
}
"""Colour of the word, never the only sign."""


def state_word(state: str, reader: str) -> str:
    """The state in the reader's own words; falls back to the common label."""
    return READERS.get(reader, {}).get(state) or FileState(state).label


class DispatchState(models.TextChoices):
    """Where a dispatch (报送) stands."""

    DRAFT = "draft", "编制中"
    SIGNED = "signed", "已签发"
    SEALED = "sealed", "已盖章"
    SENT = "sent", "已报送"
    RECEIVED = "received", "已接收"
    RETURNED = "returned", "被退回"


DISPATCH_LIVE = frozenset(DispatchState) - {DispatchState.RETURNED}


class Hand(models.TextChoices):
    """Hands inside a bureau."""

    PREPARE = "prepare", "经办"
    REVIEW = "review", "审核"
    SIGN = "sign", "签发"


class ApprovalState(models.TextChoices):
    """Where the province's decision on a list (审定) stands."""

    DRAFT = "draft", "拟办中"
    DECIDED = "decided", "已审定"


class ApprovalOutcome(models.TextChoices):
    """What the decision says of one firm: the list as a whole is approved, the others are its exceptions."""

    APPROVE = "approve", "通过"
    REFUSE = "refuse", "不予认定"
    HOLD = "hold", "暂缓"
    TO_PREFECTURE = "to_prefecture", "退回市州"
    TO_COUNTY = "to_county", "退回县级"


class NoticeState(models.TextChoices):
    """Where a public notice (公示) stands; whether it still runs today is a question about the day."""

    DRAFT = "draft", "拟制中"
    RUNNING = "running", "公示中"
    CLOSED = "closed", "已结束"
    RESTARTED = "restarted", "已重新公示"


class NoticeRowState(models.TextChoices):
    """A firm's row in a public notice."""

    STANDING = "standing", "在列"
    CORRECTED = "corrected", "已更正"
    STRUCK = "struck", "已撤下"


class ObjectionState(models.TextChoices):
    """An objection's way: received → checked → verified → upheld or rejected (P-03)."""

    RECEIVED = "received", "已收到"
    CHECKED = "checked", "已受理"
    VERIFIED = "verified", "已核实"
    UPHELD = "upheld", "异议成立"
    REJECTED = "rejected", "异议不成立"


OBJECTION_OPEN = frozenset({ObjectionState.RECEIVED, ObjectionState.CHECKED, ObjectionState.VERIFIED})


class PublishingState(models.TextChoices):
    """Where a list on its way to publication (公布名单) stands."""

    DRAFT = "draft", "拟制中"
    PUBLISHED = "published", "已公布"


class ProposalState(models.TextChoices):
    """A proposal on a roster entry: nothing happens by itself (SC-33…SC-41)."""

    DRAFT = "draft", "待核"
    HEARING = "hearing", "听取意见"
    ADOPTED = "adopted", "已决定"
    DROPPED = "dropped", "不予采纳"


PROPOSAL_OPEN = frozenset({ProposalState.DRAFT, ProposalState.HEARING})


class ProposalKind(models.TextChoices):
    """What is proposed for an entry."""

    OBSERVE = "observe", "进入观察期"
    RESTORE = "restore", "恢复正常"
    REMOVE = "remove", "调出"
    DELIST = "delist", "剔除"
    LEAVE = "leave", "其他离开"
