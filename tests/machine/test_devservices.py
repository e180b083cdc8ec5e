"""The embedded servers: shared while used, gone when nobody uses them, robust against kill -9."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: Prints the server's process number and a counter that survives restarts.
COUNT = """
import os, psycopg2
c = psycopg2.connect(os.environ["DATABASE_URL"]); c.autocommit = True; k = c.cursor()
k.execute("CREATE TABLE IF NOT EXISTS visits (n int)"); k.execute("INSERT INTO visits VALUES (1)")
k.execute("SELECT count(*) FROM visits"); n = k.fetchone()[0]
pid = open(os.environ["TIDU_VAR"] + "/services-fast/pg15/postmaster.pid").readline().strip()
import redis; redis.Redis.from_url(os.environ["REDIS_URL"]).ping()
print(pid, n, flush=True)
"""
HOLD = COUNT + "\nimport time; time.sleep(120)"


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A var folder of its own, hence servers of its own; whatever is left at the end is stopped."""
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    own = kept | {"TIDU_VAR": str(tmp_path / "var"), "TIDU_DB_SUFFIX": ""}
    yield own
    subprocess.run([sys.executable, "-m", "devservices", "--fast", "--stop"], cwd=ROOT, env=own, check=False)
    shutil.rmtree(_sockets(own), ignore_errors=True)  # a killed keeper cannot


def _start(environment: dict[str, str], *command: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "devservices", "--fast", *command],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _count(environment: dict[str, str]) -> tuple[int, int]:
    out, _ = _start(environment, "--", "python", "-c", COUNT).communicate(timeout=60)
    pid, visits = out.split()
    return int(pid), int(visits)


def _sockets(environment: dict[str, str]) -> Path:
    asked = "from devservices.places import Places; print(Places(fast=True).sockets)"
    told = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, env=environment, capture_output=True, check=True)
    return Path(told.stdout.decode().strip())


def _until(condition: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def _gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"
    except OSError:
        return True


def test_the_last_one_out_ends_the_servers_and_the_data_stays(environment: dict[str, str]) -> None:
    first, visits = _count(environment)
    assert visits == 1
    assert _until(lambda: _gone(first)), "the servers outlived their only user"
    second, visits = _count(environment)
    assert second != first
    assert visits == 2


def test_a_second_user_attaches_and_may_outlive_the_first(environment: dict[str, str]) -> None:
    first = _start(environment, "--", "python", "-c", HOLD)
    assert first.stdout is not None
    server = int(first.stdout.readline().split()[0])
    second = _start(environment, "--", "python", "-c", HOLD)
    assert second.stdout is not None
    assert second.stdout.readline().split() == [str(server), "2"]
    first.kill()
    first.communicate()
    time.sleep(1.5)
    assert not _gone(server), "the servers ended although somebody uses them"
    second.kill()
    second.communicate()
    assert _until(lambda: _gone(server)), "kill -9 of the last user left the servers running"


def test_a_killed_keeper_takes_the_servers_along_and_the_next_start_is_clean(environment: dict[str, str]) -> None:
    user = _start(environment, "--", "python", "-c", HOLD)
    assert user.stdout is not None
    server = int(user.stdout.readline().split()[0])
    status = Path(f"/proc/{server}/stat").read_text()
    os.kill(int(status.rpartition(")")[2].split()[1]), signal.SIGKILL)
    assert _until(lambda: _gone(server)), "the servers outlived their keeper"
    user.kill()
    user.communicate()
    assert _count(environment)[1] == 2


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs a way not to be root")
def test_without_user_namespaces_the_servers_run_as_postgres(environment: dict[str, str]) -> None:
    before = Path("/tmp").stat()
    command = "import os, psycopg2; print(psycopg2.connect(os.environ['DATABASE_URL']).server_version)"
    out, _ = _start(environment | {"TIDU_NO_UNSHARE": "1"}, "--", "python", "-c", command).communicate(timeout=60)
    for data in Path("/var/tmp").glob(f"{_sockets(environment).name}-*"):
        shutil.rmtree(data)
    assert out.strip().isdigit(), out
    assert stat.S_IMODE(Path("/tmp").stat().st_mode) == stat.S_IMODE(before.st_mode), "the system's folder was changed"


def test_given_servers_are_used_and_none_is_started(environment: dict[str, str]) -> None:
    given = environment | {"DATABASE_URL": "postgres://somewhere/else", "REDIS_URL": "redis://somewhere"}
    out, _ = _start(given, "--", "python", "-c", "import os; print(os.environ['DATABASE_URL'])").communicate(timeout=30)
    assert out.strip() == "postgres://somewhere/else"
    assert not Path(environment["TIDU_VAR"]).exists()


def test_a_full_disk_is_said_in_one_line(environment: dict[str, str]) -> None:
    process = _start(environment | {"TIDU_FREE_BYTES": "1000"}, "--", "true")
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert out.count("\n") == 1
    assert "磁盘空间不足" in out
    assert "Disk full" in out


def test_an_unknown_command_is_said(environment: dict[str, str]) -> None:
    process = _start(environment, "--", "no-such-command")
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 127
    assert "Command not found: no-such-command" in out
