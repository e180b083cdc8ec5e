"""The ladder of reminders as data, and the claim that lets each rung go out once (SC-39, SC-40)."""

from __future__ import annotations

from django.db import models


class ChaseRung(models.Model):
    """One rung of the ladder of a kind of obligation: so many days before (−) or after the due day, to whom, how."""

    class Audience(models.TextChoices):
        ENTERPRISE = "enterprise", "企业"
        COUNTY = "county", "县市区主管部门"
        PREFECTURE = "prefecture", "市州主管部门"

    duty_kind = models.CharField("事项", max_length=60)
    code = models.CharField("代码", max_length=20)
    offset_days = models.SmallIntegerField("距期限天数", help_text="负数为期限前，0 为当日")
    audience = models.CharField("对象", max_length=12, choices=Audience)
    channels = models.JSONField("方式", default=list, help_text="inbox、mail、sms")
    catch_up_days = models.PositiveSmallIntegerField("过期几天内仍补发", default=0)
    active = models.BooleanField("启用", default=True)

    class Meta:
        verbose_name = "催报阶梯"
        verbose_name_plural = "催报阶梯"
        ordering = ["duty_kind", "offset_days", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["duty_kind", "code"], name="chase_rung_once", violation_error_message="同一事项的代码不能重复。"
            )
        ]

    def __str__(self) -> str:
        return self.code


class ChaseClaim(models.Model):
    """This rung of this obligation went out by this channel: written before the message, so it goes out once."""

    obligation = models.ForeignKey("duties.Obligation", on_delete=models.RESTRICT, related_name="chase_claims")
    rung = models.CharField("阶梯", max_length=20)
    channel = models.CharField("方式", max_length=8)
    day = models.DateField("业务日")
    recipient_kind = models.CharField(max_length=12)
    recipient_id = models.BigIntegerField()
    message_key = models.CharField(max_length=120)
    by_hand = models.BooleanField("人工催报", default=False)
    at = models.DateTimeField()

    class Meta:
        verbose_name = "催报记录"
        verbose_name_plural = "催报记录"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["obligation", "rung", "channel"],
                name="chase_claim_once",
                violation_error_message="这一级催报已经发出。",
            )
        ]
        indexes = [models.Index(fields=["day"], name="chase_claim_by_day")]

    def __str__(self) -> str:
        return f"{self.obligation_id} {self.rung} {self.channel}"
