"""A list published before the portal existed, brought in as a workbook and decided row by row (HN-22)."""

from __future__ import annotations

from django.db import models

from foundation.accounts.scoping import ScopedQuerySet


class RosterImport(models.Model):
    """One uploaded list of one bureau: what the paper says of itself, and the rows read from the file.

    ``since`` is the day from which its firms stand on the list; ``tier`` may be one that only earlier lists know.
    """

    class State(models.TextChoices):
        READING = "reading", "读取中"
        OPEN = "open", "核对中"
        FAILED = "failed", "未能读取"
        DROPPED = "dropped", "已放弃"

    programme = models.ForeignKey(
        "cultivation.Programme", on_delete=models.RESTRICT, related_name="imports", verbose_name="培育项目"
    )
    bureau = models.ForeignKey(
        "accounts.Bureau", on_delete=models.RESTRICT, related_name="roster_imports", verbose_name="导入单位"
    )
    title = models.CharField("名单标题", max_length=200)
    number = models.CharField("文号", max_length=80)
    published_on = models.DateField("公布日期")
    since = models.DateField("列入日期")
    year = models.PositiveSmallIntegerField("年度")
    batch = models.PositiveSmallIntegerField("批次", default=1)
    tier = models.CharField("层级", max_length=60)
    tier_title = models.CharField("层级名称", max_length=80)
    file = models.ForeignKey(
        "documents.StoredFile", on_delete=models.RESTRICT, related_name="+", verbose_name="来源文件"
    )
    sha256 = models.CharField("文件摘要", max_length=64)
    state = models.CharField("状态", max_length=10, choices=State, default=State.READING)
    version = models.PositiveIntegerField(default=0)
    errors = models.JSONField("错误", default=list)
    problem = models.CharField("未能读取的原因", max_length=400, blank=True)
    uploaded_at = models.DateTimeField("上传时间")
    uploaded_by = models.CharField("上传人", max_length=160)
    roster_list = models.OneToOneField(
        "cultivation.RosterList", null=True, blank=True, on_delete=models.RESTRICT, related_name="imported_from"
    )

    subject_kind = "roster_import"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "以前名单导入"
        verbose_name_plural = "以前名单导入"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "bureau", "tier", "sha256"],
                condition=~models.Q(state__in=["failed", "dropped"]),
                name="roster_import_file_once",
                violation_error_message="这份文件已经导入过。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.title}（{self.number}）" if self.number else self.title


class RosterImportRow(models.Model):
    """One firm of the list. Only a code decides by itself; a name is always confirmed by a person."""

    class Match(models.TextChoices):
        MATCHED = "matched", "按代码对应"
        DOUBTFUL = "doubtful", "待确认"
        UNKNOWN = "unknown", "未登记"
        WRONG = "wrong", "有错误"
        ACCEPTED = "accepted", "已确认"
        DISMISSED = "dismissed", "不采用"
        ALREADY = "already", "已在名单"
        ENTERED = "entered", "已列入"

    roster_import = models.ForeignKey(RosterImport, on_delete=models.CASCADE, related_name="rows")
    row_number = models.PositiveIntegerField("行号")
    name = models.CharField("企业名称", max_length=200)
    uscc = models.CharField("统一社会信用代码", max_length=18, blank=True)
    place = models.CharField("所属市县", max_length=80, blank=True)
    since = models.DateField("列入日期", null=True)
    match = models.CharField("状态", max_length=10, choices=Match)
    note = models.CharField("说明", max_length=300, blank=True)
    candidates = models.JSONField("可能对应", default=list)
    enterprise = models.ForeignKey("enterprises.Enterprise", null=True, on_delete=models.RESTRICT, related_name="+")
    entry = models.ForeignKey("cultivation.RosterEntry", null=True, on_delete=models.RESTRICT, related_name="+")

    class Meta:
        verbose_name = "以前名单导入行"
        verbose_name_plural = "以前名单导入行"
        ordering = ["roster_import_id", "row_number"]
        constraints = [
            models.UniqueConstraint(fields=["roster_import", "row_number"], name="roster_import_row_once"),
            models.UniqueConstraint(
                fields=["roster_import", "enterprise"],
                condition=models.Q(match__in=["matched", "accepted", "entered"]),
                name="roster_import_firm_once",
                violation_error_message="同一企业在名单中出现了两次。",
            ),
        ]
        indexes = [models.Index(fields=["roster_import", "match"], name="roster_import_by_match")]

    def __str__(self) -> str:
        return f"{self.row_number} {self.name}"
