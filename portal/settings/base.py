"""What every installation shares. Values that differ come from the environment (see docs/operations.md)."""

from pathlib import Path

from portal.settings.environment import env

BASE_DIR = Path(__file__).resolve().parents[2]

#: Everything written at run time lies below this folder.
VAR_DIR = Path(env.str("TIDU_VAR", default=str(BASE_DIR / "var")))

# ---- rooms -------------------------------------------------------------------------------------------------
#: The rooms of the house, lowest floor first. A room imports only from rooms before it (checked by import-linter).
ROOMS = [
    "foundation.core",
    "foundation.reference",
    "foundation.journal",
    "foundation.accounts",
    "foundation.duties",
    "foundation.notifications",
    "foundation.spreadsheets",
    "foundation.documents",
    "enterprises",
    "cultivation",
    "reviews",
    "monitoring",
    "portal",
]

INSTALLED_APPS = [
    "whitenoise.runserver_nostatic",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.forms",  # our form templates come before its own (FORM_RENDERER)
    "guardian",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "axes",
    "csp",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    *ROOMS,
]

MIDDLEWARE = [
    "portal.proxies.ProxyMiddleware",
    "portal.health.HealthMiddleware",
    "foundation.core.api.middleware.ProblemMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "foundation.core.readonly.ReadOnlyGetMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "foundation.core.middleware.InstallationMiddleware",
    "foundation.core.middleware.RefusalMiddleware",
    "foundation.accounts.middleware.ActorMiddleware",
    "foundation.core.middleware.CountersMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "foundation.accounts.middleware.VisitMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "csp.middleware.CSPMiddleware",
    "axes.middleware.AxesMiddleware",
]

FORM_RENDERER = "foundation.core.rendering.Renderer"
ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "foundation.core.context.page",
            ],
            # The one tree templates/ comes first; the second loader serves the admin and the API pages only.
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
        },
    }
]

# ---- data --------------------------------------------------------------------------------------------------
DATABASES = {"default": env.db_url_config(env.str("DATABASE_URL", default="") or "postgres:///tidu")}
DATABASES["default"]["ATOMIC_REQUESTS"] = False
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
#: What every connection of the application sets for itself: no JIT (it compiles for longer than our statements run), memory for
#: sorts. Empty where a pooler in between does not pass it on; then set both for the role.
DATABASE_SESSION = env.str("DATABASE_SESSION", default="-c jit=off -c work_mem=32MB")
if DATABASE_SESSION:
    DATABASES["default"].setdefault("OPTIONS", {})["options"] = DATABASE_SESSION

REDIS_URL = env.str("REDIS_URL", default="redis://localhost:6379/0")
#: Several installations may share one Redis: every key starts with the database's name.
REDIS_PREFIX = f"{DATABASES['default']['NAME']}:"

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": f"{REDIS_PREFIX}cache",
        "TIMEOUT": 300,
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"

# ---- people ------------------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
]
ANONYMOUS_USER_NAME = None
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
#: Shown beside the field before anybody types (foundation.accounts.password_rules).
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "foundation.accounts.password_rules.LengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "foundation.accounts.password_rules.TwoKindsValidator"},
    {"NAME": "foundation.accounts.password_rules.NotTheNameValidator"},
    {"NAME": "foundation.accounts.password_rules.NotCommonValidator"},
]
#: A password older than this must be changed at the next sign-in; 0 means never.
PASSWORD_MAX_AGE_DAYS = env.int("PASSWORD_MAX_AGE_DAYS", default=180)
#: A code mailed for resetting a password: how long it holds and how often one may try.
RESET_CODE_MINUTES = 10
RESET_CODE_TRIES = 5
#: A visit ends after so much time without any act; the browser warns two minutes before and keeps what was typed.
IDLE_MINUTES = env.int("IDLE_MINUTES", default=30)
IDLE_SECONDS = IDLE_MINUTES * 60
#: Roles that need a second factor until the security administrator sets something else; never in a rehearsal.
SECOND_FACTOR_ROLES = env.list("SECOND_FACTOR_ROLES", default=[])
#: The step after the password: how long it waits for a code, wrong codes in a row until it is locked, and for how long.
SECOND_FACTOR_WAIT_MINUTES = 5
SECOND_FACTOR_TRIES = 5
SECOND_FACTOR_LOCK_MINUTES = 15
OTP_TOTP_THROTTLE_FACTOR = 0  # the lock above counts; no waiting between two tries
OTP_TOTP_ISSUER = "梯度培育平台"
#: The longest time one may let somebody act in one's place.
ACTING_MAX_DAYS = env.int("ACTING_MAX_DAYS", default=183)
#: Version of the privacy notice people accept; a new one is shown to those who accepted an older one.
PRIVACY_VERSION = "2026-11"
#: Whether looking at a masked phone or address asks why: "optional" or "required".
REVEAL_REASON = env.str("REVEAL_REASON", default="optional")
#: Days the sign-in log and the log of looks at personal data are kept; never less than 183 (six months).
SIGN_IN_LOG_DAYS = max(env.int("SIGN_IN_LOG_DAYS", default=366), 183)
REVEAL_LOG_DAYS = max(env.int("REVEAL_LOG_DAYS", default=366), 183)
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"

