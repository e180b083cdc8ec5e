"""The firm's promise to report for three years: a record of its own (SC-37, SC-38)."""

from __future__ import annotations

from django.db import models

from reviews.models.application import Application


class Commitment(models.Model):
    """Text version, signer, dates, click or stamped scan. The latest that is not revoked counts."""

    class Way(models.TextChoices):
        CLICK = "click", "网上确认"
        STAMPED_SCAN = "stamped_scan", "盖章扫描件"

    application = models.ForeignKey(Application, on_delete=models.RESTRICT, related_name="commitments")
    enterprise = models.ForeignKey("enterprises.Enterprise", on_delete=models.RESTRICT, related_name="commitments")
    text_version = models.CharField("文本版本", max_length=60)
    text = models.TextField("承诺内容")
    years = models.PositiveSmallIntegerField("年限")
    signer = models.CharField("签署人", max_length=80)
    signed_on = models.DateField("签署日期")
    starts_on = models.DateField("起")
    ends_on = models.DateField("止")
    way = models.CharField("方式", max_length=12, choices=Way)
    scan = models.ForeignKey("documents.StoredFile", null=True, on_delete=models.RESTRICT, related_name="+")
    recorded_by = models.CharField(max_length=160)
    recorded_at = models.DateTimeField()
    decision_id = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = "监测承诺"
        verbose_name_plural = "监测承诺"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(way="stamped_scan") | models.Q(scan__isnull=False),
                name="commitment_scan_present",
                violation_error_message="以盖章扫描件承诺的，必须上传扫描件。",
            ),
            models.CheckConstraint(
                condition=models.Q(ends_on__gt=models.F("starts_on")),
                name="commitment_dates",
                violation_error_message="承诺期限有误。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise_id} {self.starts_on}—{self.ends_on}"
