"""How often one may ask: strangers per address, tokens per token, people signed in per person; counted in the cache.

Windows of a minute by the machine's clock, counted in one atomic step, so that two servers share one count.
"""

from __future__ import annotations

import ipaddress
import logging
import time
from typing import TYPE_CHECKING, Any

from axes.helpers import get_client_ip_address
from django.conf import settings
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

if TYPE_CHECKING:
    from rest_framework.views import APIView

log = logging.getLogger(__name__)
WINDOW = 60


def address_of(request: Any) -> str:
    """Whom an unknown asker is counted as; an IPv6 network of 64 bits is one asker."""
    text = get_client_ip_address(request) or "unknown"
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return text
    return str(ipaddress.ip_network(f"{text}/64", strict=False)) if found.version == 6 else text


class RateThrottle(BaseThrottle):
    """Refuses beyond ``API_PER_MINUTE``; ``view.cost`` counts a heavy answer several times."""

    _wait = 0.0

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Count this request; a cache that does not answer lets it pass and is logged."""
        who, limit = self._asker(request)
        now = time.time()
        key = f"api:rate:{who}:{int(now // WINDOW)}"
        cost = int(getattr(view, "cost", 1))
        try:
            cache.add(key, 0, timeout=2 * WINDOW)
            used = cache.incr(key, cost)
        except ValueError:
            return True  # the window ended between the two steps
        except Exception:
            log.exception("requests are not counted: the cache does not answer")
            return True
        self._wait = WINDOW - now % WINDOW
        return bool(used <= limit)

    def wait(self) -> float:
        """Seconds until the next window."""
        return self._wait + 1

    @staticmethod
    def _asker(request: Request) -> tuple[str, int]:
        limits: dict[str, int] = settings.API_PER_MINUTE
        if request.auth is not None:
            return f"token:{request.auth.pk}", limits["token"]
        if request.user is not None and request.user.is_authenticated:
            return f"user:{request.user.pk}", limits["session"]
        return f"address:{address_of(request._request)}", limits["anonymous"]
