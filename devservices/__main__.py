"""`python -m devservices [--fast] -- COMMAND`, `--keep`, `--stop`, `--status`."""

import argparse
import os
import sys
from pathlib import Path

from devservices.client import _connect, addresses, attach, database_name, ensure_database
from devservices.places import Fault, Places


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m devservices", description=__doc__)
    parser.add_argument("--fast", action="store_true", help="the throw-away cluster of tests (fsync off)")
    parser.add_argument("--keep", action="store_true", help="leave the servers running until --stop")
    parser.add_argument("--stop", action="store_true", help="stop the servers of this checkout")
    parser.add_argument("--status", action="store_true", help="exit 0 when the servers run")
    parser.add_argument("command", nargs="*", help="after --")
    given = parser.parse_args()
    # pytest never works on data worth keeping.
    given.fast = given.fast or bool(given.command and Path(given.command[0]).name == "pytest")
    return given


def _run(places: Places, command: list[str]) -> None:
    """Become the command; the open connection goes with it and ends when it ends."""
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    if not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")):
        connection = attach(places)
        ensure_database(places, database_name())
        connection.set_inheritable(True)
        for name, value in addresses(places, database_name()).items():
            os.environ.setdefault(name, value)
        connection.detach()
    os.execvp(command[0], command)


def main() -> int:
    """Do what the arguments say."""
    given = _arguments()
    places = Places(fast=given.fast)
    try:
        if given.stop or given.status:
            connection = _connect(places)
            if connection and given.stop:
                connection.sendall(b"stop\n")
                connection.recv(1)  # closed once the keeper is on its way out
            return 0 if connection or given.stop else 1
        if given.keep:
            connection = attach(places)
            connection.sendall(b"keep\n")
        if given.command:
            _run(places, given.command)
    except Fault as fault:
        print(fault, file=sys.stderr)
        return 1
    except FileNotFoundError:
        print(f"找不到命令 {given.command[0]}。 / Command not found: {given.command[0]}", file=sys.stderr)
        return 127
    return 0


if __name__ == "__main__":
    sys.exit(main())
