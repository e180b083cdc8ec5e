"""Settings of the test suite: the development edition with cheap passwords; files go to temporary folders."""

import tempfile
from pathlib import Path

from portal.settings.dev import *  # noqa: F403

DEBUG = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
WRITES_ON_GET = "refuse"
COUNTERS_SECONDS = 0

# Every test gets folders of its own (tests/harness/strict.py); these are for what runs outside a test.
_SCRATCH = Path(tempfile.gettempdir()) / "tidu-test"
MEDIA_ROOT = _SCRATCH / "files"
EXPORT_ROOT = _SCRATCH / "exports"
EMAIL_FILE_PATH = _SCRATCH / "mail"
JOURNAL_LEDGER = _SCRATCH / "ledger" / "journal.jsonl"
#: A message of an unregistered kind, or with a payload its text cannot use, fails the act that writes it.
STRICT_MESSAGES = True
#: Whole tables of addresses are asked in a minute; the tests of the limits set their own.
API_PER_MINUTE = dict.fromkeys(("anonymous", "token", "session"), 100_000)
PUBLIC_FORMS_PER_HOUR = dict.fromkeys(("lodge", "look_up"), 100_000)
