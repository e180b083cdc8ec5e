"""A GET request reads. Middleware and a switch: tests refuse a write while answering one, production can log it."""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.db import connections
from django.http import HttpRequest, HttpResponse

logger = logging.getLogger(__name__)

_READS = re.compile(
    r"\s*(?:SELECT|SAVEPOINT|RELEASE|ROLLBACK|SHOW|EXPLAIN|DECLARE|FETCH|CLOSE|SET|WITH|\(SELECT)\b", re.IGNORECASE
)
_WRITES = re.compile(r"\b(?:INSERT\s+INTO|UPDATE\s+[\"\w.]+\s+SET|DELETE\s+FROM)\b", re.IGNORECASE)
#: The session belongs to the visit, not to the business: signing in by link or an expiry may touch it.
_EXEMPT = re.compile(r"[\"\s](?:django_session)[\"\s]", re.IGNORECASE)

_allowed: ContextVar[bool] = ContextVar("writes_allowed", default=False)


class WriteOnGet(RuntimeError):
    """A GET request tried to change the database."""


@contextmanager
def allow_writes(reason: str) -> Iterator[None]:
    """Let the block write although the request reads, e.g. to note that a confidential file was opened.

    `reason` is for the reader of the code; it must not be empty.
    """
    if not reason:
        raise ValueError("allow_writes() needs a reason")
    token = _allowed.set(True)
    try:
        yield
    finally:
        _allowed.reset(token)


def is_write(sql: str) -> bool:
    """Whether the statement changes anything but the session table."""
    text = str(sql)
    if _READS.match(text) and not (text.lstrip()[:4].upper() == "WITH" and _WRITES.search(text)):
        return False
    return not _EXEMPT.search(text)


def _guard(method: str, path: str, mode: str) -> Callable[..., Any]:
    def wrapper(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if is_write(sql) and not _allowed.get():
            said = f"{method} {path} writes: {str(sql)[:200]}"
            if mode == "refuse":
                raise WriteOnGet(said)
            logger.warning(said)
        return execute(sql, params, many, context)

    return wrapper


class ReadOnlyGetMiddleware:
    """Watches GET, HEAD and OPTIONS as settings.WRITES_ON_GET says: "allow", "log" or "refuse"."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        mode = settings.WRITES_ON_GET
        if mode == "allow" or request.method not in ("GET", "HEAD", "OPTIONS"):
            return self.get_response(request)
        guard = _guard(str(request.method), request.path, mode)
        with ExitStack() as stack:
            for connection in connections.all():
                stack.enter_context(connection.execute_wrapper(guard))
            return self.get_response(request)
