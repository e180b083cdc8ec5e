"""A live portal whose parts can be killed one by one, databases to start from again and again, and a person who presses once more."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import pytest
from psycopg2 import sql

from tests.harness.live import ROOT, LivePortal
from tests.notifications.sms_gateway import KEY_ID, SECRET, Gateway
from tests.notifications.smtp import Server

PATIENCE = 90.0
"""Seconds everything may take to be in order again after a kill."""


class House(LivePortal):
    """Web, worker and beat by name; letters and short messages go to servers of the test's own, which outlive every kill."""

    def __init__(self, folder: Path, database: dict[str, Any]) -> None:
        super().__init__(folder, database, "_soak")
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.kept: set[str] = set()
        self.post_office = Server()
        self.gateway = Gateway()
        # It takes the message and answers a moment later, so that kills fall between the two.
        self.gateway.desk.fault, self.gateway.desk.pause = "hang", 0.03

    def environment(self, database: str = "") -> dict[str, str]:
        """As in live tests, with real channels."""
        return super().environment(database) | {
            "DJANGO_SETTINGS_MODULE": "tests.soak.settings",
            "CELERY_VISIBILITY_TIMEOUT": "4",
            "SOAK_SMTP_PORT": str(self.post_office.port),
            "SMS_GATEWAY_URL": self.gateway.url,
            "SMS_KEY_ID": KEY_ID,
            "SMS_SECRET": SECRET,
        }

    # ---- processes ---------------------------------------------------------------------------------------------
    def begin(self, name: str) -> None:
        """Start one of the three."""
        commands = {
            "web": ["gunicorn", "portal.wsgi", "--bind", f"127.0.0.1:{self.port}", "--threads", "2", "--timeout", "60"],
            "worker": ["celery", "-A", "tests.soak.fast", "worker", "-c", "1", "--loglevel", "INFO"],
            "beat": ["celery", "-A", "tests.soak.fast", "beat", "--schedule", str(self.folder / "beat"), "--pidfile="],
        }
        self._spawn(name, *commands[name])
        self.running[name] = self._processes[-1]

    def kill(self, name: str) -> None:
        """SIGKILL for it and everything it started, as when the power goes."""
        process = self.running.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
        self._processes.remove(process)

    def answers(self) -> bool:
        """Whether the web server does."""
        try:
            with urllib.request.urlopen(f"{self.url}/healthz?only=web", timeout=5):  # noqa: S310
                return True
        except urllib.error.HTTPError:
            return True
        except (OSError, http.client.HTTPException):
            return False

    def begin_all(self) -> None:
        """All three, answering."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in ("web", "worker", "beat"):
            self.begin(name)
        until(self.answers, "the web server answers", self)

    def end(self) -> None:
        """Everything is gone: processes, databases, servers."""
        for name in list(self.running):
            self.kill(name)
        self.stop()
        connection = self._connect("postgres")
        with connection.cursor() as cursor:
            for name in self.kept:
                cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        connection.close()
        self.post_office.close()
        self.gateway.close()

    # ---- databases ---------------------------------------------------------------------------------------------
    def prepare(self, scenario: str) -> str:
        """A database to start a scenario from, built once; returns its name."""
        name = f"{self.name}_{scenario}"
        self.copy(self.seed, name)
        self.kept.add(name)
        done = subprocess.run(
            [sys.executable, "-m", "tests.soak.prepare", scenario],
            cwd=ROOT,
            env=self.environment(name),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            pytest.fail(f"prepare {scenario}:\n{done.stdout}{done.stderr}", pytrace=False)
        return name

    def copy(self, source: str, target: str) -> None:
        """``target`` becomes what ``source`` is."""
        connection = self._connect("postgres")
        try:
            with connection.cursor() as cursor:
                old, new = sql.Identifier(source), sql.Identifier(target)
                cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(new))
                cursor.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(new, old))
        finally:
            connection.close()

    def again(self, start: str) -> None:
        """The live database as at the start of the scenario, the queue empty, the gateways' books new."""
        self.copy(start, self.name)
        self._empty_redis()
        self.post_office.book.letters.clear()
        self.gateway.desk.taken.clear()
        self.gateway.desk.requests = 0

    def number(self, query: str, *values: object) -> int:
        """One figure from the live database."""
        return int(self.rows(query, *values)[0][0])

    def ask(self, task: str) -> None:
        """Put a task into the queue, as the beat does."""
        code = "import sys; from portal.celery import app; app.send_task(sys.argv[1])"
        subprocess.run([sys.executable, "-c", code, task], cwd=ROOT, env=self.environment(), check=True, timeout=60)

    # ---- afterwards --------------------------------------------------------------------------------------------
    def quiet(self) -> bool:
        """No job, no message, no letter is under way any more."""
        return not self.number(
            "SELECT (SELECT count(*) FROM duties_job WHERE state IN ('waiting', 'running'))"
            " + (SELECT count(*) FROM journal_outboxmessage WHERE state IN ('waiting', 'claimed'))"
            " + (SELECT count(*) FROM notifications_delivery WHERE state IN ('waiting', 'claimed'))"
        )

    def check(self, where: str) -> None:
        """``manage.py invariants`` prints only zeros, and no gateway was given anything twice."""
        code, told = self.run("invariants")
        assert code == 0, f"{where}\n{told}"
        keys = [letter["Message-ID"] for letter in self.post_office.book.letters]
        assert len(keys) == len(set(keys)), f"{where}: a letter went out twice"
        desk = self.gateway.desk
        assert desk.requests == len(desk.taken), f"{where}: the gateway was asked twice for one message"

    def lost(self) -> int:
        """Letters and short messages nobody knows the fate of."""
        return self.number("SELECT count(*) FROM notifications_delivery WHERE state = 'unknown'")


