"""`make run` as a process: everything starts, answers, survives a restart with its data, and ends together."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

ROOT = Path(__file__).resolve().parents[2]


class Run:
    """One installation in a folder of its own, started and ended several times."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
        self.environment = kept | {
            "TIDU_VAR": str(folder),
            "TIDU_DB_SUFFIX": "",
            "TIDU_DEMO": "0",
            "PORT": str(self.port),
            "DJANGO_SETTINGS_MODULE": "portal.settings.dev",
        }
        told = subprocess.run(
            [sys.executable, "-c", "from devservices.places import Places; print(Places().sockets)"],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        self.sockets = told.stdout.strip()
        self.launcher: subprocess.Popen[str] | None = None

    def start(self) -> float:
        """Start and wait for the printed address; returns the seconds it took."""
        begun = time.monotonic()
        self.launcher = subprocess.Popen(
            [sys.executable, "-m", "devservices.embedded"],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
        )
        assert self.launcher.stdout is not None
        said = []
        for line in self.launcher.stdout:
            said.append(line)
            if f"http://localhost:{self.port}/" in line:
                return time.monotonic() - begun
        pytest.fail("it ended by itself:\n" + "".join(said), pytrace=False)

    def end(self, signum: int) -> int:
        """Send the launcher a signal and return its exit code."""
        assert self.launcher is not None
        self.launcher.send_signal(signum)
        self.launcher.communicate(timeout=40)
        return self.launcher.returncode

    def processes(self) -> dict[int, str]:
        """Every living process of this installation, by its environment (Valkey overwrites its own: by its socket)."""
        found = {}
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                inherited = (entry / "environ").read_bytes().split(b"\0")
                if f"TIDU_VAR={self.folder}".encode() in inherited or f"{self.sockets}/" in command:
                    found[int(entry.name)] = command[:120]
            except OSError:
                continue
        return found

    def assert_all_gone(self) -> None:
        """Nothing of this installation is left after a few seconds."""
        deadline = time.monotonic() + 15
        while self.processes() and time.monotonic() < deadline:
            time.sleep(0.2)
        assert self.processes() == {}

    def status(self, path: str) -> int:
        """The answer to a GET request."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=20) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    def sql(self, query: str) -> list[tuple[object, ...]]:
        """Ask the embedded database directly."""
        connection = psycopg2.connect(host=self.sockets, user="portal", dbname="tidu")
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(query)
                return list(cursor.fetchall()) if cursor.description else []
        finally:
            connection.close()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Whatever is left at the end is killed."""
    installation = Run(tmp_path / "var")
    yield installation
    for pid in installation.processes():
        os.kill(pid, signal.SIGKILL)
    if installation.launcher is not None:
        installation.launcher.communicate()
    shutil.rmtree(installation.sockets, ignore_errors=True)


def test_start_stop_start_kill(run: Run) -> None:
    run.start()
    names = " ".join(run.processes().values())
    for part in ("gunicorn", "-A portal worker", "-A portal beat", "devservices.keeper", "valkey"):
        assert part in names, names
    assert len(re.findall("portal beat", names)) == 1
    assert run.status("/") == 200
    assert run.status("/static/dist/app.css") == 200
    run.sql("CREATE TABLE kept AS SELECT 'here' AS word")

    assert run.end(signal.SIGINT) == 0, "Ctrl-C is no error"
    run.assert_all_gone()

    seconds = run.start()
    # Fifteen seconds on a free machine; the neighbours' share of a busy one is not ours to answer for.
    limit = 15 * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    assert seconds <= limit, f"the second start took {seconds:.1f} s, at most {limit:.0f}"
    assert run.sql("SELECT word FROM kept") == [("here",)]

    run.end(signal.SIGKILL)
    run.assert_all_gone()

    run.start()
    assert run.sql("SELECT word FROM kept") == [("here",)], "kill -9 must lose nothing"
    assert run.end(signal.SIGTERM) == 0
    run.assert_all_gone()
