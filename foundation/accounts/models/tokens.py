"""A token: a program acts for one person under one of that person's hats (B.2). Only a digest of its value is kept."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from foundation.accounts.models.people import User
from foundation.accounts.scoping import ScopedQuerySet


class TokenScope(models.TextChoices):
    """What a token may be used for, inside what its hat may do anyway."""

    READ = "read", "读取与导出"
    FIGURES = "figures", "填写年度数据"
    RETURNS = "returns", "报送月报"


class ApiToken(models.Model):
    """Begins now, ends at ``expires_at`` of the machine's clock or when it is revoked; without its hat it is nothing.

    ``prefix`` is the part a person may see and name; ``digest`` is SHA-256 of the whole value, which is random and
    long, so that no slow hash is needed.
    """

    user = models.ForeignKey(User, on_delete=models.RESTRICT, related_name="api_tokens", verbose_name="持有人")
    hat_key = models.CharField("身份", max_length=80)
    hat_label = models.CharField("身份名称", max_length=160)
    name = models.CharField("用途", max_length=60)
    prefix = models.CharField("前缀", max_length=12, unique=True)
    digest = models.CharField("摘要", max_length=64)
    scopes = ArrayField(models.CharField(max_length=12, choices=TokenScope), verbose_name="权限")
    created_at = models.DateTimeField("建立时间")
    expires_at = models.DateTimeField("到期时间")
    last_used_at = models.DateTimeField("最近使用", null=True, blank=True)
    last_address = models.GenericIPAddressField("最近使用地址", null=True, blank=True)
    revoked_at = models.DateTimeField("撤销时间", null=True, blank=True)

    subject_kind = "api_token"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "接口令牌"
        verbose_name_plural = "接口令牌"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")),
                name="api_token_ends_after_it_begins",
                violation_error_message="令牌的到期时间应晚于建立时间。",
            ),
            models.CheckConstraint(
                condition=models.Q(digest__regex=r"^[0-9a-f]{64}$"),
                name="api_token_digest_form",
                violation_error_message="令牌摘要应为64位十六进制数。",
            ),
        ]
        indexes = [models.Index(fields=["user", "-id"], name="api_token_by_user")]

    def __str__(self) -> str:
        return f"{self.name}（{self.prefix}）"

    @property
    def scope_labels(self) -> list[str]:
        """读取与导出, 填写年度数据 …, in the order of the list."""
        return [scope.label for scope in TokenScope if scope.value in self.scopes]
