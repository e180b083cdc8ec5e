"""Typed events: how a higher floor hears of a lower one without being imported by it.

Handlers run at once, in the same transaction, in the order in which apps are installed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar


@dataclass(frozen=True, kw_only=True)
class Event:
    """Base of all events; a subclass names what happened in the past tense."""


E = TypeVar("E", bound=Event)
_handlers: dict[type[Event], list[Callable]] = defaultdict(list)


def on(kind: type[E]) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """Register a handler for an event type."""

    def register(handler: Callable[[E], None]) -> Callable[[E], None]:
        if handler not in _handlers[kind]:
            _handlers[kind].append(handler)
        return handler

    return register


def announce(event: Event) -> None:
    """Run the handlers of this event; an error in one undoes the whole transaction."""
    for handler in _handlers[type(event)]:
        handler(event)


def handlers() -> dict[type[Event], tuple[Callable, ...]]:
    """All handlers, for the generated list in the documentation."""
    return {kind: tuple(found) for kind, found in _handlers.items()}
