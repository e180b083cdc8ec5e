"""A real HTTP server that speaks the SMS protocol (docs/sms-gateway.md), honours the idempotency key, and can fail at a
chosen moment.
"""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from foundation.notifications import sms_desk

KEY_ID, SECRET = "test", "secret of the tests"


@dataclass
class FaultyDesk(sms_desk.Desk):
    """``fault``: '', 'refuse', 'later', 'garbage', 'error' (HTTP 500), 'hang' (takes it, answers after ``pause`` seconds) or
    'drop' (takes it, cuts the line without an answer).
    """

    fault: str = ""
    pause: float = 3.0

    @property
    def texts(self) -> list[str]:
        """What was taken, each key once."""
        return [message["text"] for message in self.taken.values()]

    @property
    def numbers(self) -> list[str]:
        """Where it goes."""
        return [message["to"] for message in self.taken.values()]


class Handler(sms_desk.Handler):
    """One conversation, spoilt as the desk says."""

    desk: FaultyDesk

    def say(self, status: HTTPStatus, answer: dict[str, Any]) -> None:
        fault = self.desk.fault
        if fault == "drop":
            self.close_connection = True
            return
        if fault == "hang":
            time.sleep(self.desk.pause)
        if fault == "error":
            status, answer = HTTPStatus.INTERNAL_SERVER_ERROR, {"result": "accepted"}
        if fault == "garbage":
            status, answer = HTTPStatus.OK, {"result": "perhaps"}
        try:
            super().say(status, answer)
        except OSError:
            self.close_connection = True  # the other side did not wait


class RefusingHandler(Handler):
    """Also says no before anything is taken."""

    def do_POST(self) -> None:
        if self.desk.fault not in {"refuse", "later"}:
            super().do_POST()
            return
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.desk.requests += 1
        word = "refused" if self.desk.fault == "refuse" else "later"
        self.say(HTTPStatus.OK, {"result": word, "reason": f"cannot serve {body['to']}"})


class Gateway:
    """Runs in a thread until closed."""

    def __init__(self, port: int = 0) -> None:
        self.desk = FaultyDesk(KEY_ID, SECRET)
        self._server = sms_desk.serve(self.desk, port, RefusingHandler)
        self.port = int(self._server.server_address[1])
        self.url = f"http://127.0.0.1:{self.port}/v1/messages"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)
