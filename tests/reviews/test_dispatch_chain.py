"""The whole way at action level: county → prefecture → province, both programmes (HN-20, HN-22, HN-27)."""

from __future__ import annotations

import pytest

from cultivation.models import RosterEntry
from foundation.core.errors import Refused
from foundation.journal.chain import check as check_journal
from foundation.journal.models import OutboxMessage
from portal.rehearsal.people import CHENGDU, HUNAN, SICHUAN, ZHUZHOU
from reviews.actions import dispatching, merging, planning, sending
from reviews.actions.listing_gate import adopt_reasons, explain_listing
from reviews.dispatch_page import gate_lines
from reviews.models import Application, StepVerdict
from reviews.states import DispatchState, FileState
from tests.reviews.conftest import HETANG, JINJIANG, LILING, World
from tests.reviews.on_the_way import merged, planned, prefecture_list, received, recommended, sealed, signed, started


def test_hunan_from_two_counties_to_the_roster(world: World) -> None:
    liling = received(world, LILING, 1, "no_chain")
    hetang = received(world, HETANG, 2)
    merged(world, liling)
    merged(world, hetang)
    own = recommended_at_prefecture(world)
    dispatch = started(world, ZHUZHOU)
    places = [file.bureau.short_name for file in dispatching.reported(dispatch)]
    assert places == [own.bureau.short_name, "荷塘区经科局", "荷塘区经科局", "醴陵市经科局"], (
        "own level first, then by code"
    )
    assert [file.pk for file in dispatching.reported(dispatch)][1:3] == [
        file.pk for file in dispatching.reported(hetang)
    ], "within a county the county's rank"

    with pytest.raises(Refused, match="需说明理由"):
        signed(world, dispatch, ZHUZHOU)
    assert adopt_reasons(dispatch_id=dispatch.pk, actor=world.handler(ZHUZHOU)) == 1
    for gate in gate_lines(dispatch):
        if not gate.reason:
            explain_listing(
                dispatch_id=dispatch.pk,
                actor=world.handler(ZHUZHOU),
                application_id=gate.file.pk,
                code=gate.code,
                text="属本市重点产业链（演示）。",
            )
    dispatch = sealed(world, dispatch, ZHUZHOU)
    assert StepVerdict.objects.filter(step="listing").count() == 4
    with pytest.raises(Refused, match="培育工作计划尚未定稿：计划与汇总表须一并报送"):
        sending.send(dispatch_id=dispatch.pk, actor=world.signer(ZHUZHOU))
    plan = planned(world)
    dispatch = sending.send(dispatch_id=dispatch.pk, actor=world.signer(ZHUZHOU))
    assert (dispatch.plan, dispatch.plan.document.released_at is not None) == (plan, True)
    assert not RosterEntry.objects.exists()
    dispatch = sending.receive(dispatch_id=dispatch.pk, actor=world.handler(HUNAN))
    assert dispatch.state == DispatchState.RECEIVED
    entries = RosterEntry.objects.order_by("application_id")
    assert {entry.application_id for entry in entries} == {file.pk for file in dispatching.reported(dispatch)}
    assert {entry.document_id for entry in entries} == {dispatch.document_id}
    assert set(Application.objects.values_list("state", flat=True)) == {FileState.LISTED}
    snapshot = dispatch.document.snapshot
    names = [row["cells"]["name"] for row in snapshot["rows"]]
    assert names == [file.enterprise_name for file in dispatching.reported(dispatch)]
    assert snapshot["heads"]["prefecture"] == "株洲市"
    told = OutboxMessage.objects.filter(kind="reviews.listed").values_list("recipient_id", flat=True)
    assert set(told) == {entry.enterprise_id for entry in entries}, "every firm is told"
    assert list(check_journal()) == []


def recommended_at_prefecture(world: World) -> Application:
    """A firm the prefecture handles itself (HN-20): recommended there, on its list without a county."""
    file = recommended(world, 1, ZHUZHOU)[0]
    assert file.bureau_id == world.built.cast.bureaus[ZHUZHOU].pk
    return file


def test_sichuan_is_only_received(world: World) -> None:
    """238号: the list is published after the provincial steps; the receipt begins no entry, and no plan is asked."""
    county = received(world, JINJIANG, 2)
    merged(world, county)
    dispatch = started(world, CHENGDU)
    assert gate_lines(dispatch) == []
    with pytest.raises(Refused, match="不要求附培育工作计划"):
        planning.start_plan(round=world.sichuan, actor=world.handler(CHENGDU))
    dispatch = sealed(world, dispatch, CHENGDU)
    sending.send(dispatch_id=dispatch.pk, actor=world.signer(CHENGDU))
    sending.receive(dispatch_id=dispatch.pk, actor=world.handler(SICHUAN))
    assert not RosterEntry.objects.exists()
    assert set(Application.objects.values_list("state", flat=True)) == {FileState.AT_PROVINCE}
    assert list(check_journal()) == []


def test_the_province_returns_everything_to_the_prefecture(world: World) -> None:
    merged(world, received(world, HETANG, 2))
    planned(world)
    dispatch = sealed(world, prefecture_list(world), ZHUZHOU)
    sending.send(dispatch_id=dispatch.pk, actor=world.signer(ZHUZHOU))
    sending.return_dispatch(dispatch_id=dispatch.pk, actor=world.handler(HUNAN), reason="计划目标不明确（演示）")
    assert set(Application.objects.values_list("state", flat=True)) == {FileState.MERGED}
    anew = prefecture_list(world)
    assert len(dispatching.reported(anew)) == 2
    sending.send(dispatch_id=sealed(world, anew, ZHUZHOU).pk, actor=world.signer(ZHUZHOU))


def test_a_merged_file_is_not_merged_twice(world: World) -> None:
    dispatch = received(world)
    ids = merged(world, dispatch)
    verdict = merging.merge(ids=ids, actor=world.handler(ZHUZHOU))[ids[0]]
    assert "市州已汇总" in verdict.reason
