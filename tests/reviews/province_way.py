"""Sichuan's way after the prefecture's list: received by the province, decided, published; through the actions a page calls."""

from __future__ import annotations

from portal.rehearsal.people import CHENGDU, SICHUAN
from reviews.actions import approving, publishing, sending
from reviews.models import Application, Approval, Dispatch, Publishing
from reviews.states import FileState
from tests.reviews.conftest import JINJIANG, World
from tests.reviews.on_the_way import merged, received, sent, started

WUHOU = "510107"
NUMBER = "川经信企业函〔2018〕1号"


def at_province(world: World, number: int = 1, place: str = JINJIANG) -> list[Application]:
    """Files of a county of Chengdu that the province has received."""
    ids = merged(world, received(world, place, number))
    dispatch = to_province(world)
    assert dispatch.to_bureau_id == world.sichuan.bureau_id
    return in_order(ids)


def to_province(world: World, *, receive: bool = True) -> Dispatch:
    """Chengdu's list of everything merged, sent to the province and, unless told otherwise, received there."""
    dispatch = sent(world, started(world, CHENGDU), CHENGDU)
    if receive:
        return sending.receive(dispatch_id=dispatch.pk, actor=world.handler(SICHUAN))
    return dispatch


def in_order(ids: list[int]) -> list[Application]:
    """The files as they are now."""
    found = Application.objects.in_bulk(ids)
    return [found[pk] for pk in ids]


def states(ids: list[int] | list[Application]) -> list[str]:
    """States of files, in order."""
    return [file.state for file in in_order([getattr(one, "pk", one) for one in ids])]


def drafted(world: World) -> Approval:
    """The decision, opened."""
    return approving.start_approval(round=world.sichuan, actor=world.handler(SICHUAN))


def decided(world: World, approval: Approval | None = None) -> Approval:
    """Decided by all hands the bureau asks for."""
    approval = approval or drafted(world)
    for actor in (world.handler(SICHUAN), world.signer(SICHUAN)):
        approval = approving.endorse_approval(approval_id=approval.pk, actor=actor, opinion="同意（演示）。")
    return approval


def approved(world: World, number: int = 1) -> list[Application]:
    """Files that passed the decision."""
    files = at_province(world, number)
    decided(world)
    assert states(files) == [FileState.APPROVED] * number
    return in_order([file.pk for file in files])


def published(world: World, row: Publishing, number: str = NUMBER) -> Publishing:
    """All hands given on a list."""
    for actor in (world.handler(SICHUAN), world.signer(SICHUAN)):
        row = publishing.publish(publishing_id=row.pk, actor=actor, number=number, opinion="同意公布（演示）。")
    return row


def listed(world: World, number: str = NUMBER) -> Publishing:
    """The list of everything cleared, with reasons at listing taken over from below, published."""
    row = publishing.start_publishing(round=world.sichuan, actor=world.handler(SICHUAN))
    publishing.adopt_reasons(publishing_id=row.pk, actor=world.handler(SICHUAN))
    return published(world, row, number)
