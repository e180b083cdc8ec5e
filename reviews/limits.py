"""How often a stranger may hand in or look up, per address; counted in the cache in windows of an hour (P-03)."""

from __future__ import annotations

import logging
import time
from typing import Any

from django.conf import settings
from django.core.cache import cache

from foundation.core.api.throttles import address_of

log = logging.getLogger(__name__)
HOUR = 3600


def within(request: Any, what: str) -> bool:
    """Count one more ``what`` (a key of ``PUBLIC_FORMS_PER_HOUR``) from this address; False beyond the setting.

    A cache that does not answer lets it pass and is logged: an objection must not be lost to it.
    """
    key = f"reviews:{what}:{address_of(request)}:{int(time.time() // HOUR)}"
    try:
        cache.add(key, 0, timeout=2 * HOUR)
        return bool(cache.incr(key) <= settings.PUBLIC_FORMS_PER_HOUR[what])
    except ValueError:
        return True  # the window ended between the two steps
    except Exception:
        log.exception("public forms are not counted: the cache does not answer")
        return True
