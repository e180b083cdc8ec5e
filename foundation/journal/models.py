"""The act: decisions, the append-only journal behind them, the chain over the journal, the outbox.

Actor and subject are kind + id + label, never a foreign key: the record outlives the rows it speaks of (policy.md h:
logs are kept). Hashed payloads hold no personal data; names and opinions enter them as salted digests, so a text may
be erased and the chain still holds.
"""

from __future__ import annotations

from django.db import models


class Decision(models.Model):
    """One act of one person: who, wearing which hat, did what to which subject, with which opinion."""

    subject_kind = models.CharField("对象类别", max_length=40)
    subject_id = models.BigIntegerField("对象编号")
    subject_label = models.CharField("对象", max_length=200)
    action = models.CharField("动作", max_length=60)
    from_state = models.CharField("原状态", max_length=40, blank=True)
    to_state = models.CharField("新状态", max_length=40, blank=True)
    actor_user_id = models.BigIntegerField("人员编号", null=True)
    actor_name = models.CharField("姓名", max_length=80, blank=True)
    hat_kind = models.CharField("身份类别", max_length=20)
    hat_holder_id = models.BigIntegerField("所在单位编号", null=True)
    hat_role = models.CharField("岗位", max_length=40)
    hat_label = models.CharField("单位与岗位", max_length=160)
    acting_for = models.CharField("代行", max_length=80, blank=True)
    opinion = models.TextField("对外意见", blank=True)
    note = models.TextField("内部备注", blank=True)
    data = models.JSONField("附带事实", default=dict)
    made_at = models.DateTimeField("业务时间")
    recorded_at = models.DateTimeField("记录时间")

    class Meta:
        verbose_name = "决定"
        verbose_name_plural = "决定"
        ordering = ["id"]
        indexes = [
            models.Index(fields=["subject_kind", "subject_id", "id"], name="decision_by_subject"),
            models.Index(fields=["hat_kind", "hat_holder_id", "-id"], name="decision_by_holder"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_label}"

    @property
    def signature(self) -> str:
        """How the person is printed: ``张三（代李四）``."""
        return f"{self.actor_name}（代{self.acting_for}）" if self.acting_for else self.actor_name


class JournalEntry(models.Model):
    """The hashed line of one decision: a sequence per subject, a body without personal data, its digest."""

    decision = models.OneToOneField(Decision, on_delete=models.RESTRICT, related_name="entry")
    subject_kind = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    seq = models.PositiveIntegerField("序号")
    body = models.TextField("正文")
    salt = models.CharField(max_length=32)
    digest = models.CharField("摘要", max_length=64)

    class Meta:
        verbose_name = "留痕"
        verbose_name_plural = "留痕"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id", "seq"],
                name="journal_one_seq_per_subject",
                violation_error_message="同一对象的留痕序号重复。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject_kind} {self.subject_id} #{self.seq}"


class ChainLink(models.Model):
    """One link of the single chain over all entries; sealed by a job every minute."""

    number = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(JournalEntry, on_delete=models.RESTRICT, related_name="link")
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    class Meta:
        verbose_name = "链节"
        verbose_name_plural = "链节"
        ordering = ["number"]

    def __str__(self) -> str:
        return str(self.number)


class DayHead(models.Model):
    """Head of the chain at the end of a day; also written to a file outside the database so that a cut tail shows."""

    day = models.DateField(primary_key=True)
    number = models.BigIntegerField()
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = "日终摘要"
        verbose_name_plural = "日终摘要"
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {self.number}"


class OutboxMessage(models.Model):
    """A message born with a decision; delivered after commit by notifications (claim, commit, send with the key)."""

    class State(models.TextChoices):
        WAITING = "waiting", "待发"
        CLAIMED = "claimed", "发送中"
        SENT = "sent", "已发"
        FAILED = "failed", "失败"
        UNKNOWN = "unknown", "结果不明"

    key = models.CharField("唯一键", max_length=120, unique=True)
    kind = models.CharField("消息类别", max_length=60)
    recipient_kind = models.CharField("收件方类别", max_length=20)
    recipient_id = models.BigIntegerField("收件方编号")
    payload = models.JSONField("内容", default=dict)
    decision = models.ForeignKey(Decision, null=True, on_delete=models.RESTRICT, related_name="messages")
    state = models.CharField("状态", max_length=10, choices=State, default=State.WAITING)
    created_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = "待发消息"
        verbose_name_plural = "待发消息"
        ordering = ["id"]
        indexes = [models.Index(fields=["state", "id"], name="outbox_by_state")]

    def __str__(self) -> str:
        return self.key


class JournalCheck(models.Model):
    """One run of the full check asked for by the audit administrator: when, over how much, what was found."""

    class State(models.TextChoices):
        WAITING = "waiting", "等待执行"
        PASSED = "passed", "通过"
        FAILED = "failed", "未通过"

    state = models.CharField("结果", max_length=10, choices=State, default=State.WAITING)
    asked_by = models.CharField("发起人", max_length=80)
    asked_at = models.DateTimeField("发起时间")
    finished_at = models.DateTimeField("完成时间", null=True)
    entries = models.BigIntegerField("核对条数", null=True)
    faults = models.JSONField("不符之处", default=list)
    fault_count = models.PositiveIntegerField("不符处数", default=0)

    subject_kind = "journal_check"

    class Meta:
        verbose_name = "留痕核对"
        verbose_name_plural = "留痕核对"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.asked_at:%Y-%m-%d %H:%M} {self.get_state_display()}"
