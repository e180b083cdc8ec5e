"""Making a dispatch: which files, in which order, through which hands, frozen and stamped (HN-25, HN-32, ZZ-07)."""

from __future__ import annotations

import pytest

from cultivation.actions.rounds import close_round
from foundation.accounts.models import Bureau
from foundation.core.errors import Refused, StaleState
from foundation.documents.actions.freeze import void
from foundation.documents.actions.seal import attach_scan
from foundation.journal.models import Decision
from portal.rehearsal.people import HUNAN, ZHUZHOU
from reviews.actions import dispatching
from reviews.models import Application, Dispatch, Endorsement
from reviews.states import DispatchState, FileState
from tests.reviews.conftest import JINJIANG, TIANYUAN, World
from tests.reviews.on_the_way import acts_on, recommended, scan_of, sealed, sent, signed, started


def order_of(dispatch: Dispatch) -> list[int]:
    return list(dispatch.items.order_by("rank").values_list("application_id", flat=True))


def test_a_list_takes_every_recommended_file_in_order(world: World) -> None:
    files = recommended(world, 2)
    waiting, _ = world.submitted()
    dispatch = started(world)
    assert order_of(dispatch) == [file.pk for file in files]
    assert waiting.pk not in order_of(dispatch)
    assert dispatch.to_bureau == Bureau.objects.get(name__startswith="株洲市经济")
    assert dispatch.title == "2018年小巨人后备企业汇总表"
    assert (dispatch.reporter_name, bool(dispatch.reporter_phone)) == (world.handler().name, True)
    assert acts_on(dispatch) == ["dispatch.start", "dispatch.collect"]


