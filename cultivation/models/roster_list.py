"""What a roster entry rests on and what happened to it: the published list, and the dated events of the entry."""

from __future__ import annotations

from django.db import models

from foundation.accounts.scoping import ScopedQuerySet
from foundation.documents.freezing import FrozenRow


class RosterList(models.Model):
    """A published list (名单): the main one of a round, a supplementary one with its own number, or one published
    before the portal existed (HN-22). ``sequence`` counts the lists of a round.
    """

    class Kind(models.TextChoices):
        MAIN = "main", "名单"
        SUPPLEMENT = "supplement", "补充名单"
        EARLIER = "earlier", "平台启用前公布"

    programme = models.ForeignKey(
        "cultivation.Programme", on_delete=models.RESTRICT, related_name="lists", verbose_name="培育项目"
    )
    round = models.ForeignKey(
        "cultivation.Round", null=True, blank=True, on_delete=models.RESTRICT, related_name="lists"
    )
    bureau = models.ForeignKey(
        "accounts.Bureau", on_delete=models.RESTRICT, related_name="roster_lists", verbose_name="公布单位"
    )
    path = models.CharField("责任路径", max_length=120)
    kind = models.CharField("类别", max_length=12, choices=Kind)
    sequence = models.PositiveSmallIntegerField("次序", default=1)
    number = models.CharField("文号", max_length=80, blank=True)
    title = models.CharField("标题", max_length=200)
    year = models.PositiveSmallIntegerField("年度")
    batch = models.PositiveSmallIntegerField("批次", default=1)
    published_on = models.DateField("公布日期")
    document = models.ForeignKey(
        "documents.FrozenDocument", null=True, blank=True, on_delete=models.RESTRICT, related_name="+"
    )
    source_file = models.ForeignKey(
        "documents.StoredFile", null=True, blank=True, on_delete=models.RESTRICT, related_name="+"
    )
    decision = models.ForeignKey("journal.Decision", on_delete=models.RESTRICT, related_name="+")

    subject_kind = "roster_list"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "名单文件"
        verbose_name_plural = "名单文件"
        ordering = ["-published_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "sequence"],
                condition=models.Q(round__isnull=False),
                name="roster_list_sequence_once",
                violation_error_message="本轮次的这一份名单已经公布。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}（{self.number}）" if self.number else self.title


class EntryEvent(models.Model):
    """One dated event of an entry. An observation period is the event that began it with its planned end and, once it
    is over, the day it ended: so "under observation as of a day" is one condition (SC-34, SC-35, SC-36).
    """

    class Kind(models.TextChoices):
        LISTED = "listed", "列入"
        OBSERVED = "observed", "进入观察期"
        RESTORED = "restored", "恢复正常"
        LEFT = "left", "离开名单"
        CORRECTED = "corrected", "更正"

    entry = models.ForeignKey("cultivation.RosterEntry", on_delete=models.RESTRICT, related_name="events")
    kind = models.CharField("事项", max_length=12, choices=Kind)
    on = models.DateField("日期")
    due_on = models.DateField("观察期届满", null=True, blank=True)
    ended_on = models.DateField("观察期结束", null=True, blank=True)
    text = models.CharField("说明", max_length=400, blank=True)
    document = models.ForeignKey(
        "documents.FrozenDocument", null=True, blank=True, on_delete=models.RESTRICT, related_name="+"
    )
    decision = models.ForeignKey("journal.Decision", on_delete=models.RESTRICT, related_name="+")
    proposal_id = models.BigIntegerField("建议编号", null=True)

    class Meta:
        verbose_name = "名单事项"
        verbose_name_plural = "名单事项"
        ordering = ["entry_id", "on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry"],
                condition=models.Q(kind="observed", ended_on__isnull=True),
                name="entry_one_observation",
                violation_error_message="该企业已在观察期内。",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="observed", due_on__isnull=False)
                | (~models.Q(kind="observed") & models.Q(due_on__isnull=True, ended_on__isnull=True)),
                name="entry_event_observation_dates",
                violation_error_message="观察期须有届满日期，其他事项没有。",
            ),
            FrozenRow(name="entry_event_frozen", once=("ended_on",), violation_error_message="名单事项不能改动。"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.on:%Y-%m-%d}"
