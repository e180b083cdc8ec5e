"""Registries that higher floors fill: kinds of documents, and who may read files of a purpose."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from foundation.accounts.actor import Actor
from foundation.core.registries import Registry
from foundation.core.verdict import Verdict, no, ok
from foundation.documents.models import FrozenDocument, StoredFile

FileReader = Callable[[Actor, StoredFile], Verdict]
DocumentRule = Callable[[Actor, FrozenDocument], Verdict]

file_readers: Registry[FileReader] = Registry("file reader")
"""Purpose → who may read a file of that purpose: ``file_readers.register("application.evidence", rule)``."""


def everyone_who_sees(actor: Actor, document: FrozenDocument) -> Verdict:
    """The default rule of a kind: whoever the document exists for (its scope) may read it."""
    return ok()


def the_issuer(actor: Actor, document: FrozenDocument) -> Verdict:
    """The default rule for sealing, numbering and voiding: the holder that issued the document."""
    if actor.hat.kind == document.issuer_kind and actor.hat.holder_id == document.issuer_id:
        return ok()
    return no(f"这份文书由{document.issuer_name}制发，只能由该单位登记。")


def snapshot_itself(document: FrozenDocument) -> Mapping[str, Any]:
    """The default layout: the snapshot is what the template prints."""
    return document.snapshot


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """One kind of paper.

    `template` is one of ours in templates/documents/pdf/ (table, letter, form) or a higher room's own that extends
    pdf/base.html; `style` is the matching stylesheet: ``table`` (A4 landscape), ``letter`` or ``form`` (portrait).
    `version` is the snapshot's form, stored with each document so that old ones can still be rendered. `layout` makes
    the template's data out of the document where the snapshot is not of a layout's form itself.
    """

    code: str
    label: str
    template: str = "documents/pdf/table.html"
    style: str = "table"
    version: int = 1
    public_title: str = ""
    layout: Callable[[FrozenDocument], Mapping[str, Any]] = field(default=snapshot_itself, repr=False)
    reader: DocumentRule = field(default=everyone_who_sees, repr=False)
    sealer: DocumentRule = field(default=the_issuer, repr=False)

    @property
    def shown_publicly(self) -> str:
        """What the verification page calls it: never a title that could name a person or a firm's affairs."""
        return self.public_title or self.label


document_kinds: Registry[DocumentKind] = Registry("document kind")


def register_kind(kind: DocumentKind) -> DocumentKind:
    """Add a kind; called by the room that issues it when it starts."""
    return document_kinds.register(kind.code, kind)
