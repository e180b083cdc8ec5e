"""Reminders: tonight's list with its reasons, the night's run, a reminder by hand (SC-39, SC-40).

Recipients are computed when a reminder goes out. The claim (obligation, rung, channel) is written with the message in one
transaction over the locked, still open obligation: it goes out once, and never to a firm that has filed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import QuerySet

from enterprises.models import Enterprise
from foundation.accounts.actor import SYSTEM, Actor
from foundation.accounts.models import Bureau
from foundation.accounts.paths import path_ids
from foundation.accounts.transition import record_act, require
from foundation.core.clock import business_now, business_today
from foundation.core.errors import Refused
from foundation.core.verdict import no
from foundation.duties.models import Obligation
from foundation.journal.models import Decision
from foundation.journal.record import Message, send
from monitoring.actions.ladder import current_ladder
from monitoring.chasing import WAYS, Rung, due_rungs, why, window
from monitoring.models import ChaseClaim
from monitoring.months import MONTHLY

#: Kind of the message by the ways a rung goes (WAYS): to the firm, and to a bureau about firms.
KINDS: dict[tuple[str, ...], str] = {
    ("inbox",): "monitoring.chase_inbox",
    ("inbox", "mail"): "monitoring.chase_mail",
    ("inbox", "mail", "sms"): "monitoring.chase_sms",
}
BUREAU_KINDS: dict[tuple[str, ...], str] = {
    ("inbox",): "monitoring.lagging_inbox",
    ("inbox", "mail"): "monitoring.lagging_mail",
}
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Owed:
    """An open obligation as a reminder names it."""

    pk: int
    kind: str
    enterprise_id: int
    firm: str
    period: str
    due_on: dt.date
    path: str
    return_id: int

    @property
    def handler(self) -> int:
        """The bureau that handles the firm: the last on its path."""
        return path_ids(self.path)[-1]


@dataclass(slots=True)
class Planned:
    """One reminder that goes out: to whom, about what, why. ``owed`` has one line for a firm, many for a bureau."""

    rung: Rung
    recipient_kind: str
    recipient_id: int
    recipient: str
    reason: str
    owed: list[Owed] = field(default_factory=list)

    @property
    def key(self) -> str:
        """Key of the message: the same reminder has the same key whoever computes it."""
        ids = ",".join(str(item.pk) for item in self.owed)
        return (
            f"chase:{self.rung.code}:{self.recipient_kind}{self.recipient_id}:"
            + hashlib.sha256(ids.encode()).hexdigest()[:24]
        )


def tonight(day: dt.date, *, actor: Actor | None = None) -> list[Planned]:
    """What goes out in the night of ``day`` and why, nothing written. ``actor``: only about firms they answer for.

    A constant number of queries, whatever the number of firms.
    """
    planned: list[Planned] = []
    for kind, rungs in current_ladder().items():
        span = window(rungs, day)
        if span is None:
            continue
        # A firm that has left the roster is not chased for the months it owed before.
        rows = Obligation.objects.filter(
            kind=kind,
            status=Obligation.Status.OPEN,
            due_on__range=span,
            monthly_return__entry__until__isnull=True,
        )
        if actor is not None:
            rows = rows & Obligation.objects.visible_to(actor)
        planned += _plan(_owed(rows.order_by("pk")), rungs, day)
    return planned


def _owed(rows: QuerySet[Obligation]) -> list[Owed]:
    found = list(
        rows.exclude(path="").values_list("pk", "kind", "owner_id", "period", "due_on", "path", "monthly_return__pk")
    )
    firms = dict(Enterprise.objects.filter(pk__in={row[2] for row in found}).values_list("pk", "name"))
    return [
        Owed(pk, kind, owner, firms.get(owner, ""), period, due_on, path, return_id)
        for pk, kind, owner, period, due_on, path, return_id in found
        if due_on is not None and return_id is not None
    ]


def _plan(owed: list[Owed], rungs: Sequence[Rung], day: dt.date) -> list[Planned]:
    claimed = set(
        ChaseClaim.objects.filter(obligation_id__in=[item.pk for item in owed]).values_list("obligation_id", "rung")
    )
    steps = {step for item in owed for step in path_ids(item.path)}
    bureaus = {bureau.pk: bureau for bureau in Bureau.objects.filter(pk__in=steps)}
    to_firms: list[Planned] = []
    to_bureaus: dict[tuple[str, int], Planned] = {}
    for item in owed:
        for rung in due_rungs(rungs, item.due_on, day):
            if (item.pk, rung.code) in claimed:
                continue
            if rung.audience == "enterprise":
                reason = why(rung, item.due_on, day)
                to_firms.append(Planned(rung, "enterprise", item.enterprise_id, item.firm, reason, [item]))
                continue
            bureau = _bureau_for(rung.audience, item.path, bureaus)
            if bureau is None:
                continue
            reminder = to_bureaus.setdefault(
                (rung.code, bureau.pk),
                Planned(rung, "bureau", bureau.pk, bureau.name, why(rung, item.due_on, day)),
            )
            reminder.owed.append(item)
    return to_firms + [to_bureaus[key] for key in sorted(to_bureaus)]


def _bureau_for(audience: str, path: str, bureaus: dict[int, Bureau]) -> Bureau | None:
    """The bureau a rung means for this firm: the one that handles it; the next above it. A prefecture that handles the
    firm itself was told by the county's rung already.
    """
    steps = path_ids(path)
    if audience == "county":
        return bureaus.get(steps[-1])
    if len(steps) < 2 or bureaus[steps[-1]].level == "prefecture":
        return None
    return bureaus.get(steps[-2])


def chase(day: dt.date) -> dict[str, int]:
    """Send what is due on ``day``; returns how many reminders went out per rung. Safe to repeat: claims say what went out."""
    counts: dict[str, int] = {}
    planned = tonight(day)
    firms = [item for item in planned if item.recipient_kind == "enterprise"]
    batches = [firms[start : start + _BATCH] for start in range(0, len(firms), _BATCH)]
    batches += [[item] for item in planned if item.recipient_kind == "bureau"]
    for batch in batches:
        for code, number in _send(batch, day).items():
            counts[code] = counts.get(code, 0) + number
    if counts:
        record_act(
            subject_kind="chase_night",
            subject_id=int(day.strftime("%Y%m%d")),
            subject_label=f"{day:%Y-%m-%d} 催报",
            action="chasing.night",
            actor=SYSTEM,
            data=counts,
        )
    return counts


@transaction.atomic
def _send(batch: list[Planned], day: dt.date, *, by: Decision | None = None, urged: bool = False) -> dict[str, int]:
    """Lock what is still owed, drop what has been filed or sent meanwhile, write claims and messages."""
    ids = sorted({item.pk for reminder in batch for item in reminder.owed})
    still = set(
        Obligation.objects.filter(pk__in=ids, status=Obligation.Status.OPEN)
        .order_by("pk")
        .select_for_update(of=("self",))
        .values_list("pk", flat=True)
    )
    taken = set(ChaseClaim.objects.filter(obligation_id__in=still).values_list("obligation_id", "rung"))
    now = business_now()
    claims: list[ChaseClaim] = []
    messages: list[Message] = []
    counts: dict[str, int] = {}
    for reminder in batch:
        code = reminder.rung.code
        reminder.owed = [item for item in reminder.owed if item.pk in still and (item.pk, code) not in taken]
        if not reminder.owed:
            continue
        messages.append(_message(reminder, day, urged))
        counts[code] = counts.get(code, 0) + 1
        claims += [
            ChaseClaim(
                obligation_id=item.pk,
                rung=code,
                channel=channel,
                day=day,
                recipient_kind=reminder.recipient_kind,
                recipient_id=reminder.recipient_id,
                message_key=reminder.key,
                by_hand=urged,
                at=now,
            )
            for item in reminder.owed
            for channel in reminder.rung.channels
        ]
    ChaseClaim.objects.bulk_create(claims)
    send(messages, by)
    return counts


def _message(reminder: Planned, day: dt.date, urged: bool) -> Message:
    first = reminder.owed[0]
    if reminder.recipient_kind == "enterprise":
        body = {
            "name": first.firm,
            "month": f"{int(first.period[5:7])}月",
            "day": f"{first.due_on.month}月{first.due_on.day}日",
            "left": (first.due_on - day).days,
            "return": first.return_id,
        }
        kind = "monitoring.urged" if urged else KINDS[reminder.rung.channels]
        return Message(reminder.key, kind, "enterprise", reminder.recipient_id, body)
    own = [item for item in reminder.owed if item.handler == reminder.recipient_id]
    told = {
        "count": len(reminder.owed),
        "period": first.period,
        "day": f"{first.due_on.month}月{first.due_on.day}日",
        "left": (first.due_on - day).days,
        # Names only to the bureau that handles the firms; those above are told numbers by county.
        "names": [item.firm for item in own][:50],
        "counties": _by_county(reminder.owed, reminder.recipient_id),
    }
    return Message(reminder.key, BUREAU_KINDS[reminder.rung.channels], "bureau", reminder.recipient_id, told)


def _by_county(owed: list[Owed], recipient: int) -> list[str]:
    handlers: dict[int, int] = {}
    for item in owed:
        if item.handler != recipient:
            handlers[item.handler] = handlers.get(item.handler, 0) + 1
    names = dict(Bureau.objects.filter(pk__in=handlers).values_list("pk", "short_name"))
    return [f"{names[pk]}{number}家" for pk, number in sorted(handlers.items(), key=lambda row: (-row[1], row[0]))]


def remind_now(*, obligation_ids: Iterable[int], actor: Actor) -> int:
    """督促: remind these firms now (SC-40), once a day each; returns how many were told. Recorded with who was told.

    Refused when nothing of it is owed any more or the actor does not answer for the firms.
    """
    day = business_today()
    require(actor, "obligation.remind")
    rows = Obligation.objects.visible_to(actor).filter(kind=MONTHLY, status=Obligation.Status.OPEN)
    owed = _owed(rows.filter(pk__in=list(obligation_ids)).order_by("pk"))
    if not owed:
        raise Refused(no("所选企业都已报送，或不在您的职责范围内。", "请刷新后再看。"))
    rung = Rung(f"督促{day:%Y%m%d}", 0, "enterprise", WAYS[-1])
    batch = [Planned(rung, "enterprise", item.enterprise_id, item.firm, "督促", [item]) for item in owed]
    with transaction.atomic():
        decision = record_act(
            subject_kind="bureau",
            subject_id=actor.bureau_id or 0,
            subject_label=actor.hat.holder_name,
            action="obligation.remind",
            actor=actor,
            data={"obligations": [item.pk for item in owed]},
        )
        told = sum(_send(batch, day, by=decision, urged=True).values())
        if not told:
            raise Refused(no("所选企业今天都已催过。", "同一企业一天只催一次。"))
    return told
