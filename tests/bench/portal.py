"""The portal under load: two plain workers on a database of their own, a crowd of eight, the floor before and after every page."""

from __future__ import annotations

import json
import os
import re
import signal
import statistics
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import pytest

from tests.harness.live import ROOT, LivePortal

FLOOR = "/floor/"
SECONDS = float(os.environ.get("BENCH_SECONDS", "1.2"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
#: A database that is there already (the demo of a province) instead of one made for the run.
DATABASE = os.environ.get("BENCH_DATABASE", "")


class _Stay(urllib.request.HTTPRedirectHandler):
    def http_error_302(self, request: Any, answer: Any, code: int, message: str, headers: Any) -> Any:
        return answer


_NO_REDIRECT = urllib.request.build_opener(_Stay)


class BenchPortal(LivePortal):
    """Web server alone, with two plain workers."""

    def __init__(self, folder: Path, database: dict[str, Any]) -> None:
        super().__init__(folder, database, "_bench")
        self.name = DATABASE or self.name

    def environment(self, database: str = "") -> dict[str, str]:
        return super().environment(database) | {"DJANGO_SETTINGS_MODULE": "tests.bench.settings", "CONN_MAX_AGE": "600"}

    def fill(self) -> None:
        """The demo up to the counties' desks, unless a database was given."""
        if not DATABASE:
            self.sow()
            self.reset()
            self.manage("demo", "--stage", "county", "--seed", "1")

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._spawn("web", "gunicorn", "portal.wsgi", "--bind", f"127.0.0.1:{self.port}", "--workers", "2")
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/accounts/sign-in/", timeout=5):  # noqa: S310
                    return
            except OSError:
                time.sleep(0.2)
        pytest.fail(f"the web server did not start:\n{self.log('web')}", pytrace=False)

    def pause(self) -> None:
        """End the web server, keep the database."""
        for process in self._processes:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=20)
        self._processes.clear()

    def inside(self, what: str, *arguments: str) -> dict[str, Any]:
        """What a process of the portal measures by itself (``tests.bench.inside``)."""
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.inside", what, *arguments],
            cwd=ROOT, env=os.environ | self.environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
        return found

    def cookie(self, user: str) -> str:
        """The session of a demo person."""
        jar = CookieJar()
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        page = opener.open(f"{self.url}/accounts/sign-in/").read().decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token is not None
        fields = urllib.parse.urlencode({"csrfmiddlewaretoken": token.group(1), "user": user}).encode()
        opener.open(f"{self.url}/demo/sign-in/", fields).read()
        return "; ".join(f"{one.name}={one.value}" for one in jar)

    def statements(self, path: str, cookie: str, how: str) -> int:
        """Statements of one page in all, ``warm`` or ``cold``."""
        request = urllib.request.Request(f"{self.url}{path}", headers={"Cookie": cookie, "X-Count": how})  # noqa: S310
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return int(answer.headers["X-Statements"])

    def crowd(self, path: str, cookie: str, seconds: float) -> dict[str, float]:
        """What a crowd of eight in a process of its own measures."""
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.crowd", str(self.port), path, cookie, str(seconds), "8"],
            cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        found: dict[str, float] = json.loads(done.stdout)
        assert not found["wrong"], f"{path}: {found['wrong']} answers were no pages\n{self.log('web')}"
        return found

    def measured(self, path: str, cookie: str) -> dict[str, float]:
        """The page with the floor just before and just after it, the middle one of some rounds by the ratio of the two: the machine
        may have other things to do. ``floors``: how many bare pages one page costs.
        """
        self.crowd(path, cookie, 0.7)  # warms both workers
        rounds = []
        for _ in range(ROUNDS):
            before = self.crowd(FLOOR, cookie, SECONDS / 2)["rate"]
            found = self.crowd(path, cookie, SECONDS)
            floor = (before + self.crowd(FLOOR, cookie, SECONDS / 2)["rate"]) / 2
            rounds.append(found | {"floor": floor, "floors": floor / found["rate"]})
        middle = statistics.median_low(one["floors"] for one in rounds)
        chosen = next(one for one in rounds if one["floors"] == middle)
        return chosen | {name: self.statements(path, cookie, name) for name in ("warm", "cold")}

    def decisions(self, cookie: str, ids: list[int]) -> dict[str, float]:
        """Milliseconds of a recommendation posted one after another, and the statements of one."""
        opener = urllib.request.build_opener()
        opener.addheaders = [("Cookie", cookie)]
        taken, counted = [], []
        for pk in ids:
            page = opener.open(f"{self.url}/reviews/files/{pk}/").read().decode()
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
            assert token is not None
            fields = {
                "csrfmiddlewaretoken": token.group(1),
                "action": "recommend",
                "opinion": "同意（测量）",
                "next": "1",
            }
            request = urllib.request.Request(  # noqa: S310
                f"{self.url}/reviews/files/{pk}/decide/",
                urllib.parse.urlencode(fields).encode(),
                {"Cookie": cookie, "X-Count": "warm"},
            )
            begun = time.perf_counter()
            answer = _NO_REDIRECT.open(request)
            answer.read()
            taken.append((time.perf_counter() - begun) * 1000)
            assert answer.status == 302, answer.status
            counted.append(int(answer.headers["X-Statements"]))
        taken.sort()
        return {
            "rate": 1000 / statistics.median(taken),
            "median": statistics.median(taken),
            "p95": taken[int(len(taken) * 0.95) - 1],
            "p99": taken[-1],
            "statements": max(counted),
        }
