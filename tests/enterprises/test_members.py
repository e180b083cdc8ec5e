"""People of a firm: invitations, roles, the last administrator; claims and hand-overs decided by the county."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from enterprises import evidence
from enterprises.actions import members, requests
from enterprises.actions.register import register_enterprise
from enterprises.models import Claim, HandOver, Invitation
from foundation.accounts.actions.people import own_actor
from foundation.accounts.actor import actor_for, hats_of
from foundation.accounts.roles import Role
from foundation.core.clock import real_now
from foundation.core.errors import Refused, StaleState
from foundation.journal.models import Decision, OutboxMessage
from tests.enterprises.conftest import answers

pytestmark = pytest.mark.django_db
ADMIN, MEMBER = Role.ENTERPRISE_ADMIN, Role.ENTERPRISE_MEMBER


@pytest.fixture(autouse=True)
def fresh_cache() -> None:
    cache.clear()


# --- invitations --------------------------------------------------------------------------------------------------


def test_a_link_makes_a_member_once(firm: Any, admin_of: Any, person: Any) -> None:
    enterprise, colleague = firm(), person("colleague")
    invitation, token = members.invite(
        enterprise=enterprise, address="A@Example.com ", role=MEMBER, actor=admin_of(enterprise)
    )
    assert token not in (invitation.token_digest, invitation.address)
    first = members.accept_invitation(token=token, user=colleague, actor=own_actor(colleague))
    again = members.accept_invitation(token=token, user=colleague, actor=own_actor(colleague))
    assert first == again
    assert [hat.role for hat in hats_of(colleague)] == [MEMBER]
    with pytest.raises(Refused, match="失效"):
        members.accept_invitation(token=token, user=person("late"), actor=own_actor(person("late")))


def test_links_that_are_void(firm: Any, admin_of: Any, person: Any) -> None:
    enterprise, colleague = firm(), person("colleague")
    actor = admin_of(enterprise)
    invitation, token = members.invite(enterprise=enterprise, address="a@example.com", role=MEMBER, actor=actor)
    with pytest.raises(Refused, match="已向"):
        members.invite(enterprise=enterprise, address="a@example.com", role=ADMIN, actor=actor)
    Invitation.objects.filter(pk=invitation.pk).update(expires_at=real_now() - dt.timedelta(seconds=1))
    assert members.open_invitation(token) is None
    with pytest.raises(Refused, match="失效"):
        members.accept_invitation(token=token, user=colleague, actor=own_actor(colleague))
    _, token = members.invite(enterprise=enterprise, address="a@example.com", role=MEMBER, actor=actor)
    pk = Invitation.objects.get(state="open").pk
    members.cancel_invitation(enterprise=enterprise, invitation_id=pk, actor=actor)
    members.cancel_invitation(enterprise=enterprise, invitation_id=pk, actor=actor)
    assert members.open_invitation(token) is None
    assert members.open_invitation("") is None


def test_who_invites(firm: Any, member: Any, admin_of: Any) -> None:
    enterprise, other = firm(1), firm(2)
    plain = member(enterprise, "plain")
    with pytest.raises(Refused, match="企业管理员"):
        members.invite(enterprise=enterprise, address="a@example.com", role=MEMBER, actor=plain)
    with pytest.raises(Refused, match="没有这份材料"):
        members.invite(enterprise=enterprise, address="a@example.com", role=MEMBER, actor=admin_of(other))
    with pytest.raises(Refused, match="角色"):
        members.invite(enterprise=enterprise, address="a@example.com", role=Role.SIGNER, actor=admin_of(enterprise))


def test_the_link_opened_before_signing_in_is_used_at_the_first_sign_in(
    firm: Any, admin_of: Any, person: Any, browse: Any
) -> None:
    enterprise, colleague = firm(), person("colleague")
    _, token = members.invite(enterprise=enterprise, address="a@example.com", role=MEMBER, actor=admin_of(enterprise))
    client = Client()
    page = client.get(f"/enterprises/invitation/{token}/")
    assert enterprise.name in page.content.decode()
    answer = client.post(f"/enterprises/invitation/{token}/")
    assert answer.status_code == 302
    client.force_login(colleague, "django.contrib.auth.backends.ModelBackend")
    assert enterprise.memberships.filter(user=colleague).exists()
    assert client.get("/enterprises/invitation/nothing/").status_code == 410


def test_accepting_signed_in(firm: Any, admin_of: Any, person: Any, browse: Any) -> None:
    enterprise = firm()
    _, token = members.invite(enterprise=enterprise, address="13800001111", role=ADMIN, actor=admin_of(enterprise))
    client = browse(person("colleague"))
    assert client.post(f"/enterprises/invitation/{token}/").status_code == 302
    assert enterprise.name in client.get("/enterprises/home/").content.decode()


# --- roles --------------------------------------------------------------------------------------------------------


def test_the_last_administrator_stays(firm: Any, admin_of: Any, member: Any) -> None:
    enterprise = firm()
    actor = admin_of(enterprise)
    own = enterprise.memberships.get()
    for attempt in (
        lambda: members.change_role(enterprise=enterprise, membership_id=own.pk, role=MEMBER, actor=actor),
        lambda: members.end_membership(enterprise=enterprise, membership_id=own.pk, actor=actor),
    ):
        with pytest.raises(Refused, match="至少要有一位管理员"):
            attempt()
    member(enterprise, "plain")
    second = enterprise.memberships.get(user__username="plain")
    members.change_role(enterprise=enterprise, membership_id=second.pk, role=ADMIN, actor=actor)
    members.change_role(enterprise=enterprise, membership_id=second.pk, role=ADMIN, actor=actor)
    members.end_membership(enterprise=enterprise, membership_id=own.pk, actor=actor)
    assert actor_for(own.user).role == Role.VISITOR
    actions = Decision.objects.filter(subject_kind="enterprise").values_list("action", flat=True)
    assert sorted(actions) == ["enterprise.change_role", "enterprise.leave", "enterprise.register"]


def test_a_member_leaves_and_does_not_remove_others(firm: Any, member: Any) -> None:
    enterprise = firm()
    plain = member(enterprise, "plain")
    first = enterprise.memberships.get(user__username="admin1")
    with pytest.raises(Refused, match="企业管理员"):
        members.end_membership(enterprise=enterprise, membership_id=first.pk, actor=plain)
    own = enterprise.memberships.get(user__username="plain")
    members.end_membership(enterprise=enterprise, membership_id=own.pk, actor=plain)
    with pytest.raises(Refused, match="已不是"):
        members.end_membership(enterprise=enterprise, membership_id=own.pk, actor=plain)


def test_the_page(firm: Any, admin_of: Any, member: Any, browse: Any, official: Any, flat: Any) -> None:
    enterprise = firm()
    client = browse(admin_of(enterprise))
    address = f"/enterprises/firm/{enterprise.pk}/members/"
    answer = client.post(address, {"address": "new@example.com", "role": MEMBER, "name": "新"})
    assert "/enterprises/invitation/" in answer.content.decode()
    assert "/enterprises/invitation/" not in client.get(address).content.decode()
    assert client.post(address, {"address": "", "role": "x"}).status_code == 400
    assert client.post(address, {"address": "new@example.com", "role": MEMBER}).status_code == 400
    own = enterprise.memberships.get()
    assert client.post(f"{address}change/", {"row": own.pk}).status_code == 403
    assert browse(official("攸县")).get(address).status_code == 404
    plain = browse(member(enterprise, "plain"))
    assert "生成邀请链接" not in plain.get(address).content.decode()
    left = enterprise.memberships.get(user__username="plain")
    assert plain.post(f"{address}change/", {"row": left.pk}).status_code == 302
    people = iter(("p1", "p2", "p3"))
    flat(add_row=lambda: member(enterprise, next(people)), act=lambda: client.get(address), own=5)


# --- claims -------------------------------------------------------------------------------------------------------


def claim_of(enterprise: Any, user: Any, stored: Any) -> Claim:
    file = stored(enterprise, own_actor(user), evidence.REQUEST)
    return requests.open_claim(enterprise=enterprise, user=user, evidence=file, actor=own_actor(user), reason="我是")


def test_the_county_grants_a_claim(firm: Any, person: Any, stored: Any, official: Any) -> None:
    enterprise, claimant = firm(), person("claimant")
    claim = claim_of(enterprise, claimant, stored)
    assert claim_of(enterprise, claimant, stored) == claim
    assert OutboxMessage.objects.filter(recipient_kind="bureau", kind="enterprises.request_opened").count() == 1
    requests.decide_claim(claim_id=claim.pk, grant=True, actor=official("攸县"))
    claim.refresh_from_db()
    assert (claim.state, claim.granted_role) == ("granted", MEMBER)
    assert actor_for(claimant).enterprise_id == enterprise.pk
    with pytest.raises(StaleState, match="已有人先办理"):
        requests.decide_claim(claim_id=claim.pk, grant=False, opinion="晚了", actor=official("攸县"))
    with pytest.raises(Refused, match="已是这家企业的成员"):
        claim_of(enterprise, claimant, stored)
    told = OutboxMessage.objects.filter(kind="enterprises.claim_decided").get()
    assert (told.recipient_kind, told.recipient_id) == ("user", claimant.pk)


def test_a_paper_firm_gets_its_first_administrator_by_claim(official: Any, person: Any, stored: Any) -> None:
    enterprise = register_enterprise(data=answers(), actor=official("攸县"), on_behalf=True)
    claim = claim_of(enterprise, person("owner"), stored)
    requests.decide_claim(claim_id=claim.pk, grant=True, actor=official("攸县"))
    assert enterprise.memberships.get().role == ADMIN


def test_who_decides_and_how(firm: Any, person: Any, stored: Any, official: Any, admin_of: Any) -> None:
    enterprise = firm()
    claim = claim_of(enterprise, person("claimant"), stored)
    for actor, reason in (
        (official("株洲"), "另一主管部门办理"),
        (official("醴陵"), "没有这份材料"),
        (official("攸县", Role.SIGNER), "经办"),
        (admin_of(enterprise), "经办"),
    ):
        with pytest.raises(Refused, match=reason):
            requests.decide_claim(claim_id=claim.pk, grant=True, actor=actor)
    with pytest.raises(Refused, match="写明原因"):
        requests.decide_claim(claim_id=claim.pk, grant=False, actor=official("攸县"))
    with pytest.raises(Refused, match="角色"):
        requests.decide_claim(claim_id=claim.pk, grant=True, role="signer", actor=official("攸县"))
    with pytest.raises(Refused, match="没有这份材料"):
        requests.decide_claim(claim_id=0, grant=True, actor=official("攸县"))
    requests.decide_claim(claim_id=claim.pk, grant=False, opinion="材料不清", actor=official("攸县"))
    assert Claim.objects.get().opinion == "材料不清"
    assert not enterprise.memberships.filter(user__username="claimant").exists()


def test_a_claim_without_paper_and_taking_it_back(firm: Any, person: Any, stored: Any) -> None:
    enterprise, claimant = firm(), person("claimant")
    with pytest.raises(Refused, match="上传证明材料"):
        requests.open_claim(enterprise=enterprise, user=claimant, evidence=None, actor=own_actor(claimant))
    claim = claim_of(enterprise, claimant, stored)
    with pytest.raises(Refused, match="没有这份材料"):
        requests.withdraw(request=claim, actor=own_actor(person("other")))
    requests.withdraw(request=claim, actor=own_actor(claimant))
    assert Claim.objects.get().state == "withdrawn"


def test_a_lost_administrator_is_replaced(firm: Any, person: Any, stored: Any, official: Any, member: Any) -> None:
    enterprise = firm()
    heir_actor = member(enterprise, "heir")
    heir = person("heir")
    file = stored(enterprise, heir_actor, evidence.REQUEST)
    asked = requests.open_hand_over(
        enterprise=enterprise, user=heir, evidence=file, actor=heir_actor, lost_admin="演示旧人"
    )
    requests.decide_hand_over(hand_over_id=asked.pk, grant=True, actor=official("攸县"))
    open_ones = enterprise.memberships.filter(valid_to__isnull=True)
    assert [(row.user.username, row.role) for row in open_ones] == [("heir", ADMIN)]
    assert HandOver.objects.get().state == "granted"
    kinds = OutboxMessage.objects.values_list("kind", flat=True)
    assert "enterprises.member_joined" in kinds


# --- pages of requests --------------------------------------------------------------------------------------------


def test_from_claim_to_answer_in_the_browser(firm: Any, person: Any, browse: Any, official: Any, paper: Any) -> None:
    enterprise = firm()
    claimant = browse(person("claimant"))
    assert "还没有申请" in claimant.get("/enterprises/my-requests/").content.decode()
    missing = claimant.post("/enterprises/claim/", {"uscc": enterprise.uscc})
    assert missing.status_code == 400
    sent = claimant.post("/enterprises/claim/", {"uscc": enterprise.uscc, "reason": "我", "evidence": paper()})
    assert sent.status_code == 302
    assert "待县局核对" in claimant.get("/enterprises/my-requests/").content.decode()
    handler = browse(official("攸县"))
    queue = "/enterprises/requests/"
    assert enterprise.name in handler.get(queue).content.decode()
    assert enterprise.name not in browse(official("醴陵")).get(queue).content.decode()
    claim = Claim.objects.get()
    address = f"{queue}claim/{claim.pk}/"
    assert handler.get(address).status_code == 200
    assert handler.post(address, {"action": "refuse", "opinion": ""}).status_code == 400
    assert handler.post(address, {"action": "grant", "role": ""}).status_code == 302
    assert handler.post(address, {"action": "grant"}).status_code == 409
    assert browse(official("醴陵")).get(address).status_code == 403
    assert "已同意" in claimant.get("/enterprises/my-requests/").content.decode()
    file = claim.evidence
    address = f"/documents/files/{file.pk}/"
    for reader, status in ((claimant, 200), (handler, 200), (browse(official("醴陵")), 404)):
        answer = reader.get(address)
        assert answer.status_code == status
        if answer.streaming:
            assert b"".join(answer.streaming_content).startswith(b"%PDF")


def test_the_queue_costs_the_same(firm: Any, person: Any, browse: Any, official: Any, stored: Any, flat: Any) -> None:
    enterprise = firm()
    handler = browse(official("攸县"))
    names = iter(("c1", "c2", "c3"))
    flat(
        add_row=lambda: claim_of(enterprise, person(next(names)), stored),
        act=lambda: handler.get("/enterprises/requests/"),
        own=2,
    )


def test_hand_over_page(firm: Any, person: Any, browse: Any, official: Any, paper: Any, member: Any) -> None:
    enterprise = firm()
    client = browse(member(enterprise, "heir"))
    assert enterprise.uscc in client.get("/enterprises/hand-over/").content.decode()
    fields = {"uscc": enterprise.uscc, "lost_admin": "旧人", "evidence": paper()}
    assert client.post("/enterprises/hand-over/", fields).status_code == 302
    asked = HandOver.objects.get()
    handler = browse(official("攸县"))
    assert "旧人" in handler.get(f"/enterprises/requests/hand-over/{asked.pk}/").content.decode()
    taken = client.post("/enterprises/my-requests/", {"request": f"hand_over:{asked.pk}"})
    assert taken.status_code == 302
    assert HandOver.objects.get().state == "withdrawn"
    assert client.post("/enterprises/my-requests/", {"request": "claim:1"}).status_code == 403
