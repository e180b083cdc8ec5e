"""What each change on the roster asks and brings: hearing or paper, effects, the way back. Pure; words for papers and pages."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from cultivation.models import RosterEntry
from cultivation.schema import Programme
from reviews.states import ProposalKind

Exit = RosterEntry.Exit
OWN_WISH, FIRM_CLOSED, FIRM_MOVED = "own_wish", "enterprise_closed", "enterprise_moved"
"""Sources of a proposal besides a signal's code and the year of an adjustment."""
RENEW = "如需再次纳入名单，须在新一轮申报中重新申请、重新认定。"


@dataclass(frozen=True, slots=True)
class ExitRule:
    """One cause of the closed list: how it is begun, what it needs, what it means for the firm."""

    cause: str
    kind: str
    paper: str
    effect: str
    way_back: str

    @property
    def hearing(self) -> bool:
        """Against the firm's will: it is heard. What rests on the firm's wish or on a fact rests on a paper instead."""
        return not self.paper


EXITS: dict[str, ExitRule] = {
    rule.cause: rule
    for rule in (
        ExitRule(Exit.REMOVED, ProposalKind.REMOVE, "", "不再列入培育名单，不再享受针对名单企业的培育政策", RENEW),
        ExitRule(Exit.DELISTED, ProposalKind.DELIST, "", "不再列入培育名单", f"不得沿用原资格。{RENEW}"),
        ExitRule(
            Exit.CLOSED,
            ProposalKind.LEAVE,
            "登记机关的注销证明",
            "企业已注销，名单资格终止",
            "企业已终止；另行设立的企业按新企业申报。",
        ),
        ExitRule(
            Exit.MOVED,
            ProposalKind.LEAVE,
            "迁出本省的登记证明",
            "企业已迁出本省，名单资格终止",
            f"迁回本省后，{RENEW}",
        ),
        ExitRule(
            Exit.WITHDRAWN,
            ProposalKind.LEAVE,
            "企业的退出申请",
            "按企业意愿退出名单，监测填报义务自退出之日起终止",
            RENEW,
        ),
        ExitRule(
            Exit.MERGED,
            ProposalKind.LEAVE,
            "合并的登记证明或协议",
            "企业已并入其他企业，名单资格终止，不随合并转移",
            "存续企业按自身条件另行申报。",
        ),
        ExitRule(
            Exit.GROWN_LARGE,
            ProposalKind.LEAVE,
            "",
            "企业已成长为大型企业，不再属于中小企业培育范围",
            f"划型回落到中小企业的，{RENEW}",
        ),
        ExitRule(Exit.NOT_RENEWED, ProposalKind.LEAVE, "", "培育期届满未续，名单资格终止", RENEW),
        ExitRule(Exit.REVOKED, ProposalKind.LEAVE, "", "撤销列入名单的决定，名单资格自决定之日起终止", RENEW),
    )
}
"""晋级 is not here: the published list itself closes the old entry and opens the next (cultivation.roster.list_entries)."""

CAUSE_OF = {ProposalKind.REMOVE: Exit.REMOVED.value, ProposalKind.DELIST: Exit.DELISTED.value}
LEAVE_CAUSES = tuple(cause for cause, rule in EXITS.items() if rule.kind == ProposalKind.LEAVE)


def needs_hearing(kind: str, cause: str, programme: Programme) -> bool:
    """Whether the firm must be heard first (SC-41, own addition). Observation is adverse only where rights are suspended."""
    if kind == ProposalKind.RESTORE:
        return False
    if kind == ProposalKind.OBSERVE:
        return programme.lifecycle.rights_during_observation == "suspended"
    return EXITS[cause].hearing


def paper_wanted(kind: str, cause: str) -> str:
    """The paper a change rests on instead of a hearing; '' where there is a hearing or none is needed."""
    return EXITS[cause].paper if kind == ProposalKind.LEAVE else ""


def effects(kind: str, cause: str, programme: Programme, due_on: dt.date | None = None) -> list[str]:
    """What the change means for the firm, a sentence each without its full stop (SC-35, SC-36, SC-41)."""
    life = programme.lifecycle
    if kind == ProposalKind.OBSERVE:
        until = f"，至{due_on.year}年{due_on.month}月{due_on.day}日止" if due_on else ""
        kept = life.rights_during_observation != "suspended"
        found = [
            f"进入观察期{life.observation_months}个月{until}",
            "观察期内保留层级，继续享受相关培育政策" if kept else "观察期内保留层级，暂停享受相关培育政策",
            "观察期内继续按月填报运行监测",
        ]
        if life.after_observation == "removal":
            found.append("观察期满仍未达到培育条件的，将从名单中调出")
        return found
    if kind == ProposalKind.RESTORE:
        return ["观察期结束，恢复正常"]
    rule = EXITS[cause]
    return [*(life.breach.effects if kind == ProposalKind.DELIST else ()), rule.effect]


def way_back(kind: str, cause: str) -> str:
    """How a firm that left may come back (SC-42); '' while it stays."""
    return EXITS[cause].way_back if kind not in {ProposalKind.OBSERVE, ProposalKind.RESTORE} else ""


def verb(kind: str, cause: str) -> str:
    """The change in a word: 进入观察期, 调出, 注销."""
    return Exit(cause).label if kind == ProposalKind.LEAVE else ProposalKind(kind).label


def may_be_proposed(
    kind: str, cause: str, programme: Programme, *, observed_until: dt.date | None, today: dt.date
) -> str:
    """Why a change cannot be proposed for an entry in this standing; '' when it can.

    ``observed_until`` is the planned end of the running observation, None outside one. Removal follows observation where
    the programme has one (SC-34…36); delisting does not wait for it (SC-41).
    """
    months = programme.lifecycle.observation_months
    if kind == ProposalKind.OBSERVE:
        if months is None:
            return "本项目没有规定观察期。"
        return "企业已在观察期内。" if observed_until else ""
    if kind == ProposalKind.RESTORE:
        return "" if observed_until else "企业不在观察期内，无需恢复。"
    if kind == ProposalKind.REMOVE and months is not None:
        if observed_until is None:
            return "本项目规定先进入观察期，期满仍未达到条件才调出。"
        if today < observed_until:
            return (
                f"观察期到{observed_until.year}年{observed_until.month}月{observed_until.day}日届满，届满前不能调出。"
            )
    if kind == ProposalKind.LEAVE and cause not in LEAVE_CAUSES:
        return "请选择离开名单的原因。"
    return ""
