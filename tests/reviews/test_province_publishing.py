"""The published list: cleared files, the gate at listing, number, paper, entries, messages; a supplementary list later (SC-43)."""

from __future__ import annotations

import datetime as dt

import pytest

from cultivation.models import RosterEntry, RosterList
from foundation.core.clock import business_now, business_today
from foundation.core.errors import Refused
from foundation.documents.actions.render import render_document
from foundation.journal.models import Decision, OutboxMessage
from portal.rehearsal.people import CHENGDU, HUNAN, SICHUAN
from reviews import public_notices
from reviews.actions import publishing
from reviews.models import Application, Explanation, PublicNotice, PublicNoticeRow, Publishing, StepVerdict
from reviews.states import FileState, NoticeRowState, NoticeState
from tests.reviews.conftest import World
from tests.reviews.on_the_way import heard
from tests.reviews.province_way import NUMBER, approved, listed, published, states


def noticed(world: World, files: list[Application], state: str = NoticeState.CLOSED) -> PublicNotice:
    """A public notice over these files; how it is given is tested with the notice itself."""
    round_, today = world.sichuan, business_today()
    notice = PublicNotice.objects.create(
        round=round_, bureau_id=round_.bureau_id, path=round_.path, title="公示（演示）", state=state, working_days=5,
        first_day="next_day", starts_on=today, ends_on=today + dt.timedelta(days=7), created_at=business_now(),
        opened_at=business_now(), sequence=PublicNotice.objects.filter(round=round_).count() + 1,
    )  # fmt: skip
    for rank, file in enumerate(files, start=1):
        PublicNoticeRow.objects.create(
            notice=notice, application=file, rank=rank, name=file.enterprise_name, region="演示", tier="演示"
        )
    return notice


def cleared(world: World, number: int = 1) -> list[Application]:
    files = approved(world, number)
    noticed(world, files)
    return files


def opened(world: World) -> Publishing:
    return publishing.start_publishing(round=world.sichuan, actor=world.handler(SICHUAN))


def test_only_what_the_notice_cleared(world: World) -> None:
    with pytest.raises(Refused, match="不另行公布名单"):
        publishing.start_publishing(round=world.hunan, actor=world.handler(HUNAN))
    with pytest.raises(Refused, match="由省级主管部门办理"):
        publishing.start_publishing(round=world.sichuan, actor=world.handler(CHENGDU))
    files = approved(world, 2)
    with pytest.raises(Refused, match="还没有可以列入名单的材料"):
        opened(world)
    notice = noticed(world, files)
    notice.rows.filter(application=files[0]).update(state=NoticeRowState.STRUCK, reason="演示")
    assert list(opened(world).items.values_list("application_id", flat=True)) == [files[1].pk]
    with pytest.raises(Refused, match="正在拟制"):
        opened(world)


def test_published_the_entries_begin(world: World) -> None:
    files = cleared(world, 2)
    with heard(publishing.ListPublished) as events:
        done = listed(world)
    assert (done.state, done.sequence, len(events)) == ("published", 1, 1)
    assert states(files) == [FileState.LISTED] * 2
    roster = RosterList.objects.get(publishing=done)
    assert (roster.kind, roster.number, roster.published_on) == (RosterList.Kind.MAIN, NUMBER, business_today())
    entries = RosterEntry.objects.filter(roster_list=roster)
    assert {(entry.application_id, entry.since, entry.document_id) for entry in entries} == {
        (file.pk, business_today(), done.document_id) for file in files
    }
    assert {entry.decision.action for entry in entries} == {"publishing.publish"}
    assert StepVerdict.objects.filter(step="listing", application__in=files).count() == 2
    firms = OutboxMessage.objects.filter(kind="reviews.listed")
    assert {row.recipient_id for row in firms} == {file.enterprise_id for file in files}
    bureaus = OutboxMessage.objects.filter(kind="reviews.list_published")
    assert {row.recipient_id for row in bureaus} == {files[0].bureau_id, world.handler(CHENGDU).bureau_id}
    assert {row.payload["firms"] for row in bureaus} == {2}
    with pytest.raises(Refused, match="已公布"):
        published(world, done, "")
    acts = Decision.objects.filter(subject_kind="publishing", subject_id=done.pk).select_related("entry").order_by("id")
    assert [act.action for act in acts][-2:] == ["publishing.publish", "publishing.endorse"]
    assert all(act.entry.digest for act in acts)


def test_the_paper_has_the_public_fields_only(world: World) -> None:
    file = cleared(world)[0]
    done = listed(world)
    assert done.document is not None
    assert done.document.official_number == NUMBER
    row = done.document.snapshot["rows"][0]
    assert row.keys() == {"name", "region", "tier", "batch"}
    assert (row["name"], row["region"]) == (file.enterprise_name, "成都市锦江区")
    assert render_document(done.document).page_count == 1


