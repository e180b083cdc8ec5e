"""The live installation with real channels: letters by SMTP, short messages through a gateway, at any hour."""

import os

from portal.settings.live import *  # noqa: F403

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST, EMAIL_PORT, EMAIL_TIMEOUT = "127.0.0.1", int(os.environ.get("SOAK_SMTP_PORT", "25")), 5
SMS_QUIET_FROM = SMS_QUIET_UNTIL = "00:00"
WRITES_ON_GET = "log"
