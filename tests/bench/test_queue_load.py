"""The officer's queue and file page under load, beside the floor of the same run: how many times a bare page do they cost?

Two gunicorn workers, a crowd of eight on the same two cores (design: `peers`' pages of this kind cost 40 to 200 floors). Writes the
section of docs/performance.md between its markers.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import environ
import pytest

from foundation.core.clock import real_now
from tests.bench.multiply import grow
from tests.harness.live import ROOT, LivePortal

SIZES = tuple(int(part) for part in os.environ.get("BENCH_SIZES", "1000,10000").split(","))
SECONDS = float(os.environ.get("BENCH_SECONDS", "4"))
#: A page of the queue may cost so many bare pages, with all these files in one county.
MOST_FLOORS = 20
FLOOR = "/floor/"
OFFICER, BUREAU = "demo-ty", "天元区经科局"
DOCUMENT = ROOT / "docs" / "performance.md"


@pytest.fixture(autouse=True)
def no_leftover_files() -> None:
    """The measurement writes its figures into the document; the guard against files left behind is not for it."""


class BenchPortal(LivePortal):
    """Web server alone, with two plain workers, on a database of its own."""

    def __init__(self, folder: Path, database: dict[str, Any]) -> None:
        super().__init__(folder, database, "_bench")

    def environment(self, database: str = "") -> dict[str, str]:
        return super().environment(database) | {"DJANGO_SETTINGS_MODULE": "tests.bench.settings", "CONN_MAX_AGE": "600"}

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

    def crowd(self, path: str, cookie: str, threads: int = 8, seconds: float = SECONDS) -> dict[str, float]:
        """What a crowd of its own process measures; the first pages warm the workers and do not count."""
        arguments = [str(self.port), path, cookie]
        for length in (1.0, seconds) if path != FLOOR else (seconds,):
            done = subprocess.run(
                [sys.executable, "-m", "tests.bench.crowd", *arguments, str(length), str(threads)],
                cwd=ROOT, capture_output=True, text=True, check=True,
            )  # fmt: skip
        found: dict[str, float] = json.loads(done.stdout)
        assert not found["wrong"], f"{path}: {found['wrong']} answers were no pages\n{self.log('web')}"
        return found

    def decisions(self, cookie: str, ids: list[int]) -> list[float]:
        """Milliseconds of a return for correction, posted one after another."""
        opener = urllib.request.build_opener()
        opener.addheaders = [("Cookie", cookie)]
        taken = []
        for pk in ids:
            page = opener.open(f"{self.url}/reviews/files/{pk}/").read().decode()
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
            assert token is not None
            fields = {
                "csrfmiddlewaretoken": token.group(1),
                "action": "return",
                "opinion": "请补正（测量）",
                "next": "1",
            }
            address, body = f"{self.url}/reviews/files/{pk}/decide/", urllib.parse.urlencode(fields).encode()
            request = urllib.request.Request(address, body)  # noqa: S310
            begun = time.perf_counter()
            _NO_REDIRECT.open(_with_cookie(request, cookie)).read()
            taken.append((time.perf_counter() - begun) * 1000)
        return sorted(taken)


class _Stay(urllib.request.HTTPRedirectHandler):
    def http_error_302(self, request: Any, answer: Any, code: int, message: str, headers: Any) -> Any:
        return answer


_NO_REDIRECT = urllib.request.build_opener(_Stay)


def _with_cookie(request: urllib.request.Request, cookie: str) -> urllib.request.Request:
    request.add_header("Cookie", cookie)
    return request


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BenchPortal]:
    database = environ.Env().db("DATABASE_URL")
    database["NAME"] = f"test_{database['NAME']}"
    found = BenchPortal(tmp_path_factory.mktemp("bench"), database)
    found.sow()
    found.reset()
    found.manage("demo", "--stage", "county", "--seed", "1")
    yield found
    found.stop()


def _measured(portal: BenchPortal, path: str, cookie: str) -> dict[str, float]:
    """The page, with the floor just before and just after it: the machine may have other things to do."""
    before = portal.crowd(FLOOR, cookie, seconds=1.5)
    found = portal.crowd(path, cookie)
    after = portal.crowd(FLOOR, cookie, seconds=1.5)
    floor = (before["rate"] + after["rate"]) / 2
    return found | {"floor": floor, "floors": floor / found["rate"]}


def _rows(portal: BenchPortal, cookie: str) -> Iterator[tuple[str, int, dict[str, float]]]:
    """Name of the measure, number of files, what came out."""
    connection = portal._connect(portal.name)
    for size in SIZES:
        with connection.cursor() as cursor:
            grow(cursor, BUREAU, size)
            cursor.execute(
                "SELECT id, enterprise_name FROM reviews_application WHERE number LIKE 'B%' AND state = 'submitted'"
                " ORDER BY id DESC LIMIT 40"
            )
            copies = cursor.fetchall()
        text = urllib.parse.quote(copies[0][1][-4:])
        yield "队列第 1 页，30 行", size, _measured(portal, "/reviews/queue/", cookie)
        yield "队列末页", size, _measured(portal, "/reviews/queue/?page=9999", cookie)
        yield "队列按名称片段查找", size, _measured(portal, f"/reviews/queue/?q={text}", cookie)
        yield "材料页", size, _measured(portal, f"/reviews/files/{copies[1][0]}/", cookie)
        taken = portal.decisions(cookie, [pk for pk, _ in copies[2:32]])
        middle = taken[len(taken) // 2]
        yield (
            "一次办理（退回补正），逐份提交",
            size,
            {"rate": 1000 / middle, "median": middle, "p95": taken[-2], "p99": taken[-1]},
        )
    connection.close()


def test_queue_beside_the_floor(portal: BenchPortal) -> None:
    portal.start()
    cookie = portal.cookie(OFFICER)
    lines = [
        "| 测量 | 本单位材料数 | 页/秒 | 中位 ms | 95% ms | 99% ms | KB | 同时的底线页/秒 | 相当于几个底线页 |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    dear = []
    for name, size, found in _rows(portal, cookie):
        floors = found.get("floors")
        lines.append(
            f"| {name} | {size:,} | {found['rate']:.0f} | {found['median']:.1f} | {found['p95']:.1f} | {found['p99']:.1f}"
            + (f" | {found['kb']:.0f} | {found['floor']:.0f} | {floors:.1f} |" if floors else " | — | — | — |")
        )
        if floors and floors > MOST_FLOORS:
            dear.append(f"{name} {size}: {floors:.1f} floors")
    print("\n" + "\n".join(lines))
    _write(lines)
    assert dear == []


def _write(lines: list[str]) -> None:
    """Put the figures between the markers of the document; a run with other sizes or shorter is only printed."""
    if "BENCH_SIZES" in os.environ or "BENCH_SECONDS" in os.environ:
        return
    with Path("/proc/meminfo").open() as memory:
        gigabytes = int(memory.readline().split()[1]) / 1024**2
    machine = f"{os.cpu_count()} 核、{gigabytes:.0f} GB"
    busy = os.getloadavg()[2]
    head = (
        f"`make bench`，{real_now():%Y-%m-%d}，{machine}，此前 15 分钟负载 {busy:.1f}；"
        "数据库、两个 gunicorn 进程和 8 个并发的客户端同在这台机器上。"
    )
    text = DOCUMENT.read_text()
    before, rest = text.split("<!-- bench:queue -->\n")
    _, after = rest.split("<!-- /bench:queue -->")
    DOCUMENT.write_text(
        f"{before}<!-- bench:queue -->\n{head}\n\n" + "\n".join(lines) + f"\n<!-- /bench:queue -->{after}"
    )
