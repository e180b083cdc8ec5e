"""What the months say of an entry, with the evidence frozen: a breach of the duty, a fall of growth (SC-34, SC-41)."""

from __future__ import annotations

from django.db import models

from foundation.accounts.may import ScopedQuerySet
from foundation.documents.freezing import FrozenRow


class Signal(models.Model):
    """A finding that a person may turn into a proposal; nothing happens by itself. Unique per entry, kind and period."""

    class Kind(models.TextChoices):
        WARNING = "warning", "漏报提醒"
        BREACH = "breach", "未按规定开展运行监测"
        GROWTH_FALL = "growth_fall", "成长性指标下滑"
        OBSERVATION_END = "observation_end", "观察期届满"

    entry = models.ForeignKey("cultivation.RosterEntry", on_delete=models.RESTRICT, related_name="signals")
    path = models.CharField("责任路径", max_length=120)
    kind = models.CharField("类别", max_length=16, choices=Kind)
    period = models.CharField("所属期", max_length=10, help_text="YYYY-MM 或 YYYY")
    title = models.CharField("摘要", max_length=200)
    evidence = models.JSONField("证据", default=dict)
    digest = models.CharField("证据摘要", max_length=64)
    found_at = models.DateTimeField("发现时间")
    proposal_id = models.BigIntegerField("所成建议", null=True)
    dismissed_at = models.DateTimeField("不予提出", null=True)
    dismissed_by = models.CharField(max_length=160, blank=True)
    dismiss_reason = models.CharField("不予提出的理由", max_length=400, blank=True)

    subject_kind = "signal"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "监测信号"
        verbose_name_plural = "监测信号"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["entry", "kind", "period"], name="signal_once"),
            FrozenRow(
                name="signal_frozen",
                once=("proposal_id", "dismissed_at", "dismissed_by", "dismiss_reason"),
                violation_error_message="监测信号不能改动。",
            ),
        ]
        indexes = [
            models.Index(fields=["path", "kind"], name="signal_path", opclasses=["text_pattern_ops", "text_ops"])
        ]

    def __str__(self) -> str:
        return self.title
