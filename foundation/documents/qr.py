"""The QR code in the margin: which document, which page, digest of the page (design idea 4).

Payload: ``TD-430200-2018-0007.2.1F3A9C0B12DE``, behind the portal's public address when one is set, so that a phone
opens the verification page. Stamped paper cannot be issued again, so the form of the payload never changes.
"""

from __future__ import annotations

import base64
import io
import re
from dataclasses import dataclass

from django.conf import settings

from foundation.documents.canonical import PAGE_DIGEST_LENGTH, page_digest
from foundation.documents.models import FrozenDocument

_PAYLOAD = re.compile(rf"([A-Z0-9]+(?:-[A-Z0-9]+){{2,3}})\.(\d{{1,4}})\.([0-9A-F]{{{PAGE_DIGEST_LENGTH}}})")
_REFERENCE = re.compile(r"[A-Z0-9]+(?:-[A-Z0-9]+){2,3}")
#: Side of the printed code in millimetres.
SIDE_MM = 17


@dataclass(frozen=True, slots=True)
class Payload:
    """What a code says; `page` and `digest` are None where only a reference was typed."""

    reference: str
    page: int | None = None
    digest: str | None = None


def payload_of(document: FrozenDocument, page: int) -> str:
    """The text in the code of one page."""
    code = f"{document.reference}.{page}.{page_digest(document.digest, page)}"
    return f"{settings.PUBLIC_URL.rstrip('/')}/v/{code}/" if settings.PUBLIC_URL else code


def parse_payload(text: str) -> Payload | None:
    """The payload in a scanned or typed text (with or without an address before it); None where there is none."""
    cleaned = text.strip().rstrip("/").rsplit("/", 1)[-1].upper()
    full = _PAYLOAD.fullmatch(cleaned)
    if full:
        return Payload(full.group(1), int(full.group(2)), full.group(3))
    return Payload(cleaned) if _REFERENCE.fullmatch(cleaned) else None


def qr_data_uri(text: str) -> str:
    """The code as an SVG data address, with a quiet zone, in the size it is printed in."""
    import segno

    out = io.BytesIO()
    code = segno.make_qr(text, error="m", boost_error=False)
    code.save(
        out, kind="svg", xmldecl=False, svgns=True, border=2, unit="mm", scale=SIDE_MM / code.symbol_size(1, 2)[0]
    )
    return "data:image/svg+xml;base64," + base64.b64encode(out.getvalue()).decode()
