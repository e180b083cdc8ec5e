"""Notices: published by a bureau, signed for and forwarded by those below (ZZ-01, 02, 08, 09, HN-28, 29, SC-47)."""

from __future__ import annotations

from django.db import models

from foundation.accounts.scoping import ScopedQuerySet
from foundation.documents.freezing import FrozenRow


class Notice(models.Model):
    """A notice of one bureau. A forwarding notice has its own cover text, contacts and date, and its source as parent.

    ``issuers`` are names in printed order (SC-47); ``path`` is the issuing bureau's responsibility path on the day.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        PUBLISHED = "published", "已发布"

    bureau = models.ForeignKey(
        "accounts.Bureau", on_delete=models.RESTRICT, related_name="notices", verbose_name="发文单位"
    )
    path = models.CharField("责任路径", max_length=120)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.RESTRICT, related_name="forwards", verbose_name="所转发通知"
    )
    root = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.RESTRICT, related_name="thread", verbose_name="源通知"
    )
    family = models.ForeignKey(
        "cultivation.Programme",
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="notices",
        verbose_name="培育项目",
    )
    stage = models.CharField("阶段", max_length=30, blank=True, default="")
    issuers = models.JSONField("发文机关", default=list)
    number = models.CharField("文号", max_length=80, blank=True)
    title = models.CharField("标题", max_length=200)
    issued_on = models.DateField("成文日期")
    body = models.TextField("正文", blank=True)
    to_bureaus = models.CharField("主送（主管部门）", max_length=200, blank=True)
    to_enterprises = models.CharField("主送（企业）", max_length=200, blank=True)
    section = models.CharField("科（处）室", max_length=60, blank=True)
    contact_name = models.CharField("联系人", max_length=40, blank=True)
    contact_phone = models.CharField("联系电话", max_length=30, blank=True)
    contact_email = models.EmailField("电子邮箱", blank=True)
    deadline = models.DateField("报送期限", null=True, blank=True)
    state = models.CharField("状态", max_length=12, choices=State, default=State.DRAFT)
    drafted_by_id = models.BigIntegerField("拟稿人编号", null=True)
    drafted_for_id = models.BigIntegerField("代谁拟稿或原拟稿人", null=True, blank=True)
    published_at = models.DateTimeField("发布时间", null=True, blank=True)
    warning = models.CharField("期限提示", max_length=300, blank=True)
    version = models.PositiveIntegerField(default=0)

    subject_kind = "notice"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "通知"
        verbose_name_plural = "通知"
        ordering = ["-issued_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="draft", published_at__isnull=True)
                | models.Q(state="published", published_at__isnull=False),
                name="notice_published_has_time",
                violation_error_message="已发布的通知应有发布时间，草稿没有。",
            ),
            models.CheckConstraint(
                condition=models.Q(parent__isnull=True, root__isnull=True)
                | models.Q(parent__isnull=False, root__isnull=False),
                name="notice_forward_has_root",
                violation_error_message="转发的通知应同时注明所转发通知和源通知。",
            ),
            models.CheckConstraint(
                condition=~(models.Q(to_bureaus="") & models.Q(to_enterprises="")) | models.Q(state="draft"),
                name="notice_has_addressees",
                violation_error_message="发布的通知至少要有一类主送对象。",
            ),
            models.UniqueConstraint(
                fields=["bureau", "parent"],
                condition=models.Q(parent__isnull=False),
                name="notice_forwarded_once",
                violation_error_message="本单位已转发过这份通知。",
            ),
        ]
        indexes = [models.Index(fields=["root", "state"], name="notice_thread")]

    def __str__(self) -> str:
        return f"{self.title}（{self.number}）" if self.number else self.title

    @property
    def source_id(self) -> int:
        """Id of the first notice of the chain."""
        return self.root_id or self.pk

    @property
    def is_forward(self) -> bool:
        """Whether this is a cover notice over another one."""
        return self.parent_id is not None

    @property
    def issuer_line(self) -> str:
        """Issuers as printed above the date."""
        return "　".join(self.issuers)


class NoticeFile(models.Model):
    """A file attached to a notice: the original, its annexes (ZZ-09)."""

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="files")
    file = models.ForeignKey("documents.StoredFile", on_delete=models.RESTRICT, related_name="+")
    title = models.CharField("名称", max_length=160)
    position = models.PositiveSmallIntegerField("顺序", default=0)

    class Meta:
        verbose_name = "通知附件"
        verbose_name_plural = "通知附件"
        ordering = ["notice_id", "position", "id"]

    def __str__(self) -> str:
        return self.title


class NoticeAddressee(models.Model):
    """A bureau the notice was sent to, as of publication; it owes a signature (签收)."""

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="addressees")
    bureau = models.ForeignKey("accounts.Bureau", on_delete=models.RESTRICT, related_name="+")

    class Meta:
        verbose_name = "主送单位"
        verbose_name_plural = "主送单位"
        ordering = ["notice_id", "bureau__sort_key", "bureau_id"]
        constraints = [models.UniqueConstraint(fields=["notice", "bureau"], name="notice_addressee_once")]

    def __str__(self) -> str:
        return f"{self.notice_id}→{self.bureau_id}"


class NoticeReceipt(models.Model):
    """签收: which bureau received the notice, by whom and when. Written once."""

    notice = models.ForeignKey(Notice, on_delete=models.RESTRICT, related_name="receipts")
    bureau = models.ForeignKey("accounts.Bureau", on_delete=models.RESTRICT, related_name="+")
    signed_by_id = models.BigIntegerField("签收人编号", null=True)
    signed_by = models.CharField("签收人", max_length=160)
    signed_at = models.DateTimeField("签收时间")
    decision = models.ForeignKey("journal.Decision", on_delete=models.RESTRICT, related_name="+")

    class Meta:
        verbose_name = "签收"
        verbose_name_plural = "签收"
        ordering = ["notice_id", "signed_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["notice", "bureau"], name="notice_signed_once", violation_error_message="本单位已签收这份通知。"
            ),
            FrozenRow(name="notice_receipt_frozen", violation_error_message="签收记录不能改动。"),
        ]

    def __str__(self) -> str:
        return f"{self.signed_by} {self.signed_at:%Y-%m-%d}"
