"""Who sees and does what with published lists, imports of earlier lists, the firm's own entries."""

from __future__ import annotations

from foundation.accounts.may import allowed, rule
from foundation.accounts.roles import CASE_ROLES, ENTERPRISE_ROLES, Role

_READERS = CASE_ROLES | {Role.ARCHIVIST}

rule("roster.own", label="查看本企业名单记录", roles=ENTERPRISE_ROLES)(allowed)
rule("roster.changes", label="查看名单变动", roles=_READERS)(allowed)
rule("roster.statistics", label="查看名单统计", roles=_READERS)(allowed)
