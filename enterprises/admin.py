"""Enterprises in the administration pages: numbers and states to look at, no business content, nothing to touch."""

from __future__ import annotations

from django.contrib import admin

from enterprises.models import Claim, Enterprise, HandOver, Invitation, Membership
from foundation.journal.admin import ReadOnlyAdmin


@admin.register(Enterprise)
class EnterpriseAdmin(ReadOnlyAdmin):
    """Which bureau handles how many; the record itself is read on the portal's own pages under ``may()``."""

    list_display = ["id", "state", "bureau_id", "registered_at"]
    fields = ["state", "registered_at", "version"]
    list_filter = ["state"]


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    """Who holds which role, by number."""

    list_display = ["id", "enterprise_id", "user_id", "role", "valid_from", "valid_to"]
    fields = ["role", "valid_from", "valid_to"]
    list_filter = ["role"]


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    """Links, by number; addresses are personal and left out."""

    list_display = ["id", "enterprise_id", "role", "state", "expires_at"]
    fields = ["role", "state", "expires_at"]
    list_filter = ["state"]


@admin.register(Claim, HandOver)
class RequestAdmin(ReadOnlyAdmin):
    """What was asked and how it ended."""

    list_display = ["id", "enterprise_id", "user_id", "state", "opened_at", "decided_at"]
    fields = ["state", "opened_at", "decided_at", "version"]
    list_filter = ["state"]
