"""A firm enters the register once, under the bureau of its county (A.2 item 2, P-04)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from enterprises import evidence
from enterprises.actions.register import CodeTaken, NotRegistrable, findings_for, register_enterprise
from enterprises.events import EnterpriseRegistered
from enterprises.models import Enterprise
from enterprises.uscc import Weight
from foundation.accounts.actions.people import own_actor
from foundation.accounts.models import PrivacyConsent, ReportingLine, User
from foundation.accounts.paths import rebuild_paths
from foundation.accounts.roles import Role
from foundation.core.errors import Refused
from foundation.core.events import _handlers, on
from foundation.journal.models import Decision
from tests.enterprises.conftest import CHENGDU, LILING, TODAY, YOUXIAN, ZHUZHOU, answers, code

pytestmark = pytest.mark.django_db


def test_a_firm_with_its_administrator_its_bureau_its_paths_and_its_record(firm: Any, bureaus: Any) -> None:
    enterprise = firm()
    assert enterprise.bureau == bureaus["攸县"]
    above = [bureaus[name].pk for name in ("湖南", "株洲", "攸县")]
    assert [(row.stage, row.path) for row in enterprise.paths.all()] == [("", "/{}/{}/{}/".format(*above))]
    membership = enterprise.memberships.get()
    assert (membership.role, membership.valid_from) == (Role.ENTERPRISE_ADMIN, TODAY)
    assert enterprise.names.get().name == enterprise.name
    assert enterprise.profile.version == 0
    decision = Decision.objects.get(subject_kind="enterprise", subject_id=enterprise.pk)
    assert (decision.action, decision.to_state) == ("enterprise.register", "active")
    assert decision.data["bureau"] == bureaus["攸县"].pk
    assert decision.entry.seq == 1


def test_one_path_row_per_stage_where_the_stage_differs(firm: Any, bureaus: Any) -> None:
    long_ago = dt.date(2001, 1, 1)
    ReportingLine.objects.create(bureau=bureaus["攸县"], superior=bureaus["湖南"], stage="support", valid_from=long_ago)
    rebuild_paths(TODAY)
    paths = {row.stage: row.path for row in firm().paths.all()}
    assert set(paths) == {"", "support"}
    assert paths["support"] == f"/{bureaus['湖南'].pk}/{bureaus['攸县'].pk}/"


def test_the_event_is_announced(firm: Any) -> None:
    heard: list[EnterpriseRegistered] = []
    on(EnterpriseRegistered)(heard.append)
    try:
        enterprise = firm()
    finally:
        _handlers[EnterpriseRegistered].remove(heard.append)
    assert heard == [EnterpriseRegistered(enterprise_id=enterprise.pk, on_behalf=False)]


def test_pressing_twice_makes_one(firm: Any) -> None:
    assert firm().pk == firm().pk
    assert Enterprise.objects.count() == 1
    assert Decision.objects.filter(subject_kind="enterprise").count() == 1


def test_somebody_elses_code_is_taken(firm: Any, person: Any) -> None:
    known = firm()
    stranger = person("stranger")
    with pytest.raises(CodeTaken) as refused:
        register_enterprise(data=answers(), actor=own_actor(stranger), user=stranger)
    assert refused.value.enterprise == known


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"uscc": "1"}, "uscc"),
        ({"uscc": code("990101")}, "uscc"),
        ({"region_id": 1}, "region"),
        ({"region_id": 430000}, "region"),
        ({"region_id": CHENGDU + 3}, "region"),
        ({"name": " 　"}, "name"),
        ({"registered_on": dt.date(2018, 3, 11)}, "registered_on"),
        ({"is_legal_person": False}, "parent_name"),
        ({"is_legal_person": False, "parent_name": "演示总公司", "parent_uscc": "12"}, "parent_uscc"),
        ({"is_legal_person": False, "parent_name": "演示总公司", "parent_uscc": code()}, "parent_uscc"),
        ({"uscc": code("510104")}, "origin_evidence"),
    ],
)
def test_what_is_wrong_is_told_by_field_and_nothing_is_made(firm: Any, changes: dict[str, Any], name: str) -> None:
    with pytest.raises(NotRegistrable) as refused:
        firm(**changes)
    assert name in refused.value.problems
    assert not Enterprise.objects.exists()


def test_another_province_with_evidence(bureaus: Any, person: Any, stored: Any) -> None:
    user = person("far")
    proof = stored(purpose=evidence.ORIGIN)
    made = register_enterprise(
        data=answers(uscc=code("510104")), actor=own_actor(user), user=user, origin_evidence=proof
    )
    assert not made.registered_in_province
    assert made.origin_evidence == proof


def test_notes_go_into_the_record(firm: Any) -> None:
    enterprise = firm(uscc=code("430281"))
    notes = Decision.objects.get(subject_kind="enterprise", subject_id=enterprise.pk).data["notes"]
    assert len(notes) == 1
    assert notes[0].startswith("note:")


def test_an_abolished_code_of_the_same_place_says_nothing(bureaus: Any) -> None:
    """株洲县 became 渌口区: a firm of 渌口区 keeps its old code."""
    lukou = 430212
    later = dt.date(2020, 1, 1)
    assert findings_for(code("430221"), lukou, later) == []
    assert [one.weight for one in findings_for(code("430221"), YOUXIAN, later)] == [Weight.NOTE]


def test_without_a_county_only_an_unknown_province_is_told(bureaus: Any) -> None:
    assert findings_for(code("510104"), None) == []
    assert findings_for(code("990101"), None)[0].weight is Weight.ERROR


def test_a_prefectures_own_firm(firm: Any, bureaus: Any) -> None:
    """HN-20: a firm of the prefecture's own level is handled by the prefecture."""
    assert firm(region_id=ZHUZHOU).bureau == bureaus["株洲"]


