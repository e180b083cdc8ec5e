"""People, posts and the door, in three files."""

from foundation.accounts.models.authority import ActingAuthority
from foundation.accounts.models.guard import (
    Authenticator,
    PasswordReset,
    PrivacyConsent,
    RecoveryCode,
    RevealEvent,
    SecondFactorRule,
    SignInEvent,
)
from foundation.accounts.models.people import (
    Bureau,
    BureauHands,
    BureauPath,
    Post,
    PostQuerySet,
    ReportingLine,
    User,
)
from foundation.accounts.models.tokens import ApiToken, TokenScope

__all__ = [
    "ActingAuthority",
    "ApiToken",
    "Authenticator",
    "Bureau",
    "BureauHands",
    "BureauPath",
    "PasswordReset",
    "Post",
    "PostQuerySet",
    "PrivacyConsent",
    "RecoveryCode",
    "ReportingLine",
    "RevealEvent",
    "SecondFactorRule",
    "SignInEvent",
    "TokenScope",
    "User",
]
