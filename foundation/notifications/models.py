"""The message: the in-app inbox, who has read what, one row per e-mail or SMS, preferences."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from foundation.accounts.scoping import ScopedQuerySet
from foundation.journal.models import OutboxMessage


class InboxMessage(models.Model):
    """A message as its readers see it: a person, or everybody of a bureau or an enterprise (by the hat worn)."""

    class Recipient(models.TextChoices):
        USER = "user", "个人"
        BUREAU = "bureau", "主管部门"
        ENTERPRISE = "enterprise", "企业"

    outbox = models.OneToOneField(
        OutboxMessage, on_delete=models.RESTRICT, related_name="inbox", verbose_name="发件记录"
    )
    recipient_kind = models.CharField("收件方类别", max_length=20, choices=Recipient)
    recipient_id = models.BigIntegerField("收件方编号")
    kind = models.CharField("类别", max_length=60)
    title = models.CharField("标题", max_length=160)
    body = models.TextField("内容", blank=True, default="")
    url = models.CharField("链接", max_length=300, blank=True, default="")
    created_at = models.DateTimeField("时间")

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "站内消息"
        verbose_name_plural = "站内消息"
        ordering = ["-id"]
        indexes = [models.Index(fields=["recipient_kind", "recipient_id", "-id"], name="inbox_by_recipient")]

    def __str__(self) -> str:
        return self.title


class InboxRead(models.Model):
    """A person has read a message; each for themselves, also in a shared inbox."""

    message = models.ForeignKey(InboxMessage, on_delete=models.CASCADE, related_name="reads")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    read_at = models.DateTimeField("阅读时间")

    class Meta:
        verbose_name = "已读"
        verbose_name_plural = "已读"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["message", "user"], name="inbox_read_once", violation_error_message="消息已读过。"
            )
        ]

    def __str__(self) -> str:
        return f"{self.message_id} {self.user_id}"


class Delivery(models.Model):
    """One e-mail to one address, or one SMS to one number: claimed under lock, committed, sent with its key, written
    down. Also the sent-log.

    ``unknown`` means the connection broke after the text had gone out: it may have arrived. It is shown to a person
    and never sent again by itself.
    """

    class Channel(models.TextChoices):
        MAIL = "mail", "邮件"
        SMS = "sms", "短信"

    class State(models.TextChoices):
        WAITING = "waiting", "待发"
        CLAIMED = "claimed", "发送中"
        SENT = "sent", "已发"
        FAILED = "failed", "未发出"
        UNKNOWN = "unknown", "结果不明"
        DROPPED = "dropped", "不必再发"

    subject_kind = "delivery"

    outbox = models.ForeignKey(
        OutboxMessage, on_delete=models.RESTRICT, related_name="deliveries", verbose_name="发件记录"
    )
    channel = models.CharField("渠道", max_length=4, choices=Channel, default=Channel.MAIL)
    address = models.CharField("收件地址", max_length=254)
    message_id = models.CharField("唯一键", max_length=120, unique=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField("已试次数", default=0)
    next_try_at = models.DateTimeField("下次发送")
    claimed_at = models.DateTimeField("开始发送", null=True)
    sent_at = models.DateTimeField("发出时间", null=True)
    error = models.CharField("原因", max_length=300, blank=True, default="")

    class Meta:
        verbose_name = "邮件与短信"
        verbose_name_plural = "邮件与短信"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["outbox", "address"], name="delivery_once", violation_error_message="同一消息同一地址只发一次。"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="sent") | models.Q(sent_at__isnull=False),
                name="delivery_sent_has_a_time",
                violation_error_message="已发的邮件或短信须有发出时间。",
            ),
        ]
        indexes = [models.Index(fields=["state", "next_try_at"], name="delivery_by_state")]

    def __str__(self) -> str:
        return f"{self.outbox_id} {self.get_state_display()}"


class Preference(models.Model):
    """A person's own setting for a kind; without a row the kind's own channels hold."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="message_preferences")
    kind = models.CharField("类别", max_length=60)
    mail = models.BooleanField("发邮件", default=True)
    sms = models.BooleanField("发短信", default=True)

    class Meta:
        verbose_name = "消息设置"
        verbose_name_plural = "消息设置"
        ordering = ["user_id", "kind"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind"], name="preference_once", violation_error_message="该类消息已有设置。"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind}"
