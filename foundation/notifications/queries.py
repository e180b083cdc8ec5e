"""Questions about messages."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet

from foundation.accounts.actor import Actor
from foundation.journal.models import OutboxMessage
from foundation.notifications.kinds import registry
from foundation.notifications.models import Delivery, InboxMessage, InboxRead


def inbox(actor: Actor) -> QuerySet[InboxMessage]:
    """Messages for the hat worn, newest first, each with ``is_read`` for this person."""
    read = InboxRead.objects.filter(message_id=OuterRef("pk"), user_id=actor.user_id)
    return InboxMessage.objects.visible_to(actor).annotate(is_read=Exists(read)).order_by("-id")


def unread(actor: Actor) -> QuerySet[InboxMessage]:
    """Those of them this person has not read."""
    return inbox(actor).filter(is_read=False)


def unread_count(actor: Actor) -> int:
    """The number beside 消息."""
    return unread(actor).count() if actor.user_id else 0


def kinds_present(actor: Actor) -> list[tuple[str, str]]:
    """Kinds of the messages in the inbox with their labels, for the filter."""
    names = InboxMessage.objects.visible_to(actor).order_by("kind").values_list("kind", flat=True).distinct()
    return [(name, found.label if (found := registry.get(name)) else name) for name in names]


def doubtful_letters() -> QuerySet[Delivery]:
    """Letters (e-mails and SMS) a person has to look at: fate unknown, or not sent for good."""
    return (
        Delivery.objects.filter(state__in=[Delivery.State.UNKNOWN, Delivery.State.FAILED])
        .select_related("outbox")
        .order_by("-id")
    )


def undeliverable() -> QuerySet[OutboxMessage]:
    """Messages that could not even be opened (unknown kind, nobody to send to), newest first."""
    return OutboxMessage.objects.filter(state=OutboxMessage.State.FAILED, deliveries__isnull=True).order_by("-id")


def held_over() -> int:
    """SMS that wait: for the end of the quiet hours, for another try, or for a gateway that was switched off."""
    return Delivery.objects.filter(channel=Delivery.Channel.SMS, state=Delivery.State.WAITING).count()
