"""What is known after a try to send something outside, whichever channel it went by."""

from __future__ import annotations

from enum import Enum


class Outcome(Enum):
    """The answers delivery knows how to write down."""

    SENT = "sent"
    REFUSED = "refused"
    """Refused for good: no further try."""
    NOT_SENT = "not_sent"
    """Certainly not sent, worth another try (no connection, "later")."""
    UNKNOWN = "unknown"
    """It may have gone out: shown to a person, never sent again by itself."""
    DROPPED = "dropped"
    """Not sent because it is not wanted any more: the person has acted meanwhile."""
