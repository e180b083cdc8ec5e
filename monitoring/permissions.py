"""Who may do what with a month's return. Officials send back with a reason and never edit; a county types for a firm that
reports on paper. The expected table is tests/permissions/, reviewed by people.
"""

from __future__ import annotations

from django.db.models import Q

from foundation.accounts.actor import Actor
from foundation.accounts.may import allowed, path_condition, rule, scope
from foundation.accounts.roles import CASE_ROLES, ENTERPRISE_ROLES, Level, Role
from foundation.core.verdict import Verdict, no, ok
from monitoring import permissions_chasing
from monitoring.models import MonthlyReturn, ReturnImport

READING_ROLES = CASE_ROLES | {Role.ARCHIVIST}
_NOTHING = Q(pk__in=[])
State = MonthlyReturn.State
WRITABLE = frozenset({State.DRAFT, State.RETURNED})
"""States in which a month may be filled in."""


# ---- scopes ------------------------------------------------------------------------------------------------


def _return_condition(actor: Actor) -> Q:
    """The firm's own; for officials every month on their path, since a missing one is what they look for. What a draft holds
    is shown to nobody but its writer (:func:`monitoring.queries.shown_to`).
    """
    if actor.is_enterprise:
        return Q(enterprise_id=actor.enterprise_id)
    return path_condition(actor, "path") if actor.role in READING_ROLES else _NOTHING


def _sees_return(actor: Actor, row: MonthlyReturn) -> bool:
    if actor.is_enterprise:
        return row.enterprise_id == actor.enterprise_id
    return actor.role in READING_ROLES and actor.answers_for(row.path)


scope(MonthlyReturn, condition=_return_condition, sees=_sees_return)


def _import_condition(actor: Actor) -> Q:
    return Q(bureau_id=actor.bureau_id) if actor.role in CASE_ROLES else _NOTHING


def _sees_import(actor: Actor, row: ReturnImport) -> bool:
    return actor.role in CASE_ROLES and row.bureau_id == actor.bureau_id


scope(ReturnImport, condition=_import_condition, sees=_sees_import)


# ---- rules -------------------------------------------------------------------------------------------------

rule("return.view", label="查看月报", roles=ENTERPRISE_ROLES | READING_ROLES)(allowed)
rule("return.board", label="查看各企业月报", roles=READING_ROLES)(allowed)


@rule("return.fill", label="填写月报", roles=ENTERPRISE_ROLES)
def fill(actor: Actor, row: MonthlyReturn) -> Verdict:
    """The firm itself, until it has submitted, and again when it was sent back."""
    if row.state in WRITABLE:
        return ok()
    if row.state == State.WAIVED:
        return no("企业已离开名单，本月免报。")
    return no("本月已经报送，不能直接修改。", "发现有误，可在下月月报开始填报以前撤回修改，以后请主管部门退回。")


rule("return.submit", label="报送月报", roles=ENTERPRISE_ROLES)(allowed)
rule("return.recall", label="撤回月报", roles=ENTERPRISE_ROLES)(allowed)


@rule("return.file_on_behalf", label="代填月报", roles=CASE_ROLES)
def file_on_behalf(actor: Actor, row: MonthlyReturn) -> Verdict:
    """The bureau that handles the firm, from the firm's paper; what the firm has submitted is never overwritten."""
    if row.bureau_id != actor.bureau_id:
        return no("月报由企业所属的主管部门代填。")
    if row.state == State.WAIVED:
        return no("企业已离开名单，本月免报。")
    if row.state not in WRITABLE:
        return no("本月已经报送，不能代填覆盖。", "如有错误，请写明理由退回，由企业修改。")
    return ok()


@rule("return.send_back", label="退回月报", roles=CASE_ROLES)
def send_back(actor: Actor, row: MonthlyReturn) -> Verdict:
    """The bureau that handles the firm, and those above it."""
    return ok() if row.state == State.SUBMITTED else no("本月还没有报送，无可退回。")


@rule("return_import.upload", label="导入月报", roles=CASE_ROLES)
def upload(actor: Actor, obj: object) -> Verdict:
    """Counties, and prefectures for firms of their own level."""
    return no("省级部门不代填月报，不需要导入。") if actor.level == Level.PROVINCE else ok()


rule("return_import.decide", label="采用导入的月报", roles=CASE_ROLES)(allowed)

__all__ = ["READING_ROLES", "WRITABLE", "permissions_chasing"]
