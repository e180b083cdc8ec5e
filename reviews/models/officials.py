"""What officials add to a file: dated checks and judgements, hands, corrections, and the verdict of each step with its inputs."""

from __future__ import annotations

from django.db import models

from reviews.models.application import Application
from reviews.states import Hand


class CheckRecord(models.Model):
    """A credit or compliance check: source, date, checker, result, proof (A2-07, A3-05, P-14). The latest of a code counts."""

    class Result(models.TextChoices):
        CLEAN = "clean", "未发现不良记录"
        FOUND = "found", "有不良记录"

    application = models.ForeignKey(Application, on_delete=models.RESTRICT, related_name="checks")
    code = models.CharField("核查项目", max_length=60)
    source = models.CharField("来源", max_length=120)
    checked_on = models.DateField("核查日期")
    result = models.CharField("结果", max_length=8, choices=Result)
    detail = models.CharField("说明", max_length=400, blank=True)
    proof = models.ForeignKey("documents.StoredFile", null=True, on_delete=models.RESTRICT, related_name="+")
    checker_id = models.BigIntegerField(null=True)
    checker_name = models.CharField("核查人", max_length=80)
    bureau_id = models.BigIntegerField()
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = "信用核查"
        verbose_name_plural = "信用核查"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.code} {self.checked_on}"


class OpinionRecord(models.Model):
    """An answer to one opinion item with its line of evidence (HN-05, A2-06, A3-04); the latest of an item and bureau counts."""

    application = models.ForeignKey(Application, on_delete=models.RESTRICT, related_name="opinions")
    item = models.CharField("意见项", max_length=60)
    answer = models.BooleanField("是否具备")
    line = models.CharField("依据", max_length=400, blank=True)
    by_id = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=80)
    bureau_id = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = "研判意见"
        verbose_name_plural = "研判意见"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.item


class Endorsement(models.Model):
    """One hand of an act inside a bureau: who prepared, reviewed, signed. A set is closed by the last hand or cancelled."""

    subject_kind = models.CharField(max_length=20)
    subject_id = models.BigIntegerField()
    bureau_id = models.BigIntegerField()
    act = models.CharField("事项", max_length=20)
    hand = models.CharField("环节", max_length=10, choices=Hand)
    user_id = models.BigIntegerField()
    acting_for_id = models.BigIntegerField("代谁", null=True, help_text="代行时，岗位本人的编号")
    name = models.CharField(max_length=80)
    opinion = models.TextField("意见", blank=True)
    at = models.DateTimeField()
    decision_id = models.BigIntegerField(null=True)
    cancelled = models.BooleanField("作废", default=False)

    class Meta:
        verbose_name = "签批"
        verbose_name_plural = "签批"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id", "bureau_id", "act", "hand"],
                condition=models.Q(cancelled=False),
                name="endorsement_hand_once",
                violation_error_message="这一环节已经办理。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.hand} {self.name}"

    @property
    def persons(self) -> frozenset[int]:
        """Whom this hand counts for where hands must be different people: who gave it and, by a deputy, for whom."""
        return frozenset(pk for pk in (self.user_id, self.acting_for_id) if pk is not None)


class Correction(models.Model):
    """A request to correct: an object with reason, items, due day; it blocks the decision and opens the firm's copy."""

    application = models.ForeignKey(Application, on_delete=models.RESTRICT, related_name="corrections")
    revision = models.PositiveSmallIntegerField("所指提交")
    reason = models.TextField("补正要求")
    asked_by = models.CharField(max_length=160)
    bureau_id = models.BigIntegerField()
    asked_at = models.DateTimeField()
    due_on = models.DateField("答复期限", null=True)
    resolved_at = models.DateTimeField(null=True)
    decision_id = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = "补正"
        verbose_name_plural = "补正"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["application"],
                condition=models.Q(resolved_at__isnull=True),
                name="correction_one_open",
                violation_error_message="已有一项未答复的补正。",
            )
        ]

    def __str__(self) -> str:
        return self.reason[:40]


class CorrectionItem(models.Model):
    """One remark pinned to a fact, an answer or an evidence slot, and the firm's reply to it."""

    correction = models.ForeignKey(Correction, on_delete=models.CASCADE, related_name="items")
    anchor = models.CharField("所指", max_length=120, blank=True)
    label = models.CharField(max_length=120, blank=True)
    remark = models.CharField("要求", max_length=400)
    reply = models.CharField("答复", max_length=400, blank=True)

    class Meta:
        verbose_name = "补正项"
        verbose_name_plural = "补正项"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.remark[:40]


class StepVerdict(models.Model):
    """The check's answer at one step, stored with its own inputs: it replays with the same answer for ever (design idea 1)."""

    application = models.ForeignKey(Application, on_delete=models.RESTRICT, related_name="verdicts")
    step = models.CharField(max_length=20)
    evaluation = models.JSONField()
    at = models.DateTimeField()
    decision_id = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = "环节核对"
        verbose_name_plural = "环节核对"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.application_id} {self.step}"
