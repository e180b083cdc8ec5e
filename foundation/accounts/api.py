"""The view of endpoints that need somebody: they see and do what that person's hat sees and does on the pages."""

from __future__ import annotations

from typing import Any, ClassVar

from foundation.accounts.api_identity import SignedIn
from foundation.accounts.models import TokenScope
from foundation.core.api.views import ApiView


class SignedInView(ApiView):
    """Needs a person; sees and does what that person's hat sees and does on the pages."""

    permission_classes: ClassVar[list[Any]] = [SignedIn]
    scopes: ClassVar[dict[str, TokenScope]] = {}
    """Scope a token needs, by method; reading where nothing is said."""