# Sign-in lockout. The account is locked per name and address, so that a stranger cannot lock out an officer everywhere.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # the time told on the page stays true
AXES_LOCKOUT_CALLABLE = "foundation.accounts.views.sign_in.locked_out"
AXES_DISABLE_ACCESS_LOG = True  # SignInEvent is the one log of sign-ins
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# ---- language and time -------------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

# ---- files -------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT: Path | None = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
MEDIA_ROOT = VAR_DIR / "files"
MEDIA_URL = ""  # never served by address: every file goes through a view that asks may()
EXPORT_ROOT = VAR_DIR / "exports"
#: Days an export file stays for its owner to download.
EXPORT_KEEP_DAYS = env.int("EXPORT_KEEP_DAYS", default=7)
FONT_DIR = Path(env.str("FONT_DIR", default=str(BASE_DIR / "var" / "fonts")))
#: Day heads of the journal's chain, outside the database, so that a cut tail shows.
JOURNAL_LEDGER = VAR_DIR / "ledger" / "journal.jsonl"
FILE_UPLOAD_PERMISSIONS = 0o640
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# ---- the browser's rules -----------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
X_FRAME_OPTIONS = "DENY"
#: How many proxies of ours a request passes; each adds one address to X-Forwarded-For. 0: the caller's own is taken.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
SECURE_REFERRER_POLICY = "same-origin"

# ---- the API -----------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "foundation.accounts.api_identity.TokenAuthentication",
        "foundation.accounts.api_identity.VisitAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["foundation.accounts.api_identity.SignedIn"],
    "DEFAULT_THROTTLE_CLASSES": ["foundation.core.api.throttles.RateThrottle"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["foundation.core.api.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "foundation.core.api.schema.AutoSchema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "foundation.core.api.problems.handle",
    "URL_FORMAT_OVERRIDE": None,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "梯度 Tidu",
    "DESCRIPTION": "企业梯度培育门户的稳定接口。说明、约定和例子见 docs/api.md。",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "SORT_OPERATION_PARAMETERS": False,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": True,
    "ENUM_NAME_OVERRIDES": {
        "EnterpriseState": "enterprises.models.Enterprise.State",
        "RoundState": "cultivation.models.Round.State",
        "FileState": "reviews.states.FileState",
        "JobState": "foundation.duties.models.Job.State",
        "ReturnState": "monitoring.models.MonthlyReturn.State",
        "ReturnFiledBy": "monitoring.models.MonthlyReturn.FiledBy",
        "ApplicationFiledBy": "reviews.models.Application.FiledBy",
        "Outcome": "cultivation.serializers.OUTCOMES",
        "SizeClass": "enterprises.serializers.CLASSES",
        "Indicator": "enterprises.serializers.INDICATORS",
    },
    "DISABLE_DOCSTRING_DESCRIPTIONS": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "foundation.core.api.schema.close_bodies",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
}
#: Requests a minute: strangers per address, tokens per token, people signed in per person.
API_PER_MINUTE = {
    "anonymous": env.int("API_PER_MINUTE_ANONYMOUS", default=60),
    "token": env.int("API_PER_MINUTE_TOKEN", default=600),
    "session": env.int("API_PER_MINUTE_SESSION", default=300),
}
#: Largest body the API reads, in bytes.
API_BODY_MAX_BYTES = 256 * 1024
#: Rows of one roster as CSV or workbook; longer ones are read page by page.
API_SHEET_MAX_ROWS = 20000
#: A token holds at most so many days, and a person at most so many of them at a time.
API_TOKEN_MAX_DAYS = env.int("API_TOKEN_MAX_DAYS", default=365)
API_TOKENS_PER_PERSON = 10

# ---- background work ---------------------------------------------------------------------------------------
# kombu wants another spelling of a Unix socket than redis-py does.
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=", 1)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A worker killed in the middle of a task must not lose it: acknowledge late, hand it out again after a minute.
# unacked_restore_throttle: kombu otherwise looks for such tasks only about every hundred seconds.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": env.int("CELERY_VISIBILITY_TIMEOUT", default=60),
    "unacked_restore_throttle": 1,
    "global_keyprefix": f"{REDIS_PREFIX}celery:",
}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True  # results live in the duties room's Job rows, not in Redis
CELERY_TASK_SERIALIZER = "json"
CELERY_TIMEZONE = TIME_ZONE
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# ---- mail, SMS and log -------------------------------------------------------------------------------------
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="no-reply@localhost")

