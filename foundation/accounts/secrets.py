"""Secrets that live for minutes and are read once: mailed codes on their way out, one-time passwords shown to an official.

They lie in the cache, never in the database: an outbox row or a session that is read later holds nothing of use.
"""

from __future__ import annotations

import secrets as system_secrets

from django.core.cache import cache

_PREFIX = "accounts:secret:"
_ALPHABET = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without the letters and digits that are mistaken for each other on paper."""


def keep(key: str, text: str, seconds: int) -> None:
    """Keep a secret under ``key`` for so many seconds."""
    cache.set(_PREFIX + key, text, timeout=seconds)


def take(key: str) -> str | None:
    """The secret under ``key``, once: it is gone afterwards. None when it was read before or has expired.

    The room that delivers messages calls ``take(message.key)`` for the kind ``accounts.reset_code``.
    """
    found = cache.get(_PREFIX + key)
    if found is None or not cache.delete(_PREFIX + key):
        return None  # another reader was faster
    return found


def digits(length: int = 6) -> str:
    """A random code of digits."""
    return "".join(system_secrets.choice("0123456789") for _ in range(length))


def from_alphabet(alphabet: str, length: int) -> str:
    """A random text of so many signs of an alphabet."""
    return "".join(system_secrets.choice(alphabet) for _ in range(length))


def one_time_password() -> str:
    """A password to be read out or copied by hand: ``Kd7m-p3Xw-92ta``; it always has letters, digits and a sign."""
    while True:
        text = "-".join("".join(system_secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(3))
        if any(sign.isdigit() for sign in text) and any(sign.isalpha() for sign in text):
            return text
