"""Verbs of this room."""

from foundation.documents.actions.freeze import (
    Issuer,
    attach_sheet,
    freeze,
    is_intact,
    issuer_of,
    release,
    set_official_number,
    void,
)
from foundation.documents.actions.render import render_document
from foundation.documents.actions.seal import attach_scan
from foundation.documents.actions.store import open_stored, read_stored, store_bytes, store_upload

__all__ = [
    "Issuer",
    "attach_scan",
    "attach_sheet",
    "freeze",
    "is_intact",
    "issuer_of",
    "open_stored",
    "read_stored",
    "release",
    "render_document",
    "set_official_number",
    "store_bytes",
    "store_upload",
    "void",
]
