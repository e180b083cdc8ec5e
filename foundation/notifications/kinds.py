"""Kinds of messages: the one place that knows how a message of a kind reads, which ways it goes, and whether it may
be switched off.

    kinds.register("reviews.returned", title="{name}的申报材料被退回", body="退回理由：{reason}", url=lambda p:
    reverse(...))

Texts are format strings over the payload (or functions of it). A message of an unregistered kind, or one whose
payload lacks a name its text uses, is a programming error: with STRICT_MESSAGES (tests, development) the act that
writes it fails at once; in production the message is kept as failed with the reason and shown to the system
administrator.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from foundation.core.registries import Registry

Text = str | Callable[[dict[str, Any]], str]
INBOX, MAIL = "inbox", "mail"
TITLE_LENGTH = 160


class UnknownKind(LookupError):
    """A message of a kind nobody registered."""


@dataclass(frozen=True, slots=True)
class Kind:
    """``label`` names the kind on the preferences page; ``mandatory`` says why its mail cannot be switched off (''
    = it can); ``secret``: the text needs a ``{secret}`` that lies in the cache under the message's key
    (accounts.secrets) and is never stored.
    """

    name: str
    label: str
    title: Text = field(repr=False)
    body: Text = field(repr=False)
    url: Text = field(repr=False)
    channels: tuple[str, ...] = (INBOX,)
    mandatory: str = ""
    secret: bool = False

    def render(self, payload: dict[str, Any]) -> tuple[str, str, str]:
        """Title, body and address for a payload; KeyError when the payload lacks a name."""
        return _text(self.title, payload)[:TITLE_LENGTH], _text(self.body, payload), _text(self.url, payload)


def _text(text: Text, payload: dict[str, Any]) -> str:
    return text(payload) if callable(text) else text.format_map(payload)


registry: Registry[Kind] = Registry("message kind")


def register(
    name: str,
    title: Text,
    body: Text = "",
    url: Text = "",
    *,
    label: str = "",
    channels: tuple[str, ...] = (INBOX,),
    mandatory: str = "",
    secret: bool = False,
) -> Kind:
    """Register a kind at start-up (an app's handlers.py)."""
    if not set(channels) <= {INBOX, MAIL} or not channels:
        raise ValueError(f"message kind {name!r}: channels are inbox and mail")
    if secret and INBOX in channels:
        raise ValueError(f"message kind {name!r}: a secret is never stored in an inbox")
    return registry.register(name, Kind(name, label or name, title, body, url, channels, mandatory, secret))


def known(name: str) -> Kind:
    """The kind of that name; ``UnknownKind`` otherwise."""
    kind = registry.get(name)
    if kind is None:
        raise UnknownKind(f"message kind {name!r} is not registered (foundation.notifications.kinds.register)")
    return kind
