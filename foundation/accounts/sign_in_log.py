"""Writing the sign-in log."""

from __future__ import annotations

from axes.helpers import get_client_ip_address
from django.http import HttpRequest

from foundation.accounts.models import SignInEvent, User
from foundation.core.clock import real_now


def note(
    kind: str, *, user: User | None = None, username: str = "", request: HttpRequest | None = None, detail: str = ""
) -> SignInEvent:
    """Write one line. A name that belongs to no account is masked: people type passwords into the wrong field."""
    if user is None and username:
        user = User.objects.filter(username=username).first()
        if user is None:
            username = f"{username[:2]}***（无此账号）"
    return SignInEvent.objects.create(
        at=real_now(),
        kind=kind,
        username=(user.username if user else username)[:150],
        user=user,
        address=address_of(request),
        detail=detail[:200],
    )


def address_of(request: HttpRequest | None) -> str | None:
    """Where the request comes from, None when the server cannot tell."""
    return (get_client_ip_address(request) or None) if request is not None else None
