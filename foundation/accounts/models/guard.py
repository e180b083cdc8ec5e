"""The door and what is looked at: sign-ins, codes, the second factor, looks at masked data, consents."""

from __future__ import annotations

from django.db import models
from django_otp.plugins.otp_totp.models import TOTPDevice

from foundation.accounts.models.people import User
from foundation.accounts.roles import Role
from foundation.accounts.scoping import ScopedQuerySet


class SignInEvent(models.Model):
    """Sign-ins, failures, lock-outs, resets; kept apart from business content (policy.md h: at least six months)."""

    class Kind(models.TextChoices):
        SIGNED_IN = "signed_in", "登录"
        FAILED = "failed", "密码不对"
        LOCKED = "locked", "已锁定"
        UNLOCKED = "unlocked", "解除锁定"
        SIGNED_OUT = "signed_out", "退出"
        EXPIRED = "expired", "无操作超时"
        PASSWORD_CHANGED = "password_changed", "修改密码"
        RESET_ASKED = "reset_asked", "申请验证码"
        RESET_FAILED = "reset_failed", "验证码不对"
        RESET_DONE = "reset_done", "凭验证码重置"
        RESET_BY_BUREAU = "reset_by_bureau", "主管部门重置"
        SECOND_FAILED = "second_failed", "动态码不对"
        SECOND_SET = "second_set", "启用二次验证"
        SECOND_REMOVED = "second_removed", "解除二次验证"
        RECOVERY_USED = "recovery_used", "使用恢复码"
        RECOVERY_MADE = "recovery_made", "重新生成恢复码"

    at = models.DateTimeField("时间", db_index=True)
    kind = models.CharField("事件", max_length=20, choices=Kind)
    username = models.CharField("账号", max_length=150)
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    address = models.GenericIPAddressField("地址", null=True)
    detail = models.CharField("说明", max_length=200, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "登录记录"
        verbose_name_plural = "登录记录"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.username}"


class PasswordReset(models.Model):
    """A six-digit code asked for by mail: only its hash, for ten minutes of the machine's clock, with five tries."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    code_hash = models.CharField(max_length=64)
    salt = models.CharField(max_length=32)
    asked_at = models.DateTimeField("申请时间")
    expires_at = models.DateTimeField("失效时间")
    tries = models.PositiveSmallIntegerField("已试次数", default=0)
    used_at = models.DateTimeField("使用时间", null=True)

    class Meta:
        verbose_name = "密码验证码"
        verbose_name_plural = "密码验证码"
        ordering = ["-id"]
        indexes = [models.Index(fields=["user", "-asked_at"], name="reset_by_user")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.asked_at:%Y-%m-%d %H:%M}"


class SecondFactorRule(models.Model):
    """Whether a role needs a second factor at sign-in; a role without a row follows the installation's default."""

    role = models.CharField("岗位", max_length=20, unique=True, choices=[(role.value, role.label) for role in Role])
    required = models.BooleanField("必须启用")
    since = models.DateTimeField("起")
    set_by = models.CharField("设置人", max_length=160)

    objects = ScopedQuerySet.as_manager()

    subject_kind = "second_factor_rule"

    class Meta:
        verbose_name = "二次验证规定"
        verbose_name_plural = "二次验证规定"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.get_role_display()}：{'必须' if self.required else '自愿'}"


class RecoveryCode(models.Model):
    """One of ten codes for the day the phone is lost: its keyed hash only; works once."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    code_hash = models.CharField(max_length=64)
    made_at = models.DateTimeField("生成时间")
    used_at = models.DateTimeField("使用时间", null=True, blank=True)

    class Meta:
        verbose_name = "恢复码"
        verbose_name_plural = "恢复码"
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["user", "code_hash"], name="recovery_code_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.made_at:%Y-%m-%d}"


class Authenticator(TOTPDevice):
    """The person's authenticator app (django-otp's TOTP device): key, drift, last step used, failures in a row."""

    class Meta:
        proxy = True
        ordering = ["id"]
        verbose_name = "动态码设备"
        verbose_name_plural = "动态码设备"


class RevealEvent(models.Model):
    """Somebody looked at, or took out, personal data that is masked for them. Of the subject kind and number only, so
    that the log itself says no more than needed (policy.md h: kept apart from sign-ins, at least six months).
    """

    class Kind(models.TextChoices):
        REVEAL = "reveal", "查看"
        EXPORT = "export", "导出"

    at = models.DateTimeField("时间", db_index=True)
    kind = models.CharField("方式", max_length=10, choices=Kind)
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    actor_name = models.CharField("查看人", max_length=160)
    hat_label = models.CharField("身份", max_length=160)
    bureau_id = models.BigIntegerField("单位编号", null=True)
    field = models.CharField("内容", max_length=80)
    subject_kind = models.CharField("对象类别", max_length=40)
    subject_id = models.BigIntegerField("对象编号", default=0)
    rows = models.PositiveIntegerField("条数", default=1)
    reason = models.CharField("理由", max_length=200, blank=True)
    address = models.GenericIPAddressField("地址", null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "查看记录"
        verbose_name_plural = "查看记录"
        ordering = ["-id"]
        indexes = [models.Index(fields=["subject_kind", "subject_id", "-id"], name="reveal_by_subject")]

    def __str__(self) -> str:
        return f"{self.actor_name} {self.field} {self.subject_kind} {self.subject_id}"


class PrivacyConsent(models.Model):
    """A person accepted a version of the privacy notice."""

    user = models.ForeignKey(User, on_delete=models.RESTRICT, related_name="consents")
    version = models.CharField("版本", max_length=20)
    at = models.DateTimeField("时间")
    address = models.GenericIPAddressField("地址", null=True)

    class Meta:
        verbose_name = "隐私说明同意记录"
        verbose_name_plural = "隐私说明同意记录"
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["user", "version"], name="privacy_consent_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.version}"