def test_a_place_without_a_bureau_of_its_own_goes_to_the_one_above(firm: Any, bureaus: Any) -> None:
    assert firm(region_id=430224).bureau == bureaus["株洲"]


# --- on behalf --------------------------------------------------------------------------------------------------


def test_the_county_enters_a_paper_firm(official: Any, bureaus: Any) -> None:
    actor = official("攸县")
    made = register_enterprise(data=answers(), actor=actor, on_behalf=True)
    assert made.entered_by_bureau == bureaus["攸县"]
    assert not made.memberships.exists()
    with pytest.raises(NotRegistrable, match="醴陵"):
        register_enterprise(data=answers(2, region_id=LILING), actor=actor, on_behalf=True)


def test_only_a_handler_enters_on_behalf(official: Any) -> None:
    with pytest.raises(Refused, match="经办"):
        register_enterprise(data=answers(), actor=official("攸县", Role.SIGNER), on_behalf=True)


# --- the page ----------------------------------------------------------------------------------------------------


def form(number: int = 1, **changes: Any) -> dict[str, Any]:
    """The page as a signed-out person fills it in."""
    return {
        "uscc": code(number=number),
        "name": f"演示机械{number}有限公司",
        "region": str(YOUXIAN),
        "region_text": "株洲市 · 攸县",
        "industry": "3360",
        "industry_text": "金属表面处理",
        "legal_representative": "演示张三",
        "registered_on": "2012-05-01",
        "is_legal_person": "yes",
        "parent_name": "",
        "parent_uscc": "",
        "contact_name": "",
        "contact_phone": "",
        "contact_email": "",
        "person_name": "演示王五",
        "username": "wangwu",
        "phone": "13900002222",
        "email": "",
        "password": "long-enough-9-secret",
        "password_again": "long-enough-9-secret",
        "accepted": "on",
    } | changes


def test_account_and_firm_in_one_go_and_pressed_twice(client: Client, bureaus: Any) -> None:
    answer = client.post("/enterprises/register/", form())
    assert answer.status_code == 302, answer.content.decode()
    again = Client().post("/enterprises/register/", form())
    assert again.status_code == 302
    assert (User.objects.filter(username="wangwu").count(), Enterprise.objects.count()) == (1, 1)
    page = client.get("/enterprises/overview/", follow=True)
    assert "演示机械1有限公司" in page.content.decode()
    consent = PrivacyConsent.objects.get()
    assert (consent.user.username, consent.version) == ("wangwu", settings.PRIVACY_VERSION)


