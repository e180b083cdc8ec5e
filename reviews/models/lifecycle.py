"""Proposals on roster entries: frozen evidence, the firm is heard, a person decides (SC-33…SC-36, SC-41)."""

from __future__ import annotations

from django.db import models

from foundation.accounts.may import ScopedQuerySet
from foundation.documents.freezing import FrozenRow
from reviews.states import ProposalKind, ProposalState


class Proposal(models.Model):
    """To observe, restore, remove, delist or otherwise end an entry. ``evidence`` is frozen with its digest when it is
    made: the missed months with the reminders sent, or the growth with its figures.

    ``statement`` and ``statement_file`` are the latest of ``statements``, ``stated_at`` is the first one's time; ``draft`` is
    what the firm has typed and not handed in.
    """

    entry = models.ForeignKey("cultivation.RosterEntry", on_delete=models.RESTRICT, related_name="proposals")
    enterprise = models.ForeignKey("enterprises.Enterprise", on_delete=models.RESTRICT, related_name="proposals")
    kind = models.CharField("建议", max_length=10, choices=ProposalKind)
    cause = models.CharField("离开原因", max_length=12, blank=True, help_text="RosterEntry.Exit；观察和恢复为空")
    title = models.CharField("标题", max_length=160)
    reason = models.TextField("理由")
    clause = models.CharField("依据", max_length=200, blank=True)
    evidence = models.JSONField("证据", default=dict)
    digest = models.CharField("证据摘要", max_length=64)
    source = models.CharField("来源", max_length=40, blank=True, help_text="信号或年度调整的代码，人工提出时为空")
    bureau = models.ForeignKey("accounts.Bureau", on_delete=models.RESTRICT, related_name="+", verbose_name="决定单位")
    path = models.CharField("责任路径", max_length=120)
    state = models.CharField("状态", max_length=10, choices=ProposalState, default=ProposalState.DRAFT)
    version = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField()
    opened_by = models.CharField(max_length=160)
    proposed_by = models.ForeignKey(
        "accounts.Bureau", null=True, on_delete=models.RESTRICT, related_name="+", verbose_name="提出单位"
    )
    paper = models.ForeignKey(
        "documents.StoredFile", null=True, on_delete=models.RESTRICT, related_name="+", verbose_name="证明材料"
    )
    hearing_document = models.ForeignKey(
        "documents.FrozenDocument",
        null=True,
        on_delete=models.RESTRICT,
        related_name="+",
        verbose_name="听取意见通知书",
    )
    hearing_from = models.DateField("听取意见起", null=True)
    hearing_until = models.DateField("听取意见止", null=True)
    statement = models.TextField("企业陈述", blank=True)
    stated_at = models.DateTimeField(null=True)
    stated_by = models.CharField(max_length=160, blank=True)
    statement_file = models.ForeignKey("documents.StoredFile", null=True, on_delete=models.RESTRICT, related_name="+")
    draft = models.TextField("陈述草稿", blank=True)
    draft_version = models.PositiveIntegerField(default=0)
    draft_at = models.DateTimeField(null=True)
    effective_on = models.DateField("生效日期", null=True)
    opinion = models.TextField("决定意见", blank=True)
    decided_at = models.DateTimeField(null=True)
    document = models.ForeignKey("documents.FrozenDocument", null=True, on_delete=models.RESTRICT, related_name="+")

    subject_kind = "proposal"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "名单调整建议"
        verbose_name_plural = "名单调整建议"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry"],
                condition=models.Q(state__in=["draft", "hearing"]),
                name="proposal_one_open_per_entry",
                violation_error_message="该企业已有一项名单调整建议正在办理。",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="hearing")
                | models.Q(hearing_from__isnull=False, hearing_until__gte=models.F("hearing_from")),
                name="proposal_hearing_has_days",
                violation_error_message="听取意见须有起止日期。",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="adopted") | models.Q(effective_on__isnull=False, decided_at__isnull=False),
                name="proposal_adopted_has_day",
                violation_error_message="决定须有生效日期。",
            ),
            FrozenRow(
                name="proposal_evidence_frozen",
                free=(
                    "state",
                    "version",
                    "statement",
                    "stated_by",
                    "statement_file_id",
                    "draft",
                    "draft_version",
                    "draft_at",
                    "opinion",
                ),
                once=(
                    "hearing_from",
                    "hearing_until",
                    "hearing_document_id",
                    "stated_at",
                    "effective_on",
                    "decided_at",
                    "document_id",
                ),
                violation_error_message="建议的内容和证据不能改动。",
            ),
        ]
        indexes = [
            models.Index(fields=["path", "state"], name="proposal_path", opclasses=["text_pattern_ops", "text_ops"])
        ]

    def __str__(self) -> str:
        return self.title


class HearingStatement(models.Model):
    """What the firm said in its hearing; it may add to it until the days are over. Never changed, never taken away."""

    proposal = models.ForeignKey(Proposal, on_delete=models.RESTRICT, related_name="statements")
    text = models.TextField("陈述意见")
    file = models.ForeignKey("documents.StoredFile", null=True, on_delete=models.RESTRICT, related_name="+")
    at = models.DateTimeField("提交时间")
    by = models.CharField("提交人", max_length=160)
    received_on = models.DateField("书面意见收到日期", null=True, help_text="由主管部门据书面意见代录时填写")

    class Meta:
        verbose_name = "陈述意见"
        verbose_name_plural = "陈述意见"
        ordering = ["proposal_id", "id"]
        constraints = [FrozenRow(name="hearing_statement_frozen", violation_error_message="陈述意见不能改动。")]

    def __str__(self) -> str:
        return f"{self.proposal_id} {self.at:%Y-%m-%d}"
