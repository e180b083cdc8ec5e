"""Who sees and does what with published lists, imports of earlier lists, the firm's own entries."""

from __future__ import annotations

from foundation.accounts.may import allowed, rule
from foundation.accounts.roles import ENTERPRISE_ROLES

rule("roster.own", label="查看本企业名单记录", roles=ENTERPRISE_ROLES)(allowed)
