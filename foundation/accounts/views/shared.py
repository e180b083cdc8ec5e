"""Small things the views share."""

from __future__ import annotations

from django.http import Http404

from foundation.accounts.actor import Actor
from foundation.accounts.http import PortalRequest
from foundation.accounts.may import may
from foundation.accounts.models import Bureau, User


def bureau_or_404(actor: Actor, pk: str | int) -> Bureau:
    """A bureau whose posts the actor may look at; anything else does not exist."""
    bureau = Bureau.objects.select_related("region").filter(pk=pk).first() if str(pk).isdigit() else None
    if bureau is None or not may(actor, "post.list", bureau):
        raise Http404
    return bureau


def person_of(request: PortalRequest) -> User:
    """The person signed in; pages of the room ask for sign-in before they run."""
    assert isinstance(request.user, User)
    return request.user