def test_two_officers_starting_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first question is asked before the row exists: then the constraint says so, in words."""
    recommended(world)
    started(world)
    with pytest.raises(Refused, match="本轮已有一份在办的报送"):
        started(world)
    monkeypatch.setattr(dispatching, "DISPATCH_LIVE", frozenset())
    with pytest.raises(StaleState, match="同事刚刚建立"):
        started(world)
    assert Dispatch.objects.count() == 1


@pytest.mark.parametrize("place", [HUNAN, JINJIANG])
def test_who_does_not_report_in_a_round(world: World, place: str) -> None:
    with pytest.raises(Refused, match=r"省级部门不再向上报送|本轮由湖南省组织"):
        dispatching.start_dispatch(round=world.hunan, actor=world.handler(place))


def test_a_closed_round_takes_no_list(world: World) -> None:
    close_round(round_id=world.hunan.pk, actor=world.handler(HUNAN), reason="本轮结束（演示）")
    with pytest.raises(Refused, match="本轮申报已结束"):
        started(world)


def test_the_order_is_data(world: World) -> None:
    files = recommended(world, 3)
    dispatch = started(world)
    turned = [file.pk for file in reversed(files)]
    moved = dispatching.reorder(dispatch_id=dispatch.pk, actor=world.handler(), order=turned, version=dispatch.version)
    assert order_of(moved) == turned
    assert moved.version == dispatch.version + 1
    with pytest.raises(StaleState, match="顺序刚被他人调整过"):
        dispatching.reorder(dispatch_id=dispatch.pk, actor=world.handler(), order=turned, version=dispatch.version)
    with pytest.raises(Refused, match="顺序与名单不一致"):
        dispatching.reorder(dispatch_id=dispatch.pk, actor=world.handler(), order=turned[:2], version=moved.version)
    assert order_of(moved) == turned


def test_another_bureaus_list_is_not_there(world: World) -> None:
    recommended(world)
    dispatch = started(world)
    for actor in (world.handler(TIANYUAN), world.handler(ZHUZHOU)):
        with pytest.raises(Refused, match="没有这份材料"):
            dispatching.hold(dispatch_id=dispatch.pk, actor=actor, application_id=order_of(dispatch)[0], held=True)


def test_held_back_and_taken_in_again(world: World) -> None:
    first, second = recommended(world, 2)
    dispatch = started(world)
    dispatching.hold(dispatch_id=dispatch.pk, actor=world.handler(), application_id=first.pk, held=True)
    assert [file.pk for file in dispatching.reported(dispatch)] == [second.pk]
    dispatching.hold(dispatch_id=dispatch.pk, actor=world.handler(), application_id=first.pk, held=False)
    assert [file.pk for file in dispatching.reported(dispatch)] == [first.pk, second.pk]
    other, _ = world.submitted()
    with pytest.raises(Refused, match="不在本次报送中"):
        dispatching.hold(dispatch_id=dispatch.pk, actor=world.handler(), application_id=other.pk, held=True)


def test_a_file_held_back_stays_in_the_bureau(world: World) -> None:
    first, second = recommended(world, 2)
    dispatch = started(world)
    dispatching.hold(dispatch_id=dispatch.pk, actor=world.handler(), application_id=first.pk, held=True)
    sent(world, dispatch)
    assert Application.objects.get(pk=first.pk).state == FileState.RECOMMENDED
    assert Application.objects.get(pk=second.pk).state == FileState.AT_PREFECTURE


def test_new_files_are_collected_at_the_end(world: World) -> None:
    recommended(world)
    dispatch = started(world)
    late = recommended(world)[0]
    assert dispatching.collect(dispatch=dispatch, actor=world.handler()) == 1
    assert order_of(dispatch)[-1] == late.pk
    assert dispatching.collect(dispatch=dispatch, actor=world.handler()) == 0


def test_the_reporter_is_filled_from_the_user_and_editable(world: World) -> None:
    recommended(world)
    dispatch = started(world)
    set_to = {"dispatch_id": dispatch.pk, "actor": world.handler()}
    with pytest.raises(Refused, match="不像电话号码"):
        dispatching.set_reporter(**set_to, name="演示", phone="见名片")
    dispatching.set_reporter(**set_to, name="", phone="0731-00000000")
    with pytest.raises(Refused, match="请填写填报人和联系电话"):
        signed(world, dispatch)
    dispatching.set_reporter(**set_to, name="填报人（演示）", phone="0731-00000000")
    snapshot = signed(world, dispatch).document.snapshot
    assert snapshot["feet"] == {"reporter_name": "填报人（演示）", "reporter_phone": "0731-00000000"}


def test_an_empty_list_is_not_signed(world: World) -> None:
    with pytest.raises(Refused, match="名单中没有材料"):
        signed(world, started(world))


def test_two_hands_two_people(world: World) -> None:
    """Tianyuan set 经办 and 签发 apart: nobody gives both, no change survives a signature (A.3)."""
    files = recommended(world, 2, TIANYUAN)
    dispatch = started(world, TIANYUAN)
    handler, signer = world.handler(TIANYUAN), world.signer(TIANYUAN)
    with pytest.raises(Refused, match="现在轮到“经办”"):
        dispatching.sign(dispatch_id=dispatch.pk, actor=signer)
    prepared = dispatching.sign(dispatch_id=dispatch.pk, actor=handler, opinion="请签发")
    assert (prepared.state, prepared.document) == (DispatchState.DRAFT, None)
    with pytest.raises(Refused, match="现在轮到“签发”"):
        dispatching.sign(dispatch_id=dispatch.pk, actor=handler)
    with pytest.raises(StaleState):
        dispatching.reorder(dispatch_id=dispatch.pk, actor=handler, order=order_of(dispatch), version=dispatch.version)
    dispatching.hold(dispatch_id=dispatch.pk, actor=handler, application_id=files[0].pk, held=True)
    with pytest.raises(Refused, match="现在轮到“经办”"):
        dispatching.sign(dispatch_id=dispatch.pk, actor=signer)
    done = signed(world, dispatch, TIANYUAN)
    assert (done.state, done.document is not None) == (DispatchState.SIGNED, True)
    given = Endorsement.objects.filter(subject_kind="dispatch", subject_id=dispatch.pk, cancelled=False).order_by("id")
    assert [row.hand for row in given] == ["prepare", "sign"]
    assert [row["rank"] for row in done.document.snapshot["rows"]] == [1]
    act = Decision.objects.filter(subject_kind="dispatch", action="dispatch.endorse").latest("id")
    assert act.data["document"] == done.document.digest


def test_one_person_with_two_hats_gives_one_hand(world: World) -> None:
    """何一 is 经办 and 签发 of Hetang; once the bureau asks for two hands, one of them is not enough."""
    from foundation.accounts.actions.bureaus import set_hands

    recommended(world)
    dispatch = started(world)
    bureau_id = dispatch.from_bureau_id
    set_hands(actor=world.built.cast.actor("demo-ht", "post_manager"), bureau_id=bureau_id, act="dispatch", hands=2)
    dispatching.sign(dispatch_id=dispatch.pk, actor=world.handler())
    with pytest.raises(Refused, match="由不同的人办理"):
        dispatching.sign(dispatch_id=dispatch.pk, actor=world.signer())


def test_the_order_is_frozen_by_signing(world: World) -> None:
    recommended(world, 2)
    dispatch = signed(world, started(world))
    again = {"dispatch_id": dispatch.pk, "actor": world.handler()}
    for act in (
        lambda: dispatching.reorder(**again, order=order_of(dispatch), version=dispatch.version),
        lambda: dispatching.set_reporter(**again, name="某某", phone="0731-00000000"),
        lambda: dispatching.collect(dispatch=dispatch, actor=world.handler()),
    ):
        with pytest.raises(Refused, match="报送现在是“已签发”"):
            act()


def test_the_scan_must_be_of_this_table(world: World) -> None:
    recommended(world)
    other = signed(world, started(world))
    wrong = scan_of(other, world.handler())
    recommended(world, 1, TIANYUAN)
    dispatch = signed(world, started(world, TIANYUAN), TIANYUAN)
    with pytest.raises(Refused, match="PDF 还没有生成"):
        dispatching.seal(dispatch_id=dispatch.pk, actor=world.handler(TIANYUAN), scan=wrong)
    scan_of(dispatch, world.handler(TIANYUAN))
    with pytest.raises(Refused, match="扫描件属于另一份文书"):
        dispatching.seal(dispatch_id=dispatch.pk, actor=world.handler(TIANYUAN), scan=wrong)
    assert Dispatch.objects.get(pk=dispatch.pk).state == DispatchState.SIGNED
    done = sealed(world, dispatch, TIANYUAN)
    assert done.state == DispatchState.SEALED
    assert done.document.state == "sealed"
    assert done.document.scans.latest("id").note == "全部 1 页的二维码相符"


def test_the_table_follows_its_dispatch(world: World) -> None:
    """In the register the table is neither stamped nor declared void past its dispatch."""
    recommended(world)
    dispatch = signed(world, started(world))
    scan = scan_of(dispatch, world.handler())
    dispatch.document.refresh_from_db()
    with pytest.raises(Refused, match="请在报送页面上传"):
        attach_scan(document=dispatch.document, file=scan, actor=world.handler())
    with pytest.raises(Refused, match="不能单独作废"):
        void(document=dispatch.document, reason="试试", actor=world.signer())
