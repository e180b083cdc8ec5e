"""Entries of the top bar, and where the subjects of account acts are shown."""

from __future__ import annotations

from django.urls import reverse

from foundation.accounts.roles import Role
from foundation.core.registries import NavItem, SubjectKind, nav, subjects

_MANAGING = frozenset({Role.POST_MANAGER, Role.SYSTEM_ADMIN})

nav.register(
    "accounts.posts",
    NavItem("岗位", "accounts:posts", 810, show=lambda actor: actor.role in _MANAGING, prefix="/accounts/posts/"),
)
nav.register(
    "accounts.below",
    NavItem(
        "下级单位",
        "accounts:below",
        820,
        show=lambda actor: (
            actor.role == Role.SYSTEM_ADMIN or (actor.role == Role.POST_MANAGER and actor.level != "county")
        ),
    ),
)
nav.register(
    "accounts.bureau",
    NavItem("本单位", "accounts:own_bureau", 830, show=lambda actor: actor.role == Role.POST_MANAGER),
)
nav.register("accounts.journal", NavItem("留痕", "accounts:journal", 840, show=lambda a: a.role == Role.AUDIT_ADMIN))
nav.register(
    "accounts.sign_ins",
    NavItem("登录记录", "accounts:sign_in_log", 850, show=lambda a: a.role in {Role.AUDIT_ADMIN, Role.SECURITY_ADMIN}),
)
nav.register(
    "accounts.looks", NavItem("查看记录", "accounts:reveal_log", 855, show=lambda a: a.role == Role.AUDIT_ADMIN)
)
nav.register(
    "accounts.second_factors",
    NavItem(
        "二次验证",
        "accounts:second_factors",
        870,
        show=lambda a: a.role in {Role.SECURITY_ADMIN, Role.SYSTEM_ADMIN},
    ),
)
nav.register(
    "accounts.locks", NavItem("锁定与规则", "accounts:locks", 860, show=lambda a: a.role == Role.SECURITY_ADMIN)
)

subjects.register("bureau", SubjectKind("主管部门", url=lambda pk: reverse("accounts:bureau", args=[pk])))
subjects.register("post", SubjectKind("岗位", url=lambda pk: reverse("accounts:posts")))
subjects.register("authority", SubjectKind("代行授权", url=lambda pk: reverse("accounts:deputies")))
subjects.register("second_factor_rule", SubjectKind("二次验证规定", url=lambda pk: reverse("accounts:second_factors")))
subjects.register("user", SubjectKind("账号", url=lambda pk: reverse("accounts:profile")))
subjects.register("journal_check", SubjectKind("留痕核对", url=lambda pk: reverse("accounts:journal")))
subjects.register("api_token", SubjectKind("接口令牌", url=lambda pk: reverse("accounts:tokens")))
