"""Accounts in the administration pages: to look at; everything with a state changes on its own page."""

from __future__ import annotations

from django.contrib import admin
from django_otp.plugins.otp_totp.models import TOTPDevice

from foundation.accounts.models import (
    ActingAuthority,
    Bureau,
    BureauHands,
    Post,
    ReportingLine,
    RevealEvent,
    SecondFactorRule,
    SignInEvent,
    User,
)
from foundation.journal.admin import ReadOnlyAdmin


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    """People; passwords are not shown."""

    list_display = ["username", "name", "is_active", "must_change_password", "second_factor_since", "last_login"]
    fields = [
        "username", "name", "is_active", "must_change_password", "password_changed_at", "second_factor_since",
        "privacy_version", "last_login", "is_demo",
    ]  # fmt: skip
    search_fields = ["username", "name"]


@admin.register(Bureau)
class BureauAdmin(ReadOnlyAdmin):
    """Bureaus."""

    list_display = ["name", "short_name", "level", "generated", "invented", "active"]
    list_filter = ["level", "generated", "active"]
    search_fields = ["name"]


@admin.register(ReportingLine)
class ReportingLineAdmin(ReadOnlyAdmin):
    """Who answers to whom."""

    list_display = ["bureau", "stage", "superior", "valid_from", "valid_to"]
    list_select_related = ["bureau", "superior"]
    list_filter = ["stage"]


@admin.register(Post)
class PostAdmin(ReadOnlyAdmin):
    """Posts."""

    list_display = ["user", "bureau", "role", "valid_from", "valid_to"]
    list_select_related = ["user", "bureau"]
    list_filter = ["role"]


@admin.register(BureauHands)
class BureauHandsAdmin(ReadOnlyAdmin):
    """Hands per act."""

    list_display = ["bureau", "act", "hands", "distinct"]
    list_select_related = ["bureau"]


@admin.register(SignInEvent)
class SignInEventAdmin(ReadOnlyAdmin):
    """Sign-in log."""

    list_display = ["at", "kind", "username", "address"]
    list_filter = ["kind"]


@admin.register(ActingAuthority)
class ActingAuthorityAdmin(ReadOnlyAdmin):
    """Who acts for whom."""

    list_display = ["post", "deputy", "valid_from", "valid_to", "ended_at"]
    list_select_related = ["post__user", "deputy"]


@admin.register(SecondFactorRule)
class SecondFactorRuleAdmin(ReadOnlyAdmin):
    """Which roles need a second factor."""

    list_display = ["role", "required", "since", "set_by"]


@admin.register(RevealEvent)
class RevealEventAdmin(ReadOnlyAdmin):
    """Log of looks at personal data."""

    list_display = ["at", "kind", "actor_name", "field", "subject_kind", "subject_id"]
    list_filter = ["kind"]


# django-otp shows the secrets of authenticator apps in these pages, as text and as a picture: not here.
if admin.site.is_registered(TOTPDevice):
    admin.site.unregister(TOTPDevice)