def until(condition: Callable[[], bool], what: str, house: House, seconds: float = PATIENCE) -> float:
    """Wait for it; returns the seconds it took, fails with the logs when it takes too long."""
    begun = time.monotonic()
    while not condition():
        if time.monotonic() - begun > seconds:
            pytest.fail(
                f"waited {seconds:.0f} s until {what}\n{house.log('worker')}\n{house.log('web')}", pytrace=False
            )
        time.sleep(0.1)
    return time.monotonic() - begun


class Broken(Exception):
    """The line broke or the server was away: the person does not know whether the press counted."""


class Clerk:
    """Somebody at a browser without scripts."""

    def __init__(self, house: House, username: str) -> None:
        self.house, self.username = house, username
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def get(self, path: str) -> bytes:
        """Open a page."""
        return self._open(urllib.request.Request(self.house.url + path))  # noqa: S310

    def post(self, path: str, *, page: str, file: tuple[str, bytes] | None = None, **fields: str | list[str]) -> str:
        """Press a button of ``page``; a file goes as a browser sends it."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get(page).decode())
        if token is None:
            raise Broken(f"no form on {page}")
        given = {"csrfmiddlewaretoken": token.group(1), **fields}
        if file is None:
            body, kind = urllib.parse.urlencode(given, doseq=True).encode(), "application/x-www-form-urlencoded"
        else:
            border = uuid.uuid4().hex
            parts = [
                f'--{border}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
                for name, value in given.items()
            ]
            head = f'--{border}\r\nContent-Disposition: form-data; name="file"; filename="{file[0]}"\r\n'
            body = ("".join(parts) + head + "Content-Type: application/pdf\r\n\r\n").encode()
            body += file[1] + f"\r\n--{border}--\r\n".encode()
            kind = f"multipart/form-data; boundary={border}"
        request = urllib.request.Request(self.house.url + path, body, {"Content-Type": kind})  # noqa: S310
        return self._open(request).decode()

    def sign_in(self) -> None:
        """One press on the sign-in page of a rehearsal."""
        self.post("/demo/sign-in/", page="/accounts/sign-in/", user=self.username)

    def wear(self, hat: str) -> None:
        """Put on another hat."""
        self.post("/accounts/me/hat/", page="/", hat=hat)

    def _open(self, request: urllib.request.Request) -> bytes:
        try:
            with self.opener.open(request, timeout=30) as answer:
                return bytes(answer.read())
        except urllib.error.HTTPError as error:
            if error.code >= 500:
                raise Broken(f"HTTP {error.code} for {request.full_url}") from error
            return error.read()  # a refusal is a page, too
        except (OSError, http.client.HTTPException) as error:
            raise Broken(str(error)) from error
