"""Delivery from the outbox (design, section 5): claim the row under lock → commit → send with an idempotency key →
write it down.

The inbox row is written in the transaction that takes the message out of the outbox, so it is there exactly once. A
letter (an e-mail or an SMS) cannot be part of a transaction: it is claimed and committed first; a crash in between
leaves it *unknown*, shown to a person, never sent again by itself. A try that certainly did not send (no connection,
4xx, "later") is repeated with growing pauses. An SMS is held over the quiet hours.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q

from foundation.accounts import secrets
from foundation.core.clock import business_now, real_now
from foundation.journal.models import OutboxMessage
from foundation.notifications import kinds, mail, sms
from foundation.notifications.models import Delivery, InboxMessage
from foundation.notifications.outcome import Outcome
from foundation.notifications.recipients import mail_addresses, sms_numbers

log = logging.getLogger(__name__)

BATCH = 200
PAUSES = (30, 120, 600, 3600)
"""Seconds before the second, third … try of a letter that certainly was not sent; after the last one it has failed."""
SECRET_KEPT = 300
"""Seconds a secret is put back for when its letter certainly was not sent."""
CLAIM_IS_LOST_AFTER = dt.timedelta(minutes=10)
"""A letter claimed this long ago has no sender any more: its outcome is unknown."""


def deliver() -> dict[str, int]:
    """Deliver everything that waits; returns counts for the worker's log."""
    counts = {"opened": 0, "sent": 0, "lost": mark_lost()}
    while opened := open_batch():
        counts["opened"] += opened
    while (letter := claim_letter()) is not None:
        counts["sent"] += send_letter(letter)
    return counts


def open_batch() -> int:
    """Take up to a batch of waiting messages out of the outbox: write their inbox rows and their letters. Returns
    how many.
    """
    with transaction.atomic():
        rows = list(
            OutboxMessage.objects.filter(state=OutboxMessage.State.WAITING)
            .select_related("decision")
            .order_by("id")
            .select_for_update(of=("self",), skip_locked=True)[:BATCH]
        )
        now = real_now()
        inbox: list[InboxMessage] = []
        letters: list[Delivery] = []
        for row in rows:
            row.claimed_at = now
            try:
                with transaction.atomic():  # what a text's own lookups break stays with this row
                    _open(row, now, inbox, letters)
            except Exception as error:
                log.exception("message %s cannot be delivered", row.key)
                row.state, row.error = OutboxMessage.State.FAILED, f"{type(error).__name__}: {error}"[:300]
        InboxMessage.objects.bulk_create(inbox)
        Delivery.objects.bulk_create(letters, ignore_conflicts=True)
        OutboxMessage.objects.bulk_update(rows, ["state", "claimed_at", "sent_at", "error"])
    return len(rows)


def _open(row: OutboxMessage, now: dt.datetime, inbox: list[InboxMessage], letters: list[Delivery]) -> None:
    kind = kinds.known(row.kind)
    own = _letters(row, kind, now)
    if kinds.INBOX in kind.channels:
        title, body, url = kind.render(row.payload)
        inbox.append(
            InboxMessage(
                outbox=row,
                recipient_kind=row.recipient_kind,
                recipient_id=row.recipient_id,
                kind=kind.name,
                title=title,
                body=body,
                url=url,
                created_at=row.decision.made_at if row.decision else business_now(),
            )
        )
    elif not own:
        raise ValueError("收件人没有登记邮箱，这类消息只发邮件")
    letters += own
    row.state = OutboxMessage.State.CLAIMED if own else OutboxMessage.State.SENT
    row.sent_at = None if own else now


def _letters(row: OutboxMessage, kind: kinds.Kind, now: dt.datetime) -> list[Delivery]:
    """What goes outside for one message: e-mails, and SMS where a gateway is on (without one, the rest is all there is)."""
    to, must = (row.recipient_kind, row.recipient_id, kind.name), bool(kind.mandatory)
    found: list[Delivery] = []
    if kinds.MAIL in kind.channels:
        found += [
            Delivery(outbox=row, address=address, message_id=mail.message_id(row.key, address), next_try_at=now)
            for address in mail_addresses(*to, mandatory=must)
        ]
    if kinds.SMS in kind.channels and (gateway := sms.gateway()) is not None:
        kind.short(
            row.payload, gateway.sender
        )  # a text that cannot be written is told now, not at eight in the morning
        found += [
            Delivery(
                outbox=row,
                channel=Delivery.Channel.SMS,
                address=number,
                message_id=sms.key_of(row.key, number),
                next_try_at=sms.not_before(now),
            )
            for number in sms_numbers(*to, mandatory=must)
        ]
    return found


def claim_letter() -> Delivery | None:
    """Claim the next letter whose time has come, and commit; None when there is none."""
    with transaction.atomic():
        now = real_now()
        due = Delivery.objects.filter(state=Delivery.State.WAITING, next_try_at__lte=now)
        if sms.gateway() is None or sms.not_before(now) > now:
            due = due.exclude(channel=Delivery.Channel.SMS)
        letter = due.select_related("outbox").order_by("id").select_for_update(of=("self",), skip_locked=True).first()
        if letter is not None:
            letter.state, letter.claimed_at, letter.attempts = Delivery.State.CLAIMED, now, letter.attempts + 1
            letter.save(update_fields=["state", "claimed_at", "attempts"])
    return letter


