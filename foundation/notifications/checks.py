"""``manage.py check``: a half-configured SMS gateway is told before the first message."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, register

from foundation.notifications import sms


@register("notifications")
def sms_settings(**_given: Any) -> list[CheckMessage]:
    """One error per fault of the SMS settings."""
    return [Error(fault, id="notifications.E001") for fault in sms.faults()]