#: Short messages go to a gateway that speaks docs/sms-gateway.md; without an address the channel is off.
SMS_GATEWAY_URL = env.str("SMS_GATEWAY_URL", default="").strip()
SMS_KEY_ID = env.str("SMS_KEY_ID", default="")
SMS_SECRET = env.str("SMS_SECRET", default="")
#: The approved signature, printed as 【…】 in front of the text; 12 signs or fewer.
SMS_SENDER = env.str("SMS_SENDER", default="梯度培育平台")
SMS_TIMEOUT = env.float("SMS_TIMEOUT", default=10.0)
#: No SMS goes out from … until …; it is held till the morning. Equal times: no quiet hours.
SMS_QUIET_FROM = env.str("SMS_QUIET_FROM", default="21:00")
SMS_QUIET_UNTIL = env.str("SMS_QUIET_UNTIL", default="08:00")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "line"}},
    "root": {"handlers": ["stdout"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": ["stdout"], "level": "INFO", "propagate": False},
        "fontTools": {"level": "WARNING"},
        "weasyprint": {"level": "ERROR"},
    },
}

# ---- the portal's own switches -----------------------------------------------------------------------------
#: Seconds for which the numbers of the top bar may be behind what others do; 0 counts them on every page.
COUNTERS_SECONDS = env.int("COUNTERS_SECONDS", default=10)
#: What to do about a write while answering a GET request: "allow", "log" or "refuse" (foundation.core.readonly).
WRITES_ON_GET = env.str("WRITES_ON_GET", default="log")

# ---- papers ------------------------------------------------------------------------------------------------
#: Largest upload of one file, in bytes.
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_BYTES", default=20 * 1024 * 1024)
#: Rows of one table PDF; longer tables are refused with the advice to use the spreadsheet.
PDF_ROW_CAP = env.int("PDF_ROW_CAP", default=3000)
#: How often one address may lodge an objection to a public notice, or look up the reply with receipt and code, per hour.
PUBLIC_FORMS_PER_HOUR = {
    "lodge": env.int("OBJECTIONS_PER_HOUR", default=10),
    "look_up": env.int("OBJECTION_LOOK_UPS_PER_HOUR", default=30),
}
#: First letters of the portal's own reference numbers (TD-430200-2018-0001).
DOCUMENT_PREFIX = env.str("DOCUMENT_PREFIX", default="TD")
#: Address the public reaches the portal under, e.g. https://tidu.example.gov.cn; printed into QR codes when set.
PUBLIC_URL = env.str("PUBLIC_URL", default="")

# ---- monthly returns ---------------------------------------------------------------------------------------
#: A month's income that differs by more than this (percent) from last month or the same month last year asks for a reason.
RETURN_JUMP_PCT = 50
#: Changes smaller than this (万元) ask nothing.
RETURN_JUMP_FLOOR_WAN = 10
#: The same for the number of employees: percent, and people.
RETURN_STAFF_JUMP_PCT = 30
RETURN_STAFF_JUMP_FLOOR = 10
#: So many times bigger or smaller looks like 元 typed as 万元.
RETURN_UNIT_RATIO = 1000
#: Days before the end of a firm's monitoring commitment from which it is pointed out.
COMMITMENT_ALERT_DAYS = 60
