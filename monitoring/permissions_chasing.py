"""Who sees signals and tonight's reminders, who reminds, who turns a signal into a proposal."""

from __future__ import annotations

from django.db.models import Q

from foundation.accounts.actor import Actor
from foundation.accounts.may import action_labels, allowed, path_condition, rule, scope
from foundation.accounts.roles import CASE_ROLES, ENTERPRISE_ROLES, Level, Role
from foundation.core.verdict import Verdict, no, ok
from monitoring.models import Signal

READERS = CASE_ROLES | {Role.ARCHIVIST}


def _signal_condition(actor: Actor) -> Q:
    if actor.role == Role.SYSTEM:
        return Q()
    if actor.is_enterprise:
        return Q(entry__enterprise_id=actor.enterprise_id)
    return path_condition(actor, "path") if actor.role in READERS else Q(pk__in=[])


def _sees_signal(actor: Actor, signal: Signal) -> bool:
    if actor.role == Role.SYSTEM:
        return True
    if actor.is_enterprise:
        return signal.entry.enterprise_id == actor.enterprise_id
    return actor.role in READERS and actor.answers_for(signal.path)


scope(Signal, condition=_signal_condition, sees=_sees_signal)

rule("signal.view", label="查看监测信号", roles=READERS | ENTERPRISE_ROLES)(allowed)


def _above_the_county(actor: Actor, signal: Signal | None) -> Verdict:
    """238号 五（四）: the prefecture urges and proposes, the province decides; a county reports to them."""
    if actor.level == Level.COUNTY:
        return no("名单调整建议由市州或省级主管部门提出。", "请将情况报上级主管部门。")
    return ok()


rule("signal.raise", label="提出名单调整建议", roles=CASE_ROLES)(_above_the_county)
rule("signal.dismiss", label="不予提出建议", roles=CASE_ROLES)(_above_the_county)
rule("chasing.view", label="查看催报计划", roles=READERS)(allowed)
rule("chasing.change_ladder", label="更换催报阶梯", roles={Role.SYSTEM, Role.SYSTEM_ADMIN})(allowed)
rule("obligation.remind", label="督促报送", roles=CASE_ROLES)(allowed)
action_labels.register("chasing.night", "夜间催报")
