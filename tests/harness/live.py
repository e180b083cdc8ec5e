"""The real thing for browser tests: gunicorn, Celery worker and beat on a database of their own.

`live_portal` (session): the running processes. `fresh_portal` (module): the same with the database as after set-up:
reference data, bureaus and programmes loaded, no user, no enterprise, no application.
"""

import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2
import pytest
from psycopg2 import sql

ROOT = Path(__file__).resolve().parents[2]
_SEED_COMMANDS = ("migrate", "load_reference", "load_bureaus", "load_programmes")


def _fingerprint() -> str:
    """Changes when anything changes that the seed database is made from: migrations, data files, loading code."""
    digest = hashlib.sha256()
    rooms = ("foundation", "enterprises", "cultivation", "reviews", "monitoring", "portal")
    for path in sorted(path for room in rooms for path in (ROOT / room).rglob("*") if path.is_file()):
        place = path.relative_to(ROOT)
        loads = (
            place.parts[:2] in {("foundation", "reference"), ("foundation", "accounts")}
            or place.parts[0] == "cultivation"
        )
        if path.suffix in {".yaml", ".csv", ".json"} or (
            path.suffix == ".py" and ("migrations" in place.parts or loads)
        ):
            digest.update(f"{place}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:20]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class LivePortal:
    """Web server, worker and beat; the database can be put back to its first state."""

    def __init__(self, folder: Path, database: dict[str, Any], suffix: str) -> None:
        self.folder = folder
        self._database = database
        self.seed = f"{database['NAME']}_seed"
        self.name = f"{database['NAME']}_live{suffix}"
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._processes: list[subprocess.Popen[bytes]] = []

    # ---- the database --------------------------------------------------------------------------------------
    def _connect(self, name: str) -> Any:
        given = self._database
        connection = psycopg2.connect(
            dbname=name,
            user=given["USER"] or None,
            password=given["PASSWORD"] or None,
            host=given["HOST"] or given.get("OPTIONS", {}).get("host"),
            port=given["PORT"] or None,
        )
        connection.autocommit = True
        return connection

    def address(self, name: str) -> str:
        """DATABASE_URL with another name."""
        return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()

    def sow(self) -> None:
        """Make the seed database once for all workers; kept as long as nothing it is made from changes."""
        wanted = _fingerprint()
        connection = self._connect("postgres")
        try:
            with connection.cursor() as cursor:
                # Of two pytest workers one sows, the other waits and finds it done.
                cursor.execute("SELECT pg_advisory_lock(hashtext(%s))", [self.seed])
                cursor.execute(
                    "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [self.seed]
                )
                if cursor.fetchone() == (wanted,):
                    return
                seed = sql.Identifier(self.seed)
                cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(seed))
                cursor.execute(sql.SQL("CREATE DATABASE {}").format(seed))
                for command in _SEED_COMMANDS:
                    self.manage(command, database=self.seed)
                cursor.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(seed, sql.Literal(wanted)))
        finally:
            connection.close()

    def reset(self) -> None:
        """The database as after set-up. The running processes reconnect by themselves."""
        connection = self._connect("postgres")
        try:
            with connection.cursor() as cursor:
                live, seed = sql.Identifier(self.name), sql.Identifier(self.seed)
                cursor.execute("SELECT pg_advisory_lock(hashtext(%s))", [self.seed])  # one copy at a time
                cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(live))
                cursor.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(live, seed))
        finally:
            connection.close()
        self._empty_redis()

    def _empty_redis(self) -> None:
        import redis

        with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
            for key in client.scan_iter(f"*{self.name}:*"):
                client.delete(key)

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Read (never write) from the live database, e.g. to compare a page with what was stored."""
        connection = self._connect(self.name)
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET default_transaction_read_only = on")
                cursor.execute(query, values or None)
                return list(cursor.fetchall())
        finally:
            connection.close()

    def alter(self, *statements: str) -> None:
        """What a tamperer with the database's password would do; for the test of the journal's check, and nothing else."""
        connection = self._connect(self.name)
        try:
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
        finally:
            connection.close()

    def run(self, *arguments: str) -> tuple[int, str]:
        """Exit code and output of a management command that may fail."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        return done.returncode, done.stdout + done.stderr

    # ---- the processes -------------------------------------------------------------------------------------
    def environment(self, database: str = "") -> dict[str, str]:
        """What the processes and commands of this portal see."""
        return os.environ | {
            "DJANGO_SETTINGS_MODULE": "portal.settings.live",
            "DATABASE_URL": self.address(database or self.name),
            "TIDU_VAR": str(self.folder),
            "CONN_MAX_AGE": "0",
            "PYTHONWARNINGS": "ignore",
        }

    def manage(self, *arguments: str, database: str = "") -> str:
        """Run a management command against the live database and return what it printed; its failure is the test's."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment(database),
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        if done.returncode:
            pytest.fail(f"manage.py {' '.join(arguments)}:\n{done.stdout}{done.stderr}", pytrace=False)
        return done.stdout

    def _spawn(self, name: str, *command: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self._processes.append(
                subprocess.Popen(
                    [sys.executable, "-m", *command],
                    cwd=ROOT,
                    env=self.environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            )

    def start(self) -> None:
        """Start all three and wait for the first answer."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._spawn(
            "web", "gunicorn", "portal.wsgi", "--bind", f"127.0.0.1:{self.port}", "--threads", "4", "--timeout", "120"
        )
        self._spawn("worker", "celery", "-A", "portal", "worker", "-c", "1", "--loglevel", "INFO")
        # Celery's plain scheduler: the lock of portal.beat lives in the database, which reset() replaces.
        self._spawn("beat", "celery", "-A", "portal", "beat", "--schedule", str(self.folder / "beat"), "--pidfile=")
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if any(process.poll() is not None for process in self._processes):
                break
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=5):  # noqa: S310
                    return
            except urllib.error.HTTPError:
                return  # it answers; whether the page is there is another test's question
            except OSError:
                time.sleep(0.1)
        pytest.fail(f"the live portal did not start:\n{self.log('web')}\n{self.log('worker')}", pytrace=False)

    def log(self, name: str) -> str:
        """The end of what "web", "worker" or "beat" has said."""
        path = self.folder / f"{name}.log"
        return path.read_text(errors="replace")[-8000:] if path.exists() else ""

    def stop(self) -> None:
        """End them, with everything they started."""
        for process in self._processes:
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + 8
        for process in self._processes:
            try:
                process.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        connection = self._connect("postgres")
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(self.name)))
        finally:
            connection.close()

    def letters(self) -> list[str]:
        """Every letter sent so far, oldest first, as text."""
        folder = self.folder / "mail"
        return [path.read_text() for path in sorted(folder.glob("*.log"))] if folder.exists() else []


@pytest.fixture(scope="session")
def live_portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivePortal]:
    """Real web server, worker and database for the whole run of this pytest worker."""
    import environ

    database = environ.Env().db("DATABASE_URL")
    database["NAME"] = f"test_{database['NAME']}"
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    portal = LivePortal(tmp_path_factory.mktemp("live"), database, f"_{worker}" if worker else "")
    portal.sow()
    portal.reset()
    portal.start()
    yield portal
    portal.stop()


@pytest.fixture(scope="module")
def fresh_portal(live_portal: LivePortal) -> LivePortal:
    """The live portal with zero users, enterprises and applications at the start of the module."""
    live_portal.reset()
    return live_portal
