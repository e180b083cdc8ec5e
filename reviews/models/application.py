"""The file of one firm for one tier in one round, and what it froze at each submission."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models

from foundation.accounts.may import ScopedQuerySet
from foundation.core.search import searchable
from reviews.states import LIVE_STATES, FileState

SEARCHED = ("enterprise_name", "number")
"""Columns of a file that the search box looks into; the firm's own are those of ``enterprises``."""


class Application(models.Model):
    """A file. While it is a draft nothing is required of it; from submission its path is frozen (design idea 2).

    ``answers`` are the facts of the file alone (activities wished for, financing need, declarations, claimed counts); the firm's own
    facts live with the firm and are frozen by ``Submission``. ``listing`` is the row shown in lists, written at submission.
    """

    class FiledBy(models.TextChoices):
        ENTERPRISE = "enterprise", "企业网上填报"
        BUREAU = "bureau", "主管部门代填"

    round = models.ForeignKey(
        "cultivation.Round", on_delete=models.RESTRICT, related_name="applications", verbose_name="申报轮次"
    )
    programme_version = models.ForeignKey(
        "cultivation.ProgrammeVersion", null=True, on_delete=models.RESTRICT, related_name="+", verbose_name="规则版本"
    )
    enterprise = models.ForeignKey(
        "enterprises.Enterprise", on_delete=models.RESTRICT, related_name="applications", verbose_name="企业"
    )
    bureau = models.ForeignKey("accounts.Bureau", on_delete=models.RESTRICT, related_name="+", verbose_name="受理部门")
    path = models.CharField("责任路径", max_length=120)
    tier = models.CharField("层级", max_length=60)
    subtype = models.CharField("类型", max_length=60, blank=True)
    year = models.PositiveSmallIntegerField("年度")
    state = models.CharField("状态", max_length=16, choices=FileState, default=FileState.DRAFT)
    version = models.PositiveIntegerField(default=0)
    revision = models.PositiveSmallIntegerField("提交次数", default=0)
    number = models.CharField("受理号", max_length=40, unique=True, null=True)  # noqa: DJ001 - NULL until given; empty would not be unique
    enterprise_name = models.CharField("企业名称", max_length=120)
    answers = models.JSONField("申报填写", default=dict)
    listing = models.JSONField("列表摘要", default=dict)
    filed_by = models.CharField("填报方式", max_length=12, choices=FiledBy, default=FiledBy.ENTERPRISE)
    paper_source = models.ForeignKey(
        "documents.StoredFile", null=True, on_delete=models.RESTRICT, related_name="+", verbose_name="纸质来源"
    )
    paper_confirmed_at = models.DateTimeField("企业确认时间", null=True)
    assignee_id = models.BigIntegerField("承办人", null=True)
    assignee_name = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField("建立时间")
    saved_at = models.DateTimeField("保存时间")
    submitted_at = models.DateTimeField("提交时间", null=True)
    late = models.BooleanField("逾期", default=False)

    subject_kind = "application"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "申报材料"
        verbose_name_plural = "申报材料"
        ordering = ["submitted_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "enterprise"],
                condition=models.Q(state__in=sorted(LIVE_STATES)),
                name="application_one_live_per_round",
                violation_error_message="本轮已有一份在办的申报材料。",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["draft", "withdrawn"])
                | models.Q(number__isnull=False, programme_version__isnull=False),
                name="application_submitted_has_number",
                violation_error_message="已提交的材料必须有受理号和规则版本。",
            ),
        ]
        indexes = [
            models.Index(fields=["round", "state", "submitted_at", "id"], name="application_queue"),
            models.Index(fields=["round", "submitted_at", "id"], name="application_in_order"),
            models.Index(fields=["round", "state", "bureau", "filed_by", "path", "id"], name="application_counts"),
            GinIndex(searchable(*SEARCHED), name="application_words"),
            models.Index(fields=["path", "state"], name="application_path", opclasses=["text_pattern_ops", "text_ops"]),
        ]

    def __str__(self) -> str:
        return self.enterprise_name


class Submission(models.Model):
    """What was frozen at one (re)submission: facts, answers, evidence, the check's answer with its own inputs. Never changed."""

    application = models.ForeignKey(Application, on_delete=models.RESTRICT, related_name="submissions")
    revision = models.PositiveSmallIntegerField()
    facts = models.JSONField("企业资料")
    answers = models.JSONField("申报填写")
    evidence = models.JSONField("佐证材料")
    explanations = models.JSONField("数据说明", default=dict)
    evaluation = models.JSONField("条件核对")
    digest = models.CharField("摘要", max_length=64)
    submitted_at = models.DateTimeField()
    decision_id = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = "提交快照"
        verbose_name_plural = "提交快照"
        ordering = ["application_id", "revision"]
        constraints = [models.UniqueConstraint(fields=["application", "revision"], name="submission_once")]

    def __str__(self) -> str:
        return f"{self.application_id}/{self.revision}"


class Evidence(models.Model):
    """One evidence file under one slot of the programme."""

    application = models.ForeignKey(Application, on_delete=models.RESTRICT, related_name="evidence")
    slot = models.CharField("材料类别", max_length=60)
    year = models.PositiveSmallIntegerField("年度", null=True)
    file = models.ForeignKey("documents.StoredFile", on_delete=models.RESTRICT, related_name="+")
    added_at = models.DateTimeField()
    added_by = models.CharField(max_length=160)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "佐证材料"
        verbose_name_plural = "佐证材料"
        ordering = ["slot", "year", "id"]

    def __str__(self) -> str:
        return f"{self.slot} {self.year or ''}"


class Explanation(models.Model):
    """A reason somebody gave: the firm for a cross-check, a bureau for a gate."""

    class Kind(models.TextChoices):
        CROSS_CHECK = "cross_check", "数据核对说明"
        GATE = "gate", "条件说明"

    application = models.ForeignKey(Application, on_delete=models.RESTRICT, related_name="explanations")
    kind = models.CharField(max_length=12, choices=Kind)
    step = models.CharField(max_length=20, blank=True)
    code = models.CharField("项目", max_length=120)
    text = models.TextField("说明")
    by = models.CharField(max_length=160)
    at = models.DateTimeField()

    class Meta:
        verbose_name = "说明"
        verbose_name_plural = "说明"
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["application", "kind", "step", "code"], name="explanation_once")]

    def __str__(self) -> str:
        return self.code