def send_letter(letter: Delivery) -> int:
    """Send a claimed letter and write down what became of it; 1 when sent."""
    row = letter.outbox
    secret = ""
    try:
        kind = kinds.known(row.kind)
        payload = dict(row.payload)
        if kind.secret:
            payload["secret"] = secret = _secret(row.key)
        send = _sending(letter, kind, payload)
    except Exception as error:
        log.exception("letter %s cannot be written", letter.pk)
        outcome, reason = Outcome.REFUSED, str(error)
    else:
        outcome, reason = send()
    if secret and outcome is Outcome.NOT_SENT:
        secrets.keep(
            row.key, secret, SECRET_KEPT
        )  # for the next try; how long the code itself is good is checked where it is used
    _write_down(letter, outcome, reason)
    return int(outcome is Outcome.SENT)


Sending = Callable[[], tuple[Outcome, str]]


def _sending(letter: Delivery, kind: kinds.Kind, payload: dict[str, Any]) -> Sending:
    if kind.wanted is not None and not kind.wanted(payload):
        return lambda: (Outcome.DROPPED, "收件人已办理，不必再发。")
    return _as_sms(letter, kind, payload) if letter.channel == Delivery.Channel.SMS else _as_mail(letter, kind, payload)


def _as_mail(letter: Delivery, kind: kinds.Kind, payload: dict[str, Any]) -> Sending:
    title, body, url = kind.render(payload)
    return partial(
        mail.send, address=letter.address, subject=title, body=_letter_text(body, url), identifier=letter.message_id
    )


def _as_sms(letter: Delivery, kind: kinds.Kind, payload: dict[str, Any]) -> Sending:
    gateway = sms.gateway()
    if gateway is None:
        return lambda: (Outcome.NOT_SENT, sms.why_off())
    short = kind.short(payload, gateway.sender)
    return partial(sms.send, number=letter.address, short=short, key=letter.message_id, to=gateway)


def _secret(key: str) -> str:
    """A secret lives in the cache under the message's key for as long as it is valid, never in the database."""
    secret = secrets.take(key)
    if secret is None:
        raise ValueError("验证码已过期，没有发出")
    return secret


def _letter_text(body: str, url: str) -> str:
    tail = "\n\n登录平台查看详情。" if url else ""
    return f"{body}{tail}\n\n—— 梯度培育平台（系统邮件，请勿回复）"


def _write_down(letter: Delivery, outcome: Outcome, reason: str) -> None:
    with transaction.atomic():
        current = Delivery.objects.select_for_update(of=("self",)).get(pk=letter.pk)
        now = real_now()
        if outcome is Outcome.SENT:
            current.state, current.sent_at, current.error = Delivery.State.SENT, now, ""
        elif outcome is Outcome.DROPPED:
            current.state, current.error = Delivery.State.DROPPED, ""
        elif outcome is Outcome.UNKNOWN:
            current.state, current.error = Delivery.State.UNKNOWN, reason[:300]
        elif outcome is Outcome.NOT_SENT and current.attempts <= len(PAUSES):
            current.state, current.error = Delivery.State.WAITING, reason[:300]
            current.next_try_at = now + dt.timedelta(seconds=PAUSES[current.attempts - 1])
            if current.channel == Delivery.Channel.SMS:
                current.next_try_at = sms.not_before(current.next_try_at)
        else:
            current.state, current.error = Delivery.State.FAILED, reason[:300]
        current.save(update_fields=["state", "sent_at", "error", "next_try_at"])
        settle([current.outbox_id])


def settle(outbox_ids: list[int]) -> None:
    """Bring the outbox rows up to date with their letters: sent when all are, unknown or failed when one is."""
    for row in OutboxMessage.objects.filter(pk__in=outbox_ids).order_by("id").select_for_update(of=("self",)):
        states = set(row.deliveries.values_list("state", flat=True))
        if states & {Delivery.State.WAITING, Delivery.State.CLAIMED}:
            continue
        if Delivery.State.UNKNOWN in states:
            row.state = OutboxMessage.State.UNKNOWN
        elif Delivery.State.FAILED in states:
            row.state = OutboxMessage.State.FAILED
        else:
            row.state, row.sent_at = OutboxMessage.State.SENT, real_now()
        row.error = row.deliveries.filter(~Q(error="")).values_list("error", flat=True).first() or ""
        row.save(update_fields=["state", "sent_at", "error"])


def mark_lost() -> int:
    """Letters whose sender died between claim and result become *unknown*; returns how many."""
    with transaction.atomic():
        lost = list(
            Delivery.objects.filter(state=Delivery.State.CLAIMED, claimed_at__lt=real_now() - CLAIM_IS_LOST_AFTER)
            .order_by("id")
            .select_for_update(of=("self",), skip_locked=True)
        )
        for letter in lost:
            letter.state, letter.error = Delivery.State.UNKNOWN, "发送途中程序中断，可能已发出。"
        Delivery.objects.bulk_update(lost, ["state", "error"])
        settle([letter.outbox_id for letter in lost])
    return len(lost)
