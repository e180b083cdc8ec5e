"""What happened to an enterprise, for the floors above."""

from __future__ import annotations

from dataclasses import dataclass

from foundation.core.events import Event


@dataclass(frozen=True, kw_only=True)
class EnterpriseRegistered(Event):
    """A firm entered the register; ``on_behalf`` when its bureau entered it (代登记)."""

    enterprise_id: int
    on_behalf: bool


@dataclass(frozen=True, kw_only=True)
class EnterpriseMoved(Event):
    """Another bureau handles the firm from now on, or its place changed."""

    enterprise_id: int
    from_bureau_id: int
    to_bureau_id: int


@dataclass(frozen=True, kw_only=True)
class EnterpriseRenamed(Event):
    """The firm bears another name."""

    enterprise_id: int
    old_name: str
    new_name: str


@dataclass(frozen=True, kw_only=True)
class EnterpriseClosed(Event):
    """The firm was struck off the register of enterprises (注销)."""

    enterprise_id: int
