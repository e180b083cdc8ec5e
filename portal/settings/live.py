"""What the browser tests drive: the embedded installation with quick passwords; TIDU_VAR names its folder."""

from portal.settings.dev import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WRITES_ON_GET = "refuse"
COUNTERS_SECONDS = 0
