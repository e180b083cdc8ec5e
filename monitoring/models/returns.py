"""The monthly return of a listed firm (SC-39, HN-23): one per obligation, frozen at every submission."""

from __future__ import annotations

from django.db import models

from foundation.accounts.may import ScopedQuerySet


class MonthlyReturn(models.Model):
    """What a firm tells of one month. Figures are of the month alone; cumulative ones are computed, never typed.

    ``*_prior`` are the same month of the year before, taken over from last year's return where there is one. Officials
    send it back with a reason and never edit. The obligation knows due day and status.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "未提交"
        SUBMITTED = "submitted", "已报送"
        RETURNED = "returned", "退回修改"
        WAIVED = "waived", "免报"

    class Nature(models.TextChoices):
        NORMAL = "normal", "正常经营"
        ZERO = "zero", "零申报"
        STOPPED = "stopped", "停产停业"
        ELSEWHERE = "elsewhere", "已在国家或省平台填报"

    class FiledBy(models.TextChoices):
        ENTERPRISE = "enterprise", "企业网上填报"
        BUREAU = "bureau", "主管部门代填"
        SYSTEM = "system", "企业系统报送"

    obligation = models.OneToOneField(
        "duties.Obligation", on_delete=models.RESTRICT, related_name="monthly_return", verbose_name="应报事项"
    )
    entry = models.ForeignKey("cultivation.RosterEntry", on_delete=models.RESTRICT, related_name="returns")
    enterprise = models.ForeignKey("enterprises.Enterprise", on_delete=models.RESTRICT, related_name="returns")
    bureau = models.ForeignKey("accounts.Bureau", on_delete=models.RESTRICT, related_name="+", verbose_name="主管部门")
    path = models.CharField("责任路径", max_length=120)
    period = models.CharField("所属月份", max_length=7, help_text="YYYY-MM")
    enterprise_name = models.CharField("企业名称", max_length=120)
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT)
    version = models.PositiveIntegerField(default=0)
    revision = models.PositiveSmallIntegerField("提交次数", default=0)
    nature = models.CharField("申报类型", max_length=10, choices=Nature, default=Nature.NORMAL)
    revenue = models.DecimalField("营业收入（万元）", max_digits=16, decimal_places=4, null=True, blank=True)
    main_revenue = models.DecimalField("主营业务收入（万元）", max_digits=16, decimal_places=4, null=True, blank=True)
    main_revenue_prior = models.DecimalField(
        "上年同月主营业务收入（万元）", max_digits=16, decimal_places=4, null=True, blank=True
    )
    profit_and_tax = models.DecimalField("利税（万元）", max_digits=16, decimal_places=4, null=True, blank=True)
    rd_expenditure = models.DecimalField("研发投入（万元）", max_digits=16, decimal_places=4, null=True, blank=True)
    employees = models.PositiveIntegerField("期末从业人员（人）", null=True, blank=True)
    remark = models.CharField("经营情况和困难", max_length=500, blank=True)
    stopped_since = models.DateField("停产停业起", null=True, blank=True)
    elsewhere_proof = models.ForeignKey(
        "documents.StoredFile", null=True, blank=True, on_delete=models.RESTRICT, related_name="+"
    )
    explanations = models.JSONField("核对说明", default=dict)
    unreadable = models.JSONField("未能识别的填写", default=dict)
    filed_by = models.CharField("填报方式", max_length=12, choices=FiledBy, default=FiledBy.ENTERPRISE)
    source = models.ForeignKey(
        "documents.StoredFile", null=True, blank=True, on_delete=models.RESTRICT, related_name="+"
    )
    late = models.BooleanField("逾期", default=False)
    return_reason = models.CharField("退回理由", max_length=400, blank=True)
    saved_at = models.DateTimeField("保存时间", null=True)
    submitted_at = models.DateTimeField("报送时间", null=True)
    submitted_by = models.CharField("报送人", max_length=160, blank=True)

    subject_kind = "monthly_return"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "月报"
        verbose_name_plural = "月报"
        ordering = ["-period", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "period"],
                name="return_once_per_month",
                violation_error_message="该企业本月已有一份月报。",
            ),
            models.CheckConstraint(
                condition=models.Q(period__regex=r"^\d{4}-(0[1-9]|1[0-2])$"),
                name="return_period_form",
                violation_error_message="所属月份应为 YYYY-MM。",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="submitted") | models.Q(submitted_at__isnull=False),
                name="return_submitted_has_time",
                violation_error_message="已报送的月报须有报送时间。",
            ),
        ]
        indexes = [
            models.Index(
                fields=["path", "period", "state"],
                name="return_path",
                opclasses=["text_pattern_ops", "text_ops", "text_ops"],
            ),
            models.Index(fields=["enterprise", "period"], name="return_by_enterprise"),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise_name} {self.period}"


class ReturnSubmission(models.Model):
    """What was submitted at one time, with its digest. Never changed."""

    monthly_return = models.ForeignKey(MonthlyReturn, on_delete=models.RESTRICT, related_name="submissions")
    revision = models.PositiveSmallIntegerField()
    values = models.JSONField("填报内容")
    digest = models.CharField("摘要", max_length=64)
    submitted_at = models.DateTimeField()
    submitted_by = models.CharField(max_length=160)
    decision_id = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = "月报快照"
        verbose_name_plural = "月报快照"
        ordering = ["monthly_return_id", "revision"]
        constraints = [models.UniqueConstraint(fields=["monthly_return", "revision"], name="return_submission_once")]

    def __str__(self) -> str:
        return f"{self.monthly_return_id}/{self.revision}"


class ReturnImport(models.Model):
    """A county's workbook of one month: kept as it came, its rows accepted or refused one by one by a person (P-07)."""

    bureau = models.ForeignKey("accounts.Bureau", on_delete=models.RESTRICT, related_name="return_imports")
    programme = models.ForeignKey("cultivation.Programme", on_delete=models.RESTRICT, related_name="+")
    period = models.CharField("所属月份", max_length=7)
    file = models.ForeignKey("documents.StoredFile", on_delete=models.RESTRICT, related_name="+")
    uploaded_at = models.DateTimeField("上传时间")
    uploaded_by = models.CharField("上传人", max_length=160)
    errors = models.JSONField("错误", default=list)

    subject_kind = "return_import"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "月报导入"
        verbose_name_plural = "月报导入"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.period}月报导入"


