"""A yes or a no that can explain itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """Outcome of a question such as "may this county recommend?".

    ``reason`` is a Chinese sentence a person understands (empty when allowed without remark); ``hint`` says how to mend it.
    """

    allowed: bool
    reason: str = ""
    hint: str = ""

    def __bool__(self) -> bool:
        return self.allowed

    def __str__(self) -> str:
        return f"{self.reason}{self.hint}"


_OK = Verdict(allowed=True)


def ok(remark: str = "") -> Verdict:
    """Allowed."""
    return Verdict(allowed=True, reason=remark) if remark else _OK


def no(reason: str, hint: str = "") -> Verdict:
    """Refused, with the reason a person reads."""
    return Verdict(allowed=False, reason=reason, hint=hint)
