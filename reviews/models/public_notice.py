"""公示 and objections: a frozen ordered list before the public for some working days, and who objects (P-03)."""

from __future__ import annotations

from django.db import models

from foundation.accounts.may import ScopedQuerySet
from reviews.models.application import Application
from reviews.states import NoticeRowState, NoticeState, ObjectionState


class PublicNotice(models.Model):
    """A public notice of a bureau over firms of a round. Days, first-day rule and contacts are frozen when it opens;
    a restart closes it and begins the next (``sequence``).
    """

    round = models.ForeignKey("cultivation.Round", on_delete=models.RESTRICT, related_name="public_notices")
    bureau = models.ForeignKey("accounts.Bureau", on_delete=models.RESTRICT, related_name="public_notices")
    path = models.CharField("责任路径", max_length=120)
    sequence = models.PositiveSmallIntegerField("次序", default=1)
    earlier = models.ForeignKey(
        "self", null=True, on_delete=models.RESTRICT, related_name="later", verbose_name="所接续的公示"
    )
    title = models.CharField("标题", max_length=200)
    body = models.TextField("公示说明", blank=True)
    state = models.CharField("状态", max_length=10, choices=NoticeState, default=NoticeState.DRAFT)
    version = models.PositiveIntegerField(default=0)
    working_days = models.PositiveSmallIntegerField("工作日数")
    first_day = models.CharField("起算", max_length=10, help_text="same_day 当日起算，next_day 次日起算")
    starts_on = models.DateField("公示起", null=True)
    ends_on = models.DateField("公示止", null=True)
    business_name = models.CharField("业务联系人", max_length=60, blank=True)
    business_phone = models.CharField("业务联系电话", max_length=40, blank=True)
    business_email = models.EmailField("业务邮箱", blank=True)
    discipline_name = models.CharField("监督联系人", max_length=60, blank=True)
    discipline_phone = models.CharField("监督电话", max_length=40, blank=True)
    discipline_email = models.EmailField("监督邮箱", blank=True)
    address = models.CharField("通信地址", max_length=160, blank=True)
    objection_days = models.PositiveSmallIntegerField("异议办理工作日数", null=True)
    restart_reason = models.CharField("重新公示的理由", max_length=300, blank=True)
    document = models.ForeignKey("documents.FrozenDocument", null=True, on_delete=models.RESTRICT, related_name="+")
    created_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    subject_kind = "public_notice"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "公示"
        verbose_name_plural = "公示"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "bureau", "sequence"],
                name="public_notice_sequence_once",
                violation_error_message="次序重复。",
            ),
            models.UniqueConstraint(
                fields=["round", "bureau"],
                condition=models.Q(state__in=["draft", "running"]),
                name="public_notice_one_live",
                violation_error_message="本轮次已有一份公示正在办理。",
            ),
            models.CheckConstraint(
                condition=models.Q(state="draft")
                | models.Q(starts_on__isnull=False, ends_on__gte=models.F("starts_on"), opened_at__isnull=False),
                name="public_notice_open_has_days",
                violation_error_message="发布的公示须有起止日期。",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class PublicNoticeRow(models.Model):
    """A firm as the public reads it: name, place, tier, in order. Struck or corrected with the reason shown."""

    notice = models.ForeignKey(PublicNotice, on_delete=models.CASCADE, related_name="rows")
    application = models.ForeignKey(Application, on_delete=models.RESTRICT, related_name="notice_rows")
    rank = models.PositiveIntegerField("名次")
    name = models.CharField("企业名称", max_length=120)
    region = models.CharField("所属市县", max_length=80)
    tier = models.CharField("层级", max_length=80)
    state = models.CharField("状态", max_length=10, choices=NoticeRowState, default=NoticeRowState.STANDING)
    shown_name = models.CharField("更正后的企业名称", max_length=120, blank=True)
    reason = models.CharField("公布的理由", max_length=300, blank=True)
    changed_at = models.DateTimeField(null=True)

    subject_kind = "public_notice_row"

    class Meta:
        verbose_name = "公示明细"
        verbose_name_plural = "公示明细"
        ordering = ["notice_id", "rank"]
        constraints = [
            models.UniqueConstraint(fields=["notice", "application"], name="public_notice_row_once"),
            models.CheckConstraint(
                condition=models.Q(state="standing") | ~models.Q(reason=""),
                name="public_notice_row_has_reason",
                violation_error_message="撤下或更正须写明公布的理由。",
            ),
        ]

    def __str__(self) -> str:
        return self.shown_name or self.name


class Objection(models.Model):
    """An objection by a unit (with its seal) or a person (real name, contact): confidential to the bureau that holds
    the notice. ``receipt`` is the number the objector keeps; the pass word to it is stored hashed.
    """

    class By(models.TextChoices):
        UNIT = "unit", "单位"
        PERSON = "person", "个人"

    notice = models.ForeignKey(PublicNotice, on_delete=models.RESTRICT, related_name="objections")
    row = models.ForeignKey(PublicNoticeRow, on_delete=models.RESTRICT, related_name="objections")
    path = models.CharField("责任路径", max_length=120)
    receipt = models.CharField("回执编号", max_length=40, unique=True)
    code_hash = models.CharField("查询码摘要", max_length=128)
    by = models.CharField("提出方", max_length=8, choices=By)
    name = models.CharField("姓名或单位名称", max_length=120)
    contact_name = models.CharField("联系人", max_length=60, blank=True)
    phone = models.CharField("联系电话", max_length=40)
    email = models.EmailField("电子邮箱", blank=True)
    text = models.TextField("异议内容")
    seal_scan = models.ForeignKey("documents.StoredFile", null=True, on_delete=models.RESTRICT, related_name="+")
    evidence = models.ForeignKey("documents.StoredFile", null=True, on_delete=models.RESTRICT, related_name="+")
    state = models.CharField("状态", max_length=10, choices=ObjectionState, default=ObjectionState.RECEIVED)
    version = models.PositiveIntegerField(default=0)
    received_at = models.DateTimeField()
    due_on = models.DateField("办理期限", null=True)
    late_reason = models.CharField("公示期外登记的理由", max_length=300, blank=True)
    finding = models.TextField("核实情况", blank=True)
    reply = models.TextField("答复", blank=True)
    settled_at = models.DateTimeField(null=True)
    entered_by_bureau = models.BooleanField("由主管部门登记", default=False)

    subject_kind = "objection"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "异议"
        verbose_name_plural = "异议"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(by="unit") | models.Q(seal_scan__isnull=False),
                name="objection_unit_has_seal",
                violation_error_message="以单位名义提出异议须加盖公章并上传扫描件。",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["upheld", "rejected"])
                | (models.Q(settled_at__isnull=False) & ~models.Q(reply="")),
                name="objection_settled_has_reply",
                violation_error_message="办结的异议须有答复。",
            ),
        ]
        indexes = [models.Index(fields=["notice", "state"], name="objection_by_notice")]

    def __str__(self) -> str:
        return self.receipt
