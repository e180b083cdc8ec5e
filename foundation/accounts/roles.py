"""The closed list of roles. A person holds them through dated posts (officials) or memberships (enterprises)."""

from __future__ import annotations

from django.db import models


class Role(models.TextChoices):
    """What a hat allows its wearer to be. One closed list for permissions, journal and documentation."""

    ENTERPRISE_MEMBER = "enterprise_member", "企业经办人"
    ENTERPRISE_ADMIN = "enterprise_admin", "企业管理员"
    HANDLER = "handler", "经办"
    REVIEWER = "reviewer", "审核"
    SIGNER = "signer", "签发"
    ARCHIVIST = "archivist", "档案"
    POST_MANAGER = "post_manager", "岗位管理"
    SYSTEM_ADMIN = "system_admin", "系统管理员"
    AUDIT_ADMIN = "audit_admin", "审计管理员"
    SECURITY_ADMIN = "security_admin", "安全管理员"
    VISITOR = "visitor", "访客"
    SYSTEM = "system", "系统任务"


ENTERPRISE_ROLES = frozenset({Role.ENTERPRISE_MEMBER, Role.ENTERPRISE_ADMIN})
CASE_ROLES = frozenset({Role.HANDLER, Role.REVIEWER, Role.SIGNER})
"""Officials who work on files."""
BUREAU_ROLES = CASE_ROLES | {Role.ARCHIVIST, Role.POST_MANAGER}
ADMIN_ROLES = frozenset({Role.SYSTEM_ADMIN, Role.AUDIT_ADMIN, Role.SECURITY_ADMIN})
"""The three administrators of GB/T 22239: they run the machine and see no business content."""
EVERYONE = frozenset(Role)


class Level(models.TextChoices):
    """Level of a bureau in the chain of responsibility."""

    PROVINCE = "province", "省级"
    PREFECTURE = "prefecture", "市州"
    COUNTY = "county", "县市区"


class Act(models.TextChoices):
    """Acts for which a bureau sets its hands (经办 prepares, 审核 reviews, 签发 signs)."""

    RECOMMEND = "recommend", "推荐"
    DISPATCH = "dispatch", "报送"
    NOTICE = "notice", "发文"
    APPROVE = "approve", "省级审定"
    PUBLIC_NOTICE = "public_notice", "公示"
    PUBLISH = "publish", "公布名单"
    LIFECYCLE = "lifecycle", "名单调整"
