"""Who is behind a recipient: the people of a bureau, an enterprise or a role, and their e-mail addresses.

Higher floors add their kinds: ``recipients.register("enterprise", people=member_ids, address=contact_email)``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db.models import Q

from foundation.accounts.models import Post, User
from foundation.accounts.roles import CASE_ROLES
from foundation.core.registries import Registry


@dataclass(frozen=True, slots=True)
class RecipientKind:
    """``people``: ids of the users who work for the holder now."""

    people: Callable[[int], Iterable[int]]


registry: Registry[RecipientKind] = Registry("recipient kind")


def register(name: str, *, people: Callable[[int], Iterable[int]]) -> None:
    """Register a kind of recipient."""
    registry.register(name, RecipientKind(people))


def _officials(bureau_id: int) -> list[int]:
    """Those who work on files there; 档案 and 岗位管理 read the inbox but get no mail about files."""
    return list(Post.objects.held().filter(bureau_id=bureau_id, role__in=CASE_ROLES).values_list("user_id", flat=True))


register("user", people=lambda user_id: [user_id])
register("bureau", people=_officials)


def mail_addresses(recipient_kind: str, recipient_id: int, kind: str, *, mandatory: bool) -> list[str]:
    """E-mail addresses a message of this kind goes to now: of active people who have one and have not switched the
    kind off.
    """
    found = registry.get(recipient_kind)
    if found is None:
        raise LookupError(
            f"recipient kind {recipient_kind!r} is not registered (foundation.notifications.recipients.register)"
        )
    people = User.objects.filter(pk__in=list(found.people(recipient_id)), is_active=True).exclude(email="")
    if not mandatory:
        people = people.exclude(Q(message_preferences__kind=kind, message_preferences__mail=False))
    return sorted(set(people.values_list("email", flat=True)))
