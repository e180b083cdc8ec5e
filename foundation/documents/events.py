"""What this room announces; handlers of higher floors run in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass

from foundation.core.events import Event


@dataclass(frozen=True, kw_only=True)
class DocumentRendered(Event):
    """The PDF of a document exists."""

    document_id: int
    kind: str
    about_kind: str
    about_id: int


@dataclass(frozen=True, kw_only=True)
class DocumentSealed(Event):
    """The stamped scan of a document was attached for the first time."""

    document_id: int
    kind: str
    about_kind: str
    about_id: int


@dataclass(frozen=True, kw_only=True)
class DocumentVoided(Event):
    """A document was declared void."""

    document_id: int
    kind: str
    about_kind: str
    about_id: int
