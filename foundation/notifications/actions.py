"""Verbs of the notifications room: reading, preferences, and a person's decision about a letter whose fate is
unknown.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from foundation.accounts.actor import Actor
from foundation.accounts.transition import record_act, require
from foundation.core.clock import real_now
from foundation.core.errors import Refused, StaleState
from foundation.core.verdict import no
from foundation.notifications import delivery, kinds
from foundation.notifications.models import Delivery, InboxMessage, InboxRead, Preference
from foundation.notifications.queries import unread


def mark_read(*, pk: int, actor: Actor) -> InboxMessage:
    """The actor has read one message; a second time changes nothing. Raises ``Refused`` for a message of somebody
    else.
    """
    require(actor, "message.read")
    message = InboxMessage.objects.visible_to(actor).filter(pk=pk).first()
    if message is None:
        raise Refused(no("没有这条消息，或它不是发给您现在这个身份的。", "如您另有身份，请在右上角切换。"))
    InboxRead.objects.bulk_create(
        [InboxRead(message=message, user_id=actor.user_id, read_at=real_now())], ignore_conflicts=True
    )
    return message


def mark_all_read(*, actor: Actor) -> int:
    """The actor has read everything addressed to the hat worn; returns how many were new."""
    require(actor, "message.read")
    now = real_now()
    rows = [
        InboxRead(message_id=pk, user_id=actor.user_id, read_at=now)
        for pk in unread(actor).values_list("pk", flat=True)
    ]
    InboxRead.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def set_preferences(*, actor: Actor, mail_for: Collection[str], sms_for: Collection[str] = ()) -> None:
    """Which kinds the person wants by mail and by SMS. Kinds the law or safety asks for stay on whatever is sent."""
    require(actor, "message.read")
    with transaction.atomic():
        for name, kind in kinds.registry.items():
            if {kinds.MAIL, kinds.SMS} & set(kind.channels) and not kind.mandatory:
                wanted = {"mail": name in mail_for, "sms": name in sms_for}
                Preference.objects.update_or_create(user_id=actor.user_id, kind=name, defaults=wanted)


def resolve_letter(*, pk: int, actor: Actor, arrived: bool) -> Delivery:
    """A person found out about a letter that failed or is unknown: it arrived (close it), or it shall be sent again.

    The decision is recorded; the letter keeps its key, so a server that has it already may drop the double.
    """
    require(actor, "message.resolve")
    with transaction.atomic():
        letter = Delivery.objects.filter(pk=pk).select_for_update(of=("self",)).first()
        if letter is None:
            raise Refused(no("没有这封邮件或短信。"))
        if letter.state not in {Delivery.State.UNKNOWN, Delivery.State.FAILED}:
            raise StaleState(no(f"现在是“{letter.get_state_display()}”，不需要处理。", "请刷新页面。"))
        before = letter.state
        now = real_now()
        if arrived:
            letter.state, letter.sent_at = Delivery.State.SENT, letter.claimed_at or now
        else:
            letter.state, letter.attempts, letter.next_try_at = Delivery.State.WAITING, 0, now
            letter.outbox.state = letter.outbox.State.CLAIMED
            letter.outbox.save(update_fields=["state"])
        letter.save(update_fields=["state", "sent_at", "attempts", "next_try_at"])
        record_act(
            subject_kind=Delivery.subject_kind,
            subject_id=letter.pk,
            subject_label=f"{letter.get_channel_display()} {letter.pk}",
            action="message.resolve",
            actor=actor,
            from_state=before,
            to_state=letter.state,
            data={"arrived": arrived},
        )
        delivery.settle([letter.outbox_id])
    return letter
