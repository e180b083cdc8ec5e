"""The paper: stored files, frozen documents, their reference numbers and their stamped scans (design idea 4)."""

from __future__ import annotations

from typing import Any

from django.db import models

from foundation.accounts.may import ScopedQuerySet
from foundation.core.errors import Refused
from foundation.core.verdict import no
from foundation.documents.canonical import digest_groups
from foundation.documents.freezing import FrozenRow

#: Columns of a document that may change after creation, and those written once.
_FREE = ("state", "version")
_ONCE = (
    "pdf_id",
    "sheet_id",
    "page_count",
    "released_at",
    "sealed_at",
    "sealed_by",
    "official_number",
    "void_reason",
    "voided_at",
)


class StoredFile(models.Model):
    """One uploaded or generated file. The bytes lie under their SHA-256; who may read them is asked of the purpose's rule.

    Equal content uploaded twice is stored once and has two rows. Rows and bytes are never changed.
    """

    class ContentType(models.TextChoices):
        PDF = "application/pdf", "PDF"
        JPEG = "image/jpeg", "JPEG 图片"
        PNG = "image/png", "PNG 图片"
        XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "Excel 工作簿"
        DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "Word 文档"

    INLINE = frozenset({ContentType.PDF, ContentType.JPEG, ContentType.PNG})
    subject_kind = "file"

    sha256 = models.CharField("摘要", max_length=64)
    size = models.BigIntegerField("大小")
    content_type = models.CharField("类型", max_length=100, choices=ContentType)
    name = models.CharField("文件名", max_length=160)
    pages = models.PositiveIntegerField("页数", null=True, blank=True)
    purpose = models.CharField("用途", max_length=60)
    owner_kind = models.CharField("所有者类别", max_length=20)
    owner_id = models.BigIntegerField("所有者编号", null=True)
    uploaded_by_id = models.BigIntegerField("上传人编号", null=True)
    uploaded_by = models.CharField("上传人", max_length=240)
    uploaded_at = models.DateTimeField("上传时间")

    class Meta:
        verbose_name = "文件"
        verbose_name_plural = "文件"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(size__gt=0), name="stored_file_not_empty", violation_error_message="文件不能为空。"
            ),
            FrozenRow(name="stored_file_frozen", violation_error_message="已保存的文件不能改动。"),
        ]
        indexes = [
            models.Index(fields=["sha256"], name="stored_file_by_digest"),
            models.Index(fields=["owner_kind", "owner_id", "-id"], name="stored_file_by_owner"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def storage_name(self) -> str:
        """Where the bytes lie below MEDIA_ROOT."""
        return f"{self.sha256[:2]}/{self.sha256[2:4]}/{self.sha256}"

    @property
    def inline(self) -> bool:
        """Whether the browser may show it itself."""
        return self.content_type in self.INLINE

    @property
    def size_text(self) -> str:
        """``1.4 MB``, ``380 KB``."""
        return f"{self.size / 1048576:.1f} MB" if self.size >= 1048576 else f"{max(1, round(self.size / 1024))} KB"


class ReferenceSeries(models.Model):
    """Last number given under a code in a year; its row lock orders the writers, so numbers have no gaps."""

    code = models.CharField("代码", max_length=20)
    year = models.PositiveSmallIntegerField("年度")
    last = models.PositiveIntegerField("最后一号", default=0)

    class Meta:
        verbose_name = "编号序列"
        verbose_name_plural = "编号序列"
        ordering = ["code", "year"]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "year"],
                name="reference_series_once",
                violation_error_message="同一年度的编号序列只有一个。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.code}-{self.year}"


class FrozenDocument(models.Model):
    """What was printed: the snapshot with its digest, the portal's own reference, the files made from it.

    After creation only the rendering, the seal, the official number, the release and a voiding are added. ``path`` is
    the issuer's responsibility path: bureaus on it see the document from ``released_at`` on.
    """

    class State(models.TextChoices):
        FROZEN = "frozen", "待盖章"
        SEALED = "sealed", "已盖章"
        VOID = "void", "已作废"

    subject_kind = "document"

    kind = models.CharField("类别", max_length=60)
    title = models.CharField("标题", max_length=200)
    reference = models.CharField("编号", max_length=48, unique=True)
    about_kind = models.CharField("对象类别", max_length=40)
    about_id = models.BigIntegerField("对象编号")
    about_label = models.CharField("对象", max_length=200)
    issuer_kind = models.CharField("制发方类别", max_length=20)
    issuer_id = models.BigIntegerField("制发方编号", null=True)
    issuer_name = models.CharField("制发单位", max_length=120)
    path = models.CharField("责任路径", max_length=120, blank=True, default="")
    snapshot = models.JSONField("快照")
    snapshot_version = models.PositiveSmallIntegerField("快照版式")
    digest = models.CharField("摘要", max_length=64)
    dated = models.DateField("落款日期")
    rehearsal = models.BooleanField("演练")
    created_at = models.DateTimeField("生成时间")
    recorded_at = models.DateTimeField("记录时间")
    created_by_id = models.BigIntegerField("生成人编号", null=True)
    created_by = models.CharField("生成人", max_length=240)

    state = models.CharField("状态", max_length=10, choices=State, default=State.FROZEN)
    version = models.PositiveIntegerField(default=1)
    pdf = models.ForeignKey(StoredFile, null=True, blank=True, on_delete=models.RESTRICT, related_name="+")
    sheet = models.ForeignKey(StoredFile, null=True, blank=True, on_delete=models.RESTRICT, related_name="+")
    page_count = models.PositiveIntegerField("页数", null=True, blank=True)
    released_at = models.DateTimeField("报出时间", null=True, blank=True)
    sealed_at = models.DateTimeField("盖章登记时间", null=True, blank=True)
    sealed_by = models.CharField("盖章登记人", max_length=240, blank=True, default="")
    official_number = models.CharField("文号", max_length=80, blank=True, default="")
    void_reason = models.CharField("作废原因", max_length=300, blank=True, default="")
    voided_at = models.DateTimeField("作废时间", null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "文书"
        verbose_name_plural = "文书"
        ordering = ["-id"]
        constraints = [
            FrozenRow(
                name="frozen_document_frozen",
                free=_FREE,
                once=_ONCE,
                violation_error_message="文书生成后不能改动。",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="sealed") | (models.Q(sealed_at__isnull=False) & ~models.Q(sealed_by="")),
                name="frozen_document_seal_has_who_and_when",
                violation_error_message="已盖章的文书须记明登记人和时间。",
            ),
            models.CheckConstraint(
                condition=models.Q(state="void", voided_at__isnull=False)
                | models.Q(~models.Q(state="void"), voided_at__isnull=True),
                name="frozen_document_void_has_when",
                violation_error_message="作废的文书须记明时间。",
            ),
        ]
        indexes = [
            models.Index(fields=["about_kind", "about_id", "-id"], name="frozen_document_by_subject"),
            models.Index(fields=["issuer_kind", "issuer_id", "-id"], name="frozen_document_by_issuer"),
            models.Index(fields=["path"], name="frozen_document_by_path", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["pdf"], name="frozen_document_by_pdf"),
        ]

    def __str__(self) -> str:
        return f"{self.title}（{self.reference}）"

    @property
    def digest_groups(self) -> list[str]:
        """The digest as people compare it: capitals in groups of eight; the first two are printed on the paper."""
        return digest_groups(self.digest)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Creation only; later changes go through the actions, which write named columns."""
        if not self._state.adding and not kwargs.get("update_fields"):
            raise Refused(no("文书生成后不能改动。", "如有错误，请作废后重新生成。"))
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        """Never."""
        raise Refused(no("文书不能删除。", "如有错误，请作废。"))


class DocumentScan(models.Model):
    """A stamped scan uploaded against a document; the latest one counts, earlier ones stay."""

    document = models.ForeignKey(FrozenDocument, on_delete=models.RESTRICT, related_name="scans")
    file = models.ForeignKey(StoredFile, on_delete=models.RESTRICT, related_name="+")
    pages_read = models.JSONField("读出二维码的页", default=list)
    by_hand = models.BooleanField("人工核对")
    note = models.CharField("核对结果", max_length=200)
    attached_at = models.DateTimeField("上传时间")
    attached_by = models.CharField("上传人", max_length=240)

    class Meta:
        verbose_name = "盖章扫描件"
        verbose_name_plural = "盖章扫描件"
        ordering = ["-id"]
        constraints = [FrozenRow(name="document_scan_frozen", violation_error_message="已登记的扫描件不能改动。")]

    def __str__(self) -> str:
        return f"{self.document_id} {self.note}"
