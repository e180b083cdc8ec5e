"""A dispatch on its way: complete or not, in time or late, recalled, received, returned (HN-27, ZZ-05, design idea 1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from foundation.accounts.paths import bureau_path
from foundation.accounts.roles import Level
from foundation.core.clock import current_installation, one_installation_per_unit_of_work
from foundation.core.errors import Refused, StaleState
from foundation.journal.models import Decision, OutboxMessage
from portal.rehearsal import calendar, county
from portal.rehearsal.people import CHENGDU, HUNAN, SICHUAN, ZHUZHOU
from reviews.actions import dispatching, merging, sending
from reviews.evaluation import window_verdict
from reviews.events import DispatchReceived, DispatchSent
from reviews.models import Application, Dispatch, LatePermission
from reviews.states import DispatchState, FileState
from tests.harness.queries import Queries
from tests.reviews.conftest import HETANG, JINJIANG, World
from tests.reviews.on_the_way import (
    acts_on,
    heard,
    planned,
    prefecture_list,
    received,
    recommended,
    sealed,
    sent,
    signed,
    started,
)

OnDay = Callable[[Any], None]


def state_of(file: Application) -> str:
    return Application.objects.get(pk=file.pk).state


def test_sent_only_signed_and_sealed(world: World) -> None:
    file = recommended(world)[0]
    dispatch = started(world)
    with pytest.raises(Refused, match="报送现在是“编制中”"):
        sending.send(dispatch_id=dispatch.pk, actor=world.signer())
    signed(world, dispatch)
    with pytest.raises(Refused, match="尚未上传盖章扫描件"):
        sending.send(dispatch_id=dispatch.pk, actor=world.signer())
    assert state_of(file) == FileState.RECOMMENDED
    with heard(DispatchSent) as told:
        done = sent(world, started_again(dispatch.pk))
    assert (done.state, done.late) == (DispatchState.SENT, False)
    assert state_of(file) == FileState.AT_PREFECTURE
    assert [event.dispatch_id for event in told] == [dispatch.pk]
    assert done.document.released_at is not None
    assert acts_on(done)[-1] == "dispatch.send"
    letter = OutboxMessage.objects.filter(kind="reviews.dispatch_sent").latest("id")
    assert (letter.recipient_kind, letter.recipient_id) == ("bureau", done.to_bureau_id)
    with pytest.raises(Refused, match="报送现在是“已报送”"):
        sending.send(dispatch_id=dispatch.pk, actor=world.signer())


def started_again(pk: int) -> Dispatch:
    return Dispatch.objects.select_related("document").get(pk=pk)


def test_recalled_until_received_and_sent_again(world: World) -> None:
    file = recommended(world)[0]
    dispatch = sent(world, started(world))
    first = dispatch.document
    with pytest.raises(Refused, match="请写明撤回理由"):
        sending.recall(dispatch_id=dispatch.pk, actor=world.handler(), reason=" ")
    home = sending.recall(dispatch_id=dispatch.pk, actor=world.handler(), reason="数字有误（演示）")
    assert (home.state, home.document, home.sent_at) == (DispatchState.DRAFT, None, None)
    assert state_of(file) == FileState.RECOMMENDED
    first.refresh_from_db()
    assert first.state == "void"
    letter = OutboxMessage.objects.filter(kind="reviews.dispatch_recalled").get()
    assert letter.recipient_id == home.to_bureau_id
    again = sent(world, home)
    assert again.document.reference != first.reference
    sending.receive(dispatch_id=dispatch.pk, actor=world.handler(ZHUZHOU))
    with pytest.raises(Refused, match="报送现在是“已接收”"):
        sending.recall(dispatch_id=dispatch.pk, actor=world.handler(), reason="太晚了")


def test_recalled_before_sending_too(world: World) -> None:
    recommended(world)
    dispatch = sealed(world, started(world))
    home = sending.recall(dispatch_id=dispatch.pk, actor=world.signer(), reason="漏了一户（演示）")
    assert home.state == DispatchState.DRAFT
    assert not OutboxMessage.objects.filter(kind="reviews.dispatch_recalled").exists()


def test_received_by_the_superior_alone(world: World) -> None:
    file = recommended(world)[0]
    dispatch = sent(world, started(world))
    for actor in (world.handler(), world.handler(HUNAN)):
        with pytest.raises(Refused, match=r"由报送对象单位接收|没有这份材料"):
            sending.receive(dispatch_id=dispatch.pk, actor=actor)
    with heard(DispatchReceived) as told:
        done = sending.receive(dispatch_id=dispatch.pk, actor=world.handler(ZHUZHOU))
    assert done.state == DispatchState.RECEIVED
    assert told[0].application_ids == (file.pk,)
    assert state_of(file) == FileState.AT_PREFECTURE, "the prefecture still reviews each file"
    with pytest.raises(Refused, match="报送现在是“已接收”"):
        sending.receive(dispatch_id=dispatch.pk, actor=world.handler(ZHUZHOU))


def test_returned_with_a_reason_and_started_anew(world: World) -> None:
    file = recommended(world)[0]
    dispatch = sent(world, started(world))
    with pytest.raises(Refused, match="请写明退回理由"):
        sending.return_dispatch(dispatch_id=dispatch.pk, actor=world.handler(ZHUZHOU), reason="")
    back = sending.return_dispatch(dispatch_id=dispatch.pk, actor=world.handler(ZHUZHOU), reason="缺盖章页（演示）")
    assert (back.state, back.document.state) == (DispatchState.RETURNED, "void")
    assert state_of(file) == FileState.RECOMMENDED
    told = OutboxMessage.objects.filter(kind="reviews.dispatch_returned").get()
    assert (told.recipient_id, told.payload["reason"]) == (back.from_bureau_id, "缺盖章页（演示）")
    anew = started(world)
    assert (anew.pk != dispatch.pk, anew.batch) == (True, dispatch.batch)
    assert sent(world, anew).state == DispatchState.SENT


def test_merged_and_returned_only_after_receipt(world: World) -> None:
    files = recommended(world, 2)
    dispatch = sent(world, started(world))
    prefecture = world.handler(ZHUZHOU)
    verdicts = merging.merge(ids=[file.pk for file in files], actor=prefecture)
    assert {verdict.reason for verdict in verdicts.values()} == {"县级的报送尚未接收。"}
    with pytest.raises(Refused, match="尚未接收"):
        merging.return_to_county(application_id=files[0].pk, actor=prefecture, reason="演示")
    sending.receive(dispatch_id=dispatch.pk, actor=prefecture)
    assert merging.merge(ids=[files[0].pk], actor=prefecture)[files[0].pk]
    with pytest.raises(Refused, match="请写明退回县级的理由"):
        merging.return_to_county(application_id=files[1].pk, actor=prefecture, reason="")
    merging.return_to_county(application_id=files[1].pk, actor=prefecture, reason="主导产品不符（演示）")
    assert [state_of(file) for file in files] == [FileState.MERGED, FileState.SUBMITTED]
    told = OutboxMessage.objects.filter(kind="reviews.returned_to_county").get()
    assert told.recipient_id == dispatch.from_bureau_id


def test_a_returned_file_goes_up_with_a_second_list(world: World) -> None:
    """What came back to the county is reported again in a batch of its own; the prefecture's list has it once."""
    dispatch = received(world, number=2)
    first, second = dispatching.reported(dispatch)
    merging.return_to_county(application_id=second.pk, actor=world.handler(ZHUZHOU), reason="补充依据（演示）")
    assert [file.pk for file in dispatching.waiting_files(world.hunan.pk, dispatch.to_bureau_id, "/")] == []
    county.recommend([second], world.built.cast, HETANG)
    again = started(world)
    assert (again.batch, [file.pk for file in dispatching.reported(again)]) == (2, [second.pk])
    sent(world, again)
    sending.receive(dispatch_id=again.pk, actor=world.handler(ZHUZHOU))
    assert all(merging.merge(ids=[first.pk, second.pk], actor=world.handler(ZHUZHOU)).values())
    assert [file.pk for file in dispatching.reported(started(world, ZHUZHOU))] == [first.pk, second.pk]


