"""People of an enterprise: memberships with roles and dates, invitations, claims, hand-over of a lost
administrator.
"""

from __future__ import annotations

from django.db import models

from foundation.accounts.roles import Role
from foundation.accounts.scoping import ScopedQuerySet

MEMBER_ROLES = [(Role.ENTERPRISE_ADMIN.value, "管理员"), (Role.ENTERPRISE_MEMBER.value, "经办人")]


class Membership(models.Model):
    """A person acts for an enterprise in a role from a day to a day. Every enterprise that has members keeps an
    administrator;
    the actions guard that under the enterprise's row lock."""

    user = models.ForeignKey("accounts.User", on_delete=models.RESTRICT, related_name="memberships")
    enterprise = models.ForeignKey("enterprises.Enterprise", on_delete=models.RESTRICT, related_name="memberships")
    role = models.CharField("角色", max_length=20, choices=MEMBER_ROLES)
    valid_from = models.DateField("起")
    valid_to = models.DateField("止", null=True, blank=True)

    subject_kind = "membership"

    class Meta:
        verbose_name = "企业成员"
        verbose_name_plural = "企业成员"
        ordering = ["enterprise_id", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "enterprise"],
                condition=models.Q(valid_to__isnull=True),
                name="membership_one_open",
                violation_error_message="此人已是该企业成员。",
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=[Role.ENTERPRISE_ADMIN, Role.ENTERPRISE_MEMBER]),
                name="membership_role",
                violation_error_message="企业成员只有管理员和经办人两种角色。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.get_role_display()}"

    @property
    def is_admin(self) -> bool:
        return self.role == Role.ENTERPRISE_ADMIN


class Invitation(models.Model):
    """A link sent to a colleague. Who opens it and signs in becomes a member; the address alone proves nothing,
    the link does.
    """

    class State(models.TextChoices):
        OPEN = "open", "待接受"
        ACCEPTED = "accepted", "已接受"
        CANCELLED = "cancelled", "已取消"

    enterprise = models.ForeignKey("enterprises.Enterprise", on_delete=models.CASCADE, related_name="invitations")
    name = models.CharField("姓名", max_length=40, blank=True)
    address = models.CharField("邮箱或手机", max_length=254)
    role = models.CharField("角色", max_length=20, choices=MEMBER_ROLES, default=Role.ENTERPRISE_MEMBER)
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    state = models.CharField("状态", max_length=10, choices=State, default=State.OPEN)
    invited_by = models.CharField("邀请人", max_length=80)
    created_at = models.DateTimeField("发出时间")
    expires_at = models.DateTimeField("失效时间")
    accepted_by = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.RESTRICT, related_name="+")

    class Meta:
        verbose_name = "成员邀请"
        verbose_name_plural = "成员邀请"
        ordering = ["enterprise_id", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "address"],
                condition=models.Q(state="open"),
                name="invitation_one_open",
                violation_error_message="已向该邮箱或手机发出邀请，可先取消再重发。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name or self.address}"


class Request(models.Model):
    """What a claim and a hand-over have in common: somebody asks, the county decides on a paper."""

    class State(models.TextChoices):
        OPEN = "open", "待县局核对"
        GRANTED = "granted", "已同意"
        REFUSED = "refused", "未同意"
        WITHDRAWN = "withdrawn", "已撤回"

    user = models.ForeignKey("accounts.User", on_delete=models.RESTRICT, related_name="+", verbose_name="申请人")
    evidence = models.ForeignKey(
        "documents.StoredFile", on_delete=models.RESTRICT, related_name="+", verbose_name="证明材料"
    )
    reason = models.CharField("说明", max_length=500, blank=True)
    opened_at = models.DateTimeField("提出时间")
    decided_at = models.DateTimeField("决定时间", null=True, blank=True)
    opinion = models.CharField("答复", max_length=500, blank=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.OPEN)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        abstract = True


class Claim(Request):
    """The code is already registered and somebody says the firm is theirs; the county decides on evidence (issue
    A.2 item 2).
    """

    enterprise = models.ForeignKey("enterprises.Enterprise", on_delete=models.RESTRICT, related_name="claims")
    granted_role = models.CharField("给予角色", max_length=20, choices=MEMBER_ROLES, blank=True)

    subject_kind = "claim"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "企业认领"
        verbose_name_plural = "企业认领"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "user"],
                condition=models.Q(state="open"),
                name="claim_one_open",
                violation_error_message="您已提出认领，请等县局核对。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.enterprise} 认领"


class HandOver(Request):
    """The administrator is lost (left, forgot, died): a new one is set by licence scan, decided by the county."""

    enterprise = models.ForeignKey("enterprises.Enterprise", on_delete=models.RESTRICT, related_name="hand_overs")
    lost_admin = models.CharField("原管理员", max_length=80, blank=True)

    subject_kind = "hand_over"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "管理员交接"
        verbose_name_plural = "管理员交接"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "user"],
                condition=models.Q(state="open"),
                name="hand_over_one_open",
                violation_error_message="您已提出交接，请等县局核对。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.enterprise} 管理员交接"
