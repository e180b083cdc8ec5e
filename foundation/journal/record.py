"""Writing acts: decisions with their journal entries, for a set of subjects at once."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Max

from foundation.core.clock import business_now, real_now
from foundation.core.events import Event, announce
from foundation.core.kept import an_act_was_recorded
from foundation.journal.models import Decision, JournalEntry, OutboxMessage


@dataclass(frozen=True, slots=True)
class ActorLabel:
    """The actor as it is written down: person and hat."""

    user_id: int | None
    name: str
    hat_kind: str
    hat_holder_id: int | None
    hat_role: str
    hat_label: str
    acting_for: str = ""
    authority_id: int | None = None
    """The acting authority under which a deputy signs; goes into the decision's data as ``authority``."""


@dataclass(frozen=True, slots=True)
class Act:
    """What happened to one subject."""

    subject_kind: str
    subject_id: int
    subject_label: str
    action: str
    from_state: str = ""
    to_state: str = ""
    opinion: str = ""
    note: str = ""
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Message:
    """A message for somebody: ``recipient_kind`` is ``user``, ``bureau`` or ``enterprise``; ``key`` makes it go out
    once.
    """

    key: str
    kind: str
    recipient_kind: str
    recipient_id: int
    payload: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class MessagesWritten(Event):
    """Messages were put into the outbox in the current transaction."""

    messages: tuple[Message, ...]


def record(acts: Sequence[Act], actor: ActorLabel) -> list[Decision]:
    """Write one decision with its journal entry per act; must run inside a transaction.

    All acts are of one subject kind; entries of one subject are numbered without gaps (an advisory lock per subject
    orders writers).
    """
    if not acts:
        return []
    if not connection.in_atomic_block:
        raise RuntimeError("an act is recorded in the transaction of the change it speaks of")
    kinds = {act.subject_kind for act in acts}
    if len(kinds) != 1:
        raise ValueError("acts of one call share one subject kind")
    kind = kinds.pop()
    made_at, recorded_at = business_now(), real_now()
    decisions = Decision.objects.bulk_create(
        Decision(
            subject_kind=act.subject_kind,
            subject_id=act.subject_id,
            subject_label=act.subject_label[:200],
            action=act.action,
            from_state=act.from_state,
            to_state=act.to_state,
            actor_user_id=actor.user_id,
            actor_name=actor.name,
            hat_kind=actor.hat_kind,
            hat_holder_id=actor.hat_holder_id,
            hat_role=actor.hat_role,
            hat_label=actor.hat_label[:160],
            acting_for=actor.acting_for,
            opinion=act.opinion,
            note=act.note,
            data=json.loads(
                json.dumps(_with_authority(act.data, actor))
            ),  # as it will be read back, so that the check finds the same text
            made_at=made_at,
            recorded_at=recorded_at,
        )
        for act in acts
    )
    numbers = _next_numbers(kind, sorted({act.subject_id for act in acts}))
    entries = []
    for decision in decisions:
        seq = numbers[decision.subject_id]
        numbers[decision.subject_id] = seq + 1
        salt = secrets.token_hex(16)
        body = entry_body(decision, seq, salt)
        entries.append(
            JournalEntry(
                decision=decision,
                subject_kind=kind,
                subject_id=decision.subject_id,
                seq=seq,
                salt=salt,
                body=body,
                digest=sha256(body),
            )
        )
    JournalEntry.objects.bulk_create(entries)
    an_act_was_recorded()
    return decisions


def _with_authority(data: dict[str, Any], actor: ActorLabel) -> dict[str, Any]:
    return {**data, "authority": actor.authority_id} if actor.authority_id else data


def _next_numbers(kind: str, ids: list[int]) -> dict[int, int]:
    """Next free sequence number per subject, under one advisory lock each (taken in id order)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s || s.id, 0)) FROM unnest(%s::bigint[]) AS s(id)",
            [f"journal {kind} ", ids],
        )
    found = (
        JournalEntry.objects.filter(subject_kind=kind, subject_id__in=ids)
        .order_by()
        .values_list("subject_id")
        .annotate(top=Max("seq"))
    )
    return dict.fromkeys(ids, 1) | {subject_id: top + 1 for subject_id, top in found}


def entry_body(decision: Decision, seq: int, salt: str) -> str:
    """Canonical text of an entry; it can be written again from the decision's row, which is what the check does."""
    return json.dumps(
        {
            "action": decision.action,
            "data": decision.data,
            "decision": decision.pk,
            "from": decision.from_state,
            "hat": [decision.hat_kind, decision.hat_holder_id, decision.hat_role, decision.hat_label],
            "made_at": decision.made_at.timestamp(),
            "note": salted(salt, decision.note),
            "opinion": salted(salt, decision.opinion),
            "person": [decision.actor_user_id, salted(salt, decision.actor_name), salted(salt, decision.acting_for)],
            "recorded_at": decision.recorded_at.timestamp(),
            "seq": seq,
            "subject": [decision.subject_kind, decision.subject_id, salted(salt, decision.subject_label)],
            "to": decision.to_state,
        },
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )


def salted(salt: str, text: str) -> str:
    """Digest of a text that may have to be erased some day; empty stays empty."""
    return sha256(salt + text) if text else ""


def sha256(text: str) -> str:
    """Hex digest of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def send(messages: Sequence[Message], decision: Decision | None = None) -> None:
    """Put messages into the outbox in the current transaction; a key that is already there is not sent again."""
    send_all([(message, decision) for message in messages])


def send_all(letters: Sequence[tuple[Message, Decision | None]]) -> None:
    """The same for the messages of several decisions, in one statement."""
    if not connection.in_atomic_block:
        raise RuntimeError("a message is written in the transaction of the act it tells of")
    now = real_now()
    OutboxMessage.objects.bulk_create(
        [
            OutboxMessage(
                key=message.key,
                kind=message.kind,
                recipient_kind=message.recipient_kind,
                recipient_id=message.recipient_id,
                payload=message.payload,
                decision=decision,
                created_at=now,
            )
            for message, decision in letters
        ],
        ignore_conflicts=True,
    )
    if letters:
        announce(MessagesWritten(messages=tuple(message for message, _ in letters)))
