"""The installation under load: as in production (no debugging), with one page more: the floor."""

from portal.settings.live import *  # noqa: F403
from portal.settings.live import MIDDLEWARE as _MIDDLEWARE

DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "tests.bench.urls"
WRITES_ON_GET = "log"
COUNTERS_SECONDS = 10
MIDDLEWARE = ["tests.bench.counting.CountingMiddleware", *_MIDDLEWARE]
