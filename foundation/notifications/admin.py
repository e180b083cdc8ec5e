"""Letters in the administration pages: whether they go out, without their text and with no address."""

from __future__ import annotations

from django.contrib import admin

from foundation.journal.admin import ReadOnlyAdmin
from foundation.notifications.models import Delivery


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """State and reason; a person's decision is made on the page 发送异常, which records it."""

    list_display = ["id", "outbox_id", "channel", "state", "attempts", "claimed_at", "sent_at", "error"]
    fields = [
        "outbox_id",
        "channel",
        "message_id",
        "state",
        "attempts",
        "next_try_at",
        "claimed_at",
        "sent_at",
        "error",
    ]
    readonly_fields = ["outbox_id"]
    list_filter = ["channel", "state"]
