"""The other end of the SMS protocol, small and honest: what a bridge to a carrier has to do, without a carrier.

The command ``sms_gateway`` runs it for a developer or a rehearsal; the tests run it with faults. It checks the signature and the
time, answers a key it has taken already with *duplicate*, and keeps everything in memory only.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from foundation.notifications import sms

SKEW = 300
"""Seconds a request's time may differ from the gateway's."""
FIELDS = {"version": int, "key": str, "to": str, "sender": str, "template": str, "parameters": dict, "text": str}
BODY_LIMIT = 16 * 1024
"""Bytes; a request is a few hundred."""


@dataclass
class Desk:
    """What was taken, by key; ``requests`` counts every request that came, also the refused ones."""

    key_id: str
    secret: str
    taken: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: int = 0
    told: Callable[[dict[str, Any]], None] = lambda message: None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, headers: Any, path: str, body: bytes) -> tuple[HTTPStatus, dict[str, Any]]:
        """What the protocol says to one request."""
        fault = self._fault(headers, path, body)
        if fault:
            return HTTPStatus.OK, {"result": "refused", "reason": fault}
        message: dict[str, Any] = json.loads(body)
        key = message["key"]
        with self.lock:
            known = key in self.taken
            self.taken.setdefault(key, message)
        if known:
            return HTTPStatus.OK, {"result": "duplicate", "id": key}
        self.told(message)
        return HTTPStatus.OK, {"result": "accepted", "id": key}

    def _fault(self, headers: Any, path: str, body: bytes) -> str:
        if headers.get("X-Tidu-Key-Id") != self.key_id:
            return "unknown key id"
        timestamp, key = headers.get("X-Tidu-Timestamp", ""), headers.get("Idempotency-Key", "")
        expected = sms.signature(self.secret, path=path, timestamp=timestamp, key=key, body=body)
        if not hmac.compare_digest(expected, headers.get("X-Tidu-Signature", "")):
            return "wrong signature"
        if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > SKEW:
            return "the request is too old, or a clock is wrong"
        try:
            message = json.loads(body)
        except ValueError:
            return "the body is not JSON"
        if not isinstance(message, dict):
            return "the body is not an object"
        wrong = [name for name, kind in FIELDS.items() if not isinstance(message.get(name), kind)]
        if wrong:
            return f"missing or of the wrong type: {', '.join(wrong)}"
        if message["version"] != sms.VERSION:
            return "unknown version"
        if message["key"] != key:
            return "key in body and header differ"
        if sms.normalise(message["to"]) != message["to"]:
            return "not a mobile number"
        return ""


class Handler(BaseHTTPRequestHandler):
    """One conversation."""

    desk: Desk
    server_version = "tidu-sms-gateway"
    protocol_version = "HTTP/1.1"

    def handle(self) -> None:
        """A caller that was killed in the middle is nobody's error here."""
        with contextlib.suppress(ConnectionError):
            super().handle()

    def do_POST(self) -> None:
        """Take one message."""
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 < length <= BODY_LIMIT:
            self.close_connection = True
            self.say(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {"result": "refused", "reason": "no body, or too long"})
            return
        body = self.rfile.read(length)
        with self.desk.lock:
            self.desk.requests += 1
        self.say(*self.desk.answer(self.headers, self.path, body))

    def say(self, status: HTTPStatus, answer: dict[str, Any]) -> None:
        """Write the answer."""
        text = json.dumps(answer, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are told by the desk, without numbers in addresses."""


def serve(desk: Desk, port: int, handler: type[Handler] = Handler) -> ThreadingHTTPServer:
    """A server for the desk on this machine (port 0: any free one); the caller runs ``serve_forever``."""
    bound = type("BoundHandler", (handler,), {"desk": desk})
    server = ThreadingHTTPServer(("127.0.0.1", port), bound)
    server.daemon_threads = True
    return server