def test_neither_is_made_when_one_is_wrong(client: Client, bureaus: Any) -> None:
    for wrong in (
        {"uscc": code("990101")},
        {"password": "123", "password_again": "123"},
        {"phone": "12"},
        {"accepted": ""},
    ):
        answer = client.post("/enterprises/register/", form(**wrong))
        assert answer.status_code == 400
        assert "演示机械1有限公司" in answer.content.decode()
    assert not Enterprise.objects.exists()
    assert not User.objects.exists()


def test_typed_names_of_place_and_industry_are_understood(client: Client, bureaus: Any) -> None:
    typed = form(region="", region_text="攸县", industry="", industry_text="3360")
    assert client.post("/enterprises/register/", typed).status_code == 302
    assert Enterprise.objects.get().region_id == YOUXIAN
    doubtful = form(2, username="b", region="", region_text="市中区")
    assert "从列表中选择" in client.post("/enterprises/register/", doubtful).content.decode()


def test_empty_and_huge(client: Client, bureaus: Any) -> None:
    assert client.post("/enterprises/register/", {}).status_code == 400
    huge = dict.fromkeys(form(), "九" * 20000)
    answer = client.post("/enterprises/register/", huge)
    assert answer.status_code == 400
    assert not Enterprise.objects.exists()


def test_a_signed_in_person_adds_another_and_a_taken_code_leads_to_a_claim(firm: Any, person: Any, browse: Any) -> None:
    firm(1)
    second = person("second")
    client = browse(second)
    assert client.post("/enterprises/register/", form(2)).status_code == 302
    taken = client.post("/enterprises/register/", form(1))
    assert taken.status_code == 302
    assert taken.headers["Location"] == "/enterprises/claim/"
    assert code(number=1) in client.get("/enterprises/claim/").content.decode()


def test_an_official_hat_does_not_register_a_firm_of_its_own(official: Any, browse: Any) -> None:
    assert browse(official("攸县")).get("/enterprises/register/").status_code == 403


def test_the_county_page_for_paper_firms(official: Any, browse: Any) -> None:
    client = browse(official("攸县"))
    assert client.get("/enterprises/register/on-behalf/").status_code == 200
    answer = client.post("/enterprises/register/on-behalf/", form())
    assert answer.status_code == 302
    assert Enterprise.objects.get().entered_by_bureau_id is not None
    assert "已登记为" in client.post("/enterprises/register/on-behalf/", form()).content.decode()
    elsewhere = client.post("/enterprises/register/on-behalf/", form(2, region=str(LILING)))
    assert "不能由本单位代为登记" in elsewhere.content.decode()


def test_notes_while_typing_never_say_who_registered(client: Client, firm: Any) -> None:
    firm()
    text = client.get("/enterprises/register/code/", {"uscc": code(), "region": YOUXIAN}).content.decode()
    assert "代码无误" in text
    assert "演示" not in text
    assert "第3、4位" in client.get("/enterprises/register/code/", {"uscc": code("990101")}).content.decode()
    assert client.get("/enterprises/register/code/", {"uscc": "", "region": "x"}).status_code == 200


def test_pickers(client: Client, bureaus: Any) -> None:
    found = client.get("/enterprises/pick/regions/", {"q": "攸"}).json()["results"]
    assert found[0] == {"value": str(YOUXIAN), "label": "株洲市 · 攸县", "note": "430223 · 湖南省"}
    own = client.get("/enterprises/pick/regions/", {"q": "株洲市"}).json()["results"]
    assert own[0]["label"] == "株洲市（市本级）"
    assert client.get("/enterprises/pick/regions/", {"q": ""}).json() == {"results": []}
    industries = client.get("/enterprises/pick/industries/", {"q": "3360"}).json()["results"]
    assert industries[0]["value"] == "3360"
