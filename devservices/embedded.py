"""`make run`: the whole portal on this machine. Web server, worker and beat live and end together with this process."""

import ctypes
import http.client
import io
import os
import signal
import socket
import subprocess
import sys
import time
import traceback
from pathlib import Path
from types import FrameType
from typing import Any

from devservices.places import CHECKOUT, Fault, var

_PR_SET_PDEATHSIG = 1
#: Said at every start on a machine where everything is root's; tasks travel as JSON, so nothing follows from it.
_KNOWN = "ignore:You're running the worker with superuser"
_HERE = Path(sys.executable).parent


class _Ended(BaseException):
    """Ctrl-C, or somebody asked this process to end."""


def _end(_signal: int, _frame: FrameType | None) -> None:
    raise _Ended


def _die_with_parent(signum: int) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signum)


def _port() -> int:
    given = os.environ.get("PORT") or "8000"
    if not given.isdigit():
        raise Fault(f"PORT 应为数字，现为 {given!r}。 / PORT must be a number, not {given!r}.")
    return int(given)


def check_port(host: str, port: int) -> None:
    """Fault when somebody listens on the port already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Fault(
                f"端口 {port} 已被占用，请关闭占用它的程序，或换一个端口：PORT={port + 1} make run。"
                f" / Port {port} is taken ({error.strerror}): stop what uses it, or PORT={port + 1} make run."
            ) from None


def check_database() -> None:
    """Fault when the database of DATABASE_URL does not answer."""
    import environ
    import psycopg2

    given = environ.Env().db("DATABASE_URL")
    where = given["HOST"] or given["OPTIONS"].get("host", "")
    try:
        psycopg2.connect(
            dbname=given["NAME"],
            user=given["USER"] or None,
            password=given["PASSWORD"] or None,
            host=where or None,
            port=given["PORT"] or None,
            connect_timeout=5,
        ).close()
    except psycopg2.OperationalError as error:
        raise Fault(
            f"连不上数据库 {given['NAME']}（{where}），请检查 DATABASE_URL 和数据库服务。"
            f" / Database {given['NAME']} at {where} does not answer; check DATABASE_URL and the server:"
            f" {str(error).strip().splitlines()[-1]}"
        ) from None


def prepare() -> list[str]:
    """Migrate, load reference data and programmes, fill an empty database with the demo; returns the demo accounts."""
    import django

    django.setup()
    from django.contrib.auth import get_user_model
    from django.core.management import call_command

    def run(name: str, **options: Any) -> None:
        started = time.monotonic()
        try:
            call_command(name, stdout=log, **options)
        except Exception as error:
            traceback.print_exc(file=log)
            raise Fault(
                f"{name} 没有完成：{error}；详见 {log.name}。 / {name} did not finish, see {log.name}."
            ) from None
        print(f"· {name} ({time.monotonic() - started:.1f} s)", flush=True)

    logs = var() / "log"
    logs.mkdir(parents=True, exist_ok=True)
    with (logs / "prepare.log").open("w") as log:
        run("migrate", interactive=False)
        for name in ("load_reference", "load_bureaus", "load_programmes", "load_ladder"):
            run(name)
        # TIDU_DEMO: 0 for none, 1 for the usual stage, or the name of a stage (listed, year …).
        stage = os.environ.get("TIDU_DEMO", "1")
        if stage != "0" and not get_user_model().objects.exists():
            run("demo", **({} if stage == "1" else {"stage": stage}))
    told = io.StringIO()
    call_command("demo_accounts", stdout=told)
    return told.getvalue().rstrip().splitlines()


class Portal:
    """The three kinds of processes the portal consists of."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Start all three; each ends with this process, kill -9 included."""
        python = str(_HERE / "python")
        celery = [python, "-m", "celery", "--quiet", "-A", "portal"]
        self._spawn(
            "web",
            [python, "-m", "gunicorn", "portal.wsgi", "--bind", f"{self.host}:{self.port}", "--workers", "2"]
            + ["--timeout", "60", "--log-level", "warning", "--worker-tmp-dir", "/dev/shm"],
            signal.SIGTERM,
        )
        # SIGKILL: a worker whose broker goes away at the same moment would otherwise look for it before it ends; its
        # tasks are handed out again (acks late), its pool processes end with it (portal/celery.py).
        self._spawn("worker", [*celery, "worker", "-c", "2", "--loglevel", "WARNING"], signal.SIGKILL)
        self._spawn(
            "beat",
            [*celery, "beat", "--loglevel", "WARNING", "--scheduler", "portal.beat:LockedScheduler"]
            + ["--schedule", str(var() / "beat-schedule"), "--pidfile="],
            signal.SIGTERM,
        )

    def _spawn(self, name: str, command: list[str], death: int) -> None:
        self.processes[name] = subprocess.Popen(
            command,
            cwd=CHECKOUT,
            env=os.environ | {"PYTHONWARNINGS": _KNOWN},
            stdin=subprocess.DEVNULL,
            # A group of its own, so that Ctrl-C reaches only this process, which then ends them in order.
            process_group=0,
            preexec_fn=lambda: _die_with_parent(death),
        )

    def wait_until_answers(self, seconds: float = 60) -> None:
        """Returns once the home page is answered; Fault when a process ends before."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.check()
            # The port alone says nothing: gunicorn listens before its workers have loaded the portal.
            connection = http.client.HTTPConnection("127.0.0.1" if self.host == "0.0.0.0" else self.host, self.port)
            try:
                connection.request("GET", "/", headers={"Host": "localhost"})
                connection.getresponse()
                return
            except OSError:
                time.sleep(0.1)
            finally:
                connection.close()
        raise Fault(f"{seconds:.0f} 秒内网页服务没有应答。 / The web server did not answer within {seconds:.0f} s.")

    def check(self) -> None:
        """Fault when one of the processes has ended."""
        for name, process in self.processes.items():
            if process.poll() is not None:
                raise Fault(
                    f"{name} 进程意外结束（{process.returncode}），请看上面的输出。"
                    f" / The {name} process ended by itself ({process.returncode}), see the output above."
                )

    def stop(self) -> None:
        """Web first, then beat and worker; whoever does not end within 15 s is killed."""
        for process in self.processes.values():
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + 15
        for process in self.processes.values():
            try:
                process.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _serve(host: str, port: int) -> None:
    accounts = prepare()
    portal = Portal(host, port)
    try:
        portal.start()
        portal.wait_until_answers()
        print(f"\n梯度 Tidu  →  http://{'localhost' if host == '127.0.0.1' else host}:{port}/\n", flush=True)
        if accounts:
            print("\n".join(accounts) + "\n", flush=True)
        print("Ctrl-C 结束全部进程 / Ctrl-C ends everything", flush=True)
        while True:
            time.sleep(1)
            portal.check()
    finally:
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, signal.SIG_IGN)
        portal.stop()


def main() -> int:
    """Start everything, wait for Ctrl-C or SIGTERM, end everything."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.dev")
    host = os.environ.get("HOST", "127.0.0.1")
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, _end)
    if "MAKELEVEL" in os.environ:
        _die_with_parent(signal.SIGTERM)  # make has no way to tell us when it is killed
    try:
        port = _port()
        check_port(host, port)
        hold_servers()
        check_database()
        _serve(host, port)
    except Fault as fault:
        print(f"✗ {fault}", file=sys.stderr)
        return 1
    except _Ended:
        print("\n已全部结束 / All ended", flush=True)
    return 0


def hold_servers() -> None:
    """The embedded servers for this process and its children, unless the caller has given others."""
    from devservices.client import addresses, attach, database_name, ensure_database
    from devservices.places import Places

    if os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"):
        return
    places = Places()
    # The connection stays open as long as this process lives; the keeper watches it.
    attach(places).detach()
    ensure_database(places, database_name())
    for name, value in addresses(places, database_name()).items():
        os.environ.setdefault(name, value)


if __name__ == "__main__":
    sys.exit(main())