class ReturnImportRow(models.Model):
    """One row of it. ``values`` as read, ``problem`` why it cannot be taken, ``changes`` what it would enter."""

    class Outcome(models.TextChoices):
        OFFERED = "offered", "待采用"
        SAME = "same", "与已报一致"
        EMPTY = "empty", "未填"
        BLOCKED = "blocked", "不能采用"
        ACCEPTED = "accepted", "已采用"
        REFUSED = "refused", "不采用"

    return_import = models.ForeignKey(ReturnImport, on_delete=models.CASCADE, related_name="rows")
    row_number = models.PositiveIntegerField("行号")
    name = models.CharField("企业名称", max_length=200, blank=True)
    uscc = models.CharField("统一社会信用代码", max_length=40, blank=True)
    monthly_return = models.ForeignKey(MonthlyReturn, null=True, on_delete=models.RESTRICT, related_name="+")
    values = models.JSONField("内容", default=dict)
    explanation = models.CharField("核对说明", max_length=300, blank=True)
    changes = models.JSONField("变动", default=list)
    problem = models.CharField("原因", max_length=600, blank=True)
    outcome = models.CharField("结果", max_length=10, choices=Outcome)

    class Meta:
        verbose_name = "月报导入行"
        verbose_name_plural = "月报导入行"
        ordering = ["return_import_id", "row_number"]
        constraints = [models.UniqueConstraint(fields=["return_import", "row_number"], name="return_import_row_once")]

    def __str__(self) -> str:
        return f"{self.row_number} {self.name}"
