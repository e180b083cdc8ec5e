"""Development and the embedded installation of `make run`. Nothing here is secret."""

from portal.settings.base import *  # noqa: F403
from portal.settings.base import VAR_DIR, env

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="development-only-" + "x" * 50)
JOURNAL_SALT = env.str("JOURNAL_SALT", default="development-only")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])

# Letters are written to files instead of being sent; the rehearsal page and the tests read them there.
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = VAR_DIR / "mail"

# Static files are served from where they lie; production collects and compresses them.
WHITENOISE_USE_FINDERS = True
STATIC_ROOT = None
