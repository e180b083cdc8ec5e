"""Where the embedded servers keep their data, sockets and logs."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]


class Fault(Exception):
    """Something the person at the keyboard can mend; the text says what and how, in Chinese and English."""


def postgres_bin() -> Path:
    """The newest installed PostgreSQL's folder of programs; Fault when there is none."""
    found = sorted(
        (int(path.parent.name), path)
        for path in Path("/usr/lib/postgresql").glob("*/bin")
        if path.parent.name.isdigit() and (path / "initdb").exists()
    )
    if not found:
        raise Fault(
            "没有找到 PostgreSQL：请先运行 apt-get install postgresql，或设置 DATABASE_URL。"
            " / PostgreSQL not found: run apt-get install postgresql, or set DATABASE_URL."
        )
    return found[-1][1]


def var() -> Path:
    """The folder of everything written at run time: TIDU_VAR, or var/ in the checkout."""
    return Path(os.environ.get("TIDU_VAR") or CHECKOUT / "var").resolve()


@dataclass(frozen=True)
class Places:
    """The folders of one cluster. `fast` is the throw-away cluster of tests (fsync off)."""

    fast: bool = False

    @property
    def home(self) -> Path:
        """Data, logs and the lock of this cluster."""
        return var() / ("services-fast" if self.fast else "services")

    @property
    def sockets(self) -> Path:
        """A short folder for Unix sockets, whose paths may not exceed 107 bytes."""
        mark = hashlib.sha256(str(self.home).encode()).hexdigest()[:10]
        return Path(f"/tmp/tidu-{os.geteuid()}-{mark}")

    @property
    def control(self) -> Path:
        """The keeper's own socket."""
        return self.sockets / "keeper.sock"

    @property
    def valkey_socket(self) -> Path:
        """Valkey's socket."""
        return self.sockets / "valkey.sock"
