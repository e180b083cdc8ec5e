"""Who is behind a recipient: the people of a bureau, an enterprise or a role, their e-mail addresses and mobile numbers.

Higher floors add their kinds: ``recipients.register("enterprise", people=member_ids, contact=email_and_phone)``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from foundation.accounts.models import Post, User
from foundation.accounts.roles import CASE_ROLES
from foundation.core.registries import Registry
from foundation.notifications.sms import normalise

_SEVERAL = re.compile(r"[、,，;；/]")
"""Between numbers written into one field."""


@dataclass(frozen=True, slots=True)
class RecipientKind:
    """``people``: ids of the users who work for the holder now. ``contact``: e-mail and telephone the holder itself is
    registered with, used only while nobody works for it here (a firm entered by its county, or listed before the portal).
    """

    people: Callable[[int], Iterable[int]]
    contact: Callable[[int], tuple[str, str]] | None = None


registry: Registry[RecipientKind] = Registry("recipient kind")


def register(
    name: str,
    *,
    people: Callable[[int], Iterable[int]],
    contact: Callable[[int], tuple[str, str]] | None = None,
) -> None:
    """Register a kind of recipient."""
    registry.register(name, RecipientKind(people, contact))


def _officials(bureau_id: int) -> list[int]:
    """Those who work on files there; 档案 and 岗位管理 read the inbox but get no mail about files."""
    return list(Post.objects.held().filter(bureau_id=bureau_id, role__in=CASE_ROLES).values_list("user_id", flat=True))


register("user", people=lambda user_id: [user_id])
register("bureau", people=_officials)


def mail_addresses(recipient_kind: str, recipient_id: int, kind: str, *, mandatory: bool) -> list[str]:
    """E-mail addresses a message of this kind goes to now: of active people who have one and have not switched the
    kind off; of the holder itself while nobody works for it.
    """
    people, contact = _behind(recipient_kind, recipient_id)
    if contact is not None:
        return [contact[0]] if contact[0] else []
    people = people.exclude(email="")
    if not mandatory:
        people = people.exclude(Q(message_preferences__kind=kind, message_preferences__mail=False))
    return sorted(set(people.values_list("email", flat=True)))


def sms_numbers(recipient_kind: str, recipient_id: int, kind: str, *, mandatory: bool) -> list[str]:
    """Mobile numbers (``+8613812345678``) a message of this kind goes to now, by the same rules as the e-mail addresses;
    a fixed line or a number that cannot be one is left out.
    """
    people, contact = _behind(recipient_kind, recipient_id)
    if contact is not None:
        return sorted({number for part in _SEVERAL.split(contact[1]) if (number := normalise(part))})
    people = people.exclude(phone="")
    if not mandatory:
        people = people.exclude(Q(message_preferences__kind=kind, message_preferences__sms=False))
    return sorted({number for phone in people.values_list("phone", flat=True) if (number := normalise(phone))})


def _behind(recipient_kind: str, recipient_id: int) -> tuple[QuerySet[User], tuple[str, str] | None]:
    """The active people of a holder, and its own contact where there are none."""
    found = registry.get(recipient_kind)
    if found is None:
        raise LookupError(
            f"recipient kind {recipient_kind!r} is not registered (foundation.notifications.recipients.register)"
        )
    people = User.objects.filter(pk__in=list(found.people(recipient_id)), is_active=True)
    if found.contact is None or people.exists():
        return people, None
    return people, found.contact(recipient_id)
