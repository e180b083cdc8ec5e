"""Published, signed for, forwarded; each addressee reads its own bureau's notice first (ZZ-01, 02, 06, 08, 09, SC-47)."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from cultivation.actions import (
    attach_file,
    draft_forward,
    draft_notice,
    edit_draft,
    forward_notice,
    publish,
    sign_for_notice,
)
from cultivation.handlers import NOTICE_FILE, reads_notice_file
from cultivation.models import Notice, NoticeReceipt
from cultivation.queries import count_unsigned, notices_for, receipt_board
from foundation.accounts.models import BureauHands
from foundation.accounts.roles import Role
from foundation.core.errors import Refused
from foundation.documents.actions.store import store_upload
from foundation.duties.models import Obligation
from foundation.journal.models import Decision, OutboxMessage
from tests.cultivation.conftest import pdf

EARLIER = dt.date(2018, 3, 12)


def forward(official, source, **values):
    given = {"to_bureaus": "各县市区经科局", "to_enterprises": "各有关企业", "deadline": EARLIER, **values}
    return forward_notice(source_id=source.pk, actor=official("株洲"), **given)


def test_publishing_addresses_every_bureau_directly_below(source, country):
    assert {a.bureau_id for a in source.addressees.all()} == {country["株洲"].pk, country["湘潭"].pk}
    assert source.contact_name == "湖南联系人"
    decision = Decision.objects.get(subject_kind="notice", action="notice.publish")
    assert decision.data["addressees"] == sorted([country["株洲"].pk, country["湘潭"].pk])
    sent = OutboxMessage.objects.filter(kind="cultivation.notice_published")
    assert {m.recipient_id for m in sent} == {country["株洲"].pk, country["湘潭"].pk}


def test_joint_issuers_keep_their_order_sc47(official, versions):
    names = ["四川省经济和信息化委员会", "四川省中小企业局"]
    notice = draft_notice(actor=official("四川"), title="关于开展中小企业梯度培育工作的通知", issuers=[*names, " "])
    notice.refresh_from_db()
    assert notice.issuers == names


def test_each_addressee_owes_a_signature_within_working_days(source, country):
    duties = Obligation.objects.filter(kind="cultivation.sign_for_notice", subject_id=source.pk)
    assert {d.owner_id for d in duties} == {country["株洲"].pk, country["湘潭"].pk}
    # Thursday 1 March 2018 plus two working days.
    assert {d.due_on for d in duties} == {dt.date(2018, 3, 5)}


def test_signing_says_who_and_when_and_does_the_duty(source, official, country):
    assert count_unsigned(official("株洲")) == 1
    receipt = sign_for_notice(notice_id=source.pk, actor=official("株洲"))
    assert receipt.signed_by == "株洲 · 经办 演示株洲"
    assert receipt.signed_at.date() == dt.date(2018, 3, 1)
    assert count_unsigned(official("株洲")) == 0
    duty = Obligation.objects.get(owner_id=country["株洲"].pk, subject_id=source.pk)
    assert (duty.status, duty.decision_id) == ("done", receipt.decision_id)
    with pytest.raises(Refused, match="已签收"):
        sign_for_notice(notice_id=source.pk, actor=official("株洲", Role.SIGNER))


def test_only_an_addressee_signs(source, official):
    with pytest.raises(Refused, match="没有主送贵单位"):
        sign_for_notice(notice_id=source.pk, actor=official("攸县"))
    with pytest.raises(Refused, match="没有这份材料"):
        sign_for_notice(notice_id=source.pk, actor=official("锦江"))


def test_a_receipt_cannot_be_rewritten(signed):
    receipt = NoticeReceipt.objects.get(notice=signed)
    with pytest.raises(IntegrityError), transaction.atomic():
        NoticeReceipt.objects.filter(pk=receipt.pk).update(signed_by="别人")


def test_forwarding_needs_the_signature_first(source, official):
    with pytest.raises(Refused, match="请先签收"):
        forward(official, source)


def test_forward_has_its_own_cover_contact_and_date_zz02_zz08(signed, official, country):
    notice = forward(official, signed, body="现将通知转发给你们……")
    assert (notice.parent_id, notice.root_id, notice.source_id) == (signed.pk, signed.pk, signed.pk)
    assert notice.title == "转发《关于做好2018年小巨人企业培育工作的通知》"
    assert (notice.contact_name, notice.deadline, notice.stage) == ("株洲联系人", EARLIER, "reserve")
    assert {a.bureau_id for a in notice.addressees.all()} == {country["攸县"].pk, country["醴陵"].pk}
    with pytest.raises(Refused, match="已拟过"):
        forward(official, signed)


def test_zhuzhous_16_march_equals_the_provinces_and_warns_zz06(signed, hunan_round, official):
    same_day = dt.date(2018, 3, 16)
    with pytest.raises(Refused, match="只有 0 个工作日（建议至少 3 个）") as refused:
        forward(official, signed, deadline=same_day)
    assert "已知悉" in refused.value.verdict.hint
    assert not Notice.objects.filter(parent=signed).exists()
    notice = forward(official, signed, deadline=same_day, acknowledged=True)
    assert "就是上一级的截止日3月16日" in notice.warning
    decision = Decision.objects.filter(action="notice.publish").latest("id")
    assert decision.data["acknowledged"] is True
    assert decision.data["warning"] == notice.warning


@pytest.mark.parametrize(
    ("day", "warns"),
    [(dt.date(2018, 3, 13), False), (dt.date(2018, 3, 14), True), (dt.date(2018, 3, 17), True)],
)
def test_three_working_days_are_enough(signed, hunan_round, official, day, warns):
    if not warns:
        assert forward(official, signed, deadline=day).warning == ""
        return
    with pytest.raises(Refused):
        forward(official, signed, deadline=day)


def test_the_date_of_a_forward_is_the_window_of_those_below(signed, hunan_round, official, country):
    forward(official, signed)
    hunan_round.__dict__.pop("_window_list", None)
    path = [country[n].pk for n in ("湖南", "株洲", "攸县")]
    assert hunan_round.window_for("county", path).closes_on == EARLIER
    assert hunan_round.window_for("county", [country["湖南"].pk, country["湘潭"].pk]) is None


def test_addressee_sees_its_own_bureaus_notice_first_the_source_under_it(signed, hunan_round, official, firm, member):
    own = forward(official, signed)
    for actor in (official("攸县"), official("醴陵", Role.SIGNER), member(firm()), official("株洲")):
        (thread,) = notices_for(actor)
        assert [n.pk for n in thread.chain] == [own.pk, signed.pk], actor
        assert (thread.first.deadline, thread.first.contact_name) == (EARLIER, "株洲联系人")
        assert thread.rounds == [hunan_round]
    (thread,) = notices_for(official("湖南"))
    assert [n.pk for n in thread.chain] == [signed.pk]
    (thread,) = notices_for(official("湘潭"))
    assert (thread.first.pk, thread.to_sign.pk) == (signed.pk, signed.pk)


def test_county_forwards_to_its_firms_and_they_see_three_levels(signed, official, firm, member):
    city = forward(official, signed)
    sign_for_notice(notice_id=city.pk, actor=official("攸县"))
    county = forward_notice(
        source_id=city.pk, actor=official("攸县"), to_enterprises="各有关企业", deadline=dt.date(2018, 3, 8)
    )
    (thread,) = notices_for(member(firm()))
    assert [n.pk for n in thread.chain] == [county.pk, city.pk, signed.pk]
    (other,) = notices_for(member(firm(2, "醴陵")))
    assert other.first.pk == city.pk


def test_firms_see_nothing_that_is_not_addressed_to_them(signed, official, firm, member):
    elsewhere, ours = member(firm(3, "湘乡")), member(firm())
    assert notices_for(elsewhere) == []
    forward(official, signed, to_enterprises="")
    assert notices_for(ours) == []


def test_a_draft_is_nobody_elses_business(signed, official, firm, member):
    draft = draft_forward(source_id=signed.pk, actor=official("株洲"), to_bureaus="各县市区")
    assert draft not in Notice.objects.visible_to(official("湖南"))
    assert draft not in Notice.objects.visible_to(official("攸县"))
    (thread,) = notices_for(official("株洲", Role.SIGNER))
    assert (thread.first.pk, thread.draft.pk) == (signed.pk, draft.pk)


def test_a_published_notice_is_not_changed(source, official):
    with pytest.raises(Refused, match="已发布"):
        edit_draft(notice_id=source.pk, actor=official("湖南"), title="改")


def test_hands_of_the_bureau_hold_for_notices(signed, official, country):
    BureauHands.objects.create(bureau=country["株洲"], act="notice", hands=2, distinct=True)
    both = official("株洲", Role.SIGNER, person="一人两岗")
    draft = draft_forward(source_id=signed.pk, actor=both, to_bureaus="各县市区")
    with pytest.raises(Refused, match="签发岗位"):
        publish(notice_id=draft.pk, actor=official("株洲"))
    with pytest.raises(Refused, match="不同的人"):
        publish(notice_id=draft.pk, actor=both)
    assert publish(notice_id=draft.pk, actor=official("株洲", Role.SIGNER)).state == "published"


def test_addressees_are_direct_subordinates_only(official, versions, country):
    draft = draft_notice(actor=official("湖南"), title="通知", to_bureaus="市州", stage="reserve")
    with pytest.raises(Refused, match="直接下级"):
        publish(notice_id=draft.pk, actor=official("湖南"), addressees=[country["攸县"].pk])
    publish(notice_id=draft.pk, actor=official("湖南"), addressees=[country["湘潭"].pk])
    assert [a.bureau.short_name for a in draft.addressees.all()] == ["湘潭"]


def test_a_notice_to_nobody_is_not_published(official, versions):
    draft = draft_notice(actor=official("湖南"), title="通知")
    with pytest.raises(Refused, match="主送对象"):
        publish(notice_id=draft.pk, actor=official("湖南"))


def test_original_is_read_by_whoever_sees_the_notice_zz09(official, versions, firm, member):
    author = official("湖南")
    draft = draft_notice(actor=author, title="通知", to_bureaus="市州", stage="reserve")
    file = store_upload(pdf(), actor=author, purpose=NOTICE_FILE)
    attach_file(notice_id=draft.pk, actor=author, file=file)
    assert reads_notice_file(author, file)
    assert not reads_notice_file(official("株洲"), file)
    publish(notice_id=draft.pk, actor=author)
    assert reads_notice_file(official("株洲"), file)
    assert not reads_notice_file(official("成都"), file)
    assert not reads_notice_file(member(firm()), file)


def test_board_shows_who_signed_and_forwarded(signed, official):
    forward(official, signed)
    board = {line.bureau.short_name: line for line in receipt_board(signed)}
    assert list(board) == ["株洲", "湘潭"]
    assert board["株洲"].receipt is not None
    assert board["株洲"].forward.deadline == EARLIER
    assert (board["湘潭"].receipt, board["湘潭"].forward) == (None, None)