def test_nobody_sends_half_a_list(world: World) -> None:
    """A file that has moved on meanwhile stops the whole, with its name."""
    files = recommended(world, 2)
    dispatch = sealed(world, started(world))
    Application.objects.filter(pk=files[0].pk).update(state=FileState.SUBMITTED)
    with pytest.raises(Refused, match=files[0].enterprise_name):
        sending.send(dispatch_id=dispatch.pk, actor=world.signer())
    assert state_of(files[1]) == FileState.RECOMMENDED
    assert Dispatch.objects.get(pk=dispatch.pk).state == DispatchState.SEALED


# ---- in time and late --------------------------------------------------------------------------------------


def closing(world: World, place: str) -> dt.date:
    round_ = world.hunan if place.startswith("43") else world.sichuan
    bureau = world.built.cast.bureaus[place]
    path = bureau_path(bureau.pk, round_.stage, calendar.TODAY)
    day = window_verdict(round_, path, Level(bureau.level)).closes_on
    assert day is not None
    return day


def test_a_flagged_window_marks_late(world: World, on_day: OnDay) -> None:
    recommended(world)
    dispatch = sealed(world, started(world))
    on_day(closing(world, HETANG) + dt.timedelta(days=1))
    done = sending.send(dispatch_id=dispatch.pk, actor=world.signer())
    assert (done.late, done.late_permission) == (True, None)


