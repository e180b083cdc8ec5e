"""The roster: which firm stands in which tier since when, by which paper. Dated entries, at most one current."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models

from foundation.accounts.scoping import ScopedQuerySet
from foundation.core.search import searchable


class RosterEntry(models.Model):
    """A firm in the cultivation roster of a programme. ``until`` empty: it stands there now.

    Name and county are those of the day of listing; ``application_id`` points to the file of the room above.
    """

    class Exit(models.TextChoices):
        PROMOTED = "promoted", "晋级"
        REMOVED = "removed", "调出"
        DELISTED = "delisted", "剔除"
        CLOSED = "closed", "注销"
        MOVED = "moved", "迁出"
        WITHDRAWN = "withdrawn", "自愿退出"
        MERGED = "merged", "合并"
        GROWN_LARGE = "grown_large", "成长为大型企业"
        NOT_RENEWED = "not_renewed", "到期未续"
        REVOKED = "revoked", "撤销"

    enterprise = models.ForeignKey(
        "enterprises.Enterprise", on_delete=models.RESTRICT, related_name="roster_entries", verbose_name="企业"
    )
    programme = models.ForeignKey(
        "cultivation.Programme", on_delete=models.RESTRICT, related_name="entries", verbose_name="培育项目"
    )
    province = models.CharField("省份代码", max_length=2)
    round = models.ForeignKey(
        "cultivation.Round", null=True, blank=True, on_delete=models.RESTRICT, related_name="entries"
    )
    tier = models.CharField("层级", max_length=60)
    tier_title = models.CharField("层级名称", max_length=80)
    year = models.PositiveSmallIntegerField("年度")
    batch = models.PositiveSmallIntegerField("批次")
    name = models.CharField("列入时企业名称", max_length=120)
    region = models.ForeignKey("reference.Region", on_delete=models.RESTRICT, related_name="+", verbose_name="行政区划")
    path = models.CharField("责任路径", max_length=120)
    since = models.DateField("列入日期")
    until = models.DateField("离开日期", null=True, blank=True)
    exit = models.CharField("离开原因", max_length=12, choices=Exit, blank=True)
    roster_list = models.ForeignKey(
        "cultivation.RosterList",
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="entries",
        verbose_name="名单文件",
    )
    document = models.ForeignKey(
        "documents.FrozenDocument",
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="+",
        verbose_name="依据文书",
    )
    decision = models.ForeignKey("journal.Decision", on_delete=models.RESTRICT, related_name="+")
    exit_document = models.ForeignKey(
        "documents.FrozenDocument",
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="+",
        verbose_name="离开依据文书",
    )
    exit_decision = models.ForeignKey(
        "journal.Decision", null=True, blank=True, on_delete=models.RESTRICT, related_name="+", verbose_name="离开决定"
    )
    exit_text = models.CharField("离开说明", max_length=400, blank=True)
    application_id = models.BigIntegerField("申报材料编号", null=True)

    subject_kind = "roster_entry"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "培育名单"
        verbose_name_plural = "培育名单"
        ordering = ["-since", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "programme", "province"],
                condition=models.Q(until__isnull=True),
                name="roster_one_current_entry",
                violation_error_message="该企业已在本项目现行名单中。",
            ),
            models.CheckConstraint(
                condition=models.Q(until__isnull=True, exit="") | models.Q(until__isnull=False) & ~models.Q(exit=""),
                name="roster_exit_has_cause",
                violation_error_message="离开名单应同时注明日期和原因。",
            ),
            models.CheckConstraint(
                condition=models.Q(until__isnull=True) | models.Q(until__gte=models.F("since")),
                name="roster_dates",
                violation_error_message="离开日期不能早于列入日期。",
            ),
        ]
        indexes = [
            models.Index(fields=["programme", "tier", "since"], name="roster_by_tier"),
            models.Index(fields=["path"], opclasses=["varchar_pattern_ops"], name="roster_by_path"),
            models.Index(fields=["enterprise", "since"], name="roster_by_enterprise"),
            models.Index(fields=["region", "name", "id"], name="roster_in_order"),
            GinIndex(searchable("name"), name="roster_words"),
        ]

    def __str__(self) -> str:
        return f"{self.tier_title}（{self.year}年第{self.batch}批）"
