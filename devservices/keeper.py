"""The process that owns the servers of one cluster and ends them when nobody uses them any more.

Protocol: connect to the control socket, read one line ("ready"), keep the connection open while using the servers.
Sending "keep\\n" makes the servers stay without users until somebody sends "stop\\n".
"""

import fcntl
import selectors
import signal
import socket
import sys
from types import FrameType

from devservices.places import Fault, Places
from devservices.servers import Servers


class _Ended(BaseException):
    """A signal asked the keeper to end."""


def _end(_signal: int, _frame: FrameType | None) -> None:
    raise _Ended


class Keeper:
    """Counts the open connections; a connection without users for a moment is the end."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.keep = False
        self.stopping = False
        self.users: set[socket.socket] = set()
        self.selector = selectors.DefaultSelector()

    def serve(self) -> None:
        """Start the servers, answer users, stop the servers."""
        servers = Servers(self.places)
        servers.start()
        try:
            listener = socket.socket(socket.AF_UNIX)
            self.places.control.unlink(missing_ok=True)
            listener.bind(str(self.places.control))
            listener.listen(64)
            self.selector.register(listener, selectors.EVENT_READ)
            self._loop(listener, servers)
        except _Ended:
            pass
        finally:
            # No new user from here on: whoever comes now finds no socket and starts anew after us.
            self.places.control.unlink(missing_ok=True)
            for signum in (signal.SIGINT, signal.SIGTERM):
                signal.signal(signum, signal.SIG_IGN)
            servers.stop()

    def _loop(self, listener: socket.socket, servers: Servers) -> None:
        waited = 0
        while not self.stopping:
            ready = self.selector.select(timeout=1.0)
            for key, _events in ready:
                if key.fileobj is listener:
                    self._welcome(listener)
                else:
                    self._hear(key.fileobj)  # type: ignore[arg-type]
            if any(process.poll() is not None for process in servers.processes):
                return  # one server died: end the other, the next user starts both
            # The one who started us needs a moment to connect.
            waited = 0 if self.users or self.keep else waited + (not ready)
            if self.users or self.keep:
                continue
            if waited > 5 or (ready and waited == 0):
                return

    def _welcome(self, listener: socket.socket) -> None:
        user, _address = listener.accept()
        user.sendall(b"ready\n")
        self.users.add(user)
        self.selector.register(user, selectors.EVENT_READ)

    def _hear(self, user: socket.socket) -> None:
        try:
            words = user.recv(64)
        except OSError:
            words = b""
        if b"keep" in words:
            self.keep = True
        if b"stop" in words:
            self.stopping = True
        if not words:
            self.selector.unregister(user)
            self.users.discard(user)
            user.close()


def main() -> int:
    """Run one keeper; two for the same cluster cannot run, the lock tells."""
    places = Places(fast="--fast" in sys.argv)
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, _end)
    places.home.mkdir(parents=True, exist_ok=True)
    with (places.home / "keeper.lock").open("w") as lock:
        # A keeper that is just ending holds the lock until its servers are down: wait for it.
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            Keeper(places).serve()
        except Fault as fault:
            print(fault, file=sys.stderr, flush=True)
            return 1
        except _Ended:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
