"""Accounts in the administration pages: to look at; everything with a state changes on its own page."""

from __future__ import annotations

from django.contrib import admin

from foundation.accounts.models import Bureau, BureauHands, Post, ReportingLine, SignInEvent, User
from foundation.journal.admin import ReadOnlyAdmin


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    """People; passwords are not shown."""

    list_display = ["username", "name", "is_active", "must_change_password", "last_login"]
    fields = ["username", "name", "is_active", "must_change_password", "password_changed_at", "last_login", "is_demo"]
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
