"""The prefecture's acts on single files that counties reported: merge into its list, or return to the county (HN-16, HN-25)."""

from __future__ import annotations

from collections.abc import Iterable

from foundation.accounts.actor import Actor
from foundation.accounts.roles import Act
from foundation.accounts.transition import decide, decide_one
from foundation.core.errors import Refused
from foundation.core.verdict import Verdict, no, ok
from foundation.journal.models import Decision
from foundation.journal.record import Message
from reviews import hands
from reviews.models import Application, DispatchItem
from reviews.states import DispatchState, FileState

_NOT_RECEIVED = no("县级的报送尚未接收。", "请先在“报送”中接收。")


def received_files(ids: Iterable[int], bureau_id: int | None) -> set[int]:
    """Those of the files that came with a dispatch this bureau has received. A file that was returned once travels again with a
    later dispatch: while that one is on its way the file has not arrived.
    """
    rows = DispatchItem.objects.filter(
        application_id__in=list(ids),
        held=False,
        dispatch__state__in=[DispatchState.RECEIVED, DispatchState.SENT],
        dispatch__to_bureau_id=bureau_id,
    )
    by_state: dict[str, set[int]] = {DispatchState.RECEIVED: set(), DispatchState.SENT: set()}
    for pk, state in rows.order_by().values_list("application_id", "dispatch__state"):
        by_state[state].add(pk)
    return by_state[DispatchState.RECEIVED] - by_state[DispatchState.SENT]


def may_merge(file: Application, actor: Actor) -> Verdict:
    """Whether the county's dispatch of this file has been received."""
    return ok() if file.pk in received_files([file.pk], actor.bureau_id) else _NOT_RECEIVED


def merge(*, ids: Iterable[int], actor: Actor, opinion: str = "") -> dict[int, Verdict]:
    """Take files into the prefecture's list; the county's dispatch must have been received."""
    wanted = sorted(set(ids))
    received: list[set[int]] = []

    def check(file: Application) -> Verdict:
        if not received:
            received.append(received_files(wanted, actor.bureau_id))
        return ok() if file.pk in received[0] else _NOT_RECEIVED

    return decide(
        model=Application,
        ids=wanted,
        action="application.merge",
        expect={FileState.AT_PREFECTURE},
        to=FileState.MERGED,
        actor=actor,
        opinion=opinion,
        check=check,
    )


def return_to_county(*, application_id: int, actor: Actor, reason: str) -> None:
    """Return one file to its county with a reason; the county decides whether the firm must correct."""
    if not reason.strip():
        raise Refused(no("请写明退回县级的理由。"))

    def check(file: Application) -> Verdict:
        return ok() if received_files([file.pk], actor.bureau_id) else _NOT_RECEIVED

    def event(file: Application, decision: Decision) -> None:
        hands.cancel("application", [file.pk], Act.RECOMMEND)

    decide_one(
        pk=application_id,
        model=Application,
        action="application.return_to_county",
        expect={FileState.AT_PREFECTURE},
        to=FileState.SUBMITTED,
        actor=actor,
        opinion=reason.strip(),
        check=check,
        event=event,
        outbox=lambda file, decision: [
            Message(
                f"reviews.returned_to_county:{decision.pk}",
                "reviews.returned_to_county",
                "bureau",
                file.bureau_id,
                {"application": file.pk, "name": file.enterprise_name, "reason": reason.strip()},
            )
        ],
    )
