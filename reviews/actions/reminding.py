"""The level above reminds those below that have not reported: one press, recorded, at most once a day to each (SC-40)."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from cultivation.models import Round
from foundation.accounts.actor import Actor
from foundation.accounts.models import Bureau
from foundation.accounts.paths import subordinates
from foundation.accounts.transition import record_act, require
from foundation.core.clock import business_today
from foundation.core.errors import Refused
from foundation.core.verdict import no
from foundation.journal.models import OutboxMessage
from foundation.journal.record import Message
from reviews.province_matrix import Matrix, matrix

KIND = "reviews.dispatch_reminder"
NOTE_LENGTH = 200


@transaction.atomic
def remind(*, round: Round, bureau_ids: Iterable[int], actor: Actor, note: str = "") -> int:
    """Remind these bureaus of the list they owe; whoever has reported, or was reminded today, is left in peace. Returns how many
    messages go out; Refused when none would.
    """
    require(actor, "dispatch.remind")
    note = " ".join(note.split())
    if len(note) > NOTE_LENGTH:
        raise Refused(no(f"附言不超过 {NOTE_LENGTH} 个字。"))
    wanted = set(bureau_ids)
    today = business_today()
    if not wanted or wanted - set(subordinates(actor.bureau_id or 0, round.stage, today)):
        raise Refused(no("请选择向本单位报送的下级单位。"))
    found: Matrix = matrix(actor, round)
    owing = [row for row in found.owing if row.missing and row.below.bureau.pk in wanted]
    if not owing:
        raise Refused(no("选中的单位已经报送，不再提醒。"))
    keys = {row.below.bureau.pk: f"{KIND}:{round.pk}:{row.below.bureau.pk}:{today:%Y%m%d}" for row in owing}
    known = set(OutboxMessage.objects.filter(key__in=keys.values()).values_list("key", flat=True))
    fresh = [row for row in owing if keys[row.below.bureau.pk] not in known]
    if not fresh:
        raise Refused(no("选中的单位今天已经提醒过。", "同一单位每天提醒一次，急事请电话联系。"))
    by = Bureau.objects.values_list("short_name", flat=True).get(pk=actor.bureau_id)
    messages = []
    for row in fresh:
        closes = row.closes_on
        when = "" if closes is None else f"，截止日{closes.month}月{closes.day}日" + ("已过" if closes < today else "")
        missing = "汇总表和培育计划尚未报送" if found.asks_plan else "汇总表尚未报送"
        payload = {"round": str(round), "id": round.pk, "by": by, "missing": missing, "when": when, "note": note}
        messages.append(Message(keys[row.below.bureau.pk], KIND, "bureau", row.below.bureau.pk, payload))
    record_act(
        subject_kind=round.subject_kind,
        subject_id=round.pk,
        subject_label=str(round),
        action="dispatch.remind",
        actor=actor,
        opinion=note,
        data={"bureaus": sorted(row.below.bureau.pk for row in fresh)},
        messages=messages,
    )
    return len(fresh)
