"""Attaching to the servers of this checkout, starting them when nobody has."""

import contextlib
import fcntl
import os
import socket
import subprocess
import sys
import time
from urllib.parse import quote

from devservices.places import CHECKOUT, Fault, Places


def _connect(places: Places) -> socket.socket | None:
    """A connection to a keeper that has answered, or None."""
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(10)
    try:
        connection.connect(str(places.control))
        if connection.recv(16).startswith(b"ready"):
            connection.settimeout(None)
            return connection
    except OSError:
        pass
    connection.close()
    return None


def attach(places: Places) -> socket.socket:
    """A connection that keeps the servers of this checkout alive as long as it is open; starts them when needed."""
    connection = _connect(places)
    if connection:
        return connection
    places.home.mkdir(parents=True, exist_ok=True)
    with (places.home / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of several who come at once, one starts the keeper
        log = places.home / "keeper.log"
        keeper: subprocess.Popen[bytes] | None = None
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            connection = _connect(places)
            if connection:
                return connection
            if keeper is None:
                with log.open("wb") as out:
                    keeper = subprocess.Popen(
                        [sys.executable, "-m", "devservices.keeper", *(["--fast"] if places.fast else [])],
                        cwd=CHECKOUT,
                        stdin=subprocess.DEVNULL,
                        stdout=out,
                        stderr=out,
                        start_new_session=True,
                    )
            elif keeper.poll() is not None:
                said = log.read_text(errors="replace").strip()
                raise Fault(said.splitlines()[-1] if said else "数据库服务没有启动。 / The servers did not start.")
            time.sleep(0.03)
    raise Fault(f"数据库服务 90 秒内没有就绪，见 {log}。 / The servers were not ready within 90 s, see {log}.")


def database_name() -> str:
    """`tidu`, or `tidu_<suffix>` when TIDU_DB_SUFFIX gives several people databases of their own."""
    suffix = os.environ.get("TIDU_DB_SUFFIX", "")
    if suffix and not suffix.isidentifier():
        raise Fault("TIDU_DB_SUFFIX 只能包含字母、数字和下划线。 / TIDU_DB_SUFFIX: letters, digits, underscore only.")
    return f"tidu_{suffix}" if suffix else "tidu"


def addresses(places: Places, name: str) -> dict[str, str]:
    """DATABASE_URL and REDIS_URL of the embedded servers for one database."""
    return {
        "DATABASE_URL": f"postgres://portal@/{quote(name)}?host={places.sockets}",
        "REDIS_URL": f"unix://{places.valkey_socket}?db=0",
    }


def ensure_database(places: Places, name: str) -> None:
    """Create the database when it is missing."""
    import psycopg2
    from psycopg2 import errors, sql

    connection = psycopg2.connect(host=str(places.sockets), user="portal", dbname="postgres")
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            if cursor.fetchone() is None:
                with contextlib.suppress(errors.DuplicateDatabase, errors.UniqueViolation):  # somebody was faster
                    cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    finally:
        connection.close()
