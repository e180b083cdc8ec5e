"""No test talks to the outside: only Unix sockets and this machine."""

import ipaddress
import socket
from typing import Any

import pytest


class OutboundRefused(Exception):
    """A test tried to reach another machine."""


def _is_local(host: object) -> bool:
    if host in (None, "", "localhost", b"localhost"):
        return True
    try:
        return ipaddress.ip_address(str(host).partition("%")[0]).is_loopback
    except ValueError:
        return False


_connect = socket.socket.connect
_connect_ex = socket.socket.connect_ex
_getaddrinfo = socket.getaddrinfo


def _check(family: int, address: Any) -> None:
    if family == socket.AF_UNIX:
        return
    host = address[0] if isinstance(address, tuple) else address
    if not _is_local(host):
        raise OutboundRefused(f"tests may not reach {address!r}")


class _Guarded:
    """The replacements, as plain functions on the socket class."""

    @staticmethod
    def connect(self: socket.socket, address: Any) -> None:
        _check(self.family, address)
        return _connect(self, address)

    @staticmethod
    def connect_ex(self: socket.socket, address: Any) -> int:
        _check(self.family, address)
        return _connect_ex(self, address)

    @staticmethod
    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        if not _is_local(host):
            try:
                ipaddress.ip_address(str(host))
            except ValueError:
                raise OutboundRefused(f"tests may not look up {host!r}") from None
        return _getaddrinfo(host, *args, **kwargs)


@pytest.fixture(autouse=True, scope="session")
def no_outbound_sockets() -> Any:
    """For the whole run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", _Guarded.connect)
        patch.setattr(socket.socket, "connect_ex", _Guarded.connect_ex)
        patch.setattr(socket, "getaddrinfo", _Guarded.getaddrinfo)
        yield
