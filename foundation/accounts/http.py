"""The type of a request behind the portal's middleware; annotate views with it."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from foundation.accounts.actor import Actor


class PortalRequest(HttpRequest):
    """A request that knows who asks (`actor`) and whether only a part of the page is wanted (`htmx`).

    Never instantiated: the middleware sets both attributes on Django's own request.
    """

    actor: Actor
    htmx: HtmxDetails
