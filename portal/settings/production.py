"""Production. Every secret comes from the environment; a missing one stops the start with its name."""

from django.core.exceptions import ImproperlyConfigured

from portal.settings.base import *  # noqa: F403
from portal.settings.base import SMS_GATEWAY_URL, STORAGES, env

#: Without these there is no start. docs/operations.md says what each is for.
REQUIRED = ("SECRET_KEY", "JOURNAL_SALT", "DATABASE_URL", "REDIS_URL", "ALLOWED_HOSTS", "EMAIL_URL")

#: Without these no SMS can be signed.
REQUIRED_FOR_SMS = ("SMS_KEY_ID", "SMS_SECRET") if SMS_GATEWAY_URL else ()

_missing = [name for name in REQUIRED + REQUIRED_FOR_SMS if not env.str(name, default="").strip()]
if _missing:
    raise ImproperlyConfigured(
        f"缺少环境变量 {', '.join(_missing)}，请设置后再启动。"
        f" / Missing environment variable(s): {', '.join(_missing)}; set them and start again."
    )

DEBUG = False
SECRET_KEY = env.str("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
JOURNAL_SALT = env.str("JOURNAL_SALT")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[f"https://{host}" for host in ALLOWED_HOSTS])

#: Those who sign, give posts or run the machine (GB/T 22239: two kinds of proof).
SECOND_FACTOR_ROLES = env.list(
    "SECOND_FACTOR_ROLES", default=["signer", "post_manager", "system_admin", "audit_admin", "security_admin"]
)

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31536000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True

STORAGES = STORAGES | {"staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}}

vars().update(env.email("EMAIL_URL"))
