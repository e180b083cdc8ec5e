"""The dispatch (报送): a bureau sends its recommended files upward, in an order that is data, with table and plan."""

from __future__ import annotations

from django.db import models

from foundation.accounts.may import ScopedQuerySet
from reviews.models.application import Application
from reviews.states import DISPATCH_LIVE, DispatchState


class Dispatch(models.Model):
    """One bureau's list of one round on its way to the superior bureau. Frozen at signing; recalled until received."""

    round = models.ForeignKey("cultivation.Round", on_delete=models.RESTRICT, related_name="dispatches")
    from_bureau = models.ForeignKey("accounts.Bureau", on_delete=models.RESTRICT, related_name="dispatches_sent")
    to_bureau = models.ForeignKey("accounts.Bureau", on_delete=models.RESTRICT, related_name="dispatches_received")
    path = models.CharField("责任路径", max_length=120)
    batch = models.PositiveSmallIntegerField("次序", default=1, help_text="同一轮次的第几次报送（补报另起一次）")
    state = models.CharField("状态", max_length=10, choices=DispatchState, default=DispatchState.DRAFT)
    version = models.PositiveIntegerField(default=0)
    title = models.CharField("标题", max_length=120)
    reporter_name = models.CharField("填报人", max_length=40, blank=True)
    reporter_phone = models.CharField("联系电话", max_length=30, blank=True)
    document = models.ForeignKey("documents.FrozenDocument", null=True, on_delete=models.RESTRICT, related_name="+")
    plan = models.ForeignKey(
        "reviews.CultivationPlan",
        null=True,
        on_delete=models.RESTRICT,
        related_name="dispatches",
        verbose_name="培育计划",
    )
    late = models.BooleanField("逾期", default=False)
    late_permission = models.ForeignKey(
        "reviews.LatePermission", null=True, on_delete=models.RESTRICT, related_name="dispatches"
    )
    created_at = models.DateTimeField()
    signed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    received_by = models.CharField(max_length=160, blank=True)

    subject_kind = "dispatch"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "报送"
        verbose_name_plural = "报送"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "from_bureau", "batch"],
                condition=models.Q(state__in=sorted(DISPATCH_LIVE)),
                name="dispatch_one_live_per_batch",
                violation_error_message="本轮已有一份在办的报送。",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["draft", "returned"]) | models.Q(document__isnull=False),
                name="dispatch_signed_has_document",
                violation_error_message="签发后的报送必须有汇总表。",
            ),
        ]
        indexes = [
            models.Index(fields=["path", "state"], name="dispatch_path", opclasses=["text_pattern_ops", "text_ops"])
        ]

    def __str__(self) -> str:
        return self.title


class DispatchItem(models.Model):
    """One file on the list with its rank. Order = places in administrative order × rank unless dragged; frozen at signing."""

    dispatch = models.ForeignKey(Dispatch, on_delete=models.CASCADE, related_name="items")
    application = models.ForeignKey(Application, on_delete=models.RESTRICT, related_name="dispatch_items")
    rank = models.PositiveIntegerField("名次")
    held = models.BooleanField("暂不报送", default=False)

    class Meta:
        verbose_name = "报送明细"
        verbose_name_plural = "报送明细"
        ordering = ["dispatch_id", "rank"]
        constraints = [
            models.UniqueConstraint(fields=["dispatch", "application"], name="dispatch_item_once"),
            models.UniqueConstraint(
                fields=["dispatch", "rank"],
                name="dispatch_rank_once",
                deferrable=models.Deferrable.DEFERRED,
                violation_error_message="名次重复。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rank} {self.application_id}"


class LatePermission(models.Model):
    """The superior's recorded leave to report after the window (补报)."""

    round = models.ForeignKey("cultivation.Round", on_delete=models.RESTRICT, related_name="late_permissions")
    bureau = models.ForeignKey("accounts.Bureau", on_delete=models.RESTRICT, related_name="late_permissions")
    granted_by_bureau = models.ForeignKey("accounts.Bureau", on_delete=models.RESTRICT, related_name="+")
    until = models.DateField("补报期限")
    reason = models.CharField("理由", max_length=400)
    granted_by = models.CharField(max_length=160)
    granted_at = models.DateTimeField()
    decision_id = models.BigIntegerField(null=True)

    subject_kind = "late_permission"

    class Meta:
        verbose_name = "补报许可"
        verbose_name_plural = "补报许可"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.bureau_id} {self.until}"


class CultivationPlan(models.Model):
    """The prefecture's plan around its reserves (HN-26): goals, measures per firm or category, owners, dates; versions are kept."""

    round = models.ForeignKey("cultivation.Round", on_delete=models.RESTRICT, related_name="plans")
    bureau = models.ForeignKey("accounts.Bureau", on_delete=models.RESTRICT, related_name="plans")
    revision = models.PositiveSmallIntegerField("版次", default=1)
    title = models.CharField("标题", max_length=120)
    goals = models.TextField("培育目标", blank=True)
    organisation = models.TextField("组织保障", blank=True)
    file = models.ForeignKey("documents.StoredFile", null=True, on_delete=models.RESTRICT, related_name="+")
    document = models.ForeignKey("documents.FrozenDocument", null=True, on_delete=models.RESTRICT, related_name="+")
    final = models.BooleanField("定稿", default=False)
    version = models.PositiveIntegerField(default=0)
    saved_at = models.DateTimeField()
    saved_by = models.CharField(max_length=160)

    subject_kind = "plan"

    class Meta:
        verbose_name = "培育计划"
        verbose_name_plural = "培育计划"
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["round", "bureau", "revision"], name="plan_revision_once")]

    def __str__(self) -> str:
        return self.title


class PlanMeasure(models.Model):
    """One measure of a plan: for a firm or for an activity category, with owner and day."""

    plan = models.ForeignKey(CultivationPlan, on_delete=models.CASCADE, related_name="measures")
    application = models.ForeignKey(Application, null=True, on_delete=models.RESTRICT, related_name="+")
    category = models.CharField("类别", max_length=60, blank=True)
    text = models.CharField("措施", max_length=400)
    owner = models.CharField("责任单位", max_length=80, blank=True)
    due_on = models.DateField("完成时间", null=True)

    class Meta:
        verbose_name = "培育措施"
        verbose_name_plural = "培育措施"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.text[:40]
