"""Public notice: drafted over what is through, its days on the calendar, rows struck and corrected, ended, restarted (P-03)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from foundation.accounts.models import BureauHands
from foundation.accounts.roles import Act
from foundation.core.errors import Refused, StaleState
from foundation.journal.models import Decision, OutboxMessage
from portal.rehearsal.people import CHENGDU, HUNAN, SICHUAN
from reviews.actions import dispatching, noticing, sending
from reviews.models import Application, Endorsement, PublicNotice
from reviews.public_notices import cleared, days_left, days_of, held, is_over, takes_objections
from reviews.states import FileState, NoticeRowState, NoticeState
from tests.reviews.conftest import JINJIANG, World
from tests.reviews.notices import (
    CONTACTS,
    after,
    approved,
    closed,
    draft,
    object_to,
    post,
    posted,
    prefecture_variant,
    row,
    running,
    settled,
)
from tests.reviews.on_the_way import merged, received, sealed, started

OnDay = Callable[[Any], None]


def test_draft_takes_every_approved_firm_in_order_with_the_programmes_days(world: World) -> None:
    files = approved(world, 3)
    notice = noticing.start_notice(round=world.sichuan, actor=world.handler(SICHUAN))
    rows = list(notice.rows.order_by("rank"))
    assert [r.application_id for r in rows] == [file.pk for file in files]
    assert {r.region for r in rows} == {"成都市锦江区"}
    assert all(r.tier and r.name for r in rows)
    assert (notice.working_days, notice.first_day, notice.objection_days) == (5, "next_day", 15)
    assert not cleared(world.sichuan).exists()
    with pytest.raises(Refused, match=r"没有等待公示|正在办理"):
        noticing.start_notice(round=world.sichuan, actor=world.handler(SICHUAN))


def test_only_the_level_the_programme_names_gives_it(world: World) -> None:
    approved(world)
    with pytest.raises(Refused, match="本轮由省级主管部门公示"):
        noticing.start_notice(round=world.sichuan, actor=world.handler(CHENGDU))
    with pytest.raises(Refused, match="本轮由省级主管部门公示"):
        noticing.start_notice(round=world.sichuan, actor=world.handler(HUNAN))
    with pytest.raises(Refused, match="没有公示环节"):
        noticing.start_notice(round=world.hunan, actor=world.handler(HUNAN))
    with pytest.raises(Refused, match="由经办、审核、签发"):
        noticing.start_notice(round=world.sichuan, actor=world.firm(JINJIANG).actor)


def test_posted_with_both_contacts_by_all_hands(world: World, on_day: OnDay) -> None:
    approved(world)
    notice = noticing.start_notice(round=world.sichuan, actor=world.handler(SICHUAN))
    noticing.edit_notice(notice_id=notice.pk, actor=world.handler(SICHUAN), discipline_name="", discipline_phone="")
    with pytest.raises(Refused, match="请填写监督联系人和电话"):
        noticing.open_notice(notice_id=notice.pk, actor=world.handler(SICHUAN))
    on_day(dt.date(2018, 4, 27))  # a Friday; 28 April is a working Saturday, 29 April to 1 May are holidays
    noticing.edit_notice(notice_id=notice.pk, actor=world.handler(SICHUAN), **CONTACTS)
    notice = post(world, notice)
    assert notice.state == NoticeState.RUNNING
    assert (notice.starts_on, notice.ends_on) == (dt.date(2018, 4, 28), dt.date(2018, 5, 7))
    assert notice.document is not None
    assert notice.document.rehearsal
    assert [one[1] for one in notice.document.snapshot["rows"]] == [r.name for r in notice.rows.order_by("rank")]
    told = OutboxMessage.objects.filter(kind="reviews.in_notice")
    assert told.count() == 2
    with pytest.raises((Refused, StaleState)):
        noticing.open_notice(notice_id=notice.pk, actor=world.signer(SICHUAN))


def test_first_day_rules_on_the_calendar() -> None:
    friday = dt.date(2018, 4, 27)
    assert days_of(friday, 5, "same_day") == (friday, dt.date(2018, 5, 4))
    assert days_of(friday, 5, "next_day") == (dt.date(2018, 4, 28), dt.date(2018, 5, 7))
    assert days_of(dt.date(2018, 4, 29), 1, "same_day") == (dt.date(2018, 5, 2), dt.date(2018, 5, 2))
    # 2018's own practice in Sichuan: dated 30 October, public 31 October to 6 November (policy g)
    assert days_of(dt.date(2018, 10, 30), 5, "next_day") == (dt.date(2018, 10, 31), dt.date(2018, 11, 6))


test_first_day_rules_on_the_calendar = pytest.mark.usefixtures("world")(test_first_day_rules_on_the_calendar)


def test_hands_of_the_bureau_and_a_change_cancels_them(world: World) -> None:
    bureau = world.built.cast.bureaus[SICHUAN]
    BureauHands.objects.update_or_create(bureau=bureau, act=Act.PUBLIC_NOTICE, defaults={"hands": 2, "distinct": True})
    notice = draft(world)
    first = noticing.open_notice(notice_id=notice.pk, actor=world.handler(SICHUAN))
    assert first.state == NoticeState.DRAFT
    noticing.leave_out(notice_id=notice.pk, actor=world.handler(SICHUAN), row_id=row(notice).pk)
    assert not Endorsement.objects.filter(subject_kind="public_notice", cancelled=False).exists()
    with pytest.raises(Refused, match="现在轮到“经办”"):
        noticing.open_notice(notice_id=notice.pk, actor=world.signer(SICHUAN))
    notice = post(world, PublicNotice.objects.get(pk=notice.pk))
    assert notice.state == NoticeState.RUNNING
    assert [r.rank for r in notice.rows.all()] == [1]
    with pytest.raises(Refused, match="由签发人决定"):
        noticing.strike_row(row_id=row(notice).pk, actor=world.handler(SICHUAN), reason="演示")


def test_order_and_days_of_the_draft(world: World) -> None:
    notice = draft(world, 3)
    actor = world.handler(SICHUAN)
    ids = list(notice.rows.order_by("rank").values_list("pk", flat=True))
    moved = noticing.reorder_rows(notice_id=notice.pk, actor=actor, order=ids[::-1], version=notice.version)
    assert list(moved.rows.order_by("rank").values_list("pk", flat=True)) == ids[::-1]
    with pytest.raises(StaleState):
        noticing.reorder_rows(notice_id=notice.pk, actor=actor, order=ids, version=notice.version)
    with pytest.raises(Refused, match="不一致"):
        noticing.reorder_rows(notice_id=notice.pk, actor=actor, order=ids[:2], version=moved.version)
    with pytest.raises(Refused, match="公示期不少于 5 个工作日"):
        noticing.edit_notice(notice_id=notice.pk, actor=actor, working_days=3)
    assert noticing.edit_notice(notice_id=notice.pk, actor=actor, working_days=7).working_days == 7
    with pytest.raises(Refused, match="不像电话号码"):
        noticing.edit_notice(notice_id=notice.pk, actor=actor, business_phone="无")
    with pytest.raises(Refused, match="邮箱“abc”的格式不对"):
        noticing.edit_notice(notice_id=notice.pk, actor=actor, business_email="abc")
    with pytest.raises(Refused, match="不超过 200 个字"):
        noticing.edit_notice(notice_id=notice.pk, actor=actor, title="长" * 201)
    noticing.leave_out(notice_id=notice.pk, actor=actor, row_id=ids[0])
    assert noticing.collect_rows(notice_id=notice.pk, actor=actor) == 1, "what was left out waits"


def test_it_ends_by_decision_and_not_before_its_last_day(world: World, on_day: OnDay) -> None:
    notice = posted(world)
    assert not takes_objections(notice), "posted today, the days begin tomorrow"
    on_day(notice.starts_on)
    assert (takes_objections(notice), days_left(notice)) == (True, 5)
    on_day(notice.ends_on)
    assert (takes_objections(notice), days_left(notice)) == (True, 1)
    with pytest.raises(Refused, match="期满后才能结束"):
        noticing.close_notice(notice_id=notice.pk, actor=world.signer(SICHUAN))
    on_day(after(notice))
    assert (is_over(notice), takes_objections(notice), days_left(notice)) == (True, False, 0)
    assert PublicNotice.objects.get(pk=notice.pk).state == NoticeState.RUNNING, "nothing happens by itself"
    assert not cleared(world.sichuan).exists()
    done = noticing.close_notice(notice_id=notice.pk, actor=world.signer(SICHUAN))
    assert done.state == NoticeState.CLOSED
    assert cleared(world.sichuan).count() == 2
    decision = Decision.objects.get(subject_kind="public_notice", subject_id=notice.pk, action="public_notice.close")
    assert decision.data == {"rows": 2, "open_objections": 0}
    with pytest.raises((Refused, StaleState)):
        noticing.close_notice(notice_id=notice.pk, actor=world.signer(SICHUAN))


def test_struck_and_corrected_with_reasons(world: World) -> None:
    notice = running(world)
    signer = world.signer(SICHUAN)
    with pytest.raises(Refused, match="请写明理由，公众可见"):
        noticing.strike_row(row_id=row(notice).pk, actor=signer, reason=" ")
    struck = noticing.strike_row(row_id=row(notice).pk, actor=signer, reason="材料不实（演示）")
    assert (struck.state, struck.reason) == (NoticeRowState.STRUCK, "材料不实（演示）")
    file = Application.objects.get(pk=struck.application_id)
    assert file.state == FileState.NOT_APPROVED
    letter = OutboxMessage.objects.get(kind="reviews.struck")
    assert (letter.recipient_id, letter.payload["reason"]) == (file.enterprise_id, "材料不实（演示）")
    with pytest.raises(StaleState):
        noticing.strike_row(row_id=row(notice).pk, actor=signer, reason="再来一次")
    with pytest.raises(StaleState):
        noticing.correct_row(row_id=row(notice).pk, actor=signer, name="演示新名", reason="更名")
    second = row(notice, 2)
    with pytest.raises(Refused, match="与现在公示的相同"):
        noticing.correct_row(row_id=second.pk, actor=signer, name=second.name, reason="更名")
    corrected = noticing.correct_row(row_id=second.pk, actor=signer, name="演示新名(集团)", reason="企业更名（演示）")
    assert (str(corrected), corrected.name) == ("演示新名（集团）", second.name)
    assert Application.objects.get(pk=second.application_id).state == FileState.APPROVED
    for other in (world.signer(CHENGDU), world.signer(HUNAN)):
        with pytest.raises(Refused, match="其他单位的公示"):
            noticing.correct_row(row_id=second.pk, actor=other, name="别人", reason="演示")


def test_restart_names_the_old_one_and_its_days_begin_anew(world: World, on_day: OnDay) -> None:
    notice = running(world, 3)
    signer = world.signer(SICHUAN)
    noticing.strike_row(row_id=row(notice).pk, actor=signer, reason="材料不实（演示）")
    noticing.correct_row(row_id=row(notice, 2).pk, actor=signer, name="演示新名有限公司", reason="更名（演示）")
    objection, _ = object_to(world, row(notice, 3))
    on_day(after(notice))
    noticing.close_notice(notice_id=notice.pk, actor=signer)
    assert (cleared(world.sichuan).count(), held(world.sichuan).count()) == (1, 1)
    with pytest.raises(Refused, match="请写明重新公示的理由"):
        noticing.restart_notice(notice_id=notice.pk, actor=signer, reason="")
    again = noticing.restart_notice(notice_id=notice.pk, actor=signer, reason="监督电话有误（演示）")
    old = PublicNotice.objects.select_related("document").get(pk=notice.pk)
    assert (old.state, old.restart_reason, old.document.state) == (
        NoticeState.RESTARTED,
        "监督电话有误（演示）",
        "void",
    )
    assert (again.state, again.earlier_id, again.sequence) == (NoticeState.DRAFT, old.pk, 2)
    assert [r.name for r in again.rows.order_by("rank")] == ["演示新名有限公司", row(notice, 3).name]
    assert not cleared(world.sichuan).exists()
    again = post(world, again)
    assert again.starts_on > notice.ends_on
    on_day(after(again))
    noticing.close_notice(notice_id=again.pk, actor=signer)
    assert (cleared(world.sichuan).count(), held(world.sichuan).count()) == (1, 1), "the old objection still holds"
    settled(world, objection, upheld=True)
    assert row(again, 2).state == NoticeRowState.STRUCK
    assert not held(world.sichuan).exists()
    with pytest.raises(Refused, match="已重新公示"):
        noticing.restart_notice(notice_id=old.pk, actor=signer, reason="再来一次")


def test_paper_of_a_live_notice_is_not_voided_by_itself(world: World) -> None:
    from foundation.documents.actions import void

    notice = running(world)
    with pytest.raises(Refused, match="重新公示"):
        void(document=notice.document, reason="演示", actor=world.signer(SICHUAN))


# ---- at the prefecture, before the list goes up --------------------------------------------------------------


def test_prefectures_notice_stands_before_its_dispatch(world: World, on_day: OnDay) -> None:
    round_ = prefecture_variant(world)
    ids = merged(world, received(world, JINJIANG, 3))
    with pytest.raises(Refused, match="本轮由市州主管部门公示"):
        noticing.start_notice(round=round_, actor=world.handler(SICHUAN))
    handler, signer = world.handler(CHENGDU), world.signer(CHENGDU)
    dispatch = sealed(world, started(world, CHENGDU), CHENGDU)
    on_day(dispatch.signed_at.date())
    with pytest.raises(Refused, match="3 户未经公示期满"):
        sending.send(dispatch_id=dispatch.pk, actor=signer)
    notice = noticing.start_notice(round=round_, actor=handler)
    assert sorted(notice.rows.values_list("application_id", flat=True)) == sorted(ids)
    notice = post(world, noticing.edit_notice(notice_id=notice.pk, actor=handler, **CONTACTS), CHENGDU)
    today = dispatch.signed_at.date()
    on_day(notice.starts_on)
    objection, _ = object_to(world, row(notice, 2))
    struck = noticing.strike_row(row_id=row(notice, 1).pk, actor=signer, reason="材料不实（演示）")
    on_day(after(notice))
    noticing.close_notice(notice_id=notice.pk, actor=signer)
    on_day(today)  # the window of the round is not what is asked here
    with pytest.raises(Refused, match=r"1 户未经公示期满.*1 户有未办结的公示异议"):
        sending.send(dispatch_id=dispatch.pk, actor=signer)
    sending.recall(dispatch_id=dispatch.pk, actor=signer, reason="移出异议企业（演示）")
    dispatching.hold(dispatch_id=dispatch.pk, actor=handler, application_id=row(notice, 2).application_id, held=True)
    dispatching.hold(dispatch_id=dispatch.pk, actor=handler, application_id=struck.application_id, held=True)
    sent = sending.send(dispatch_id=sealed(world, dispatch, CHENGDU).pk, actor=signer)
    assert list(sent.items.filter(held=False).values_list("application_id", flat=True)) == [
        row(notice, 3).application_id
    ]
    settled(world, objection, upheld=False, place=CHENGDU)


def test_a_struck_firm_leaves_the_list_that_is_being_made(world: World, on_day: OnDay) -> None:
    round_ = prefecture_variant(world)
    merged(world, received(world, JINJIANG, 2))
    handler = world.handler(CHENGDU)
    notice = noticing.start_notice(round=round_, actor=handler)
    notice = post(world, noticing.edit_notice(notice_id=notice.pk, actor=handler, **CONTACTS), CHENGDU)
    dispatch = started(world, CHENGDU)
    noticing.strike_row(row_id=row(notice).pk, actor=world.signer(CHENGDU), reason="材料不实（演示）")
    assert dispatch.items.get(application_id=row(notice).application_id).held


def test_closed_notice_clears_and_approved_without_one_does_not(world: World) -> None:
    notice = closed(world)
    ids = sorted(notice.rows.values_list("application_id", flat=True))
    assert sorted(cleared(world.sichuan).values_list("pk", flat=True)) == ids
    Application.objects.filter(pk=ids[0]).update(state=FileState.LISTED)
    assert list(cleared(world.sichuan).values_list("pk", flat=True)) == ids[1:]
    with pytest.raises(Refused, match="已有企业列入名单"):
        noticing.restart_notice(notice_id=notice.pk, actor=world.signer(SICHUAN), reason="演示")