def test_a_corrected_name_is_printed(world: World) -> None:
    file = cleared(world)[0]
    PublicNoticeRow.objects.filter(application=file).update(
        state=NoticeRowState.CORRECTED, reason="更名（演示）", shown_name="更正后有限公司（演示）"
    )
    done = listed(world)
    assert done.document is not None
    assert done.document.snapshot["rows"][0]["name"] == "更正后有限公司（演示）"


def test_nothing_without_a_number_and_no_number_twice(world: World) -> None:
    files = approved(world, 2)
    noticed(world, files[:1])
    row = opened(world)
    publishing.adopt_reasons(publishing_id=row.pk, actor=world.handler(SICHUAN))
    with pytest.raises(Refused, match="还没有填写文号"):
        published(world, row, "")
    published(world, row)
    noticed(world, files[1:])
    later = opened(world)
    assert (later.sequence, "补充名单" in later.title) == (2, True)
    with pytest.raises(Refused, match="已用于另一份名单"):
        published(world, later)
    done = listed_again(world, later)
    assert RosterList.objects.get(publishing=done).kind == RosterList.Kind.SUPPLEMENT
    assert states(files) == [FileState.LISTED] * 2


def listed_again(world: World, row: Publishing) -> Publishing:
    publishing.adopt_reasons(publishing_id=row.pk, actor=world.handler(SICHUAN))
    return published(world, row, "川经信企业函〔2018〕2号")


def test_an_objection_after_the_draft_refuses_and_refreshing_mends_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = cleared(world, 2)
    row = opened(world)
    publishing.adopt_reasons(publishing_id=row.pk, actor=world.handler(SICHUAN))
    left = Application.objects.exclude(pk=files[0].pk).filter(state=FileState.APPROVED)
    monkeypatch.setattr(public_notices, "cleared", lambda round: left)
    with pytest.raises(Refused, match=f"{files[0].enterprise_name}有未办结的异议"):
        published(world, row)
    assert publishing.refresh_publishing(publishing_id=row.pk, actor=world.handler(SICHUAN)) == (0, 1)
    assert publishing.refresh_publishing(publishing_id=row.pk, actor=world.handler(SICHUAN)) == (0, 0)
    published(world, row)
    assert states(files) == [FileState.APPROVED, FileState.LISTED]


def test_left_out_with_a_reason_it_stays_approved(world: World) -> None:
    files = cleared(world, 2)
    row, actor = opened(world), world.handler(SICHUAN)
    with pytest.raises(Refused, match="请写明不列入"):
        publishing.leave_out(publishing_id=row.pk, application_ids=[files[0].pk], reason=" ", actor=actor)
    with pytest.raises(Refused, match="不在本次名单中"):
        publishing.leave_out(publishing_id=row.pk, application_ids=[0], reason="x", actor=actor)
    publishing.leave_out(publishing_id=row.pk, application_ids=[files[0].pk], reason="待核实（演示）", actor=actor)
    publishing.adopt_reasons(publishing_id=row.pk, actor=actor)
    published(world, row)
    assert states(files) == [FileState.APPROVED, FileState.LISTED]


def test_the_gate_asks_for_a_reason_and_stops(world: World) -> None:
    """An undetermined criterion asks; the firm is named, and nothing at all is published."""
    file = cleared(world)[0]
    row, actor = opened(world), world.handler(SICHUAN)
    submission = file.submissions.get()
    facts = [one for one in submission.facts if one["name"] != "above_scale"]
    type(submission).objects.filter(pk=submission.pk)._raw_delete("default")
    file.submissions.create(
        revision=1, facts=facts, answers=submission.answers, evidence=submission.evidence,
        evaluation=submission.evaluation, digest="x", submitted_at=submission.submitted_at,
    )  # fmt: skip
    Application.objects.filter(pk=file.pk).update(listing={**file.listing, "outcome": "undetermined"})
    with pytest.raises(Refused, match="需说明理由"):
        published(world, row)
    assert states([file]) == [FileState.APPROVED]
    assert not RosterEntry.objects.filter(application_id=file.pk).exists()
    assert not StepVerdict.objects.filter(step="listing").exists()
    with pytest.raises(Refused, match="不在本次名单中"):
        publishing.explain(publishing_id=row.pk, texts={(0, "above_scale"): "说明"}, actor=actor)
    publishing.explain(publishing_id=row.pk, texts={(file.pk, "above_scale"): "统计部门正在核定（演示）"}, actor=actor)
    assert Explanation.objects.get(application=file, step="listing").by.endswith(actor.name)
    published(world, row)
    assert states([file]) == [FileState.LISTED]


def test_below_a_list_exists_from_the_day_it_is_published(world: World) -> None:
    cleared(world)
    row = opened(world)
    below = [world.handler(place) for place in (CHENGDU, "510104")]
    assert not any(Publishing.objects.visible_to(actor).exists() for actor in below)
    publishing.adopt_reasons(publishing_id=row.pk, actor=world.handler(SICHUAN))
    published(world, row)
    assert all(Publishing.objects.visible_to(actor).exists() for actor in below)
    assert not Publishing.objects.visible_to(world.handler(HUNAN)).exists()
