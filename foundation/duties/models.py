"""The duty: obligations as rows, background jobs with a result per item, the day's jobs."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse

from foundation.accounts.scoping import ScopedQuerySet
from foundation.journal.models import Decision


class Obligation(models.Model):
    """Somebody owes something for a period by a day (design idea 5). Overdue is a question about the day, never a
    stored state.

    ``due_on`` is written once and never moves; a later change of a window is a new fact elsewhere, not a new due
    day here.
    """

    class Owner(models.TextChoices):
        BUREAU = "bureau", "主管部门"
        ENTERPRISE = "enterprise", "企业"
        USER = "user", "个人"

    class Status(models.TextChoices):
        OPEN = "open", "待办"
        DONE = "done", "已办"
        ZERO = "zero", "零申报"
        STOPPED = "stopped", "停产"
        WAIVED = "waived", "免除"

    owner_kind = models.CharField("责任方类别", max_length=12, choices=Owner)
    owner_id = models.BigIntegerField("责任方编号")
    kind = models.CharField("事项", max_length=60)
    period = models.CharField("所属期", max_length=20, blank=True, default="")
    due_on = models.DateField("期限", null=True, blank=True)
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.OPEN)
    subject_kind = models.CharField("对象类别", max_length=40, blank=True, default="")
    subject_id = models.BigIntegerField("对象编号", default=0)
    label = models.CharField("内容", max_length=200, blank=True, default="")
    path = models.CharField("责任路径", max_length=120, blank=True, default="")
    opened_at = models.DateTimeField("产生时间")
    done_at = models.DateTimeField("办结时间", null=True, blank=True)
    done_by = models.CharField("办理人", max_length=160, blank=True, default="")
    decision = models.ForeignKey(
        Decision, null=True, blank=True, on_delete=models.RESTRICT, related_name="+", verbose_name="所凭决定"
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "应办事项"
        verbose_name_plural = "应办事项"
        ordering = ["due_on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner_kind", "owner_id", "kind", "period", "subject_kind", "subject_id"],
                name="obligation_once",
                violation_error_message="同一责任方、同一事项、同一所属期只有一条应办事项。",
            ),
            models.CheckConstraint(
                condition=models.Q(status="open", done_at__isnull=True, done_by="")
                | (~models.Q(status="open") & models.Q(done_at__isnull=False) & ~models.Q(done_by="")),
                name="obligation_done_has_who_and_when",
                violation_error_message="办结的事项须记明办理人和时间，待办的事项不得有。",
            ),
        ]
        indexes = [
            models.Index(fields=["owner_kind", "owner_id", "status", "due_on"], name="obligation_by_owner"),
            models.Index(fields=["subject_kind", "subject_id", "kind"], name="obligation_by_subject"),
            models.Index(fields=["path"], name="obligation_by_path", opclasses=["varchar_pattern_ops"]),
        ]

    def __str__(self) -> str:
        return self.label or f"{self.kind} {self.period}".strip()


class Job(models.Model):
    """A piece of background work somebody started: progress, one result per item, perhaps a file to fetch until a
    day.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "排队中"
        RUNNING = "running", "进行中"
        DONE = "done", "已完成"
        FAILED = "failed", "未完成"
        CANCELLED = "cancelled", "已停止"

    FINISHED = frozenset({State.DONE, State.FAILED, State.CANCELLED})
    subject_kind = "job"

    kind = models.CharField("类别", max_length=60)
    label = models.CharField("名称", max_length=200)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.RESTRICT, related_name="jobs", verbose_name="发起人"
    )
    hat_key = models.CharField("发起身份", max_length=60)
    actor_label = models.CharField("发起人与身份", max_length=240)
    params = models.JSONField("参数", default=dict)
    state = models.CharField("状态", max_length=10, choices=State, default=State.WAITING)
    done = models.PositiveIntegerField("已办", default=0)
    total = models.PositiveIntegerField("总数", default=0)
    message = models.CharField("说明", max_length=300, blank=True, default="")
    result_url = models.CharField("结果页", max_length=300, blank=True, default="")
    attempt = models.PositiveSmallIntegerField("第几次运行", default=0)
    cancel_requested = models.BooleanField("已请求停止", default=False)
    created_at = models.DateTimeField("发起时间")
    started_at = models.DateTimeField("开始时间", null=True)
    heartbeat_at = models.DateTimeField("最近活动", null=True)
    finished_at = models.DateTimeField("结束时间", null=True)

    filename = models.CharField("文件名", max_length=200, blank=True, default="")
    content_type = models.CharField("文件类型", max_length=120, blank=True, default="")
    file_path = models.CharField("存放位置", max_length=200, blank=True, default="")
    file_size = models.BigIntegerField("大小", null=True)
    file_sha256 = models.CharField("摘要", max_length=64, blank=True, default="")
    expires_at = models.DateTimeField("文件保留至", null=True)
    expired_at = models.DateTimeField("文件删除时间", null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "后台任务"
        verbose_name_plural = "后台任务"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "running"], finished_at__isnull=True)
                | models.Q(state__in=["done", "failed", "cancelled"], finished_at__isnull=False),
                name="job_finished_has_a_time",
                violation_error_message="结束的任务须有结束时间。",
            ),
            models.CheckConstraint(
                condition=models.Q(filename="")
                | models.Q(expires_at__isnull=False, file_size__isnull=False) & ~models.Q(file_sha256=""),
                name="job_file_is_complete",
                violation_error_message="导出文件须有大小、摘要和保留期限。",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "hat_key", "-id"], name="job_by_owner"),
            models.Index(fields=["state", "id"], name="job_by_state"),
            models.Index(fields=["expires_at"], name="job_by_expiry"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def is_finished(self) -> bool:
        return self.state in self.FINISHED

    @property
    def has_file(self) -> bool:
        """Whether there is a file to download now."""
        return bool(self.filename) and self.expired_at is None

    @property
    def is_expired(self) -> bool:
        """Whether there was a file and its time is over."""
        return bool(self.filename) and self.expired_at is not None

    @property
    def can_continue(self) -> bool:
        """Whether what is left may be taken up again."""
        return self.state in {self.State.FAILED, self.State.CANCELLED}

    @property
    def tone(self) -> str:
        """Tone of the state's tag."""
        return {"waiting": "mo", "running": "dai", "done": "ok", "failed": "no", "cancelled": "wait"}[self.state]

    def progress(self) -> dict[str, Any]:
        """What the progress bar of a page asks for (static/src/js/progress.js); a job that was stopped ends as not
        finished.
        """
        url, label = self.result_url, "打开结果"
        if self.has_file:
            url, label = reverse("duties:job-file", args=[self.pk]), "下载"
        return {
            "state": "failed" if self.state == self.State.CANCELLED else self.state,
            "done": self.done,
            "total": self.total,
            "message": self.message,
            "url": url or reverse("duties:job", args=[self.pk]),
            "label": label,
        }


class JobItem(models.Model):
    """The result of one item of a job, written in the transaction of the act itself: a killed runner repeats
    nothing.
    """

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="items")
    key = models.CharField("项", max_length=80)
    label = models.CharField("对象", max_length=200)
    ok = models.BooleanField("成功")
    reason = models.CharField("结果", max_length=400, blank=True, default="")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "任务结果"
        verbose_name_plural = "任务结果"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["job", "key"], name="job_item_once", violation_error_message="任务的每一项只办一次。"
            )
        ]

    def __str__(self) -> str:
        return f"{self.label} {'成功' if self.ok else self.reason}"


class DailyRun(models.Model):
    """One job of the day's table, done for one business day: once, because a unique row says so."""

    class State(models.TextChoices):
        RUNNING = "running", "进行中"
        DONE = "done", "已完成"
        FAILED = "failed", "失败"

    name = models.CharField("任务", max_length=60)
    day = models.DateField("业务日")
    state = models.CharField("状态", max_length=10, choices=State, default=State.RUNNING)
    summary = models.CharField("结果", max_length=300, blank=True, default="")
    started_at = models.DateTimeField("开始")
    finished_at = models.DateTimeField("结束", null=True)

    class Meta:
        verbose_name = "每日任务"
        verbose_name_plural = "每日任务"
        ordering = ["-day", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["name", "day"], name="daily_run_once", violation_error_message="每日任务每个业务日只有一行。"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.day}"
