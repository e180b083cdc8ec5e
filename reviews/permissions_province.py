"""Who may do what with the province's decision on a list and with the list itself (SC-32, SC-43)."""

from __future__ import annotations

from django.db.models import Q

from foundation.accounts.actor import Actor
from foundation.accounts.may import rule, scope
from foundation.accounts.paths import path_ids
from foundation.accounts.roles import CASE_ROLES, Level, Role
from foundation.core.verdict import Verdict, no, ok
from reviews.models import Application, Approval, Publishing
from reviews.states import ApprovalState, FileState, PublishingState

READERS = CASE_ROLES | {Role.ARCHIVIST}
OVER = {Approval: ApprovalState.DECIDED, Publishing: PublishingState.PUBLISHED}
"""The state from which the bureaus below know of it: before, it is the deciding bureau's own business."""


# ---- scopes ------------------------------------------------------------------------------------------------


def _paths_above(actor: Actor) -> set[str]:
    """Paths of the bureaus on the way to the actor's own."""
    found = set()
    for own in actor.hat.paths:
        steps = path_ids(own)
        found |= {"/" + "/".join(str(step) for step in steps[:end]) + "/" for end in range(1, len(steps) + 1)}
    return found


def _scope(model: type[Approval] | type[Publishing]) -> None:
    over = OVER[model]

    def condition(actor: Actor) -> Q:
        if actor.role not in READERS:
            return Q(pk__in=[])
        return Q(bureau_id=actor.bureau_id) | Q(state=over, path__in=sorted(_paths_above(actor)))

    def sees(actor: Actor, row: Approval | Publishing) -> bool:
        if actor.role not in READERS:
            return False
        return row.bureau_id == actor.bureau_id or (row.state == over and row.path in _paths_above(actor))

    scope(model, condition=condition, sees=sees)


_scope(Approval)
_scope(Publishing)


# ---- the decision on the list ------------------------------------------------------------------------------


def _province(actor: Actor, obj: object) -> Verdict:
    return ok() if actor.level == Level.PROVINCE else no("由省级主管部门办理。")


rule("approval.start", label="开始审定", roles=CASE_ROLES)(_province)
rule("publishing.start", label="拟制名单", roles=CASE_ROLES)(_province)
rule("approval.view", label="查看审定结果", roles=READERS)(lambda actor, approval: ok())
rule("publishing.view", label="查看公布名单", roles=READERS)(lambda actor, publishing: ok())


def _own(actor: Actor, row: Approval | Publishing) -> Verdict:
    return ok() if row.bureau_id == actor.bureau_id else no("由组织本轮的主管部门办理。")


def _own_draft(actor: Actor, row: Approval | Publishing) -> Verdict:
    own = _own(actor, row)
    if own and row.state == OVER[type(row)]:
        return no(f"现在是“{row.get_state_display()}”，不能再改。")
    return own


for _noun, _title in (("approval", "审定"), ("publishing", "名单")):
    rule(f"{_noun}.edit", label=f"拟办{_title}", roles=CASE_ROLES)(_own_draft)
    # Whose hand is due is the bureau's setting (reviews.hands).
    rule(f"{_noun}.endorse", label=f"签批{_title}", roles=CASE_ROLES)(_own_draft)
# The whole decision is the deciding bureau's; a published list is everybody's.
rule("approval.export", label="导出审定表", roles=READERS)(_own)
rule("publishing.export", label="导出名单", roles=READERS)(lambda actor, publishing: ok())


# ---- what the decision does to a file -----------------------------------------------------------------------


def _at_province(actor: Actor, file: Application) -> Verdict:
    if actor.level != Level.PROVINCE:
        return no("由省级主管部门审定。")
    if file.state != FileState.AT_PROVINCE:
        return no(f"材料现在是“{file.get_state_display()}”，不在省级审定环节。")
    return ok()


rule("application.approve", label="省级审定通过", roles=CASE_ROLES)(_at_province)
rule("application.not_approve", label="省级不予认定", roles=CASE_ROLES)(_at_province)
rule("application.put_off", label="省级暂缓", roles=CASE_ROLES)(_at_province)
rule("application.send_back", label="省级退回", roles=CASE_ROLES)(_at_province)


@rule("application.publish", label="随名单公布列入", roles=CASE_ROLES)
def enters_by_list(actor: Actor, file: Application) -> Verdict:
    """A file that was approved enters with the published list (SC-43)."""
    if actor.level != Level.PROVINCE:
        return no("由省级主管部门公布名单后列入。")
    return ok() if file.state == FileState.APPROVED else no(f"材料现在是“{file.get_state_display()}”，不能列入。")


@rule("dispatch.remind", label="提醒报送", roles=CASE_ROLES)
def remind(actor: Actor, obj: object) -> Verdict:
    """The level above reminds those below it that have not reported (SC-40); whom is checked by the action."""
    return no("县级部门没有下级报送单位。") if actor.level == Level.COUNTY else ok()
