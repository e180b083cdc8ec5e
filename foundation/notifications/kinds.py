"""Kinds of messages: the one place that knows how a message of a kind reads, which ways it goes, and whether it may
be switched off.

    kinds.register("reviews.returned", title="{name}的申报材料被退回", body="退回理由：{reason}", url=lambda p:
    reverse(...))

    kinds.register("monitoring.due", …, channels=(INBOX, MAIL, SMS), sms="{name}{month}月报表应于{day}前报送，请登录平台填报。")

Texts are format strings over the payload (or functions of it); the short text is always a format string, because a carrier
approves templates with named gaps. A message of an unregistered kind, or one whose
payload lacks a name its text uses, is a programming error: with STRICT_MESSAGES (tests, development) the act that
writes it fails at once; in production the message is kept as failed with the reason and shown to the system
administrator.
"""

from __future__ import annotations

import string
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from foundation.core.registries import Registry
from foundation.notifications import sms as channel_sms

Text = str | Callable[[dict[str, Any]], str]
INBOX, MAIL, SMS = "inbox", "mail", "sms"
TITLE_LENGTH = 160
SHORTEST_VALUE = 4
"""A value of an SMS is never cut to fewer signs than this: a name that says nothing is worse than no message."""


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
    sms: str = field(default="", repr=False)
    wanted: Callable[[dict[str, Any]], bool] | None = field(default=None, repr=False)

    def render(self, payload: dict[str, Any]) -> tuple[str, str, str]:
        """Title, body and address for a payload; KeyError when the payload lacks a name."""
        return _text(self.title, payload)[:TITLE_LENGTH], _text(self.body, payload), _text(self.url, payload)

    def short(self, payload: dict[str, Any], sender: str) -> channel_sms.Short:
        """The short message for a payload, with 【sender】 in front, always one part: long values lose their ends.

        KeyError when the payload lacks a name, ValueError when not even short values fit.
        """
        values = {name: " ".join(str(payload[name]).split()) for name in gaps(self.sms)}
        while channel_sms.units(text := f"【{sender}】{self.sms.format_map(values)}") > channel_sms.ONE_PART:
            longest = max(values, key=lambda name: len(values[name]), default="")
            if not longest or len(values[longest]) <= SHORTEST_VALUE:
                raise ValueError(f"message kind {self.name!r}: its SMS does not fit one part")
            values[longest] = values[longest].rstrip("…")[:-1] + "…"
        return channel_sms.Short(self.name, values, text)


def gaps(sms: str) -> list[str]:
    """Names of the values a short text has gaps for."""
    return [name for _, name, _, _ in string.Formatter().parse(sms) if name]


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
    sms: str = "",
    wanted: Callable[[dict[str, Any]], bool] | None = None,
) -> Kind:
    """Register a kind at start-up (an app's handlers.py). ``wanted`` is asked once more right before a letter goes out:
    who has acted meanwhile (an SMS may wait for the morning) is left alone.
    """
    if not set(channels) <= {INBOX, MAIL, SMS} or not channels:
        raise ValueError(f"message kind {name!r}: channels are inbox, mail and sms")
    if (SMS in channels) != bool(sms):
        raise ValueError(f"message kind {name!r}: the channel sms and a short text go together")
    if sms and (secret or INBOX not in channels):
        raise ValueError(f"message kind {name!r}: an SMS comes beside the inbox, and carries no secret")
    if secret and INBOX in channels:
        raise ValueError(f"message kind {name!r}: a secret is never stored in an inbox")
    found = Kind(name, label or name, title, body, url, channels, mandatory, secret, sms, wanted)
    return registry.register(name, found)


def known(name: str) -> Kind:
    """The kind of that name; ``UnknownKind`` otherwise."""
    kind = registry.get(name)
    if kind is None:
        raise UnknownKind(f"message kind {name!r} is not registered (foundation.notifications.kinds.register)")
    return kind