def test_a_hard_window_closes_after_its_grace_and_leave_is_recorded(world: World, on_day: OnDay) -> None:
    recommended(world, 1, JINJIANG)
    dispatch = sealed(world, started(world, JINJIANG), JINJIANG)
    closes = closing(world, JINJIANG)
    grace = world.sichuan.programme.windows.grace_days
    on_day(closes + dt.timedelta(days=grace + 1))
    with pytest.raises(Refused, match=r"截止日.*已过"):
        sending.send(dispatch_id=dispatch.pk, actor=world.signer(JINJIANG))
    bureau = world.built.cast.bureaus[JINJIANG]
    until = closes + dt.timedelta(days=grace + 3)
    ask = {"round": world.sichuan, "bureau": bureau}
    with pytest.raises(Refused, match="不向本单位报送"):
        sending.grant_late(**ask, actor=world.handler(SICHUAN), until=until, reason="演示")
    with pytest.raises(Refused, match="不能早于今天"):
        sending.grant_late(**ask, actor=world.handler(CHENGDU), until=closes, reason="演示")
    with pytest.raises(Refused, match="请写明准予补报的理由"):
        sending.grant_late(**ask, actor=world.handler(CHENGDU), until=until, reason=" ")
    leave = sending.grant_late(**ask, actor=world.handler(CHENGDU), until=until, reason="公章外借（演示）")
    assert Decision.objects.get(pk=leave.decision_id).opinion == "公章外借（演示）"
    done = sending.send(dispatch_id=dispatch.pk, actor=world.signer(JINJIANG))
    assert (done.late, done.late_permission) == (True, leave)


def test_leave_runs_out(world: World, on_day: OnDay) -> None:
    recommended(world, 1, JINJIANG)
    dispatch = sealed(world, started(world, JINJIANG), JINJIANG)
    late = closing(world, JINJIANG) + dt.timedelta(days=10)
    on_day(late)
    bureau = world.built.cast.bureaus[JINJIANG]
    sending.grant_late(round=world.sichuan, bureau=bureau, actor=world.handler(CHENGDU), until=late, reason="演示")
    on_day(late + dt.timedelta(days=1))
    with pytest.raises(Refused, match="已过"):
        sending.send(dispatch_id=dispatch.pk, actor=world.signer(JINJIANG))
    assert LatePermission.objects.count() == 1


def test_grace_is_late_but_open(world: World, on_day: OnDay) -> None:
    recommended(world, 1, JINJIANG)
    dispatch = sealed(world, started(world, JINJIANG), JINJIANG)
    on_day(closing(world, JINJIANG) + dt.timedelta(days=1))
    assert sending.send(dispatch_id=dispatch.pk, actor=world.signer(JINJIANG)).late


def test_stale_page_does_not_act_twice(world: World) -> None:
    recommended(world)
    dispatch = sent(world, started(world))
    sending.return_dispatch(dispatch_id=dispatch.pk, actor=world.handler(ZHUZHOU), reason="演示")
    with pytest.raises((Refused, StaleState)):
        sending.receive(dispatch_id=dispatch.pk, actor=world.handler(ZHUZHOU))


# ---- set-wise ----------------------------------------------------------------------------------------------


STATEMENTS = {"sign": 24, "send": 22, "receive": 10, "merge": 7, "upward": 23, "listed": 20}
"""Measured; the same for one firm and for four."""


@pytest.mark.parametrize("number", [1, 4])
def test_statements_do_not_grow_with_the_list(world: World, queries: Queries, number: int) -> None:
    """Signing, sending, receiving, merging and listing cost the same however many firms are on the list."""
    files = recommended(world, number)
    ids = [file.pk for file in files]
    county_signer, city, city_signer, province = (
        world.signer(),
        world.handler(ZHUZHOU),
        world.signer(ZHUZHOU),
        world.handler(HUNAN),
    )
    counted: dict[str, int] = {}
    said: list[str] = []

    def measure(name: str, act: Callable[[], Any]) -> None:
        with one_installation_per_unit_of_work():
            current_installation()
            with queries.record() as seen:
                act()
        counted[name] = len(seen)
        said.extend([f"-- {name}", *seen])

    pk = started(world).pk
    measure("sign", lambda: dispatching.sign(dispatch_id=pk, actor=county_signer))
    sealed(world, started_again(pk))
    measure("send", lambda: sending.send(dispatch_id=pk, actor=county_signer))
    measure("receive", lambda: sending.receive(dispatch_id=pk, actor=city))
    measure("merge", lambda: merging.merge(ids=ids, actor=city))
    above = sealed(world, prefecture_list(world), ZHUZHOU).pk
    planned(world)
    measure("upward", lambda: sending.send(dispatch_id=above, actor=city_signer))
    measure("listed", lambda: sending.receive(dispatch_id=above, actor=province))
    assert counted == STATEMENTS, "\n".join(said)
