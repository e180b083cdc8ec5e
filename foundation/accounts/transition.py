"""The one helper behind every state change (design idea 3).

A transition locks the rows in id order, compares the state with the expected one, asks ``may()`` after locking,
writes state, decision, journal entry and outbox in one transaction and announces a typed event. It takes a set and
returns one Verdict per id; the single call is a set of one, so a page, a bulk job, an import and the demo run the
same code.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from django.db import models, transaction

from foundation.accounts.actor import Actor
from foundation.accounts.may import may
from foundation.core.clock import one_installation_per_unit_of_work
from foundation.core.errors import Refused, StaleState
from foundation.core.events import Event, announce
from foundation.core.verdict import Verdict, no, ok
from foundation.journal.models import Decision
from foundation.journal.record import Act, Message, record, send, send_all

ABSENT = no("没有这份材料，或它不在您的职责范围内。")


def decide(
    *,
    model: type[models.Model],
    ids: Iterable[int],
    action: str,
    expect: Collection[str],
    to: str | Callable[[Any], str],
    actor: Actor,
    opinion: str = "",
    note: str = "",
    data: dict[str, Any] | Callable[[Any], dict[str, Any]] | None = None,
    check: Callable[[Any], Verdict] | None = None,
    change: Callable[[Any], None] | None = None,
    fields: Sequence[str] = (),
    event: Callable[[Any, Decision], Event | None] | None = None,
    outbox: Callable[[Any, Decision], Sequence[Message]] | None = None,
    related: Sequence[str] = (),
    defer: Sequence[str] = (),
    prepare: Callable[[Sequence[Any]], None] | None = None,
    written: Callable[[Sequence[tuple[Any, Decision]]], None] | None = None,
) -> dict[int, Verdict]:
    """Move every row of ``ids`` that is in an expected state and may be moved; one Verdict per id.

    ``check`` may refuse a row after the permission (gates, deadlines); ``change`` alters the locked row's ``fields``;
    ``data`` are facts for the journal (no personal data). ``model`` has ``state``, ``subject_kind`` and optionally
    ``version`` (counted up).

    For sets: ``related`` rows come with the lock's statement (without the columns ``defer``), ``prepare`` sees all locked rows
    before the first is checked and reads what the checks need, ``written`` gets all moved rows with their decisions and writes
    what belongs to them; events follow after everything is written.
    """
    wanted = sorted(set(ids))
    verdicts: dict[int, Verdict] = dict.fromkeys(wanted, ABSENT)
    with transaction.atomic(), one_installation_per_unit_of_work():
        locked = model._default_manager.filter(pk__in=wanted).order_by("pk").select_for_update(of=("self",))
        rows: list[Any] = list(locked.select_related(*related).defer(*defer) if related else locked)
        if prepare is not None:
            prepare(rows)
        moved, before = [], {}
        for row in rows:
            verdict = may(actor, action, row)
            if verdict and row.state not in expect:
                verdict = no(f"“{row}”现在是“{row.get_state_display()}”，已有人先办理。", "请刷新后再看。")
            if verdict and check is not None:
                verdict = check(row)
            verdicts[row.pk] = verdict
            if verdict:
                before[row.pk] = row.state
                moved.append(row)
        for row in moved:
            row.state = to(row) if callable(to) else to
            if change is not None:
                change(row)
        _write(model, moved, fields)
        decisions = record(
            [
                Act(
                    subject_kind=row.subject_kind,
                    subject_id=row.pk,
                    subject_label=str(row),
                    action=action,
                    from_state=before[row.pk],
                    to_state=row.state,
                    opinion=opinion,
                    note=note,
                    data=(data(row) if callable(data) else data) or {},
                )
                for row in moved
            ],
            actor.label,
        )
        made = list(zip(moved, decisions, strict=True))
        if outbox is not None:
            letters = [(message, decision) for row, decision in made for message in outbox(row, decision)]
            if letters:
                send_all(letters)
        if written is not None and made:
            written(made)
        for row, decision in made:
            happened = event(row, decision) if event is not None else None
            if happened is not None:
                announce(happened)
    return verdicts


def _write(model: type[models.Model], rows: list[Any], fields: Sequence[str]) -> None:
    if not rows:
        return
    names = {"state", *fields}
    if any(field.name == "version" for field in model._meta.fields):
        names.add("version")
        for row in rows:
            row.version += 1
    model._default_manager.bulk_update(rows, sorted(names))


def decide_one(*, pk: int, **transition: Any) -> None:
    """The same for one row; raises ``Refused`` (or ``StaleState``) with the reason."""
    verdict = decide(ids=[pk], **transition)[pk]
    if not verdict:
        raise (StaleState if "已有人先办理" in verdict.reason else Refused)(verdict)


def require(actor: Actor, action: str, obj: Any = None) -> None:
    """Raise ``Refused`` unless the actor may."""
    verdict = may(actor, action, obj)
    if not verdict:
        raise Refused(verdict)


def record_act(
    *,
    subject_kind: str,
    subject_id: int,
    subject_label: str,
    action: str,
    actor: Actor,
    from_state: str = "",
    to_state: str = "",
    opinion: str = "",
    note: str = "",
    data: dict[str, Any] | None = None,
    messages: Sequence[Message] = (),
) -> Decision:
    """Record an act that changes no state enum (a check made, a contact changed), with its messages, in the current
    transaction.
    """
    act = Act(subject_kind, subject_id, subject_label, action, from_state, to_state, opinion, note, data or {})
    decision = record([act], actor.label)[0]
    if messages:
        send(messages, decision)
    return decision


__all__ = ["Verdict", "decide", "decide_one", "ok", "record_act", "require"]
