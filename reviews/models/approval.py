"""The province decides on the list as a whole with exceptions, and publishes it (SC-32, SC-42, SC-43)."""

from __future__ import annotations

from django.db import models

from foundation.accounts.may import ScopedQuerySet
from reviews.models.application import Application
from reviews.states import ApprovalOutcome, ApprovalState, PublishingState


class Approval(models.Model):
    """One decision (审定) of the deciding bureau on the received files of a round; ``sequence`` counts them."""

    round = models.ForeignKey("cultivation.Round", on_delete=models.RESTRICT, related_name="approvals")
    bureau = models.ForeignKey("accounts.Bureau", on_delete=models.RESTRICT, related_name="approvals")
    path = models.CharField("责任路径", max_length=120)
    sequence = models.PositiveSmallIntegerField("次序", default=1)
    title = models.CharField("标题", max_length=160)
    state = models.CharField("状态", max_length=10, choices=ApprovalState, default=ApprovalState.DRAFT)
    version = models.PositiveIntegerField(default=0)
    document = models.ForeignKey("documents.FrozenDocument", null=True, on_delete=models.RESTRICT, related_name="+")
    created_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=160, blank=True)

    subject_kind = "approval"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "审定"
        verbose_name_plural = "审定"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "sequence"], name="approval_sequence_once", violation_error_message="次序重复。"
            ),
            models.UniqueConstraint(
                fields=["round"],
                condition=models.Q(state="draft"),
                name="approval_one_draft",
                violation_error_message="本轮次已有一份审定正在拟办。",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class ApprovalItem(models.Model):
    """One file in the decision. ``outcome`` is 通过 unless somebody wrote an exception with its reason."""

    approval = models.ForeignKey(Approval, on_delete=models.CASCADE, related_name="items")
    application = models.ForeignKey(Application, on_delete=models.RESTRICT, related_name="approval_items")
    rank = models.PositiveIntegerField("名次")
    outcome = models.CharField("结果", max_length=14, choices=ApprovalOutcome, default=ApprovalOutcome.APPROVE)
    reason = models.CharField("理由", max_length=400, blank=True)

    class Meta:
        verbose_name = "审定明细"
        verbose_name_plural = "审定明细"
        ordering = ["approval_id", "rank"]
        constraints = [
            models.UniqueConstraint(fields=["approval", "application"], name="approval_item_once"),
            models.CheckConstraint(
                condition=models.Q(outcome="approve") | ~models.Q(reason=""),
                name="approval_exception_has_reason",
                violation_error_message="例外须写明理由。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rank} {self.application_id} {self.outcome}"


class Publishing(models.Model):
    """A list on its way to publication (公布名单): frozen and numbered when published, when it begins the entries."""

    round = models.ForeignKey("cultivation.Round", on_delete=models.RESTRICT, related_name="publishings")
    bureau = models.ForeignKey("accounts.Bureau", on_delete=models.RESTRICT, related_name="+")
    path = models.CharField("责任路径", max_length=120)
    sequence = models.PositiveSmallIntegerField("次序", default=1, help_text="1 为名单，2 起为补充名单")
    title = models.CharField("标题", max_length=200)
    number = models.CharField("文号", max_length=80, blank=True)
    state = models.CharField("状态", max_length=10, choices=PublishingState, default=PublishingState.DRAFT)
    version = models.PositiveIntegerField(default=0)
    document = models.ForeignKey("documents.FrozenDocument", null=True, on_delete=models.RESTRICT, related_name="+")
    roster_list = models.OneToOneField(
        "cultivation.RosterList", null=True, on_delete=models.RESTRICT, related_name="publishing"
    )
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)

    subject_kind = "publishing"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "公布名单"
        verbose_name_plural = "公布名单"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "sequence"], name="publishing_sequence_once", violation_error_message="次序重复。"
            ),
            models.UniqueConstraint(
                fields=["round"],
                condition=models.Q(state="draft"),
                name="publishing_one_draft",
                violation_error_message="本轮次已有一份名单正在拟制。",
            ),
            models.CheckConstraint(
                condition=models.Q(state="draft") | models.Q(roster_list__isnull=False, published_at__isnull=False),
                name="publishing_published_is_complete",
                violation_error_message="公布的名单须有名单文件和公布时间。",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class PublishingItem(models.Model):
    """One firm of the list in its place."""

    publishing = models.ForeignKey(Publishing, on_delete=models.CASCADE, related_name="items")
    application = models.ForeignKey(Application, on_delete=models.RESTRICT, related_name="publishing_items")
    rank = models.PositiveIntegerField("名次")

    class Meta:
        verbose_name = "名单明细"
        verbose_name_plural = "名单明细"
        ordering = ["publishing_id", "rank"]
        constraints = [models.UniqueConstraint(fields=["publishing", "application"], name="publishing_item_once")]

    def __str__(self) -> str:
        return f"{self.rank} {self.application_id}"
