"""Objections: lodged by a unit or a person within the days, handled by the notice's bureau alone, upheld or rejected (P-03)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from foundation.accounts.actor import VISITOR
from foundation.accounts.may import may
from foundation.core.errors import Refused, StaleState
from foundation.documents.models import StoredFile
from foundation.journal.models import Decision, JournalEntry, OutboxMessage
from foundation.notifications.delivery import open_batch
from foundation.notifications.models import Delivery, InboxMessage
from foundation.reference import queries as reference
from portal.rehearsal.people import CHENGDU, HUNAN, SICHUAN
from reviews.actions import noticing, objections
from reviews.models import Application, Objection
from reviews.notice_jobs import look_at_notices
from reviews.objection_files import OBJECTION_FILE
from reviews.public_notices import cleared, held, hold_still
from reviews.states import FileState, NoticeRowState, ObjectionState
from tests.reviews.conftest import JINJIANG, World
from tests.reviews.notices import TEXT, after, object_to, row, running, settled, verified

OnDay = Callable[[Any], None]


def scan(world: World) -> StoredFile:
    return world.stored(world.handler(SICHUAN), OBJECTION_FILE, name="盖章异议.pdf")


def test_a_person_lodges_without_an_account_and_finds_it_again(world: World) -> None:
    notice = running(world)
    objection, code = object_to(world, row(notice), email="qz@example.com")
    assert (objection.state, objection.by, objection.entered_by_bureau) == (ObjectionState.RECEIVED, "person", False)
    assert objection.due_on == reference.add_working_days(notice.starts_on, 15)
    assert code.replace("-", "") not in objection.code_hash
    found = objections.find_by_receipt(receipt=f" {objection.receipt.lower()} ", code=code.lower().replace("-", " "))
    assert found == objection
    assert objections.find_by_receipt(receipt=objection.receipt, code="ABCD-2345") is None
    assert objections.find_by_receipt(receipt="YY2018-AAAAAA", code=code) is None


def test_what_is_missing_is_named(world: World) -> None:
    where = row(running(world))
    for given, said in (
        ({"by": "somebody"}, "请选择以单位名义还是以个人名义"),
        ({"name": " "}, "请填写真实姓名"),
        ({"phone": "没有"}, "请填写能联系到您的电话"),
        ({"email": "abc"}, "电子邮箱的格式不对"),
        ({"text": " \n"}, "请写明异议的事实和理由"),
        ({"text": "长" * 4001}, "超过 4000 个字"),
        ({"by": "unit", "name": "演示单位"}, "请填写单位的联系人"),
        ({"by": "unit", "name": "演示单位", "contact_name": "演示"}, "须上传加盖公章"),
        ({"by": "unit", "name": ""}, "请填写单位全称"),
    ):
        with pytest.raises(Refused, match=said):
            object_to(world, where, **given)
    assert not Objection.objects.exists()
    unit, _ = object_to(world, where, by="unit", name="演示单位", contact_name="演示", seal_scan=scan(world))
    assert unit.seal_scan is not None


def test_only_within_the_days_and_the_bureau_later_with_a_reason(world: World, on_day: OnDay) -> None:
    notice = running(world)
    on_day(after(notice))
    with pytest.raises(Refused, match="不在公示期内，平台不接收"):
        object_to(world, row(notice))
    with pytest.raises(Refused, match="不在公示期内，平台不接收"):
        object_to(world, row(notice), late_reason="我想现在提")
    handler = world.handler(SICHUAN)
    with pytest.raises(Refused, match="不在公示期内"):
        object_to(world, row(notice), handler)
    late, _ = object_to(world, row(notice), handler, late_reason="邮戳在公示期内（演示）")
    assert (late.entered_by_bureau, late.late_reason) == (True, "邮戳在公示期内（演示）")
    noticing.close_notice(notice_id=notice.pk, actor=world.signer(SICHUAN))
    assert (cleared(world.sichuan).count(), held(world.sichuan).count()) == (1, 1)
    with pytest.raises(Refused, match="公示已经结束"):
        object_to(world, row(notice, 2))
    for other in (world.handler(CHENGDU), world.handler(JINJIANG), world.handler(HUNAN)):
        with pytest.raises(Refused, match="公示已经结束"):
            object_to(world, row(notice, 2), other, late_reason="演示")
    Application.objects.filter(pk=row(notice, 2).application_id).update(state=FileState.LISTED)
    with pytest.raises(Refused, match="已列入名单"):
        object_to(world, row(notice, 2), handler, late_reason="演示")


def test_upheld_strikes_and_rejected_clears(world: World, on_day: OnDay) -> None:
    notice = running(world, 3)
    first, _ = object_to(world, row(notice, 1), email="qz@example.com")
    second, _ = object_to(world, row(notice, 2))
    with pytest.raises((Refused, StaleState)):
        objections.settle(objection_id=first.pk, actor=world.signer(SICHUAN), upheld=True, reply="演示")
    with pytest.raises(Refused, match="请写明核实情况"):
        objections.verify_objection(objection_id=first.pk, actor=world.handler(SICHUAN), finding=" ")
    verified(world, first)
    with pytest.raises(Refused, match="请写明给异议人的答复"):
        objections.settle(objection_id=first.pk, actor=world.signer(SICHUAN), upheld=True, reply=" ")
    done = objections.settle(
        objection_id=first.pk,
        actor=world.signer(SICHUAN),
        upheld=True,
        reply="经核实属实（演示）。",
        reason="专利权属不清（演示）",
    )
    assert done.state == ObjectionState.UPHELD
    assert done.settled_at is not None
    struck = row(notice, 1)
    assert (struck.state, struck.reason) == (NoticeRowState.STRUCK, "专利权属不清（演示）")
    assert Application.objects.get(pk=struck.application_id).state == FileState.NOT_APPROVED
    with pytest.raises((Refused, StaleState)):
        objections.settle(objection_id=first.pk, actor=world.signer(SICHUAN), upheld=False, reply="再来一次")
    on_day(after(notice))
    noticing.close_notice(notice_id=notice.pk, actor=world.signer(SICHUAN))
    assert (cleared(world.sichuan).count(), held(world.sichuan).count()) == (1, 1)
    assert settled(world, second, upheld=False).state == ObjectionState.REJECTED
    assert (cleared(world.sichuan).count(), held(world.sichuan).count()) == (2, 0)
    assert row(notice, 2).state == NoticeRowState.STANDING


def test_upheld_without_words_of_its_own_says_the_programmes(world: World) -> None:
    notice = running(world)
    objection, _ = object_to(world, row(notice))
    settled(world, objection, upheld=True)
    assert row(notice).reason == world.sichuan.programme.public_notice.upheld
    second, _ = object_to(world, row(notice, 2))
    noticing.strike_row(row_id=row(notice, 2).pk, actor=world.signer(SICHUAN), reason="另案撤下（演示）")
    assert settled(world, second, upheld=True).state == ObjectionState.UPHELD, "already struck: the answer still stands"
    assert row(notice, 2).reason == "另案撤下（演示）"
    with pytest.raises(Refused, match="已从公示中撤下，不再接收异议"):
        object_to(world, row(notice))


def test_known_to_the_notices_bureau_alone(world: World) -> None:
    notice = running(world)
    objection, _ = object_to(world, row(notice), seal_scan=scan(world))
    assert Objection.objects.visible_to(world.handler(SICHUAN)).get() == objection
    for other in (
        world.handler(CHENGDU),
        world.handler(JINJIANG),
        world.handler(HUNAN),
        world.firm(JINJIANG).actor,
        VISITOR,
    ):
        assert not Objection.objects.visible_to(other).exists()
        assert not may(other, "objection.view", objection)
        assert not may(other, "file.read", objection.seal_scan)
        with pytest.raises(Refused):
            objections.check_objection(objection_id=objection.pk, actor=other)
    assert may(world.handler(SICHUAN), "file.read", objection.seal_scan)


def test_no_word_of_the_objector_in_journal_or_outbox(world: World) -> None:
    notice = running(world)
    objection, code = object_to(world, row(notice), name="张三丰演示", phone="13987654321", email="zhangsf@example.com")
    settled(world, objection, upheld=False)
    secret = ("张三丰演示", "13987654321", "zhangsf", TEXT, code, "经核实，答复如下")
    rows = [
        *Decision.objects.filter(subject_kind="objection").values(),
        *JournalEntry.objects.filter(subject_kind="objection").values(),
        *OutboxMessage.objects.filter(kind__startswith="reviews.objection").values(),
    ]
    assert len(rows) >= 8
    written = json.dumps(rows, ensure_ascii=False, default=str)
    assert [word for word in secret if word in written] == []
    acts = list(Decision.objects.filter(subject_kind="objection", subject_id=objection.pk).order_by("id"))
    assert [one.action for one in acts] == [
        "objection.lodge",
        "objection.check",
        "objection.verify",
        "objection.settle",
    ]
    assert acts[0].hat_role == "visitor"
    assert acts[0].data == {"notice": notice.pk, "row": row(notice).pk, "by": "person", "late": False, "attachments": 0}


def test_the_objector_is_answered_by_mail_where_an_address_was_given(world: World) -> None:
    notice = running(world)
    objection, _ = object_to(world, row(notice), email="qz@example.com")
    silent, _ = object_to(world, row(notice, 2))
    settled(world, objection, upheld=False)
    settled(world, silent, upheld=False)
    open_batch()
    letters = Delivery.objects.filter(address="qz@example.com")
    assert sorted(letters.values_list("outbox__kind", flat=True)) == [
        "reviews.objection_receipt",
        "reviews.objection_settled",
    ]
    assert not InboxMessage.objects.filter(recipient_kind="objection").exists()
    failed = OutboxMessage.objects.filter(kind__startswith="reviews.objection", state="failed")
    assert not failed.exists(), list(failed.values_list("error", flat=True))
    from foundation.notifications import kinds

    settled_letter = letters.get(outbox__kind="reviews.objection_settled")
    _, body, url = kinds.known("reviews.objection_settled").render(settled_letter.outbox.payload)
    assert "异议不成立" in body
    assert "答复如下" in body
    assert url.endswith("/objections/status/")


def test_the_day_tells_of_notices_over_and_objections_late_once(world: World, on_day: OnDay) -> None:
    notice = running(world)
    objection, _ = object_to(world, row(notice))
    assert look_at_notices(notice.ends_on) == "公示期满 0 份，异议超期 0 件"
    day = after(notice)
    on_day(day)
    for _ in range(2):
        assert look_at_notices(day).startswith("公示期满 1 份")
    told = OutboxMessage.objects.get(kind="reviews.notice_over")
    assert (told.recipient_kind, told.recipient_id, told.payload["open"]) == ("bureau", notice.bureau_id, 1)
    assert Application.objects.get(pk=row(notice).application_id).state == FileState.APPROVED
    late = objection.due_on + dt.timedelta(days=1)
    on_day(late)
    assert look_at_notices(late).endswith("异议超期 1 件")
    assert OutboxMessage.objects.filter(kind="reviews.objection_overdue").count() == 1
    settled(world, objection, upheld=False)
    assert look_at_notices(late).endswith("异议超期 0 件")


def test_two_objections_to_one_firm_hold_it_until_both_are_settled(world: World, on_day: OnDay) -> None:
    notice = running(world)
    first, _ = object_to(world, row(notice))
    second, _ = object_to(world, row(notice), name="演示另一人")
    on_day(after(notice))
    noticing.close_notice(notice_id=notice.pk, actor=world.signer(SICHUAN))
    settled(world, first, upheld=False)
    assert held(world.sichuan).count() == 1
    settled(world, second, upheld=False)
    assert (cleared(world.sichuan).count(), held(world.sichuan).count()) == (2, 0)


def test_a_list_being_published_and_an_objection_wait_for_each_other(world: World) -> None:
    """Both lock the notice before they read what the other may change: the second sees what the first did."""
    notice = running(world)
    where = row(notice)
    with CaptureQueriesContext(connection) as asked:
        object_to(world, where)
    seen = [one["sql"] for one in asked]
    locks = [place for place, text in enumerate(seen) if "FOR UPDATE" in text and "reviews_publicnotice" in text]
    reads = [place for place, text in enumerate(seen) if 'FROM "reviews_publicnoticerow"' in text]
    assert locks
    assert reads
    assert locks[0] < reads[0]
    with CaptureQueriesContext(connection) as asked:
        hold_still(world.sichuan)
        hold_still(world.hunan)
    assert sum("FOR UPDATE" in one["sql"] and "reviews_publicnotice" in one["sql"] for one in asked) == 1
