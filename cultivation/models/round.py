"""Rounds: what changes weekly under a programme version. Every change is a recorded act (HN-01, HN-28, ZZ-05, ZZ-06)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import models

from cultivation import schema
from foundation.accounts.scoping import ScopedQuerySet


class Round(models.Model):
    """A year's and batch's call under one version: windows, contacts, technical help, group numbers.

    ``bureau`` is the provincial bureau that opened it. ``reference_date``: the day "two years registered" is counted
    to; empty means the day of the check (point 9).
    """

    class State(models.TextChoices):
        OPEN = "open", "进行中"
        CLOSED = "closed", "已结束"

    version = models.ForeignKey(
        "cultivation.ProgrammeVersion", on_delete=models.RESTRICT, related_name="rounds", verbose_name="规则版本"
    )
    family = models.ForeignKey(
        "cultivation.Programme", on_delete=models.RESTRICT, related_name="rounds", verbose_name="培育项目"
    )
    notice = models.ForeignKey(
        "cultivation.Notice",
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="rounds",
        verbose_name="依据通知",
    )
    bureau = models.ForeignKey(
        "accounts.Bureau", on_delete=models.RESTRICT, related_name="rounds", verbose_name="组织单位"
    )
    path = models.CharField("责任路径", max_length=120)
    year = models.PositiveSmallIntegerField("年度")
    batch = models.PositiveSmallIntegerField("批次", default=1)
    stage = models.CharField("阶段", max_length=30)
    title = models.CharField("名称", max_length=120)
    opens_on = models.DateField("开始日期")
    reference_date = models.DateField("基准日", null=True, blank=True)
    section = models.CharField("科（处）室", max_length=60, blank=True)
    contact_name = models.CharField("联系人", max_length=40, blank=True)
    contact_phone = models.CharField("联系电话", max_length=30, blank=True)
    contact_email = models.EmailField("电子邮箱", blank=True)
    help_text = models.CharField("技术服务", max_length=300, blank=True)
    help_groups = models.JSONField("在线服务群", default=list, blank=True)
    own_making = models.BooleanField("自拟", default=False)
    state = models.CharField("状态", max_length=10, choices=State, default=State.OPEN)

    subject_kind = "round"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "申报轮次"
        verbose_name_plural = "申报轮次"
        ordering = ["-year", "-batch", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["family", "year", "batch"],
                name="round_once_per_batch",
                violation_error_message="该项目本年度的这一批次已经开启。",
            ),
            models.CheckConstraint(
                condition=models.Q(year__gte=2000, year__lte=2100, batch__gte=1),
                name="round_year_and_batch",
                violation_error_message="年度应在2000至2100之间，批次从1开始。",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def programme(self) -> schema.Programme:
        """The rules of the round's version."""
        return self.version.programme_document

    @property
    def is_open(self) -> bool:
        """Whether the round still runs; dates are asked of the windows."""
        return self.state == self.State.OPEN

    def window_list(self) -> list[RoundWindow]:
        """All windows, read once per object (or prefetched)."""
        cached: list[RoundWindow] | None = self.__dict__.get("_window_list")
        if cached is None:
            cached = list(self.windows.all())
            self.__dict__["_window_list"] = cached
        return cached

    def take_windows(self, windows: Sequence[RoundWindow]) -> None:
        """The windows were read together with something else."""
        self.__dict__["_window_list"] = list(windows)

    def window_for(self, level: str, path_ids: Sequence[int]) -> RoundWindow | None:
        """The window of a level for a responsibility path: that of the bureau lowest on the path, else the round's own.

        So a prefecture's earlier date holds for its counties and nobody else (ZZ-06).
        """
        rank = {bureau_id: place for place, bureau_id in enumerate(path_ids, start=1)}
        fitting = [w for w in self.window_list() if w.level == level and (w.bureau_id is None or w.bureau_id in rank)]
        return max(fitting, key=lambda w: rank.get(w.bureau_id or 0, 0), default=None)


class RoundWindow(models.Model):
    """From when to when a level may act in a round; with a bureau, for everything below that bureau."""

    class Level(models.TextChoices):
        ENTERPRISE = "enterprise", "企业申报"
        COUNTY = "county", "县市区推荐报送"
        PREFECTURE = "prefecture", "市州报送"
        PROVINCE = "province", "省级办理"

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="windows")
    level = models.CharField("环节", max_length=12, choices=Level)
    bureau = models.ForeignKey(
        "accounts.Bureau", null=True, blank=True, on_delete=models.RESTRICT, related_name="+", verbose_name="适用单位"
    )
    opens_on = models.DateField("开始", null=True, blank=True)
    closes_on = models.DateField("截止", null=True, blank=True)
    grace_days = models.PositiveSmallIntegerField("宽限天数", default=0)
    source = models.CharField("依据", max_length=200, blank=True)

    class Meta:
        verbose_name = "申报窗口"
        verbose_name_plural = "申报窗口"
        ordering = ["round_id", "level", "bureau_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "level", "bureau"],
                nulls_distinct=False,
                name="round_window_once",
                violation_error_message="同一轮次、环节和单位只有一个窗口。",
            ),
            models.CheckConstraint(
                condition=models.Q(opens_on__isnull=True)
                | models.Q(closes_on__isnull=True)
                | models.Q(closes_on__gte=models.F("opens_on")),
                name="round_window_dates",
                violation_error_message="截止日期不能早于开始日期。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_level_display()} {self.closes_on or '未定'}"

    def as_data(self) -> dict[str, Any]:
        """For the record of a change."""
        return {
            "opens_on": self.opens_on.isoformat() if self.opens_on else None,
            "closes_on": self.closes_on.isoformat() if self.closes_on else None,
            "grace_days": self.grace_days,
        }

    def last_day(self) -> dt.date | None:
        """Last day on which the level may act, grace included."""
        return None if self.closes_on is None else self.closes_on + dt.timedelta(days=self.grace_days)
