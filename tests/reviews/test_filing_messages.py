"""What the room tells people: every kind of message reads well and leads somewhere."""

from __future__ import annotations

import pytest
from django.urls import resolve

from foundation.notifications import kinds

FILE = {"application": 7, "number": "43201801-000007", "name": "演示机械有限公司"}
DISPATCH = {"dispatch": 3, "title": "2018年小巨人后备企业汇总表"}
NOTICE = {"notice": 4, "title": "关于拟认定企业名单的公示"}
OBJECTION = {"objection": 9, "receipt": "YY2018-7K3M9Q", "title": "关于拟认定企业名单的公示"}
CHANGE = {"proposal": 8, "name": "演示机械有限公司", "what": "剔除", "by": "省经信委"}
CASES = {
    "reviews.acknowledged": FILE,
    "reviews.returned": {**FILE, "reason": "请补充附件", "due_on": "2018-03-15"},
    "reviews.recommended": {**FILE, "opinion": "同意"},
    "reviews.refused": {**FILE, "reason": "不在范围"},
    "reviews.listed": {"application": 7, "name": "演示机械有限公司", "list": "2018年小巨人后备企业申报"},
    "reviews.arrived": FILE,
    "reviews.withdrawn": {"application": 7, "name": "演示机械有限公司"},
    "reviews.returned_to_county": {"application": 7, "name": "演示机械有限公司", "reason": "请核对"},
    "reviews.dispatch_sent": {**DISPATCH, "bureau": "天元区经科局", "late": False},
    "reviews.dispatch_received": {**DISPATCH, "by": "株洲市经信委"},
    "reviews.dispatch_returned": {**DISPATCH, "reason": "缺盖章"},
    "reviews.dispatch_recalled": {**DISPATCH, "bureau": "天元区经科局", "reason": "漏报一户"},
    "reviews.in_notice": {**NOTICE, "name": "演示机械有限公司", "from": "2018-04-02", "to": "2018-04-10"},
    "reviews.struck": {**FILE, "reason": "材料不实"},
    "reviews.notice_over": {**NOTICE, "to": "2018-04-10", "open": 1},
    "reviews.objection_arrived": OBJECTION,
    "reviews.objection_overdue": {**OBJECTION, "due": "2018-04-23"},
    "reviews.objection_receipt": OBJECTION,
    "reviews.objection_settled": OBJECTION,
    "reviews.approved": {**FILE, "next": "公示、公布名单"},
    "reviews.not_approved": {**FILE, "reason": "主营业务不符"},
    "reviews.sent_back": {
        "by": "省经信委",
        "round": 1,
        "count": 2,
        "files": [{"name": "演示机械有限公司", "reason": "请核实。"}],
    },
    "reviews.approval_decided": {
        "approval": 5,
        "title": "2018年梯度培育审定表",
        "by": "省经信委",
        "approve": 3,
        "refuse": 1,
        "hold": 0,
        "to_prefecture": 0,
        "to_county": 0,
    },
    "reviews.list_published": {"publishing": 6, "title": "2018年梯度培育名单", "number": "1号", "firms": 3},
    "reviews.dispatch_reminder": {
        "round": "2018年小巨人后备企业申报",
        "id": 1,
        "by": "株洲市经信委",
        "missing": "汇总表尚未报送",
        "when": "，截止日3月20日",
        "note": "",
    },
    "reviews.proposal_raised": {**CHANGE, "reason": "连续三个月未填报"},
    "reviews.hearing_opened": {**CHANGE, "until": "2018-07-19"},
    "reviews.case_stated": CHANGE,
    "reviews.proposal_decided": {**CHANGE, "on": "2018-07-20", "due_on": "", "opinion": "情况属实"},
    "reviews.proposal_dropped": {**CHANGE, "reason": "核实有误"},
    "reviews.leave_asked": {**CHANGE, "reason": "转行"},
    "reviews.leave_suggested": {"entry": 9, "name": "演示机械有限公司", "what": "已注销"},
    "reviews.late_granted": {"round": "2018年小巨人后备企业申报", "until": "2018-03-20"},
}


def test_every_kind_of_the_room_is_tried() -> None:
    assert {name for name, _ in kinds.registry.items() if name.startswith("reviews.")} == set(CASES)


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(CASES))
def test_a_message_has_a_title_a_text_without_gaps_and_an_address(name: str) -> None:
    title, body, url = kinds.known(name).render(dict(CASES[name]))
    assert title
    assert "{" not in title + body
    assert resolve(url.partition("?")[0]).app_name == "reviews"


def test_a_correction_without_a_day_names_none() -> None:
    _, body, _ = kinds.known("reviews.returned").render({**FILE, "reason": "请补充附件", "due_on": ""})
    assert body == "补正要求：请补充附件。请修改后重新提交。"
