"""Errors that reach a person."""

from __future__ import annotations

from foundation.core.verdict import Verdict


class Refused(Exception):
    """An act was refused for a reason the person can read; the middleware shows it, the API returns it as a problem."""

    status = 403

    def __init__(self, verdict: Verdict | str) -> None:
        self.verdict = Verdict(allowed=False, reason=verdict) if isinstance(verdict, str) else verdict
        super().__init__(str(self.verdict))


class StaleState(Refused):
    """Somebody else was faster: the row is no longer in the state the act expects (409)."""

    status = 409


class NotSignedIn(Refused):
    """The act needs an account."""

    status = 401
