"""Identity of an enterprise: code, names with history, place, who answers for it."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.db import models

from foundation.accounts.scoping import ScopedQuerySet
from foundation.core.search import searchable
from foundation.core.text import normalise_name, pinyin_initials

SEARCHED = ("name_normal", "pinyin", "uscc")
"""Columns of a firm that the search box looks into (``foundation.core.search``)."""


class Enterprise(models.Model):
    """A firm as the register of enterprises knows it, one row per unified social credit code (P-04).

    ``bureau`` handles it; ``paths`` holds one responsibility path per programme stage (design idea 2). Names it
    had before are in
    ``names``; the columns ``name_normal`` and ``pinyin`` exist for comparing and searching only.
    """

    class State(models.TextChoices):
        ACTIVE = "active", "在册"
        CLOSED = "closed", "已注销"

    uscc = models.CharField("统一社会信用代码", max_length=18, unique=True, error_messages={"unique": "该代码已登记。"})
    name = models.CharField("企业名称", max_length=120)
    name_normal = models.CharField("名称（比对用）", max_length=120, editable=False)
    pinyin = models.CharField("名称首字母", max_length=64, editable=False)
    region = models.ForeignKey(
        "reference.Region", on_delete=models.RESTRICT, related_name="+", verbose_name="所属县市区"
    )
    bureau = models.ForeignKey(
        "accounts.Bureau", on_delete=models.RESTRICT, related_name="enterprises", verbose_name="主管部门"
    )
    industry = models.ForeignKey(
        "reference.Industry",
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="+",
        verbose_name="所属行业",
    )
    legal_representative = models.CharField("法定代表人", max_length=60, blank=True)
    registered_on = models.DateField("成立日期", null=True, blank=True)
    is_legal_person = models.BooleanField("独立法人", null=True, default=None)
    parent_name = models.CharField("所属法人名称", max_length=120, blank=True)
    parent_uscc = models.CharField("所属法人代码", max_length=18, blank=True)
    registered_in_province = models.BooleanField("在本省登记", default=True)
    origin_evidence = models.ForeignKey(
        "documents.StoredFile",
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="+",
        verbose_name="外省登记证明",
    )
    contact_name = models.CharField("联系人", max_length=40, blank=True)
    contact_phone = models.CharField("联系电话", max_length=30, blank=True)
    contact_email = models.EmailField("电子邮箱", blank=True)
    entered_by_bureau = models.ForeignKey(
        "accounts.Bureau",
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="+",
        verbose_name="代为登记的单位",
    )
    registered_at = models.DateTimeField("登记时间")
    state = models.CharField("状态", max_length=10, choices=State, default=State.ACTIVE)
    version = models.PositiveIntegerField(default=0)

    subject_kind = "enterprise"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "企业"
        verbose_name_plural = "企业"
        ordering = ["id"]
        indexes = [
            GinIndex(searchable(*SEARCHED), name="enterprise_words"),
            models.Index(fields=["bureau", "id"], name="enterprise_by_bureau"),
            models.Index(fields=["region", "pinyin", "id"], name="enterprise_in_order"),
            models.Index(fields=["legal_representative"], name="enterprise_by_representative"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(uscc__regex=r"^[0-9A-HJ-NPQRTUWXY]{18}$"),
                name="enterprise_uscc_form",
                violation_error_message="统一社会信用代码应为18位数字或大写字母（不含I、O、S、V、Z）。",
            ),
            models.CheckConstraint(
                condition=models.Q(registered_in_province=True) | models.Q(origin_evidence__isnull=False),
                name="enterprise_other_province_proved",
                violation_error_message="在外省登记的企业须附在本地经营的证明。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the columns for comparing and searching in step with the name."""
        self.set_name(self.name)
        super().save(*args, **kwargs)

    def set_name(self, name: str) -> None:
        """The name with its normal form and initials."""
        self.name = normalise_name(name)
        self.name_normal = self.name.lower()
        self.pinyin = pinyin_initials(re.sub(r"\W", "", self.name))

    @property
    def is_active(self) -> bool:
        return self.state == self.State.ACTIVE


class EnterprisePath(models.Model):
    """Bureaus responsible for an enterprise at a programme stage ('' = any stage without a row of its own):
    ``/1/5/9/``.
    """

    enterprise = models.ForeignKey(Enterprise, on_delete=models.CASCADE, related_name="paths")
    stage = models.CharField("阶段", max_length=30, blank=True, default="")
    path = models.CharField("责任路径", max_length=120)

    class Meta:
        verbose_name = "企业责任路径"
        verbose_name_plural = "企业责任路径"
        ordering = ["enterprise_id", "stage"]
        indexes = [models.Index(fields=["path"], opclasses=["varchar_pattern_ops"], name="enterprise_path_prefix")]
        constraints = [models.UniqueConstraint(fields=["enterprise", "stage"], name="enterprise_path_once_per_stage")]

    def __str__(self) -> str:
        return f"{self.stage} {self.path}"


class EnterpriseName(models.Model):
    """A name the enterprise bears or bore, from a day to a day (P-04: legal name history)."""

    enterprise = models.ForeignKey(Enterprise, on_delete=models.CASCADE, related_name="names")
    name = models.CharField("名称", max_length=120)
    valid_from = models.DateField("起", null=True, blank=True)
    valid_to = models.DateField("止", null=True, blank=True)
    evidence = models.ForeignKey(
        "documents.StoredFile", null=True, blank=True, on_delete=models.RESTRICT, related_name="+"
    )

    class Meta:
        verbose_name = "企业名称记录"
        verbose_name_plural = "企业名称记录"
        ordering = ["enterprise_id", "id"]
        indexes = [GinIndex(searchable("name"), name="enterprise_earlier_words")]
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise"],
                condition=models.Q(valid_to__isnull=True),
                name="enterprise_one_current_name",
                violation_error_message="企业只有一个现用名称。",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True)
                | models.Q(valid_from__isnull=True)
                | models.Q(valid_to__gte=models.F("valid_from")),
                name="enterprise_name_dates",
                violation_error_message="停用日期不得早于启用日期。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def holds_on(self, day: dt.date) -> bool:
        """Whether this was the name on a day; an unknown start reaches back without limit."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)
