"""A 汇总表 that came back as a workbook: rows matched by name and county, doubtful ones decided by a person (HN-34)."""

from __future__ import annotations

from django.db import models

from foundation.accounts.may import ScopedQuerySet
from reviews.models.application import Application


class SheetImport(models.Model):
    """One uploaded workbook of one bureau for one round."""

    round = models.ForeignKey("cultivation.Round", on_delete=models.RESTRICT, related_name="sheet_imports")
    bureau = models.ForeignKey("accounts.Bureau", on_delete=models.RESTRICT, related_name="sheet_imports")
    path = models.CharField(max_length=120)
    file = models.ForeignKey("documents.StoredFile", on_delete=models.RESTRICT, related_name="+")
    uploaded_at = models.DateTimeField()
    uploaded_by = models.CharField(max_length=160)
    errors = models.JSONField("错误", default=list)

    subject_kind = "sheet_import"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "汇总表导入"
        verbose_name_plural = "汇总表导入"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"汇总表导入 {self.pk}"


class SheetImportRow(models.Model):
    """One row: matched, doubtful until decided, or pending until it has a code from which a file can exist."""

    class Match(models.TextChoices):
        MATCHED = "matched", "已对应"
        DOUBTFUL = "doubtful", "待确认"
        PENDING = "pending", "待补信用代码"
        DECIDED = "decided", "已确认"
        CREATED = "created", "已建档"
        DISMISSED = "dismissed", "不采用"

    sheet_import = models.ForeignKey(SheetImport, on_delete=models.CASCADE, related_name="rows")
    row_number = models.PositiveIntegerField("行号")
    values = models.JSONField("内容")
    match = models.CharField("状态", max_length=10, choices=Match)
    candidates = models.JSONField("可能对应", default=list)
    application = models.ForeignKey(Application, null=True, on_delete=models.RESTRICT, related_name="+")
    uscc = models.CharField("统一社会信用代码", max_length=18, blank=True)
    differences = models.JSONField("与系统不一致", default=list)

    class Meta:
        verbose_name = "导入行"
        verbose_name_plural = "导入行"
        ordering = ["sheet_import_id", "row_number"]
        constraints = [models.UniqueConstraint(fields=["sheet_import", "row_number"], name="sheet_import_row_once")]

    def __str__(self) -> str:
        return str(self.row_number)
