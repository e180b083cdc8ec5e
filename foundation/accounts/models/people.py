"""People, bureaus, who answers to whom, and which post a person holds from when to when."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar, Self

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.utils.crypto import salted_hmac

from foundation.accounts.roles import Act, Level, Role
from foundation.accounts.scoping import ScopedQuerySet
from foundation.core.clock import business_today, real_now


class User(AbstractUser):
    """A person. What they may do comes from the hat they wear, never from this row."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    name = models.CharField("姓名", max_length=80)
    phone = models.CharField("手机", max_length=20, blank=True)
    email = models.EmailField("邮箱", blank=True)
    must_change_password = models.BooleanField("须改密码", default=False)
    password_changed_at = models.DateTimeField("密码修改时间", null=True, blank=True)
    last_hat = models.CharField("上次的身份", max_length=60, blank=True)
    second_factor_since = models.DateTimeField("启用二次验证时间", null=True, blank=True)
    second_factor_epoch = models.PositiveSmallIntegerField(default=0)
    """Counted up when the second factor is set up or taken away: visits begun before it end."""
    privacy_version = models.CharField("已同意的隐私说明", max_length=20, blank=True)
    is_demo = models.BooleanField("演示账号", default=False)

    subject_kind = "user"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        verbose_name = "人员"
        verbose_name_plural = "人员"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["phone"],
                condition=~models.Q(phone=""),
                name="user_phone_once",
                violation_error_message="该手机号已登记在另一个账号上。",
            )
        ]

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        return str(self)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Sessions end with the password, and with a change of the second factor."""
        plain = super()._get_session_auth_hash(secret=secret)
        if not self.second_factor_epoch:
            return plain
        salt = "foundation.accounts.second_factor_epoch"
        return salted_hmac(salt, f"{plain}{self.second_factor_epoch}", secret=secret, algorithm="sha256").hexdigest()


class Bureau(models.Model):
    """A bureau that answers for enterprises: 经信委, 工信局, 经科局, or a recommender that is no place at all."""

    name = models.CharField("名称", max_length=80, unique=True)
    short_name = models.CharField("简称", max_length=40)
    level = models.CharField("层级", max_length=12, choices=Level)
    region = models.ForeignKey(
        "reference.Region", null=True, blank=True, on_delete=models.RESTRICT, verbose_name="行政区划"
    )
    sort_key = models.CharField("行政顺序", max_length=20, default="")
    generated = models.BooleanField("名称为推定", default=False, help_text="名称由区划名推定，未见公开来源")
    invented = models.BooleanField("演示虚构", default=False)
    section = models.CharField("科室", max_length=60, blank=True)
    contact_name = models.CharField("联系人", max_length=40, blank=True)
    contact_phone = models.CharField("联系电话", max_length=30, blank=True)
    contact_email = models.EmailField("电子邮箱", blank=True)
    active = models.BooleanField("在用", default=True)

    objects = ScopedQuerySet.as_manager()

    subject_kind = "bureau"

    class Meta:
        verbose_name = "主管部门"
        verbose_name_plural = "主管部门"
        ordering = ["sort_key", "id"]

    def __str__(self) -> str:
        return self.name


class ReportingLine(models.Model):
    """Who answers to whom, at which stage of a programme ('' = any stage), from when to when (design idea 2)."""

    bureau = models.ForeignKey(Bureau, on_delete=models.RESTRICT, related_name="lines")
    stage = models.CharField("阶段", max_length=30, blank=True, default="")
    superior = models.ForeignKey(Bureau, on_delete=models.RESTRICT, related_name="subordinate_lines")
    valid_from = models.DateField("起")
    valid_to = models.DateField("止", null=True, blank=True)
    source = models.CharField("依据", max_length=200, blank=True)

    class Meta:
        verbose_name = "隶属关系"
        verbose_name_plural = "隶属关系"
        ordering = ["bureau_id", "stage", "valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["bureau", "stage"],
                condition=models.Q(valid_to__isnull=True),
                name="reporting_line_one_open",
                violation_error_message="该单位在这一阶段已有现行隶属关系，请先注明截止日期。",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gte=models.F("valid_from")),
                name="reporting_line_dates",
                violation_error_message="截止日期不得早于起始日期。",
            ),
            models.CheckConstraint(
                condition=~models.Q(bureau=models.F("superior")),
                name="reporting_line_not_self",
                violation_error_message="单位不能隶属于自己。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bureau_id}→{self.superior_id} {self.stage}"


class BureauPath(models.Model):
    """Materialised paths a bureau has or had, from the province down: ``/1/5/9/``. Rebuilt when lines change; old ones
    stay.
    """

    bureau = models.ForeignKey(Bureau, on_delete=models.CASCADE, related_name="path_rows")
    stage = models.CharField(max_length=30, blank=True, default="")
    path = models.CharField(max_length=120)
    current = models.BooleanField(default=True)

    class Meta:
        verbose_name = "责任路径"
        verbose_name_plural = "责任路径"
        ordering = ["bureau_id", "stage", "path"]
        constraints = [models.UniqueConstraint(fields=["bureau", "stage", "path"], name="bureau_path_once")]

    def __str__(self) -> str:
        return self.path


class PostQuerySet(ScopedQuerySet):
    """Posts by date."""

    def held(self) -> Self:
        """Posts in force now. Officials' posts go by the business day; the three administrators run the machine itself,
        so theirs go by the machine's day and survive a rehearsal set in another year.
        """
        business, real = business_today(), real_now().date()
        return self.filter(
            (models.Q(bureau__isnull=False) & _in_force(business)) | (models.Q(bureau__isnull=True) & _in_force(real))
        )

    def open(self) -> Self:
        """Posts in force now or beginning later."""
        business, real = business_today(), real_now().date()
        return self.filter(
            (models.Q(bureau__isnull=False) & _not_over(business)) | (models.Q(bureau__isnull=True) & _not_over(real))
        )


def _not_over(day: dt.date) -> models.Q:
    return models.Q(ended_at__isnull=True) & (models.Q(valid_to__isnull=True) | models.Q(valid_to__gte=day))


def _in_force(day: dt.date) -> models.Q:
    return models.Q(valid_from__lte=day) & _not_over(day)


class Post(models.Model):
    """A person holds a role in a bureau (or, for the three administrators, in the portal) from a day to a day."""

    user = models.ForeignKey(User, on_delete=models.RESTRICT, related_name="posts")
    bureau = models.ForeignKey(Bureau, null=True, blank=True, on_delete=models.RESTRICT, related_name="posts")
    role = models.CharField("岗位", max_length=20, choices=[(role.value, role.label) for role in Role])
    valid_from = models.DateField("起")
    valid_to = models.DateField("止", null=True, blank=True, help_text="最后一天；当天即停用的另记停用时间")
    ended_at = models.DateTimeField("停用时间", null=True, blank=True)

    objects = PostQuerySet.as_manager()

    subject_kind = "post"

    class Meta:
        verbose_name = "岗位"
        verbose_name_plural = "岗位"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "bureau", "role"],
                condition=models.Q(valid_to__isnull=True),
                nulls_distinct=False,
                name="post_one_open",
                violation_error_message="此人已担任该岗位。",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    role__in=[Role.SYSTEM_ADMIN, Role.AUDIT_ADMIN, Role.SECURITY_ADMIN], bureau__isnull=True
                )
                | models.Q(
                    role__in=[Role.HANDLER, Role.REVIEWER, Role.SIGNER, Role.ARCHIVIST, Role.POST_MANAGER],
                    bureau__isnull=False,
                ),
                name="post_role_fits_bureau",
                violation_error_message="三类管理员不属于任何主管部门；其他岗位必须属于一个主管部门。",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gte=models.F("valid_from")),
                name="post_dates",
                violation_error_message="岗位的截止日期不得早于起始日期。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.get_role_display()}"


class BureauHands(models.Model):
    """How many hands an act takes in a bureau: 1 经办 alone, 2 with 签发, 3 with 审核 and 签发.

    ``distinct``: never one person twice.
    """

    bureau = models.ForeignKey(Bureau, on_delete=models.CASCADE, related_name="hands")
    act = models.CharField("事项", max_length=20, choices=Act)
    hands = models.PositiveSmallIntegerField("道数", default=1)
    distinct = models.BooleanField("须由不同人办理", default=True)

    class Meta:
        verbose_name = "办理道数"
        verbose_name_plural = "办理道数"
        ordering = ["bureau_id", "act"]
        constraints = [
            models.UniqueConstraint(fields=["bureau", "act"], name="bureau_hands_once"),
            models.CheckConstraint(
                condition=models.Q(hands__gte=1, hands__lte=3),
                name="bureau_hands_one_to_three",
                violation_error_message="办理道数为一至三道。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bureau_id} {self.act} {self.hands}"
