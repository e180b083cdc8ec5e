"""Who sees and does what with published lists, imports of earlier lists, the firm's own entries."""

from __future__ import annotations

from django.db.models import Q

from cultivation.models import RosterEntry, RosterImport, RosterList
from foundation.accounts.actor import Actor
from foundation.accounts.may import allowed, path_condition, rule, scope
from foundation.accounts.paths import path_ids
from foundation.accounts.roles import CASE_ROLES, ENTERPRISE_ROLES, Level, Role
from foundation.core.verdict import Verdict, no, ok

_READERS = CASE_ROLES | {Role.ARCHIVIST}
_NOTHING = Q(pk__in=[])

# ---- scopes ------------------------------------------------------------------------------------------------


def _above(actor: Actor) -> set[int]:
    return {step for path in actor.hat.paths for step in path_ids(path)}


def _list_condition(actor: Actor) -> Q:
    """Lists of the bureaus above and below an official; a firm those it stood on."""
    if actor.role == Role.SYSTEM:
        return Q()
    if actor.is_enterprise:
        own = RosterEntry.objects.filter(enterprise_id=actor.enterprise_id, roster_list__isnull=False)
        return Q(pk__in=own.values("roster_list_id"))
    if actor.role not in _READERS:
        return _NOTHING
    return Q(bureau_id__in=_above(actor)) | path_condition(actor, "path")


def _sees_list(actor: Actor, row: RosterList) -> bool:
    if actor.role == Role.SYSTEM:
        return True
    if actor.is_enterprise:
        return RosterEntry.objects.filter(enterprise_id=actor.enterprise_id, roster_list=row).exists()
    return actor.role in _READERS and (row.bureau_id in _above(actor) or actor.answers_for(row.path))


scope(RosterList, condition=_list_condition, sees=_sees_list)


def _import_condition(actor: Actor) -> Q:
    if actor.role == Role.SYSTEM:
        return Q()
    return Q(bureau_id=actor.bureau_id) if actor.role in CASE_ROLES else _NOTHING


def _sees_import(actor: Actor, source: RosterImport) -> bool:
    return actor.role == Role.SYSTEM or (actor.role in CASE_ROLES and source.bureau_id == actor.bureau_id)


scope(RosterImport, condition=_import_condition, sees=_sees_import)

# ---- rules -------------------------------------------------------------------------------------------------

rule("roster.own", label="查看本企业名单记录", roles=ENTERPRISE_ROLES)(allowed)
rule("roster.changes", label="查看名单变动", roles=_READERS)(allowed)
rule("roster.statistics", label="查看名单统计", roles=_READERS)(allowed)
rule("roster.lists", label="查看名单文件", roles=_READERS)(allowed)


@rule("roster_import.make", label="导入以前公布的名单", roles=CASE_ROLES)
def make_import(actor: Actor, obj: object) -> Verdict:
    """Bureaus that decide on lists: province and prefecture (HN-22); a county registers the firms it names."""
    if actor.level == Level.COUNTY:
        return no("以前公布的名单由省级或市州主管部门导入。", "本单位可以代企业登记，供上级核对。")
    return ok()


def _open(actor: Actor, source: RosterImport) -> Verdict:
    if source.state != RosterImport.State.OPEN:
        return no(f"这次导入现在是“{source.get_state_display()}”，不能办理。")
    return ok()


rule("roster_import.view", label="查看导入的名单", roles=CASE_ROLES)(allowed)
rule("roster_import.decide", label="核对导入的名单", roles=CASE_ROLES)(_open)
rule("roster_import.enter", label="按导入的名单列入", roles=CASE_ROLES)(_open)
