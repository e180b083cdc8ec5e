"""Lists made from the code for ``docs/generated/``: addresses, switches, sheets, criteria, events, commands.

Written by ``manage.py write_docs``; a test compares them with the code, so that a reader may trust them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver

OTHERS = ("admin", "")
"""Namespaces of addresses that are not a room's own: the read-only administration, the API's description."""


@dataclass(frozen=True, slots=True)
class Route:
    """One address of the portal."""

    name: str
    address: str
    public: bool
    view: str
    meaning: str

    @property
    def room(self) -> str:
        """The room's label, '' for what belongs to none."""
        return self.name.partition(":")[0] if ":" in self.name else ""


def routes() -> list[Route]:
    """Every named address of the rooms, in the order in which the resolver tries them."""
    return [route for route in _walk(get_resolver().url_patterns, "/", "") if route.room not in OTHERS]


def _walk(patterns: list[URLPattern | URLResolver], address: str, namespace: str) -> Iterator[Route]:
    for one in patterns:
        if isinstance(one, URLResolver):
            inner = f"{namespace}{one.namespace}:" if one.namespace else namespace
            yield from _walk(one.url_patterns, address + str(one.pattern), inner)
            continue
        view = one.callback
        doc = (view.__doc__ or "").strip().split("\n\n")[0]
        yield Route(
            name=f"{namespace}{one.name or ''}",
            address=address + str(one.pattern),
            public=not getattr(view, "login_required", True),
            view=f"{view.__module__}.{view.__qualname__}",
            meaning=" ".join(doc.split()),
        )
